"""Intervals against scipy.stats and the published numbers of the reference (statistics.md D)."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from sim.study.estimate import (
    Moments,
    bonferroni,
    gain_of_common_numbers,
    mean_of,
    paired_difference,
    relative_reduction,
    t_quantile,
)

NAN = math.nan
numbers = st.lists(st.floats(-1e9, 1e9), max_size=40)


@pytest.mark.parametrize(("p", "degrees"), [(0.975, 1), (0.9, 7), (0.995833, 999), (0.6, 10**6)])
def test_the_t_quantile_is_scipys(p: float, degrees: int) -> None:
    assert t_quantile(p, degrees) == pytest.approx(scipy.stats.t.ppf(p, degrees), rel=1e-9)


@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.999])
def test_a_mean_has_scipys_t_interval_over_the_runs_with_a_value(confidence: float) -> None:
    values = [3.0, NAN, 4.5, 1.0, NAN, 9.25]
    there = [value for value in values if value == value]
    found = mean_of(values, confidence)
    expected = scipy.stats.ttest_1samp(there, 0).confidence_interval(confidence)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert (found.mean, found.n) == (pytest.approx(np.mean(there)), 4)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], (None, None, None, 0)),
        ([NAN, NAN], (None, None, None, 0)),
        ([7], (7.0, None, None, 1)),
        ([0.1] * 1000, (0.1, 0.1, 0.1, 1000)),
        ([NAN, 0.0, 0.0], (0.0, 0.0, 0.0, 2)),
    ],
)
def test_columns_without_spread_or_without_values_have_defined_means(
    values: list[float], expected: tuple[float | None, ...]
) -> None:
    assert mean_of(values) == expected


@given(numbers)
def test_a_mean_does_not_depend_on_the_order_of_its_values(values: list[float]) -> None:
    assert mean_of(values) == mean_of(values[::-1]) == mean_of(sorted(values))


@given(numbers, numbers)
def test_moments_of_blocks_join_to_those_of_the_whole(a: list[float], b: list[float]) -> None:
    joined, whole = Moments.of(a).join(Moments.of(b)), Moments.of(a + b)
    assert joined.n == whole.n
    assert joined.mean == pytest.approx(whole.mean, rel=1e-9, abs=1e-6)
    assert joined.squares == pytest.approx(whole.squares, rel=1e-6, abs=1e-3)


def test_a_paired_difference_is_scipys_paired_t_interval() -> None:
    luck = np.random.default_rng(1)
    a = luck.normal(5, 2, 50)
    b = a + luck.normal(-1, 0.5, 50)
    expected = scipy.stats.ttest_rel(a, b).confidence_interval(0.99)
    found = paired_difference(a, b, 0.99)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert all(type(number) is float for number in found), "plain floats, for JSON"


def test_a_run_without_a_value_in_one_column_is_left_out_of_both() -> None:
    assert paired_difference([1, 5, NAN, 8], [1, NAN, 2, 6]).mean == 1.0


@pytest.mark.parametrize(
    ("a", "b", "said"),
    [
        ([1, 2], [1, 2, 3], r"shapes \(2,\) and \(3,\) must be the same"),
        ([1], [1], r"runs\(=1\) must be >= 2"),
        ([1, NAN], [1, 2], r"runs\(=1\) must be >= 2"),
    ],
)
def test_what_cannot_be_paired_is_refused(a: list[float], b: list[float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        paired_difference(a, b)


@pytest.mark.parametrize("confidence", [0, 1, 95, -0.1, NAN])
def test_a_confidence_is_between_0_and_1(confidence: float) -> None:
    with pytest.raises(ValueError, match="confidence"):
        mean_of([1, 2], confidence)


def test_bonferroni_intervals_hold_together() -> None:
    """Six independent true means, 95 % together: all six covered in at least 95 % of studies."""
    luck = np.random.default_rng(2)
    confidence = bonferroni(0.95, 6)
    together = [
        all(
            found.low <= 0 <= found.high
            for found in (mean_of(luck.normal(size=12), confidence) for _ in range(6))
        )
        for _ in range(600)
    ]
    assert np.mean(together) >= 0.95 - 3 * math.sqrt(0.05 * 0.95 / 600)


def test_fieller_is_the_set_of_ratios_that_a_t_test_does_not_refuse() -> None:
    luck = np.random.default_rng(3)
    b = luck.lognormal(3, 0.5, 40)
    a = 0.1 * b + luck.normal(0, 0.5, 40)
    found = relative_reduction(a, b)
    assert found is not None
    for ratio in (1 - found.low, 1 - found.high):
        p = scipy.stats.ttest_1samp(a - ratio * b, 0).pvalue
        assert p == pytest.approx(0.05, rel=1e-6)
    assert found.mean == pytest.approx(1 - a.mean() / b.mean())
    assert found.low < found.mean < found.high


@pytest.mark.parametrize(
    ("a", "b"),
    [([0, 0, 0], [0, 0, 0]), ([1, 2, 3], [0, 0, 1]), ([1], [2]), ([], []), ([NAN] * 3, [1, 2, 3])],
)
def test_no_ratio_to_what_may_be_zero(a: list[float], b: list[float]) -> None:
    assert relative_reduction(a, b) is None


def test_the_gain_of_common_numbers_is_not_their_correlation() -> None:
    """0.99 correlated, and yet nothing gained: the larger variance stays."""
    shared = np.random.default_rng(4).normal(size=5000)
    small, large = shared, 100 * shared + np.random.default_rng(5).normal(size=5000)
    assert np.corrcoef(small, large)[0, 1] > 0.99
    assert gain_of_common_numbers(small, large) == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize(
    ("a", "b", "gain"), [([1, 1], [2, 2], None), ([1], [2], None), ([1, 2], [2, 3], math.inf)]
)
def test_a_gain_without_variance_is_defined(a: list[float], b: list[float], gain: float) -> None:
    assert gain_of_common_numbers(a, b) == gain


def test_common_numbers_gain_what_the_covariance_says() -> None:
    """Var(X-Y) = Vx + Vy - 2 cov: the identity of statistics.md D."""
    luck = np.random.default_rng(6)
    x = luck.normal(0, 2, 400)
    y = 0.9 * x + luck.normal(0, 0.5, 400)
    variances = (np.var(x, ddof=1), np.var(y, ddof=1))
    apart = sum(variances) - 2 * np.cov(x, y)[0, 1]
    assert gain_of_common_numbers(x, y) == pytest.approx(sum(variances) / apart)


def test_two_queues_with_common_customers_need_six_times_fewer_runs() -> None:
    """statistics.md D: mean wait of 500 customers, M/M/1 at loads 0.90 and 0.85: correlation 0.975, a gain of 6.2."""
    luck = np.random.default_rng(7)
    runs, customers = 2000, 500
    gaps, services = luck.exponential(size=(customers, runs)), luck.exponential(size=(customers, runs))

    def waits(load: float) -> np.ndarray:
        wait, total = np.zeros(runs), np.zeros(runs)
        for gap, service in zip(gaps, services, strict=True):
            total += wait
            wait = np.maximum(0.0, wait + load * service - gap)       # Lindley
        return total / customers

    busy, calm = waits(0.90), waits(0.85)
    assert np.corrcoef(busy, calm)[0, 1] == pytest.approx(0.975, abs=0.01)
    assert gain_of_common_numbers(busy, calm) == pytest.approx(6.2, rel=0.2)
    apart = paired_difference(busy, luck.permutation(calm))
    together = paired_difference(busy, calm)
    assert (apart.high - apart.low) / (together.high - together.low) == pytest.approx(6.2**0.5, rel=0.1)


def test_sums_are_exact() -> None:
    values = list(itertools.chain.from_iterable([1e16, 1.0, -1e16] for _ in range(100)))
    assert mean_of(values).mean == 100 / 300
