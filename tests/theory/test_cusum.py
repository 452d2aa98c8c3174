"""Cumulative sums: run lengths published since 1972, each at the digits that its source prints."""

import math

import numpy as np
import pytest

from sim.theory import cusum

LUCAS_CROSIER = {  # k = 0.5, h = 4, two-sided, Technometrics 24, 1982, table 1: mean -> from 0, from h / 2; recomputed
    0.0: (168, 149, 167.684, 148.696),
    0.25: (74.2, 62.7, 74.224, 62.698),
    0.5: (26.6, 20.1, 26.630, 20.064),
    0.75: (13.3, 8.97, 13.285, 8.968),
    1.0: (8.38, 5.29, 8.383, 5.287),
    1.5: (4.75, 2.86, 4.747, 2.862),
    2.0: (3.34, 2.01, 3.343, 2.014),
    2.5: (2.62, 1.59, 2.620, 1.586),
    3.0: (2.19, 1.32, 2.194, 1.325),
    4.0: (1.71, 1.07, 1.708, 1.067),
    5.0: (1.31, 1.01, 1.309, 1.006),
}


@pytest.mark.parametrize("mean", LUCAS_CROSIER)
def test_two_sided_charts_with_and_without_a_head_start(mean):
    printed, printed_fir, exact, exact_fir = LUCAS_CROSIER[mean]
    found, found_fir = cusum.two_sided_arl(mean, 0.5, 4), cusum.two_sided_arl(mean, 0.5, 4, head_start=2)
    assert (found, found_fir) == pytest.approx((exact, exact_fir), abs=5.1e-4)
    assert (found, found_fir) == pytest.approx((printed, printed_fir), rel=0.005)


@pytest.mark.parametrize(
    ("k", "h", "mean", "head_start", "length", "slack"),
    [
        (0.5, 3, 0.0, 0.0, 117.5957, 5e-5),  # Brook and Evans 1972 print 117.59
        (0.5, 3, 1.5, 0.0, 3.7491, 5e-5),
        (0.5, 3, 0.5, 0.0, 17.3505, 5e-5),  # Waldmann 1986: 17.35
        (0.5, 3, -0.5, 0.0, 1963, 0.5),
        (0.5, 5, 0.0, 0.0, 930.887, 5e-4),
        (0.5, 5, 1.0, 0.0, 10.3760, 5e-5),
        (0.25, 8, 2.5, 0.0, 4.1500836225, 2e-7),  # SAS/QC 1999; two-sided there: the other side adds nothing
        (0.25, 8, 2.5, 0.1, 4.1061588131, 2e-7),
        *[  # Vance 1986, table 1
            (0.0, 10, mean, 0.0, length, 0.0051)
            for mean, length in {
                -0.25: 2071.57, -0.125: 400.28, 0.0: 124.66, 0.125: 59.30, 0.25: 36.71, 0.5: 20.37, 0.75: 14.06,
                1.0: 10.75,
            }.items()
        ],
    ],
)  # fmt: skip
def test_one_sided_charts_of_normal_data(k, h, mean, head_start, length, slack):
    assert cusum.normal_arl(mean, k, h, head_start) == pytest.approx(length, abs=slack)


def test_two_sided_without_a_shift_is_half_of_one_side():
    assert cusum.two_sided_arl(0.0, 0.5, 5) == pytest.approx(465.444, abs=5e-4)


@pytest.mark.parametrize(
    ("mean", "k", "h", "head_start", "length", "slack"),
    [
        (0.25, 0.25, 10, 0, 438.125, 5.1e-4),  # Lucas 1985, tables 2 and 3: 438, 333
        (0.25, 0.25, 10, 5, 333.125, 5.1e-4),
        (1.88, 2, 6, 0, 37.2033, 5.1e-5),  # the R package IAcsSPCR: 37.2, 29.19, 5.49, 3.33
        (1.88, 2, 6, 3, 29.1878, 5.1e-5),
        (3.2, 2, 6, 0, 5.4914, 5.1e-5),
        (3.2, 2, 6, 3, 3.3290, 5.1e-5),
        *[(1.0, 1.5, h, 0, length, 0.0051) for h, length in {4: 121.95, 5: 273.65, 6: 602.27, 8: 2827.31}.items()],
        *[(2.0, 1.5, h, 0, length, 5.1e-4) for h, length in {4: 7.506, 5: 9.438, 6: 11.406, 8: 15.378}.items()],
    ],
)
def test_charts_of_counts(mean, k, h, head_start, length, slack):
    assert cusum.poisson_arl(mean, k, h, head_start) == pytest.approx(length, abs=slack)


def test_the_chart_of_counts_is_what_a_simulation_shows():
    runs, mean, k, h = 4000, 2.0, 1.5, 5
    counts = np.random.default_rng(4).poisson(mean, size=(runs, 200))
    above, length = np.zeros(runs), np.zeros(runs)
    for scrape in range(200):
        above = np.maximum(0, above + counts[:, scrape] - k)
        length = np.where((length == 0) & (above >= h), scrape + 1, length)
    assert (length > 0).all()
    assert abs(length.mean() - cusum.poisson_arl(mean, k, h)) < 4 * length.std() / math.sqrt(runs)


def test_siegmund_is_near():
    for mean in (0.0, 0.25, 0.5, 1.0):
        assert cusum.siegmund_arl(mean, 0.5, 4) == pytest.approx(cusum.normal_arl(mean, 0.5, 4), rel=0.03)


def test_what_no_chart_can_mean_is_refused():
    with pytest.raises(ValueError, match="there it alarms"):
        cusum.poisson_arl(1.0, 1.5, 4, head_start=4)
    with pytest.raises(ValueError, match="must be above mu0"):
        cusum.reference(2.0, 1.0)
    with pytest.raises(ValueError, match="without it every chart alarms"):
        cusum.poisson_arl(1.0, 0, 4)
