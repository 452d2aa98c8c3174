"""A run's servers as cells in groups by role, and every change of a cell as a row of numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from sim.model.plan import RolloutPlan
from sim.model.timeline import Event, Timeline
from sim.scenario import Scenario
from sim.screens.illness import FOREVER, Ill

OLD, CHANGING, NEW, BACK, OUT = range(5)
"""What people can see of a server: its version, being changed, changed back, or out of rotation as failed."""
BASE, ILL = 0, 1
"""Layers of a cell: what can be seen, and the hidden truth."""


class Group(NamedTuple):
    """Servers of one role: cells [first, first + n)."""

    role: str
    first: int
    n: int


class Row(NamedTuple):
    """From t_s on, cells [first, last) have this value in this layer."""

    t_s: float
    first: int
    last: int
    layer: int
    value: int


def groups_of(scenario: Scenario, plan: RolloutPlan) -> list[Group]:
    """The roles that a plan uses, cells numbered by position: production first, then standby and test."""
    n = scenario.fleet.production.servers
    canaries = _canaries(plan, n)
    parts = [("canary", 0, canaries), ("production", canaries, n - plan.control), ("control", n - plan.control, n)]
    groups = [Group(role, first, last - first) for role, first, last in parts if last > first]
    if any(stage.install is not None and stage.install.on == "standby" for stage in plan.stages):
        groups.append(Group("standby", n, scenario.fleet.standby.servers))
    if any(stage.test is not None and stage.test.on == "test" for stage in plan.stages):
        groups.append(Group("test", n + scenario.fleet.standby.servers, scenario.fleet.test.servers))
    return [group for group in groups if group.n]


def _canaries(plan: RolloutPlan, n: int) -> int:
    """How many positions are changed first, watched, and followed by others; 0 where the plan has no such group."""
    installs = [stage for stage in plan.stages if stage.install is not None and stage.install.on == "production"]
    if len(installs) < 2 or not installs[0].bake_s or installs[0].install is None:
        return 0
    return min(installs[0].install.last, n - plan.control)


def rows_of(scenario: Scenario, plan: RolloutPlan, timeline: Timeline, ill: Sequence[Ill]) -> list[Row]:
    """All changes of cells in order of time."""
    n, standby = scenario.fleet.production.servers, scenario.fleet.standby.servers
    offsets = {"production": 0, "standby": n, "test": n + standby}
    rows = [*_seen(timeline.events, offsets), *_tests(plan, timeline.events, offsets["test"], scenario)]
    rows += _sick(ill, offsets)
    rows += _ejected(timeline.events, ill, offsets)
    return sorted(rows, key=lambda row: row.t_s)


def _seen(events: Sequence[Event], offsets: dict[str, int]) -> Iterator[Row]:
    touched: set[int] = set()
    for event in sorted((e for e in events if e.kind in ("servers", "installed")), key=lambda e: e.t_s):
        at = offsets[str(event.data["side"])]
        first, last = at + int(event.data["first"]), at + int(event.data["last"])
        if event.kind == "installed":
            failed = int(event.data.get("failed") or 0)
            if failed:
                # After the state of the range, which follows at the same instant.
                yield Row(event.t_s + 1e-6, first, first + failed, BASE, OUT)
            continue
        state = str(event.data["state"])
        if state == "new":
            touched.update(range(first, last))
        value = {"old_out": CHANGING, "new_out": CHANGING, "new": NEW}.get(state, OLD)
        if state == "old" and first in touched:
            value = BACK
        yield Row(event.t_s, first, last, BASE, value)


def _tests(plan: RolloutPlan, events: Sequence[Event], first: int, scenario: Scenario) -> Iterator[Row]:
    """The test servers: changed, tried, and seen to fail or not."""
    on_test = {stage.name for stage in plan.stages if stage.test is not None and stage.test.on == "test"}
    values = {"stage_started": CHANGING, "test_started": NEW, "test_failed": OUT}
    last = first + scenario.fleet.test.servers
    for event in events:
        if event.data.get("stage") in on_test and event.kind in values:
            yield Row(event.t_s, first, last, BASE, values[event.kind])


def _sick(ill: Sequence[Ill], offsets: dict[str, int]) -> Iterator[Row]:
    """Neighbours that fall ill, or stop, at one instant share a row."""
    turns = [(one.since, offsets[one.side] + one.position, 1) for one in ill]
    turns += [(one.until, offsets[one.side] + one.position, 0) for one in ill if one.until < FOREVER]
    turns.sort(key=lambda turn: (turn[0], turn[2], turn[1]))
    for (when, value), same in groupby(turns, key=lambda turn: (turn[0], turn[2])):
        cells = [cell for _, cell, _ in same]
        for _, run in groupby(enumerate(cells), key=lambda pair: pair[1] - pair[0]):
            part = [cell for _, cell in run]
            yield Row(when, part[0], part[-1] + 1, ILL, value)


def _ejected(events: Sequence[Event], ill: Sequence[Ill], offsets: dict[str, int]) -> Iterator[Row]:
    """Health checks say how many they took out; among the ill ones the first stand for them."""
    out: list[int] = []
    for event in events:
        if event.kind not in ("ejected", "readmitted"):
            continue
        if event.kind == "ejected":
            sick = sorted({offsets[one.side] + one.position for one in ill if one.since <= event.t_s < one.until})
            for cell in [cell for cell in sick if cell not in out][: int(event.data["count"])]:
                out.append(cell)
                yield Row(event.t_s, cell, cell + 1, BASE, OUT)
        else:
            for cell in out[: int(event.data["count"])]:
                yield Row(event.t_s, cell, cell + 1, BASE, NEW)
            del out[: int(event.data["count"])]


def packed(rows: Sequence[Row]) -> list[Any]:
    """All rows in one flat list of numbers, five a row, times to the millisecond."""
    flat: list[Any] = []
    for row in rows:
        flat += [round(row.t_s, 3), row.first, row.last, row.layer, row.value]
    return flat
