"""Nothing is lost and nothing is made up: requests, versions and server-seconds add up on every run.

Guards DESIGN 7.3. Broken on purpose and seen red: settling a stretch twice (world.py), a window that is not emptied
(monitor.py), reported failures drawn twice (flows.py), missed servers installed after all and a restart that takes
longer on the way back (install.py), a withdrawn service that goes on serving (undo.py).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from sim.engine.clock import US
from sim.engine.flows import MIRROR
from sim.engine.prepared import Prepared
from sim.engine.run import prepared_for
from sim.engine.serving import BASE, CAUSED, CLASSES, SLOW, SLOW0
from sim.strategies.length import out_of_rotation_s
from tests.engine.matrix import USUAL, WORLDS, Cell, Played, cells, each_fault, played

RUNS = (0,)
KINDS = ("ok", "base", "caused", "hidden", "slow anyway", "slow", "slow and hidden", "corrupt")


@cache
def runs(fault: str) -> list[tuple[Cell, int, Played, Prepared]]:
    return [
        (found, i, played(found, i, timeline=True), prepared_for(found.plan, found.scenario))
        for found in cells(fault)
        for i in RUNS
    ]


def far(seen: float, expected: float) -> bool:
    """Whether a Poisson count is more than 5 standard errors (and 5 for small means) from its mean."""
    return abs(seen - expected) > 5 * math.sqrt(expected) + 5


# --- requests -------------------------------------------------------------------------------------

@each_fault
def test_every_request_falls_into_one_class_and_none_is_lost(fault: str) -> None:
    for found, i, run, prepared in runs(fault):
        expected = [0.0] * CLASSES
        conditions = run.tally.conditions
        edges = [since for since, _ in conditions[1:]] + [run.tally.ended_at]
        for (since, flows), end in zip(conditions, edges, strict=True):
            assert prepared.serving.absent or flows.total == pytest.approx(flows.traffic), f"{found}: conditions"
            for flow in flows.flows:
                moved = sum(delta * move.between(since, since, end) for move, delta in flow.ramps)
                if flow.group != MIRROR:
                    expected[flow.kind] += flow.rate * (end - since) * 1e-6 + moved * 1e-6
        if not prepared.serving.absent:
            # All is undone: from then on what it was before anything was touched, where servers differ too.
            before = conditions[0][1]
            failing = sum(flow.rate for flow in before.flows if flow.kind == BASE) / before.total
            rest = prepared.requests_between(run.tally.ended_at, prepared.horizon)
            expected[BASE] += rest * failing
            expected[0] += rest * (1 - failing)
            assert sum(expected) == pytest.approx(prepared.requests_between(0, prepared.horizon)), str(found)
        assert run.outcome.requests == sum(run.tally.totals)
        wrong = {
            KINDS[kind]: (seen, round(mean, 1))
            for kind, (seen, mean) in enumerate(zip(run.tally.totals, expected, strict=True))
            if far(seen, mean)
        }
        assert wrong == {}, f"{found}, run {i}: seen and expected by class"


@each_fault
def test_the_monitor_sees_what_happened_and_nothing_else(fault: str) -> None:
    for found, i, run, prepared in runs(fault):
        assert run.timeline is not None
        rows = np.array(run.timeline.scrapes)
        new, control, whole = rows[:, 1:4], rows[:, 4:7], rows[:, 7:10]
        bad, asked = rows[:, 2::3] + rows[:, 3::3], rows[:, 1::3]
        assert (bad <= asked).all(), f"{found}, run {i}: more failed or slow than asked"
        mirrored = any(stage.route and stage.route.verb == "mirror" for stage in found.plan.stages)
        assert mirrored or (new + control <= whole).all(), f"{found}, run {i}: groups larger than the whole"
        unwatched = prepared.horizon - int(rows[-1, 0] * US)
        if unwatched >= prepared.scrape:
            continue                                     # undone: nobody watched to the end
        totals = run.tally.totals
        happened = [sum(totals), totals[BASE] + totals[CAUSED], totals[SLOW0] + totals[SLOW]]
        seen = whole.sum(axis=0)
        may_miss = found.scenario.watch.missing or any(fault.blinds for fault in found.scenario.faults)
        if not may_miss and not unwatched:
            assert seen.tolist() == happened, f"{found}, run {i}: the whole service"
            continue
        # Of a missing scrape nothing is known, of the others everything: what is lost is the traffic of its window.
        assert (seen <= happened).all(), f"{found}, run {i}: more seen than happened"
        if not prepared.serving.absent:
            ends = [int(row[0] * US) for row in rows if not row[1:].any()]
            lost = sum(prepared.requests_between(end - prepared.scrape, end) for end in ends)
            lost += prepared.requests_between(prepared.horizon - unwatched, prepared.horizon)
            assert not far(happened[0] - seen[0], lost), f"{found}, run {i}: requests of {len(ends)} missing scrapes"


@each_fault
def test_an_outcome_keeps_within_its_bounds(fault: str) -> None:
    for found, i, run, prepared in runs(fault):
        o, users, standing = run.outcome, found.scenario.service.users.count, prepared.production + prepared.standby
        harmed = run.tally.harmed
        assert 0 <= o.users_hit <= min(users, harmed), f"{found}, run {i}"
        assert (o.users_hit > 0) == (harmed > 0) == (run.tally.first_harm is not None), f"{found}, run {i}"
        assert 0 <= o.servers_hit <= standing, f"{found}, run {i}"
        assert 0 <= o.peak_failed_share <= 1, f"{found}, run {i}"
        assert 0 <= o.overload_s <= found.scenario.horizon, f"{found}, run {i}"
        assert (o.lead_time_s is None) == (o.ended != "promoted"), f"{found}, run {i}"
        for time in (o.time_to_detect_s, o.time_to_restore_s, o.lead_time_s):
            assert time is None or 0 <= time <= found.scenario.horizon, f"{found}, run {i}"
        assert not o.caught_before_users or (o.failed_requests == o.records_lost == 0), f"{found}, run {i}"
        assert not o.false_rollback or o.ended in ("rolled_back", "stopped"), f"{found}, run {i}"
        assert o.detected_by != "none" or o.ended in ("promoted", "unfinished"), f"{found}, run {i}"


# --- servers --------------------------------------------------------------------------------------

States = dict[str, list[str]]


def replayed(found: Cell, run: Played, prepared: Prepared) -> Iterator[tuple[float, States, str]]:
    """State of every server after each event, by side, with the kind of the event: told by the timeline alone."""
    states = {"production": ["old"] * prepared.production, "standby": ["old"] * prepared.standby}
    assert run.timeline is not None
    for event in run.timeline.events:
        if event.kind == "servers":
            first, last, state = event.data["first"], event.data["last"], event.data["state"]
            states[event.data["side"]][first:last] = [state] * (last - first)
        yield event.t_s, {side: list(servers) for side, servers in states.items()}, event.kind


@each_fault
def test_after_an_undo_no_server_has_the_new_version(fault: str) -> None:
    for found, i, run, prepared in runs(fault):
        for t, states, kind in replayed(found, run, prepared):
            if kind == "undone":
                left = {state for servers in states.values() for state in servers} - {"old"}
                assert left == set(), f"{found}, run {i}: {left} at {t} s, when all was undone"


@each_fault
def test_a_promoted_change_is_on_every_server_that_was_not_missed(fault: str) -> None:
    for found, i, run, prepared in runs(fault):
        for _, states, kind in replayed(found, run, prepared):
            if kind == "promoted":
                missed = min(found.scenario.change.missed, prepared.production)
                counts = Counter(state for servers in states.values() for state in servers)
                expected = Counter(new=prepared.production + prepared.standby - missed, old=missed)
                assert counts == expected, f"{found}, run {i}"


@each_fault
def test_requests_to_the_new_version_go_to_servers_that_have_it(fault: str) -> None:
    """While nothing but the version decides who serves, the told states give the share of the new version."""
    for found, i, run, prepared in runs(fault):
        verbs = {stage.route.verb for stage in found.plan.stages if stage.route}
        if verbs - {"equal"} or prepared.serving.absent:
            continue
        assert run.timeline is not None
        # From the first server that probes keep out of rotation, ejected or not ready yet, versions do not say all.
        kept_out = [e.t_s for e in run.timeline.events if e.kind == "ejected" or e.data.get("failed")]
        until = min(kept_out, default=math.inf)
        told = {t: states["production"] for t, states, _ in replayed(found, run, prepared)}
        shares = {t: share for t, _, _, share in run.timeline.truth}
        at_rest = {"old": 0, "new": 1}
        servers = ["old"] * prepared.production
        for t in sorted({*told, *shares}):
            servers = told.get(t, servers)
            serving = [at_rest[state] for state in servers if state in at_rest]
            if t in shares and serving and t < until:
                assert shares[t] == pytest.approx(sum(serving) / len(serving)), f"{found}, run {i}, {t} s"


@pytest.mark.parametrize("fault", ["flapping", pytest.param("flapping_later", marks=pytest.mark.slow)])
def test_health_checks_put_nobody_back_whom_they_did_not_put_out(fault: str) -> None:
    back = 0
    for found, i, run, _ in runs(fault):
        assert run.timeline is not None
        out = 0
        for event in run.timeline.events:
            if event.kind not in ("ejected", "readmitted"):
                continue
            now, count = event.data["out"], event.data["count"]
            back += event.kind == "readmitted"
            before = now - count if event.kind == "ejected" else now + count
            assert 0 <= before <= out, f"{found}, run {i}, {event.t_s} s: {before} out, {out} told"
            out = now
    assert back > 10, "nobody is ever put back: this tries nothing"


@each_fault
def test_servers_are_away_as_long_as_an_install_takes_and_the_seconds_add_up(fault: str) -> None:
    for found, i, run, prepared in runs(fault):
        story = [(0.0, {"production": ["old"] * prepared.production, "standby": ["old"] * prepared.standby})]
        story += [(t, states) for t, states, kind in replayed(found, run, prepared) if kind == "servers"]
        seconds: Counter[str] = Counter()
        since: dict[tuple[str, int], tuple[float, str]] = {}
        for (t, before), (later, after) in pairwise([*story, (found.scenario.horizon, story[-1][1])]):
            for side, servers in before.items():
                for k, state in enumerate(servers):
                    seconds[state] += later - t
                    if state != after[side][k]:
                        begun, was = since.get((side, k), (0.0, "old"))
                        if was.endswith("_out") and not after[side][k].endswith("_out"):
                            wanted = out_of_rotation_s(found.scenario, begun)
                            assert later - begun == pytest.approx(wanted), f"{found}, run {i}: {side} {k} away"
                        since[side, k] = later, after[side][k]
        standing = prepared.production + prepared.standby
        assert sum(seconds.values()) == pytest.approx(standing * found.scenario.horizon), f"{found}, run {i}"


def test_the_matrix_reaches_every_end_every_detection_and_every_world() -> None:
    met = [run for fault in USUAL for run in runs(fault)]
    assert {found.world for found, *_ in met} == set(WORLDS)
    outcomes = [run.outcome for _, _, run, _ in met]
    assert {o.ended for o in outcomes} == {"promoted", "rolled_back", "stopped", "unfinished"}
    assert {o.detected_by for o in outcomes} == {"test", "smoke", "gate", "alert", "health_check", "reports", "none"}
