"""Fisher's exact test: scipy's p-values, published power and true size."""

import pytest
from scipy import stats

from sim.theory import fisher


@pytest.mark.parametrize(
    "table",
    [(3, 4, 1, 4), (10, 500, 40, 9500), (0, 10, 5, 100), (5, 5, 0, 7), (7, 7, 9, 9), (60, 100, 1, 3000), (1, 1, 0, 1)],
)
def test_the_p_value_is_scipy_s(table):
    bad, requests, other, others = table
    known = stats.fisher_exact([[bad, requests - bad], [other, others - other]], alternative="greater").pvalue
    assert fisher.p_value(*table) == pytest.approx(known, rel=1e-9, abs=1e-15)


@pytest.mark.parametrize(
    ("sides", "chances", "alpha", "power", "size"),
    [
        ((500, 9500), (0.02, 0.005), 0.05, 0.902526, 0.030115),
        ((500, 500), (0.02, 0.005), 0.05, 0.603536, 0.012034),
        ((2000, 38000), (0.004, 0.001), 0.01, 0.664418, 0.005409),
    ],
)
def test_power_and_true_size(sides, chances, alpha, power, size):
    assert fisher.power(*sides, *chances, alpha) == pytest.approx(power, abs=5.1e-7)
    assert fisher.power(*sides, chances[1], chances[1], alpha) == pytest.approx(size, abs=5.1e-7)


def test_nothing_seen_is_no_evidence():
    assert fisher.p_value(0, 0, 3, 10) == 1.0
    assert fisher.p_value(0, 100, 0, 100) == 1.0


def test_more_bad_ones_than_requests_are_refused():
    with pytest.raises(ValueError, match="control_bad"):
        fisher.p_value(1, 2, 3, 2)
