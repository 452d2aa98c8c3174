"""Which servers are ill and when: the hidden truth of a run, server by server, for pictures.

A timeline tells numbers of servers; which ones they are follows from the same draws that the engine uses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from sim.engine.clock import US
from sim.engine.luck import Traits
from sim.engine.side import install_order
from sim.engine.streams import Streams
from sim.model.change import Fault
from sim.model.plan import RolloutPlan
from sim.model.timeline import Event, Timeline
from sim.scenario import Scenario

FOREVER = float("inf")


class Ill(NamedTuple):
    """One server of a side is ill in [since, until), seconds."""

    side: str
    position: int
    since: float
    until: float


class Stay(NamedTuple):
    """A position of a side has a version in rotation in [since, until)."""

    side: str
    position: int
    new: bool
    since: float
    until: float


def illnesses(scenario: Scenario, plan: RolloutPlan, timeline: Timeline, seed: int, run: int) -> list[Ill]:
    """Who was ill when, in order of time; empty for a healthy change."""
    present = {str(e.data["fault"]) for e in timeline.events if e.kind == "fault_present"}
    found: list[Ill] = []
    stays = list(the_stays(scenario, timeline)) if present else []
    order = install_order(scenario.fleet, plan.order, plan.kind_first, scenario.fleet.production.servers)
    with Streams(seed, run) as streams:
        for fault in scenario.faults:
            if fault.key in present:
                found += _ill_with(fault, Traits(fault, scenario, streams), stays, scenario, timeline, order)
    return sorted(found, key=lambda ill: ill.since)


def the_stays(scenario: Scenario, timeline: Timeline) -> Iterator[Stay]:
    """Every stretch that a server spent in rotation with one version."""
    pools = {"production": scenario.fleet.production.servers, "standby": scenario.fleet.standby.servers}
    since = {side: [0.0] * n for side, n in pools.items()}
    state = {side: ["old"] * n for side, n in pools.items()}
    for event in sorted((e for e in timeline.events if e.kind == "servers"), key=lambda e: e.t_s):
        side, now = str(event.data["side"]), str(event.data["state"])
        for position in range(int(event.data["first"]), int(event.data["last"])):
            was = state[side][position]
            if was in ("old", "new") and was != now:
                yield Stay(side, position, was == "new", since[side][position], event.t_s)
            if was != now:
                state[side][position], since[side][position] = now, event.t_s
    for side, states in state.items():
        for position, was in enumerate(states):
            if was in ("old", "new"):
                yield Stay(side, position, was == "new", since[side][position], FOREVER)


def _ill_with(
    fault: Fault, traits: Traits, stays: Sequence[Stay], scenario: Scenario, timeline: Timeline, order: Any
) -> list[Ill]:
    """Stretches of illness with one fault."""
    if fault.above_load is not None:
        return list(_by_load(fault, stays, timeline.events))
    acting = list(_acting(fault, timeline.events, scenario.horizon))
    inside, onset = {}, {}
    for side, offset, n in (
        ("production", 0, scenario.fleet.production.servers),
        ("standby", scenario.fleet.production.servers, scenario.fleet.standby.servers),
    ):
        servers = np.arange(n, dtype=np.int64) if side == "standby" or order is None else order
        scope, delay = traits.in_scope(servers, offset), traits.onset_us(servers, offset)
        inside[side] = np.ones(n, dtype=bool) if scope is None else scope
        onset[side] = np.broadcast_to(np.asarray(delay), (n,)) / US
    found = []
    for stay in stays:
        if fault.side != "both" and stay.new != (fault.side == "new"):
            continue
        if not inside[stay.side][stay.position]:
            continue
        begins = stay.since + float(onset[stay.side][stay.position])
        for on, off in acting:
            since, until = max(begins, on), min(stay.until, off)
            if since < until:
                found.append(Ill(stay.side, stay.position, since, until))
    return found


def _acting(fault: Fault, events: Sequence[Event], horizon: float) -> Iterator[tuple[float, float]]:
    """When the fault acts at all: always, or between `fault_on` and `fault_off`."""
    gated = bool(fault.at) or fault.above_share is not None or fault.while_mixed or fault.side != "new"
    if not gated:
        yield 0.0, FOREVER
        return
    on: float | None = None
    for event in sorted((e for e in events if e.kind in ("fault_on", "fault_off")), key=lambda e: e.t_s):
        if event.data.get("fault") != fault.key:
            continue
        if event.kind == "fault_on":
            on = event.t_s
        elif on is not None:
            yield on, event.t_s
            on = None
    if on is not None:
        yield on, max(horizon, on)


def _by_load(fault: Fault, stays: Sequence[Stay], events: Sequence[Event]) -> Iterator[Ill]:
    """Load makes servers ill together; the timeline says how many, and the first ones stand for all that are alike."""
    taken: set[Stay] = set()
    for event in events:
        if event.kind not in ("fell_ill", "crashed") or event.data.get("fault") != fault.key:
            continue
        there = [s for s in stays if s.new and s.since <= event.t_s < s.until and s not in taken]
        for stay in there[: int(event.data["count"])]:
            taken.add(stay)
            yield Ill(stay.side, stay.position, event.t_s, stay.until)
