"""Who catches what, how far it spreads, and the one sentence that says it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.model.timeline import Timeline
from sim.study.by_fault import by_fault, caught
from sim.study.compare import Comparison, compare
from sim.study.estimate import bonferroni, relative_reduction
from sim.study.finding import finding, percents
from sim.study.harm import harm
from sim.study.spread import POINTS, spread_over_time
from sim.study.tables import Table
from tests.study.fake_engine import Dice, scenario


class Changed(Dice):
    """Dice whose columns a test may change: policy is seen by its plan's number of reserves."""

    def __init__(self, **columns: Any) -> None:
        super().__init__()
        self.columns = columns

    def run_many(self, plan: Any, of: Any, seed: int, runs: Any) -> dict[str, Any]:
        made = super().run_many(plan, of, seed, runs)
        for name, value in self.columns.items():
            made[name] = np.array([value] * len(runs)) if not callable(value) else value(made, plan)
        return made


def made(engine: Any = None, **asked: Any) -> Comparison:
    return compare(scenario(), **{"runs": 300, "seed": 5, "jobs": 1, "engine": engine or Dice()}
                   | asked)


# --- who catches what -----------------------------------------------------------------------------

def test_the_four_ways_of_being_caught_are_all_there_are() -> None:
    found = made()
    for fault, policies in by_fault(found).items():
        for name, shares in policies.items():
            table = found.among("faulty")[name]
            assert sum(part.share or 0 for part in shares) == pytest.approx(1)
            assert shares.n == np.count_nonzero(table["fault"] == fault)


@pytest.mark.parametrize(
    ("detected_by", "before", "way"),
    [
        ("test", 1, "before_users"), ("smoke", 0, "before_users"), ("gate", 1, "before_users"),
        ("gate", 0, "by_gate"), ("alert", 0, "later"), ("health_check", 0, "later"),
        ("health_check", 1, "before_users"), ("reports", 0, "later"), ("none", 0, "never"),
    ],
)
def test_each_alarm_is_counted_in_its_place(detected_by: str, before: int, way: str) -> None:
    engine = Changed(detected_by=detected_by, caught_before_users=before)
    shares = caught(made(engine, policies=["canary"]).tables["canary"])
    found = {name: share.share for name, share in shares._asdict().items()}
    assert found == dict.fromkeys(found, 0) | {way: 1}
    assert shares.n > 50


def test_a_run_with_two_faults_counts_under_both() -> None:
    rows = by_fault(made(Changed(fault="errors+leak", faulty=1)))
    assert list(rows) == ["errors", "leak"]
    assert rows["errors"] == rows["leak"]
    assert rows["leak"]["canary"].n == 300


def test_nobody_catches_a_fault_that_no_change_carries() -> None:
    assert by_fault(made(Changed(fault="none", faulty=0))) == {}
    assert caught(Table.empty()).n == 0


# --- how far it spreads ---------------------------------------------------------------------------

def test_the_spread_is_the_median_step_of_the_first_faulty_runs() -> None:
    found = made()
    spread = spread_over_time(found, most=30, engine=Dice())["canary"]
    assert (spread.n, len(spread.t_s)) == (30, POINTS)
    during = (spread.t_s >= 60) & (spread.t_s < 600)
    assert set(spread.median[during]) == set(spread.low[during]) == {0.05}
    assert set(spread.median[spread.t_s < 60]) == {0.0}
    assert spread.t_s[-1] < found.scenario.horizon, "it ends soon after the last change"


def test_of_changes_at_one_instant_the_last_counts() -> None:
    class Twice(Dice):
        def run(self, *asked: Any, timeline: Timeline | None = None) -> Any:
            assert timeline is not None
            timeline.truth += [(100.0, 1.0, 0.0, 1.0), (100.0, 1.0, 0.0, 0.25)]
    spread = spread_over_time(made(policies=["canary"]), engine=Twice())["canary"]
    assert set(spread.high) == {0.0, 0.25}
    assert spread.high[0] == 0.0, "nothing is new at the start"


