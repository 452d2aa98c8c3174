"""A comparison as tables and sentences, at 80 columns and without colour.

cells      an estimate -> a cell, rounded to what its interval supports
layout     columns -> as many tables as the width needs
tables     which columns: faulty changes, healthy ones, all
checks     published numbers beside simulated ones, and what the user expected
sentences  what the tables do not say: differences, runs to replay, skipped policies, limits
"""
