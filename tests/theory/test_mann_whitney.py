"""Ranks: Noether's number of points, the exact law, and the normal approximation beside it."""

import math

import numpy as np
import pytest
from scipy import stats

from sim.theory import mann_whitney


def test_points_that_a_shift_needs():
    assert mann_whitney.points_needed(0.65) == pytest.approx(116.3, abs=0.05)
    assert math.isinf(mann_whitney.points_needed(0.5))


def test_so_many_points_have_about_the_power_that_was_asked_for():
    """58 + 58 normal points, P(X > Y) = 0.65: power 0.802 by simulation."""
    shift, runs = math.sqrt(2) * stats.norm.ppf(0.65), 4000
    luck = np.random.default_rng(8)
    x, y = luck.normal(shift, size=(runs, 58)), luck.normal(size=(runs, 58))
    found = (stats.mannwhitneyu(x, y, axis=1, method="asymptotic").pvalue <= 0.05).mean()
    assert abs(found - 0.802) < 4 * math.sqrt(0.8 * 0.2 / runs)


@pytest.mark.parametrize(("m", "n"), [(1, 1), (2, 3), (5, 5), (8, 6)])
def test_the_exact_law_is_scipy_s(m, n):
    above = [10.0 + i for i in range(m)]
    below = [float(i) for i in range(n)]
    least = stats.mannwhitneyu(above, below, alternative="greater", method="exact").pvalue
    assert 1 - mann_whitney.at_most(m * n - 1, m, n) == pytest.approx(least, abs=1e-12)
    assert mann_whitney.at_most(m * n, m, n) == 1.0
    assert mann_whitney.at_most(-1, m, n) == 0.0


def test_what_has_no_answer_is_refused():
    with pytest.raises(ValueError, match="both samples need points"):
        mann_whitney.points_needed(0.65, share=1.0)
    with pytest.raises(ValueError, match="power"):
        mann_whitney.points_needed(0.65, power=1.0)
