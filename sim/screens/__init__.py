"""The app's pages, and the parts that they are made of. `app.py` routes to the pages.

watch, compare   pages: they run from top to bottom when a visitor opens them
fleet            the moving picture (fleet.html, .css, .js), one for all policies so that they are in step
film             runs -> what the moving picture shows; cells, illness, curves and telling are its parts
casting          which run of a study carries which fault
growing          a study that grows block by block, can be left at any time and goes on later
sentences        results in words;  guard  a sentence and a way on instead of an exception
choose           the scenario, the seed and the policies that a visitor chose, kept in the link
"""
