"""The always-valid test as a judge: the published factor, unequal scrapes, and no blame for what both sides have."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from sim.judges import AlwaysValid
from sim.model.evidence import Counts, Verdict
from sim.theory import sequential
from tests.judges.watching import Window, first_alarm, seen, setting, verdicts


@pytest.mark.parametrize("one_sided", [True, False])
@pytest.mark.parametrize(("canary", "events", "share"), [(30, 330, 0.05), (8, 40, 0.05), (5, 20, 0.1)])
def test_it_rolls_back_where_the_published_factor_passes_one_in_alpha(
    canary: int, events: int, share: float, one_sided: bool
) -> None:
    factor = sequential.beta_binomial(canary, events, share, 100, one_sided=one_sided)
    both = 20_000
    window = Window(round(both * share), canary, 0, Counts(round(both * (1 - share)), events - canary, 0))
    for slack, said in ((0.999, Verdict.PROMOTE), (1.001, Verdict.ROLL_BACK)):
        judge = AlwaysValid(alpha=math.exp(-factor) * slack, concentration=100.0, one_sided=one_sided)
        assert verdicts(judge, setting(), [window]) == [said]


def test_one_scrape_or_ten_say_the_same() -> None:
    ten = [Window(100, 2, 0, Counts(300, 1, 0))] * 10
    judge = AlwaysValid(alpha=1e-12)
    state = judge.start(setting())
    for window in ten:
        state, _ = judge.look(state, seen(window))
    together, _ = judge.look(judge.start(setting()), seen(Window(1000, 20, 0, Counts(3000, 10, 0))))
    assert state.null == pytest.approx(together.null)
    assert state._replace(null=0.0) == together._replace(null=0.0)


def test_a_scrape_without_a_canary_says_nothing() -> None:
    gap = Window(0, 0, 0, Counts(1000, 500, 0))
    sick = Window(100, 10, 0, Counts(900, 9, 0))
    alone = first_alarm(AlwaysValid(alpha=1e-4), setting(), [sick] * 9)
    assert alone is not None
    assert first_alarm(AlwaysValid(alpha=1e-4), setting(), [gap, *[sick] * 9]) == alone + 1


def test_a_better_canary_is_blamed_by_the_two_sided_test_alone() -> None:
    better = [Window(1000, 0, 0, Counts(1000, 20, 0))] * 3
    assert first_alarm(AlwaysValid(), setting(), better) is None
    assert first_alarm(AlwaysValid(one_sided=False), setting(), better) is not None


def test_the_verdict_is_final() -> None:
    sick, calm = Window(100, 100), Window(100, 0, 0, Counts(100, 5, 0))
    assert set(verdicts(AlwaysValid(), setting(), [sick, *[calm] * 30])) == {Verdict.ROLL_BACK}


def test_healthy_canaries_are_blamed_less_often_than_alpha() -> None:
    """Scrapes of chance size, 200 looks a rollout, alpha 5 %: the promise holds at any number of looks."""
    luck, runs, blamed = np.random.default_rng(12), 300, 0
    judge = AlwaysValid(alpha=0.05)
    for _ in range(runs):
        mine, theirs = luck.poisson(50, 200), luck.poisson(450, 200)
        bad, other = luck.binomial(mine, 0.01), luck.binomial(theirs, 0.01)
        rows = np.stack([mine, bad, theirs, other], axis=1).tolist()
        windows = [Window(m, b, 0, Counts(t, o, 0)) for m, b, t, o in rows]
        blamed += first_alarm(judge, setting(), windows) is not None
    assert blamed / runs <= 0.05 + 4 * math.sqrt(0.05 * 0.95 / runs)


@pytest.mark.parametrize(("words", "said"), [({"alpha": 0.0}, "alpha"), ({"concentration": 0.0}, "concentration")])
def test_what_it_cannot_mean_is_refused(words: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        AlwaysValid(**words)
