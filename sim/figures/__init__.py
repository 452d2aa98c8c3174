"""Tables -> matplotlib pictures. They draw and never compute; matplotlib is imported when called.

palette      the colours of all doors: policies, server states, ink
comparison   one picture of a comparison: the spread over time, and the distributions of harm
"""
