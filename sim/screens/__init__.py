"""The app's pages, and the parts that they are made of. `app.py` routes to the pages.

watch, compare, explore, build   pages: they run from top to bottom when a visitor opens them
fleet            the moving picture (fleet.html, .css, .js), one for all policies so that they are in step
film             runs -> what the moving picture shows; cells, illness, curves and telling are its parts
casting          which run of a study carries which fault
sentences        results in words;  guard  a sentence and a way on instead of an exception
asked            answers of the desk (`study.desk`): a first one soon, then better ones;  found  how they are shown
knobs            the few inputs that matter, as steps;  sweeping  curves and maps over them, points their numbers
fields           every field of a scenario as a widget, made from `intake.form`
choose           the scenario, the seed and the policies that a visitor chose, kept in the link
"""
