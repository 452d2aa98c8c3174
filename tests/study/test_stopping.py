"""Sequential stopping keeps its promise, and stops for no column that it knows nothing of."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.model.outcome import COLUMNS
from sim.study.estimate import Moments, mean_of
from sim.study.stopping import FEWEST, Precision, checked, precise


def stop(luck: np.random.Generator, relative: float, block: int = 30) -> Moments:
    """Exponential(1) values, a block at a time, until they are precise enough."""
    wanted, seen = Precision("cost", relative), Moments()
    while not precise(seen, wanted):
        seen = seen.join(Moments.of(luck.exponential(size=block)))
    return seen


@pytest.mark.parametrize(("relative", "expected"), [(0.05, 1694), (0.1, 465), (0.2, 138)])
def test_the_interval_at_the_stop_covers_the_truth(relative: float, expected: int) -> None:
    """statistics.md D: coverage at least .93; runs near (t / (eps / (1 + eps)))^2."""
    luck = np.random.default_rng(7)
    stops = [stop(luck, relative) for _ in range(400)]
    covered = np.mean([abs(seen.mean - 1) <= relative * 1 for seen in stops])
    inside = np.mean([abs(seen.mean - 1) <= seen.half_width() for seen in stops])
    assert covered >= 0.93
    assert inside >= 0.93 - 3 * math.sqrt(0.93 * 0.07 / 400)
    assert np.mean([seen.n for seen in stops]) == pytest.approx(expected, rel=0.12)


def test_it_never_stops_below_thirty_runs() -> None:
    nearly_constant = [1.0] * (FEWEST - 2) + [1.0000001]
    assert not precise(Moments.of(nearly_constant), Precision("cost", 0.5))
    assert precise(Moments.of([*nearly_constant, 1.0]), Precision("cost", 0.5))


def test_law_asks_for_a_little_more_than_the_half_width() -> None:
    values = np.random.default_rng(8).normal(10, 3, 200)
    mean = mean_of(values)
    assert mean.mean is not None
    assert mean.high is not None
    width = (mean.high - mean.mean) / mean.mean
    adjusted = width / (1 - width)
    assert precise(Moments.of(values), Precision("cost", adjusted * 1.0001))
    assert not precise(Moments.of(values), Precision("cost", (width + adjusted) / 2))


@pytest.mark.parametrize(
    ("values", "floor", "enough"),
    [
        ([0.0] * 1000, 0.0, False),          # never seen is not never
        ([0.0] * 1000, 0.5, True),
        ([100.0] * 1000, 0.0, True),         # a constant that is there
        ([math.nan] * 1000, 5.0, False),
        ([], 5.0, False),
        ([-1.0, 1.0] * 500, 0.0, False),     # mean 0: no relative precision
        ([-1.0, 1.0] * 500, 0.1, True),
    ],
)
def test_columns_that_do_not_vary(values: list[float], floor: float, enough: bool) -> None:
    assert precise(Moments.of(values), Precision("records_lost", 0.05, floor)) is enough


@pytest.mark.parametrize(
    ("precision", "said"),
    [
        (Precision("coast", 0.05), "column 'coast' is not one of faulty"),
        (Precision("cost", 0), "above 0% and below 100%"),
        (Precision("cost", 1), "above 0% and below 100%"),
        (Precision("cost", math.nan), "above 0% and below 100%"),
        (Precision("cost", 0.1, -1), "floor"),
        (Precision("cost", 0.1, math.inf), "floor"),
    ],
)
def test_an_impossible_precision_is_refused(precision: Precision, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        checked(precision, COLUMNS)
