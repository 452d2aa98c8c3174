"""Runs of one change under several policies -> all that the moving picture shows, as plain numbers and text.

The picture has no source but the runs' own timelines and outcomes, so that it cannot differ from the numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sim import measure
from sim.figures.palette import GLYPHS, STATES, styles
from sim.model.outcome import Outcome
from sim.model.plan import RolloutPlan
from sim.model.timeline import Timeline
from sim.scenario import Scenario
from sim.screens import cells, curves, telling
from sim.screens.illness import illnesses
from sim.screens.sentences import verdict

RESTS = frozenset({"undone", "promoted", "stopped", "harm_ended", "servers", "alarm", "page"})
CALM = 0.01
"""The axis of errors reaches this at least, so that the usual few in ten thousand look like what they are."""
AFTER = 1.06
"""The film ends a little after the last thing that happens."""


@dataclass(frozen=True)
class Take:
    """One run under one policy, with everything that happened in it."""

    policy: str
    plan: RolloutPlan
    outcome: Outcome
    timeline: Timeline


def takes(scenario: Scenario, seed: int, run: int, policies: Sequence[str]) -> list[Take]:
    """The same run under each of these policies. Raises KeyError or Impossible as `Scenario.plan` does."""
    made = []
    for policy in policies:
        plan, timeline = scenario.plan(policy), Timeline()
        outcome = measure.run(plan, scenario, seed, run, timeline=timeline)
        made.append(Take(policy, plan, outcome, timeline))
    return made


def film(scenario: Scenario, seed: int, run: int, made: Sequence[Take], *, dark: bool = False) -> dict[str, Any]:
    """What `fleet.js` draws. id changes with everything that is shown; `t0` is the moment to open at."""
    end = length(made, scenario.horizon)
    looks = styles(scenario.policies, dark=dark)
    shown = [_one(scenario, seed, run, take, end) | {"colour": looks[take.policy].colour} for take in made]
    names = ["old", "upgrading", "new", "rolled_back", "out", "failed"]
    return {
        "id": f"{scenario.name}/{seed}/{run}/{'+'.join(take.policy for take in made)}/{dark}",
        "end": end,
        "t0": telling_moment(made, end),
        "colours": [STATES.get(name, "") for name in names],
        "glyphs": [GLYPHS["failed"] if name == "out" else GLYPHS[name] for name in names],
        "marks": telling.LEGEND,
        "names": ["old version", "being changed", "new version", "rolled back", "out, failed checks", "ill"],
        "most_harm": max((one["harm"]["users"][-1] for one in shown), default=0),
        "most_errors": max(x for one in shown for x in [CALM, *one["seen"]["new"], *one["seen"]["old"]] if x),
        "policies": shown,
    }


def _one(scenario: Scenario, seed: int, run: int, take: Take, end: float) -> dict[str, Any]:
    ill = illnesses(scenario, take.plan, take.timeline, seed, run)
    groups = cells.groups_of(scenario, take.plan)
    rows = cells.rows_of(scenario, take.plan, take.timeline, ill)
    return {
        "name": take.policy,
        "said": verdict(take.outcome),
        "cells": max(group.first + group.n for group in groups),
        "groups": [list(group) for group in groups],
        "rows": cells.packed([row for row in rows if row.t_s <= end]),
        "serving": telling.serving(take.timeline),
        "stages": telling.stages(take.timeline, end),
        "marks": telling.marks(take.timeline),
        "seen": curves.seen(take.timeline, end),
        "harm": curves.harm(take.timeline, take.outcome, scenario, end),
        "story": [*telling.untold(scenario, take.timeline), *telling.story(take.timeline, scenario, take.plan)],
    }


def length(made: Sequence[Take], horizon: float) -> float:
    """Seconds until nothing happens any more under any policy, a minute at least, the horizon at most."""
    last = max((e.t_s for take in made for e in take.timeline.events if e.kind in RESTS), default=0.0)
    return round(min(horizon, max(60.0, last * AFTER)), 3)


def telling_moment(made: Sequence[Take], end: float) -> float:
    """The instant to open at: when the change harms users under most policies at once, and harms most.

    A healthy change opens where most servers are on the move: at two fifths of the film.
    """
    best, at = (0, 0.0), round(0.4 * end, 3)
    edges = sorted({row[0] for take in made for row in take.timeline.truth if row[0] <= end} | {end})
    for since, until in pairwise(edges):
        middle = (since + until) / 2
        rates = [_rate(take.timeline, middle) for take in made]
        score = (sum(rate > 0 for rate in rates), sum(rates))
        if score > best:
            best, at = score, round(middle, 3)
    return at


def _rate(timeline: Timeline, t_s: float) -> float:
    """Harmful requests a second at this instant."""
    return next((float(row[2]) for row in reversed(timeline.truth) if row[0] <= t_s), 0.0)
