"""Advice: the switching values are where they must be, and the paragraph says what the numbers say."""

from __future__ import annotations

import numpy as np
import pytest

from sim.intake.scenario_file import read_with_lines
from sim.intake.words import dump
from sim.study.advice import Advice, advise
from sim.study.advice_text import paragraph
from sim.study.estimate import Interval, paired_difference
from sim.study.switching import by_fault_chance, by_importance, search
from tests.study.fake_engine import Dice, scenario


def advised(*settings: str, runs: int = 300, **asked: object) -> Advice:
    _, root = read_with_lines(dump(scenario()), "dice", settings)
    return advise(root, runs=runs, jobs=1, engine=Dice(), **asked)  # type: ignore[arg-type]


# --- the search -----------------------------------------------------------------------------------

def test_a_crossing_is_found_on_either_side_with_its_interval() -> None:
    found = search("x", lambda x: Interval(x - 4 - 1, x - 4, x - 4 + 1), 9.0, 1.0, 90.0, looks=4, steps=40)
    assert found.below is not None
    assert found.below == pytest.approx((4, 3, 5), abs=1e-6)
    assert found.above is None


def test_where_nothing_crosses_nothing_is_found_and_few_values_are_tried() -> None:
    found = search("x", lambda x: Interval(1, 2, 3), 0.5, 0.0, 1.0, looks=2, steps=9)
    assert (found.below, found.above, found.tried) == (None, None, 5)


def test_an_interval_that_holds_zero_to_the_end_is_open() -> None:
    found = search("x", lambda x: Interval(x - 40, x - 4, x - 3), 9.0, 1.0, 30.0, looks=4, steps=40)
    assert found.below is not None
    assert found.below.at == pytest.approx(4)
    assert found.below.low == pytest.approx(3)
    assert found.below.high is None


def test_the_switching_importance_is_the_ratio_of_the_means() -> None:
    dice = np.random.Generator(np.random.Philox(7))
    outage, running = dice.gamma(2, 5, size=500), dice.normal(-30, 4, size=500)
    found = search("importance", by_importance(outage, running, 0.95), 10.0, 0.01, 1e4, looks=60, steps=60)
    assert found.below is not None
    assert found.below.at == pytest.approx(-running.mean() / outage.mean())
    assert found.below.low < found.below.at < found.below.high  # type: ignore[operator]


@pytest.mark.parametrize("seed", range(3))
def test_the_interval_of_a_switching_value_covers_as_often_as_it_says(seed: int) -> None:
    """True crossing at importance 3, in 19 of 20 intervals. 200 studies: at least 180, with a chance of 99.8 %."""
    dice = np.random.Generator(np.random.Philox(seed))
    hit = 0
    for _ in range(200):
        outage, running = dice.normal(10, 3, size=60), dice.normal(-30, 5, size=60)
        found = search("importance", by_importance(outage, running, 0.95), 9.0, 0.1, 90.0, looks=4, steps=12)
        assert found.below is not None
        hit += (found.below.low or 0) <= 3 <= (found.below.high or 90)
    assert 180 <= hit < 200


def test_the_fault_chance_reweights_faulty_and_healthy() -> None:
    dice = np.random.Generator(np.random.Philox(9))
    faulty = (dice.random(2000) < 0.3).astype(float)
    apart = np.where(faulty == 1, dice.normal(8, 1, size=2000), dice.normal(-2, 1, size=2000))
    difference = by_fault_chance(apart, faulty, 0.95)
    assert difference(float(faulty.mean())).mean == pytest.approx(apart.mean())
    assert difference(0.2).mean == pytest.approx(0, abs=0.2), "0.2 x 8 - 0.8 x 2"
    plain = paired_difference(apart, np.zeros(2000))
    assert difference(0.3).high - difference(0.3).low < plain.high - plain.low, "strata are sharper"


# --- the advice -----------------------------------------------------------------------------------

def test_it_names_the_cheapest_and_says_where_it_turns() -> None:
    found = advised()
    assert (found.best.policy, found.best.decided, found.plain) == ("canary", True, "direct")
    text = paragraph(found)
    assert text.startswith("Dice: take canary.")
    assert f"{found.best.runner_up}, the next best" in text
    assert "decided at 95 %." in text


def test_one_policy_has_no_runner_up_and_too_few_runs_decide_nothing() -> None:
    alone = advised(policies=["direct"])
    assert (alone.best.runner_up, alone.switches, alone.duel) == (None, (), None)
    assert "the only policy" in paragraph(alone)
    assert "do not decide it" in paragraph(advised(runs=5))


@pytest.mark.slow
def test_the_real_engine_turns_where_compare_turns() -> None:
    """At the switching importance the paired difference is nothing; at a tenth of it the runner-up is ahead."""
    from sim.intake.scenario_file import read
    from sim.study.compare import compare

    _, root = read_with_lines(dump(read("any_size", set=["size=4"])), "four")
    found = advise(root, policies=["direct", "canary"], runs=200, jobs=1)
    switch = found.switches[0]
    assert (found.best.policy, switch.word) == ("canary", "importance")
    assert switch.below is not None
    for weight, sign in ((switch.below.at, 0), (switch.below.at / 10, 1)):
        there = read("any_size", set=["size=4", f"importance={weight:.12f}"])
        tables = compare(there, policies=["direct", "canary"], runs=200, jobs=1).tables
        apart = paired_difference(tables["canary"]["cost"], tables["direct"]["cost"])
        assert np.sign(apart.mean) == sign if sign else abs(apart.mean) < 1e-3 * (apart.high - apart.low)
