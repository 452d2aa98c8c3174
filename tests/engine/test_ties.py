"""What happens at one instant happens by rank: scrape, undo, servers back, step, the rest, end; not by who asked first.

Guards DESIGN 4 and 7.5. SimPy takes events of equal time and rank in the order in which they were scheduled; here
that order is reversed and shuffled, and every run comes out the same. Broken on purpose and seen red: servers coming
back at the rank of a step (install.py), any two ranks exchanged (clock.py), ejections told only by whoever counts
them first (run.py), conditions of no length counted as a peak (measure.py).
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from simpy import Environment

from sim.engine import run as engine
from sim.engine.clock import END, OTHER, SCRAPE, STEP, TOLD, UNDO
from sim.model.timeline import Timeline
from tests.engine.matrix import cells, each_fault, played
from tests.engine.rollouts import shop, times, told

BREAKS = "fault: errors, errors: 50%"


def reversed_order() -> Iterator[Any]:
    return count(0, -1)


def shuffled_order() -> Iterator[Any]:
    luck = random.Random(3)
    return ((luck.random(), k) for k in count())


def in_order(ties: Any) -> type[Environment]:
    """An environment in which events of equal time and rank come in the order of these numbers."""

    class Ordered(Environment):
        def __init__(self, initial_time: int = 0) -> None:
            super().__init__(initial_time)
            self._eid = ties()

    return Ordered


def facts(timeline: Timeline) -> tuple[Any, ...]:
    """The timeline, whatever is told of one instant in any order: two batches may come back at once."""
    told_at: dict[float, Counter[str]] = {}
    for event in timeline.events:
        told_at.setdefault(event.t_s, Counter())[repr(event[1:])] += 1
    return told_at, timeline.scrapes, {row[0]: row for row in timeline.truth}


@pytest.mark.parametrize("order", [reversed_order, shuffled_order])
@each_fault
def test_all_orders_of_simultaneous_events_give_one_timeline(
    fault: str, order: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for found in cells(fault):
        usual = played(found, 0, timeline=True)
        with monkeypatch.context() as patched:
            patched.setattr(engine, "Environment", in_order(order))
            other = played(found, 0, timeline=True)
        assert usual.timeline is not None
        assert other.timeline is not None
        assert other.numbers == usual.numbers, str(found)
        assert facts(other.timeline) == facts(usual.timeline), str(found)


def test_ranks() -> None:
    assert SCRAPE < UNDO < STEP < OTHER < TOLD < END


def test_a_breach_at_the_very_end_of_the_bake_rolls_back() -> None:
    # In rotation at 45 s, so a bake of 15 s ends at the scrape of 60 s, the second breach.
    outcome, events = told(shop("policies.canary.bake=15s", fault=BREAKS), "canary")
    assert times(events, "alarm") == [60]
    assert (outcome.ended, times(events, "gate_passed")) == ("rolled_back", [])


def test_an_alarm_at_the_horizon_counts() -> None:
    alert = "watch.alerts=[{judge: threshold, above: 1%, consecutive: 12, then: undo}]"
    at_once = ("change.kind=config", "change.install={}", "policies={direct: {strategy: direct}}")
    outcome, events = told(shop(*at_once, "horizon=2m", alert, fault=BREAKS), "direct")
    assert times(events, "alarm") == [120]
    assert (outcome.detected_by, outcome.ended) == ("alert", "rolled_back")


def test_an_undo_goes_before_the_next_batch_of_its_instant() -> None:
    # Paged by the first scrape with harm, at 50 s; people need 70 s; the third batch is due at 120 s.
    outcome, events = told(
        shop("watch.alerts=[{judge: threshold, above: 1%}]", "people={acknowledge: 30s, decide: 40s}",
             "policies.direct.batch=3 every 1m", fault=BREAKS), "direct",
    )
    assert times(events, "undo_started") == [120]
    gone = {(data["first"], data["last"]) for _, data in events["servers"] if data["state"] == "old_out"}
    assert (6, 9) not in gone
    assert outcome.ended == "rolled_back"


def test_servers_that_come_back_serve_before_the_next_batch_leaves() -> None:
    # Away for 45 s from a multiple of five: back at 45 s, when the next two leave.
    outcome, events = told(shop("policies.rolling.batch=2 every 45s"), "rolling")
    assert times(events, "installed") == [45, 90, 135, 180, 225]
    assert outcome.peak_utilisation == pytest.approx(400 / 8 / 80)
    states = [(t, data["state"]) for t, data in events["servers"] if 0 < t < 225]
    assert states == [(t, state) for t in (45, 90, 135, 180) for state in ("new", "old_out")]


def test_an_ejection_is_told_though_the_traffic_changes_at_its_instant() -> None:
    # Crashed at 590 s, so ejected at the third probe from there on: at 600 s, when the clock strikes 10:10.
    crash = "fault: custom, crash: true, after: 9m50s, servers: 3"
    busier = 'service.traffic.profile={"00:00": 100%, "10:10": 110%}'
    _, events = told(shop("change.kind=config", "change.install={}", busier, fault=crash), "direct")
    ejected = [(t, data["count"]) for t, data in events["ejected"]]
    assert ejected == [(600, 2), (660, 1)]              # the second batch came a minute later


def test_what_lasts_no_time_is_no_peak() -> None:
    # A setting is taken back at once: canaries are out of rotation for an instant of length zero.
    outcome, _ = told(shop("change.kind=config", "change.install={}", fault=BREAKS), "canary")
    assert outcome.ended == "rolled_back"
    assert outcome.peak_utilisation == pytest.approx(0.5)


def test_a_scrape_sees_nothing_of_what_begins_at_its_instant() -> None:
    timeline, nobody = Timeline(), "watch.alerts=[{judge: threshold, above: 100%}]"
    scenario = shop("change.kind=config", "change.install={}", "policies.direct.batch=5 every 20s", nobody)
    engine.simulate(scenario.plan("direct"), scenario, 1, 0, timeline=timeline)
    seen = {row[0]: row[1] for row in timeline.scrapes}
    # Half of the servers are new from 0 s, all of them from 20 s on.
    assert seen[20] == pytest.approx(2000, abs=5 * 45)
    assert seen[30] == pytest.approx(4000, abs=5 * 64)
