"""Clopper-Pearson, who beats whom, and quantiles by order statistics, against scipy.stats."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats

from sim.study.quantiles import fewest_runs, quantile_of, rank_of, ranks
from sim.study.shares import beats, share_of, share_of_flags

# statistics.md D: (n, q) -> ranks and coverage.
PUBLISHED = [
    (10, 0.5, 2, 9, 0.978516),
    (20, 0.5, 6, 15, 0.958611),
    (30, 0.5, 10, 21, 0.957226),
    (100, 0.5, 40, 61, 0.964800),
    (100, 0.9, 84, 96, 0.955690),
    (200, 0.95, 184, 197, 0.967152),
    (500, 0.95, 465, 485, 0.960499),
    (1000, 0.99, 983, 997, 0.976095),
]


@pytest.mark.parametrize(("hits", "n"), [(0, 10), (10, 10), (3, 17), (1, 100_000), (500, 1000)])
@pytest.mark.parametrize("confidence", [0.95, 0.9917])
def test_shares_have_the_exact_binomial_interval(hits: int, n: int, confidence: float) -> None:
    found = share_of(hits, n, confidence)
    exact = scipy.stats.binomtest(hits, n).proportion_ci(confidence, method="exact")
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high), rel=1e-9)


def test_what_was_never_seen_has_an_upper_bound_and_not_a_zero() -> None:
    assert share_of(0, 1000).high == pytest.approx(1 - 0.025 ** (1 / 1000))
    assert share_of(1000, 1000).low == pytest.approx(0.025 ** (1 / 1000))


@pytest.mark.parametrize("hits", [-1, 11, math.nan])
def test_more_hits_than_runs_are_refused(hits: float) -> None:
    with pytest.raises(ValueError, match=r"must be from 0 to n\(=10\)"):
        share_of(hits, 10)


def test_flags_without_a_value_do_not_count() -> None:
    assert share_of_flags([1, math.nan, 0, 1])[0::3] == (2 / 3, 3)


def test_a_tie_is_half_a_win_for_both() -> None:
    a, b = [1, 2, 2, 9, math.nan], [2, 2, 1, 9, 0]
    assert beats(a, b).share == beats(b, a).share == 0.5
    assert beats(a, b).n == 4


def test_winning_every_run_is_not_certainty() -> None:
    found = beats(range(20), range(1, 21))
    assert (found.share, found.high) == (1.0, 1.0)
    assert found.low == share_of(20, 20).low < 1


@pytest.mark.parametrize(("n", "q", "low", "high", "coverage"), PUBLISHED)
def test_ranks_are_the_published_ones(
    n: int, q: float, low: int, high: int, coverage: float
) -> None:
    assert ranks(n, q) == (low, high)
    tails = scipy.stats.binom.cdf([high - 1, low - 1], n, q)
    assert tails[0] - tails[1] == pytest.approx(coverage, abs=5e-7)


@pytest.mark.parametrize(("n", "q"), [(6, 0.5), (72, 0.95), (333, 0.3), (100_000, 0.95)])
def test_a_quantile_has_scipys_interval(n: int, q: float) -> None:
    values = np.random.default_rng(n).exponential(size=n)
    test = scipy.stats.quantile_test(values, q=0, p=q)
    expected = test.confidence_interval(0.95)
    found = quantile_of(values, q)
    assert (found.low, found.high) == (expected.low, expected.high)


@pytest.mark.parametrize(
    ("q", "fewest"), [(0.5, 6), (0.9, 36), (0.95, 72), (0.99, 368), (0.05, 72)]
)
def test_below_the_fewest_runs_there_is_no_quantile(q: float, fewest: int) -> None:
    assert fewest_runs(q) == fewest
    enough, too_few = np.arange(fewest), np.arange(fewest - 1)
    assert quantile_of(enough, q).value is not None
    assert quantile_of(too_few, q) == (None, None, None, fewest - 1)


@pytest.mark.parametrize("values", [[], [math.nan] * 100])
def test_a_quantile_of_nothing_is_nothing(values: list[float]) -> None:
    assert quantile_of(values, 0.5) == (None, None, None, 0)


def test_a_constant_column_is_its_own_quantile() -> None:
    assert quantile_of([3.0] * 80, 0.95) == (3.0, 3.0, 3.0, 80)


@pytest.mark.parametrize("q", [0, 1, 1.5, math.nan])
def test_a_quantile_is_between_0_and_1(q: float) -> None:
    with pytest.raises(ValueError, match="must be above 0 and below 1"):
        quantile_of([1, 2, 3], q)


@pytest.mark.parametrize("n", [1, 7, 20, 100, 1000])
def test_the_quantile_is_the_smallest_value_with_enough_at_or_below(n: int) -> None:
    values = np.random.default_rng(n).permutation(n)
    for q in (0.05, 0.5, 0.95):
        expected = np.quantile(values, q, method="inverted_cdf")
        assert np.sort(values)[rank_of(n, q) - 1] == expected
