"""Laws that hold whatever the numbers: more fault is more harm where nobody watches, and what follows from watching.

Guards DESIGN 7.4. Harm is taken from the conditions of a run (what is expected once the faults, the servers and the
times are drawn), so that a law holds run by run and not only on average. Broken on purpose and seen red: a fault
whose effect shrinks where it is large (serving.py), a consecutive counter that a calm window does not reset
(threshold.py).
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from sim.engine.run import Tally, simulate
from sim.judges import BurnRate, KthFailure, Threshold
from sim.judges.base import JudgeTerm
from sim.judges.burn_rate import Row
from sim.measure import run
from sim.model.evidence import Counts, Evidence, Setting, Verdict
from sim.model.timeline import Timeline
from sim.scenario import Scenario
from tests.engine.rollouts import shop

BLIND = (
    "watch.scrape=1m",
    "policies={direct: {strategy: direct, batch: 4 every 1m}, rolling: {strategy: rolling, batch: 2 every 1m}, "
    "swap: {strategy: standby_swap, lease: 5m, bake: 10m}, waves: {strategy: waves, by: size, bake: 5m}, "
    "canary: {strategy: canary, canaries: 2, bake: 10m, batch: 4 every 1m}}",
    "fleet.balancer=null",
)
NEVER = "watch.alerts=[{judge: threshold, above: 100%}]"
"""Somebody looks, so that there is evidence, and never says a word."""
MORE: dict[str, tuple[str, ...]] = {
    "errors": tuple(f"fault: errors, errors: {share}" for share in ("0.1%", "1%", "10%", "60%", "100%")),
    "slow": tuple(f"fault: slow, slow: {factor}" for factor in (1.5, 2.5, 4, 10)),
    "corruption": tuple(f"fault: corruption, corrupt: {share}" for share in ("0.1%", "5%", "50%")),
    "servers": tuple(f"fault: errors, errors: 30%, servers: {share}" for share in ("10%", "40%", "90%", "100%")),
    "count": tuple(f"fault: errors, errors: 30%, servers: {n}" for n in (1, 3, 8)),
    "users": tuple(f"fault: errors, errors: 30%, users: {share}" for share in ("5%", "50%", "100%")),
    "earlier": tuple(f"fault: leak, errors: 30%, after: {t}" for t in ("40m", "20m", "5m", "0s")),
    "load": tuple(f"fault: load_cliff, above_load: {share}" for share in ("95%", "60%", "40%")),
    "share": tuple(f"fault: whole_fleet_threshold, above_share: {share}" for share in ("95%", "60%", "10%")),
}


def expected_harm(tally: Tally) -> tuple[float, float]:
    """Failed or corrupted requests, and all failing ones, as the conditions of the run expect them."""
    stretches = lasting(tally)
    harmful = sum(float(flows.harmful.mean(since, end)) for since, end, flows in stretches)
    failing = sum(float(flows.failing.mean(since, end)) for since, end, flows in stretches)
    return harmful, failing


def lasting(tally: Tally) -> list[tuple[int, int, Any]]:
    """From, to and conditions of every stretch."""
    edges = [since for since, _ in tally.conditions[1:]] + [tally.ended_at]
    return [(since, end, flows) for (since, flows), end in zip(tally.conditions, edges, strict=True)]


@pytest.mark.parametrize(
    "policy", ["direct", "canary", *(pytest.param(p, marks=pytest.mark.slow) for p in ("rolling", "swap", "waves"))]
)
@pytest.mark.parametrize("more", MORE)
def test_with_nobody_watching_more_fault_is_more_harm(policy: str, more: str) -> None:
    for i in range(3):
        harms = []
        for fault in MORE[more]:
            scenario = shop(*BLIND, "service.objective.slow_counts=true", fault=fault)
            harms.append(expected_harm(simulate(scenario.plan(policy), scenario, 5, i)))
        for less, greater in pairwise(harms):
            assert less[0] <= greater[0] * (1 + 1e-9), f"{policy}, run {i}: harm {harms}"
            assert less[1] <= greater[1] * (1 + 1e-9), f"{policy}, run {i}: failing {harms}"
        # A swap changes the share of servers that serve with the new version from none to all.
        same = (policy, more) == ("swap", "share")
        assert same or harms[0][0] < harms[-1][0], f"{policy}, run {i}: nothing changed"


def test_with_somebody_watching_more_fault_may_be_less_harm() -> None:
    """The lesson that makes the law need its blindness: a larger fault is seen sooner."""
    small, large = (
        simulate(scenario.plan("canary"), scenario, 5, 0).totals
        for scenario in (shop(fault=f"fault: errors, errors: {share}") for share in ("1.5%", "20%"))
    )
    assert sum(small[2:4]) > 2 * sum(large[2:4])


# --- stricter judges on the same evidence ---------------------------------------------------------

def judged_at(judge: JudgeTerm, windows: list[Evidence]) -> int:
    """The window of the first roll-back; one more than there are if none."""
    state = judge.start(Setting(10.0, 0.999))
    for k, window in enumerate(windows):
        state, verdict = judge.look(state, window)
        if verdict is Verdict.ROLL_BACK:
            return k
    return len(windows)


def evidence(scenario: Scenario, i: int) -> list[Evidence]:
    """What the gate of a canary saw in a run where nothing stopped it."""
    timeline = Timeline()
    simulate(scenario.plan("canary"), scenario, 5, i, timeline=timeline)
    return [
        Evidence(row[0], 10.0, Counts(*row[1:4]), Counts(*row[4:7]), Counts(*row[7:10]))
        for row in timeline.scrapes
        if row[1]
    ]


STRICTER: dict[str, list[JudgeTerm]] = {
    "a lower threshold": [Threshold(above=above, consecutive=2) for above in (0.05, 0.03, 0.02, 0.01, 0.005)],
    "fewer in a row": [Threshold(above=0.02, consecutive=n) for n in (6, 4, 2, 1)],
    "a lower cumulative limit": [Threshold(above=0.02, cumulative=n) for n in (8, 5, 2, 1)],
    "a lower failure limit": [Threshold(above=0.02, total=n) for n in (9, 4, 1, 0)],
    "a lower threshold, Flagger": [Threshold(above=above, cumulative=3) for above in (0.05, 0.03, 0.01)],
    "cumulative instead of consecutive": [Threshold(above=0.02, consecutive=4), Threshold(above=0.02, total=3)],
    "fewer failures": [KthFailure(failures=k) for k in (500, 100, 20, 3)],
    "a lower burn rate": [
        BurnRate(rows=(Row(long=300, short=60, factor=factor),)) for factor in (30.0, 14.4, 6.0, 1.0)
    ],
    "a shorter long window too": [
        BurnRate(rows=(Row(long=300, short=60, factor=14.4),)),
        BurnRate(rows=(Row(long=300, short=60, factor=14.4), Row(long=60, short=60, factor=14.4))),
    ],
}


@pytest.mark.parametrize("what", STRICTER)
def test_a_stricter_judge_never_rolls_back_later_on_the_same_evidence(what: str) -> None:
    blind = "policies={canary: {strategy: canary, canaries: 2, bake: 20m}}"
    alarms = []
    for i in range(12):
        windows = evidence(shop(blind, NEVER, fault=f"fault: errors, errors: {i / 2}%"), i)
        alarms.append([judged_at(judge, windows) for judge in STRICTER[what]])
    for times in alarms:
        assert times == sorted(times, reverse=True), f"{what}: windows of the alarm {times}"
    assert any(times[0] > times[-1] for times in alarms), "the strictest judge was never sooner: this compares nothing"


# --- a larger group sees no less ------------------------------------------------------------------

def test_a_larger_canary_group_has_seen_no_less_by_a_fixed_time() -> None:
    by_size = []
    for canaries in (1, 2, 4, 7):
        policy = f"policies={{canary: {{strategy: canary, canaries: {canaries}, bake: 20m}}}}"
        scenario = shop(policy, NEVER, fault="fault: errors, errors: 2%")
        tally = simulate(scenario.plan("canary"), scenario, 5, 0)
        seen = [
            sum(
                mean * column
                for since, end, flows in lasting(tally)
                if since < until * 1_000_000
                for mean, column in zip(flows.means(since, min(end, until * 1_000_000)), flows.seen[:, 1], strict=True)
            )
            for until in (60, 120, 600, 1200)
        ]
        by_size.append(seen)
    for fewer, more in pairwise(by_size):
        assert all(a < b for a, b in zip(fewer, more, strict=True)), f"failures seen by size: {by_size}"


# --- nothing and everything -----------------------------------------------------------------------

AT_ONCE = ("change.kind=config", "change.install={}", "policies={direct: {strategy: direct}}", "fleet.balancer=null")


def outcomes(*settings: str, fault: str, policy: str = "direct") -> list[Any]:
    scenario = shop(*settings, fault=fault)
    return [run(scenario.plan(policy), scenario, 5, i) for i in range(20)]


def test_a_fault_without_effect_is_no_fault() -> None:
    assert outcomes(*AT_ONCE, fault="fault: errors, errors: 0%") == outcomes(*AT_ONCE, fault="fault: none")


def test_when_every_request_fails_every_request_is_counted() -> None:
    for o in outcomes(*AT_ONCE, fault="fault: errors, errors: 100%"):
        assert (o.failed_requests, o.peak_failed_share, o.servers_hit) == (o.requests, 1.0, 10)


def test_when_every_request_is_corrupted_every_record_is_lost() -> None:
    for o in outcomes(*AT_ONCE, fault="fault: corruption, corrupt: 100%"):
        assert (o.records_lost, o.failed_requests) == (o.requests, 0)


@pytest.mark.parametrize(("chance", "faulty"), [("0%", False), ("100%", True)])
def test_a_change_carries_its_fault_never_or_always(chance: str, faulty: bool) -> None:
    assert {o.faulty for o in outcomes(fault=f"fault: errors, chance: {chance}")} == {faulty}


@pytest.mark.parametrize(("servers", "hit"), [("0.0001%", 0), ("100%", 10)])
def test_no_server_and_every_server(servers: str, hit: int) -> None:
    assert {o.servers_hit for o in outcomes(*AT_ONCE, fault=f"fault: errors, servers: {servers}")} == {hit}


@pytest.mark.parametrize(("visible", "by"), [("0%", "none"), ("100%", "test")])
def test_a_test_shows_nothing_or_all(visible: str, by: str) -> None:
    tested = "policies={t: {strategy: test_first, test: {for: 10m}, batch: all}}"
    scenario = shop(tested, fault=None)
    scenario = shop(tested, f"change.faults=[{{fault: errors, errors: 100%, in_test: {visible}}}]")
    assert {run(scenario.plan("t"), scenario, 5, i).detected_by for i in range(20)} == {by}


@pytest.mark.parametrize(("chance", "by"), [("0%", "none"), ("100%", "reports")])
def test_nobody_reports_or_everybody(chance: str, by: str) -> None:
    reports = f"watch.reports={{chance: {chance}, page: 1 in 1m}}"
    assert {o.detected_by for o in outcomes(*AT_ONCE, reports, fault="fault: errors, errors: 1%")} == {by}


@pytest.mark.parametrize(("metrics", "by"), [("0%", "none"), ("100%", "gate")])
def test_a_monitor_sees_nothing_or_all(metrics: str, by: str) -> None:
    blind = outcomes(fault=f"fault: errors, errors: 50%, in_metrics: {metrics}", policy="canary")
    assert {o.detected_by for o in blind} == {by}
