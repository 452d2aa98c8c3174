"""Tables -> matplotlib pictures. They draw and never compute. Import late: matplotlib costs 1 s.

palette      the colours of all doors: policies, server states, ink; imports nothing
comparison   one picture of a comparison: draw(...) and save(...)
panels       the three kinds of panel in it
"""
