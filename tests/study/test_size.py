"""The smallest canary and the shortest bake: exact against simulated, the search, and the reasons why nothing helps."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sim.intake.scenario_file import parse
from sim.judges import AlwaysValid, Cusum, Fisher, KthFailure, Threshold
from sim.model.change import Fault
from sim.study.bench import Named
from sim.study.effects import effect
from sim.study.exact_power import Course, course
from sim.study.gate import NoGate, rule
from sim.study.size import size
from sim.study.sized import Drawn, Size, Sized, numbers
from tests.doors.command import SMALL

BLIPS = "  base_errors: 0.1%\n  blips: {every: 12h, errors: 20%}"
SHOP = SMALL.replace("  base_errors: 0.1%", BLIPS)


def shop(*sets: str) -> Any:
    return parse(SHOP, set=sets)


# --- exact against simulated


def compared(judge: Any, size_: str | None, runs: int, *sets: str) -> None:
    fault = effect(size_ or "1%").fault()
    work = Drawn(shop("service.traffic.rate=300/s", *sets), "canary", Named("it", judge, ""), fault, 600.0, 3)
    post = work.post(1, size_ is not None)
    exact = course(judge, post)
    assert exact is not None
    alarms = np.full(runs, np.nan)
    for run in range(runs):
        seen = post.look(8, run)
        alarm = rule(judge, seen, (len(seen.evidence.end_s),)).alarm
        alarms[run] = np.nan if alarm is None else alarm
    for at in (0, 3, 10, 30, 59):
        share, by = np.mean(alarms <= at), exact.by[at]
        # One in 800 gates may have a second blip, which the exact solution leaves out.
        assert abs(share - by) < 4 * np.sqrt(by * (1 - by) / runs) + 2e-3, f"by scrape {at}: {share} for {by}"


@pytest.mark.parametrize("judge", [Threshold(above=0.04, consecutive=2), KthFailure(failures=30)])
def test_the_exact_course_is_the_simulated_one(judge: Any) -> None:
    compared(judge, "3%", 150)


@pytest.mark.slow
@pytest.mark.parametrize("size_", [None, "1%", "3%", "6%"])
@pytest.mark.parametrize("sets", [(), ("service.traffic.rate=20/s",)])
@pytest.mark.parametrize("judge", [
    Threshold(above=0.04), Threshold(above=0.04, consecutive=3), Threshold(above=0.04, cumulative=3),
    KthFailure(failures=30),
])
def test_the_exact_course_is_the_simulated_one_for_every_counter(judge: Any, size_: str | None, sets: Any) -> None:
    compared(judge, size_, 200, *sets)


@pytest.mark.parametrize(("judge", "sets"), [
    (Cusum(), ()), (Threshold(above=0.04, over=60.0), ()), (Threshold(above=0.04, min_requests=50), ()),
    (Threshold(above=0.04), ("watch.missing=10%",)), (Threshold(above=0.04), ("service.blips.every=1h",)),
    (Threshold(above=0.04), ('service.traffic.profile={"00:00": 50%, "10:10": 100%}',)),
    (Threshold(above=0.04, total=2), ("service.traffic.rate=1/s",)),
])
def test_where_nothing_exact_is_known_none_is_claimed(judge: Any, sets: tuple[str, ...]) -> None:
    work = Drawn(shop(*sets), "canary", Named("it", judge, ""), effect("3%").fault(), 600.0, 3)
    assert course(judge, work.post(1, True)) is None


# --- the search, on rows made by hand


def made(*rows: Sized) -> Size:
    return Size(
        scenario=shop(), sha256="0" * 64, policy="canary", judge=Named("it", Cusum(), ""), effect="a fault of 1%",
        power=0.9, false=0.01, bake_s=300.0, canaries=1, longest_s=600.0, scrape_s=10.0, control=False, runs=0, seed=1,
        rows=rows,
    )


def row(canaries: int, power: float, at: float = 55.0, false: float = 0.0) -> Sized:
    """Seen with this chance, all at this time; wrong with that one."""
    ends = np.array([at - 10, at, 600.0])
    return Sized(canaries, 10.0 * canaries, Course(ends, np.array([0.0, power, power])),
                 Course(ends, np.array([0.0, false, false])))


def test_the_bake_is_the_shortest_whole_number_of_scrapes() -> None:
    enough = made(row(1, 0.95)).enough(row(1, 0.95))
    assert enough is not None
    assert enough.bake_s == 60.0


def test_a_judge_that_is_wrong_too_often_by_then_is_not_enough() -> None:
    assert made().enough(row(1, 0.95, false=0.02)) is None


def test_the_smallest_canary_begins_the_longest_row_that_is_enough_and_the_rest_is_told() -> None:
    found = made(row(1, 0.95), row(2, 0.5), row(3, 0.93), row(4, 0.94, at=35.0), row(5, 0.96, at=35.0), row(7, 0.2))
    assert found.smallest is found.rows[2]
    assert found.soonest is found.rows[3], "of equal bakes the fewest canaries"
    assert found.besides == [1]
    assert found.too_many == [7]


def test_simulated_power_must_be_shown_by_the_end_of_its_interval() -> None:
    times = np.where(np.arange(1000) < 915, 20.0, np.nan)
    few = Sized(1, 10.0, times, np.full(1000, np.nan))
    assert made().enough(few) is None, "91.5 % of 1,000 may be 89.6 %"
    assert made().enough(replace(few, seen=np.where(np.arange(1000) < 930, 20.0, np.nan))) is not None


def test_halving_finds_the_number_between_those_that_are_tried() -> None:
    said = shop("fleet.production.servers=40", "service.traffic.rate=40/s")
    judge = Named("it", Cusum(p0=0.001, p1=0.2), "")
    found = size(said, judge, effect("20%").fault(), "a fault", policy="canary", power=0.5, false=0.3, runs=40,
                 longest_s=50.0, jobs=1)
    tried = [one.canaries for one in found.rows]
    assert found.smallest is not None
    at = found.smallest.canaries
    assert at == 1 or at - 1 in tried, "the number below was tried, and is not enough"
    assert numbers(said, "canary", False) == [1, 2, 3, 5, 7, 10, 20]


def test_a_judge_that_compares_with_the_time_before_is_shown_that_time() -> None:
    judge = Named("it", AlwaysValid(against="before"), "")
    found = size(shop(), judge, effect("30%").fault(), "it", policy="canary", power=0.5, false=0.3, runs=20,
                 longest_s=120.0, jobs=1)
    assert found.smallest is not None, "three in ten fail, and one in a thousand did before"


# --- why nothing is enough

PLAIN = effect("5%").fault()


@pytest.mark.parametrize(("judge", "fault", "sets", "said"), [
    (Threshold(above=0.02), effect("1.2x").fault(), (), "Wrong metric: the judge counts failed requests, and this"),
    (Threshold(above=0.02), replace(PLAIN, in_metrics=0.0), (), "No monitor sees it"),
    pytest.param(
        Cusum(), replace(PLAIN, on_kind="blob"),
        ("fleet.production.kinds={blob: 10%, table: 90%}", "policies.canary.kind=table"),
        "It is never on the canaries' servers", marks=pytest.mark.slow,
    ),
    pytest.param(
        Cusum(), replace(PLAIN, servers=None, above_share=0.9), (),
        "It only begins when 90% of production is changed", marks=pytest.mark.slow,
    ),
    (Threshold(above=0.5), PLAIN, (), "The judge's limit is above the fault: with it 5.1% of the requests are bad"),
    (KthFailure(failures=500), effect("0.01%").fault(), ("service.traffic.rate=1/s",), "Not enough requests"),
    pytest.param(
        Fisher(at=500.0, alpha=0.0001), effect("0.02%").fault(),
        ("service.base_errors=5%", "service.traffic.rate=600/s"), "below the noise", marks=pytest.mark.slow,
    ),
    (KthFailure(failures=1), PLAIN, (), "wrong too often"),
], ids=["metric", "monitor", "kind", "share", "limit", "requests", "noise", "wrong"])
def test_the_reason_is_told(judge: Any, fault: Fault, sets: tuple[str, ...], said: str) -> None:
    found = size(shop(*sets), Named("it", judge, ""), fault, "it", policy="canary", runs=20, longest_s=600.0, jobs=1)
    assert found.smallest is None
    assert found.why is not None
    assert said in found.why


@pytest.mark.slow
def test_an_onset_after_the_bake_is_told_with_the_share_that_met_it() -> None:
    leak = next(fault for fault in shop().faults if fault.key == "leak")
    found = size(shop(), Named("it", Cusum(), ""), replace(leak, after=replace(leak.after, median=7200.0, p95=9000.0)),
                 "it", policy="canary", runs=20, longest_s=600.0, jobs=1)
    assert found.why is not None
    assert found.why.startswith("Its onset is later than the bake: 2h (95 % within 2h30m) after a restart; it has met")
    assert "in 0% of 100 rollouts" in found.why


def test_policies_without_canaries_and_faults_of_health_checks_are_refused() -> None:
    with pytest.raises(NoGate, match="has no canaries to choose the number of"):
        numbers(shop("fleet.standby.servers=10"), "standby", False)
    crash = replace(PLAIN, errors=0.0, crash=True)
    with pytest.raises(NoGate, match="health checks see the fault"):
        size(shop(), Named("it", Cusum(), ""), crash, "it", policy="canary", runs=5)
