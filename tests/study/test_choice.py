"""Which judge to use: the rule, its ties and its uncertainty, on curves made by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sim.intake.scenario_file import parse
from sim.judges import Cusum, Threshold
from sim.model.plan import Gate
from sim.study.bench import FIELD, USUAL, Named, UnknownJudge, bench
from sim.study.choice import choose, needed
from sim.study.choice_words import finding, recommendation, sentences
from sim.study.curve import Curve, curve
from sim.study.effects import NoEffect, effects
from tests.doors.command import SMALL

RUNS = 1000
SIZES = ("1%", "3%", "10%")


def by_hand(**judges: tuple[float, ...]) -> Curve:
    """For each judge: share of false alarms, then for each size (share seen, seconds) flattened."""
    times = np.full((1 + len(SIZES), len(judges), RUNS), np.nan)
    for judge, said in enumerate(judges.values()):
        times[0, judge, : round(said[0] * RUNS)] = 30.0
        for at in range(len(SIZES)):
            share, seconds = said[1 + 2 * at : 3 + 2 * at]
            times[1 + at, judge, : round(share * RUNS)] = seconds + np.arange(round(share * RUNS)) % 7
    return Curve(
        scenario=parse(SMALL), sha256="0" * 64, policy="canary", gate=Gate(), bake_s=300.0, canaries=1, rate_s=10.0,
        control=0, added=False, judges=tuple(Named(name, Cusum(), "", own=name == "own") for name in judges),
        effects=tuple(effects(SIZES)), asked=RUNS, seed=1, times=times, given_up=np.zeros(times.shape, dtype=bool),
    )


def used(made: Curve, **asked: float) -> list[str]:
    return [made.judges[judge].name for judge in choose(made, **asked).best]


def test_few_false_alarms_come_first_then_the_smallest_fault_then_the_soonest() -> None:
    good = (0.0, 0.97, 60.0, 1.0, 30.0, 1.0, 10.0)
    assert used(by_hand(
        hasty=(0.1, 1.0, 5.0, 1.0, 5.0, 1.0, 5.0), late=(0.0, 0.97, 90.0, 1.0, 30.0, 1.0, 10.0), good=good,
        blunt=(0.0, 0.1, 5.0, 1.0, 5.0, 1.0, 5.0),
    )) == ["good"]


def test_a_judge_must_see_all_larger_faults_too() -> None:
    odd = by_hand(odd=(0.0, 1.0, 5.0, 0.5, 5.0, 1.0, 5.0))
    assert choose(odd).smallest == 2


@pytest.mark.parametrize(("alarms", "allowed"), [(3, "yes"), (4, "open"), (17, "open"), (19, "no")])
def test_false_alarms_are_judged_by_their_interval(alarms: int, allowed: str) -> None:
    made = by_hand(one=(alarms / RUNS, 1.0, 5.0, 1.0, 5.0, 1.0, 5.0))
    assert choose(made).standings[0].allowed == allowed
    assert bool(choose(made).best) == (allowed == "yes")


def test_power_must_be_shown_by_the_lower_end_of_its_interval() -> None:
    """910 of 1,000 has a lower end of 89.1 %, 930 one of 91.2 %: Clopper and Pearson."""
    assert choose(by_hand(one=(0.0, 0.91, 5.0, 1.0, 5.0, 1.0, 5.0))).smallest == 1
    assert choose(by_hand(one=(0.0, 0.93, 5.0, 1.0, 5.0, 1.0, 5.0))).smallest == 0


def test_judges_that_the_runs_do_not_tell_apart_are_all_named_the_policys_own_first() -> None:
    equal = (0.0, 1.0, 30.0, 1.0, 20.0, 1.0, 10.0)
    made = by_hand(a=equal, later=(0.0, 1.0, 31.0, 1.0, 20.0, 1.0, 10.0), own=equal)
    assert used(made) == ["own", "a"]
    assert "a does as well" in recommendation(made, choose(made))


def test_the_sentence_has_the_numbers_and_the_price_of_the_hasty_one() -> None:
    made = by_hand(
        own=(0.0, 0.0, 5.0, 0.0, 5.0, 1.0, 5.0), good=(0.0, 0.0, 60.0, 0.97, 30.0, 1.0, 10.0),
        hasty=(0.033, 1.0, 5.0, 1.0, 5.0, 1.0, 5.0),
    )
    said = list(sentences(made, choose(made)))
    assert said[0].startswith("Use good. At 10 requests/s on the new version it sees a fault of 3% in 97% of bakes")
    assert "in half within 33s and in 90% within 36s" in said[0]
    assert "none of 1,000 healthy changes (at most one in 270)" in said[0]
    assert said[1] == "hasty sees smaller faults, from 1% on, but rolls back one in 30 healthy changes."
    assert said[2].startswith("The policy's own judge (cusum) sees faults from 10% on")
    assert finding(made, choose(made)) == "At 10 requests/s, good sees a fault of 3% in 90% of bakes within 36s"


def test_none_of_them_is_said_with_the_reason() -> None:
    wrong = by_hand(one=(0.5, 1.0, 5.0, 1.0, 5.0, 1.0, 5.0))
    assert "none of them: all of them roll back more than 1% of healthy changes" in recommendation(wrong, choose(wrong))
    blind = by_hand(one=(0.0, 0.0, 5.0, 0.1, 5.0, 0.5, 5.0))
    said = recommendation(blind, choose(blind))
    assert "do not see even a fault of 10% in 90% of bakes; the best of them, one, sees it in 50% of bakes" in said
    few = replace(wrong, times=wrong.times[:, :, 600:700])
    assert "none is shown to have false alarms of at most 1%" in recommendation(few, choose(few))
    assert f"({needed(0.01)} at least)" in list(sentences(few, choose(few)))[1]


def test_limits_that_are_no_limits_are_refused() -> None:
    made = by_hand(one=(0.0, 1.0, 5.0, 1.0, 5.0, 1.0, 5.0))
    with pytest.raises(ValueError, match=r"power\(=1\) must be above 0 and below 1"):
        choose(made, power=1)


# --- the bench and the sizes


def test_the_usual_eight_stand_behind_the_policys_own() -> None:
    said = parse(SMALL)
    own = Threshold(above=0.5)
    names = [one.name for one in bench(said, own, None, "slow")]
    assert names == ["own", *USUAL]
    assert len(USUAL) == 8
    assert all(one.judge.of == "slow" for one in bench(said, None, list(USUAL), "slow"))
    assert all(make(10.0) for make, _ in FIELD.values())


@pytest.mark.parametrize(("names", "message"), [
    (["cusun"], "unknown judge 'cusun'; did you mean cusum"), (["cusum", "cusum"], "named twice"),
    (["own"], "has no judge of its own"),
])
def test_an_unknown_judge_is_refused_with_the_nearest(names: list[str], message: str) -> None:
    with pytest.raises(UnknownJudge, match=message):
        bench(parse(SMALL), None, names, "failed")


@pytest.mark.parametrize(("text", "message"), [
    ("0%", "must be above 0%"), ("0", "must be above 0%"), ("120%", "at most 100%"), ("1x", "above 1x"),
    ("0.5x", "from 1.01x"), ("5", "did you mean"), ("1%,2x", "two kinds of fault"), ("10%..1%", "runs backwards"),
    ("1%..10%:cubic:3", "must be lin or log"), ("", "percent sign"),
])
def test_what_is_no_size_of_a_fault_is_refused(text: str, message: str) -> None:
    with pytest.raises(NoEffect, match=message):
        effects([text])


def test_a_range_without_steps_has_twelve_in_equal_factors() -> None:
    sizes = [one.size for one in effects(["0.1%..10%"])]
    assert len(sizes) == 12
    assert np.ptp(np.diff(np.log(sizes))) < 1e-2


@pytest.mark.slow
def test_the_curve_does_not_depend_on_the_workers() -> None:
    said: Any = parse(SMALL)
    judges = bench(said, said.policies["canary"].judge, None, "failed")
    one, two = (curve(said, judges, effects(["2%", "20%"]), runs=60, seed=4, jobs=jobs) for jobs in (1, 2))
    assert np.array_equal(one.times, two.times, equal_nan=True)
    assert np.array_equal(one.given_up, two.given_up)
    fewer = curve(said, judges, effects(["20%"]), runs=55, seed=4, jobs=1)
    assert np.array_equal(fewer.times[1], one.times[2, :, :55], equal_nan=True), "a run is a run"