@pytest.mark.parametrize("rows", [[], [(0.0, 0.0, 0.0, float("nan"))]])
def test_a_rollout_that_never_starts_spreads_nowhere(rows: list[tuple[float, ...]]) -> None:
    class Idle(Dice):
        def run(self, *asked: Any, timeline: Timeline | None = None) -> Any:
            assert timeline is not None
            timeline.truth += rows
    for spread in spread_over_time(made(), engine=Idle()).values():
        assert not spread.high.any()
        assert spread.t_s[-1] == 7200


def test_without_faulty_changes_there_is_nothing_to_follow() -> None:
    spread = spread_over_time(made(Changed(fault="none", faulty=0)), engine=Dice())["canary"]
    assert (spread.n, spread.median.any()) == (0, False)


def test_it_follows_at_least_one() -> None:
    with pytest.raises(ValueError, match=r"most\(=0\) must be at least 1"):
        spread_over_time(made(), most=0, engine=Dice())


def test_harm_keeps_zeros_apart() -> None:
    one = harm(made())["canary"]
    assert 0 < (one.none.share or 0) < 1
    assert one.none.share == np.mean(one.values == 0)
    assert one.mean.n == one.median.n == len(one.values)


# --- the sentence ---------------------------------------------------------------------------------

def hits(**users: int) -> Changed:
    """Every faulty run hits so many users (and a few by chance) under a policy."""
    def column(made: dict[str, Any], plan: Any) -> Any:
        name = next(n for n, other in scenario().runnable()[0].items() if other == plan)
        chance = made["requests"] % 7
        return np.where(made["faulty"] == 1, users[name] + (users[name] > 0) * chance, 0)
    return Changed(users_hit=column)


def test_the_finding_compares_the_best_with_direct() -> None:
    said = finding(made(hits(direct=1000, test_first=500, standby=900, canary=60)))
    assert said.startswith("On faulty changes, canary hits 94 % fewer users than direct (95 % int")
    assert said.endswith("%)")


def test_the_interval_of_the_finding_is_widened_for_the_choice_of_the_best() -> None:
    found = made()
    hit = {name: table["users_hit"] for name, table in found.among("faulty").items()}
    less = relative_reduction(hit["canary"], hit["direct"], bonferroni(0.95, 3))
    assert less is not None
    _, low, high = percents(less.mean, less.low, less.high)
    assert f"(95 % interval: {low} to {high} %)" in finding(found)


def test_the_finding_admits_that_direct_is_best() -> None:
    said = finding(made(hits(direct=100, test_first=500, standby=150, canary=600)))
    assert said.startswith("On faulty changes, no policy beats direct: standby, the next, hits 4")
    assert "more users" in said


def test_the_finding_admits_that_nothing_can_be_told_apart() -> None:
    said = finding(made(hits(direct=100, test_first=100, standby=100, canary=100)))
    assert "no policy hits clearly fewer users than direct (103 on average)" in said


def test_the_finding_of_no_harm_has_a_bound() -> None:
    said = finding(made(hits(direct=0, test_first=0, standby=0, canary=0)))
    assert said.startswith("No policy hit a user in ")
    assert "at most 4 % of such changes do" in said


def test_the_finding_of_no_faulty_change_says_so() -> None:
    said = finding(made(Changed(fault="none", faulty=0)))
    assert said == "None of 300 changes was faulty: no policy was put to the test"


def test_the_finding_of_one_policy_is_its_mean() -> None:
    said = finding(made(policies=["canary"]))
    assert said.startswith("On faulty changes, canary hits ")
    assert "95 % interval: " in said


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        ((0.93, 0.91, 0.95), ["93", "91", "95"]),
        ((0.99, 0.98, 0.995), ["99.0", "98.0", "99.5"]),
        ((0.99999, 0.999, 1.0), ["99.999", "99.900", "100.000"]),
        ((1.5, 1.2, 20.0), ["150", "120", "2,000"]),
        ((0.0,), ["0"]),
        ((0.0004,), ["0.04"]),
    ],
)
def test_percentages_do_not_round_to_certainty(shares: tuple[float, ...], said: list[str]) -> None:
    assert percents(*shares) == said
