"""The door for notebooks and Python scripts: load a scenario, tell one rollout, compare many, draw the answers.

    from sim import lab
    fleet = lab.load("web_fleet", "service.traffic.rate=50/s")
    lab.story(fleet, "canary", run=37)
    study = lab.compare(fleet, runs=400, seed=1)
    study.picture()
    study.fewer("canary", "direct", "users_hit")

answer    Answer: a number with its interval, in its unit
study     Study: many runs under several policies, and what one may ask of them
winners   Winners: which policy costs least, over two fields
drawing   Picture; bars, curves
table     Table: what a notebook shows as one
opening   load, written, check, story: scenarios, what is doubtful in them, one rollout

It computes nothing of its own: what it says comes from `sim.study`, `sim.figures` and the words of the command line.
"""

from sim.lab.answer import Answer
from sim.lab.drawing import Picture, bars, curves
from sim.lab.opening import check, load, story, written
from sim.lab.study import Study, compare, difference
from sim.lab.table import Table
from sim.lab.winners import Winners, winners

__all__ = [
    "load", "written", "check", "story", "compare", "difference", "winners", "bars", "curves",
    "Answer", "Picture", "Study", "Table", "Winners",
]
