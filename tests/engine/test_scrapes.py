"""Scrapes that fail, and what a monitor kept from before: only the evidence changes, never what happens.

Broken on purpose and seen red (tests/mutants): one coin for a block instead of one a scrape (monitor.py), a history
that begins anew for who asks later (scrapes.py), a baseline that is not diluted by its canary (judges/base.py).
"""

from __future__ import annotations

import math

import pytest

from sim.engine.prepared import Prepared
from sim.engine.run import simulate
from sim.engine.scrapes import CHUNK, History
from sim.engine.streams import Streams
from sim.measure import run_many
from sim.model.timeline import Timeline
from sim.scenario import Scenario
from tests.engine.rollouts import shop, times, told

MISSING = ("watch.missing=20%", "watch.scrape=5s")
LEAK = "fault: leak, errors: 20%, after: {median: 10m, p95: 20m}"


def gaps(scenario: Scenario, policy: str, i: int = 0) -> list[float]:
    """Ends of the scrapes of which nothing is known."""
    timeline = Timeline()
    simulate(scenario.plan(policy), scenario, 1, i, timeline=timeline)
    return [row[0] for row in timeline.scrapes if not any(row[1:])]


def test_each_scrape_is_missing_with_its_chance_and_the_same_ones_under_every_policy() -> None:
    scenario = shop("watch.alerts=[{judge: burn_rate}]", *MISSING)
    gone = [gaps(scenario, "direct", i) for i in range(8)]
    share, count = sum(map(len, gone)) / (8 * 720), 8 * 720
    assert abs(share - 0.2) < 4 * math.sqrt(0.2 * 0.8 / count)
    assert gone[0] != gone[1]
    assert gaps(scenario, "canary") == gone[0]


def test_traffic_goes_on_while_a_scrape_is_missing() -> None:
    """Without anybody who acts on what is seen, nothing else changes, to the byte."""
    policy = "policies.canary={strategy: canary, canaries: 2, bake: 5m, batch: 4 every 1m}"
    sane, blind = (shop(policy, *more, fault=LEAK) for more in ((), ("watch.missing=50%",)))
    tables = [run_many(scenario.plan("canary"), scenario, 1, range(3)) for scenario in (sane, blind)]
    for column in ("failed_requests", "users_hit", "requests"):
        assert (tables[0][column] == tables[1][column]).all()


@pytest.mark.parametrize(
    ("judge", "alarm"),
    [
        ("threshold, above: 2%, consecutive: 2", None),
        ("kth_failure, failures: 5", None),
        ("threshold, above: 2%, cumulative: 3", "gate"),
        ("threshold, above: 2%, total: 0", "gate"),
    ],
)
def test_a_monitor_that_shares_the_fault_sees_nothing_of_it(judge: str, alarm: str | None) -> None:
    """Who holds without evidence gives up at twice the bake; Flagger's fourth and Argo's fifth check end it before."""
    policy = f"policies.canary={{strategy: canary, canaries: 2, bake: 5m, judge: {{judge: {judge}}}}}"
    outcome, events = told(shop(policy, fault="fault: errors, errors: 50%, blinds: 100%"), "canary")
    assert outcome.detected_by == "gate"
    begun, (end,) = times(events, "bake_started")[0], times(events, "alarm")
    assert end - begun == pytest.approx(600 if alarm is None else 40, abs=20)
    assert bool(times(events, "gave_up")) == (alarm is None)


def test_a_fault_blinds_only_while_somebody_has_it() -> None:
    fault = "fault: custom, errors: 20%, after: 10m, blinds: 100%"
    policy = "policies.direct={strategy: direct, batch: 10 every 1m}"
    gone = gaps(shop(policy, "watch.alerts=[{judge: burn_rate}]", fault=fault), "direct")
    restarted = 10 + 30
    assert gone[0] == pytest.approx(restarted + 600, abs=10)
    assert len(gone) == (3600 - gone[0]) / 10 + 1


def test_what_was_before_follows_the_profile_and_does_not_depend_on_who_asks_first() -> None:
    profile = 'service.traffic.profile={"00:00": 100%, "09:50": 25%, "10:00": 100%}'
    scenario = shop(profile, "service.base_errors=2%", "policies.direct.batch=5 every 2m")
    from sim.engine.flows import Shape

    prepared = Prepared(scenario.plan("direct"), scenario, Shape)
    with Streams(1, 0) as streams:
        whole = History(prepared, streams).windows(0, CHUNK + 40)
    with Streams(1, 0) as streams:
        asked = History(prepared, streams)
        assert (asked.windows(CHUNK + 3, CHUNK + 5) == whole[:, CHUNK + 3 : CHUNK + 5]).all()
        assert (asked.windows(0, 7) == whole[:, :7]).all()
    requests, failed, _ = whole.astype(float)
    low, high = requests[:60], requests[60:]
    assert abs(low.mean() - 1000) < 4 * math.sqrt(1000 / len(low))
    assert abs(high.mean() - 4000) < 4 * math.sqrt(4000 / len(high))
    assert abs(failed.sum() / requests.sum() - 0.02) < 4 * math.sqrt(0.02 / requests.sum())


def test_before_against_after_finds_what_a_control_that_has_it_too_does_not_show() -> None:
    """Errors of old servers beside new ones: canary and control alike, and both worse than before."""
    canary = "policies.canary={{strategy: canary, canaries: 2, control: true, bake: 5m, judge: {{{}}}}}"
    ends = {}
    for against in ("control", "before"):
        judge = f"judge: always_valid, alpha: 0.1%, against: {against}"
        scenario = shop(canary.format(judge), "service.base_errors=0.5%", fault="fault: errors, errors: 5%, side: both")
        ends[against], _ = told(scenario, "canary")
    assert (ends["control"].ended, ends["before"].ended) == ("promoted", "rolled_back")


def test_the_canary_dilutes_its_own_baseline() -> None:
    """Against the whole, half of which are canaries, the same fault takes longer to show."""
    when = {}
    for against in ("control", "whole"):
        policy = (
            "policies.canary={strategy: canary, canaries: 5, control: true, bake: 20m, judge: "
            f"{{judge: always_valid, alpha: 0.1%, against: {against}}}}}"
        )
        scenario = shop(policy, "service.base_errors=0.5%", "watch.scrape=1s", fault="fault: errors, errors: 1%")
        table = run_many(scenario.plan("canary"), scenario, 1, range(40))
        when[against] = table["time_to_detect_s"]
    assert (when["whole"] > when["control"]).mean() > 0.9
