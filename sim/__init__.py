"""Coalmine: simulate a rollout before you ship it.

One service, one change that may be faulty, several ways to roll it out, compared. The folders are
floors of a house and import only downwards in the order that `tests/test_house.py` keeps; this
file stands above them all and imports nothing, so that `import sim` costs nothing.
"""

__version__ = "0.1.0"
