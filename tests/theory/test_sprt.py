"""Wald's test: published designs, the exact lattice against his approximation, and limits that must hold."""

import math

import numpy as np
import pytest

from sim.theory import sprt

# statistics of four designs: p0, p1, alpha, beta; slope, lines; at p: chance to accept and requests, Wald and exact.
DESIGNS = {
    (0.1, 0.3, 0.02, 0.03): (0.186169, -2.582626, 2.875389),
    (0.01, 0.04, 0.05, 0.05): (0.021715, -2.077842, 2.077842),
    (0.001, 0.01, 0.01, 0.05): (0.003915, -1.291589, 1.969981),
    (0.002, 0.02, 0.001, 0.1): (0.007842, -0.991726, 2.931074),
}
ROWS = [
    ((0.1, 0.3, 0.02, 0.03), 0.1, (0.9800, 28.70), (0.9863, 29.90)),
    ((0.1, 0.3, 0.02, 0.03), 0.3, (0.0300, 23.82), (0.0274, 26.60)),
    ((0.1, 0.3, 0.02, 0.03), None, (0.5268, 49.01), (0.5435, 55.81)),
    ((0.01, 0.04, 0.05, 0.05), 0.01, (0.9500, 159.63), (0.9686, 165.92)),
    ((0.01, 0.04, 0.05, 0.05), 0.04, (0.0500, 102.27), (0.0506, 121.12)),
    ((0.001, 0.01, 0.01, 0.05), 0.001, (0.9900, 431.91), (0.9955, 437.89)),
    ((0.001, 0.01, 0.01, 0.05), 0.01, (0.0500, 296.94), (0.0502, 360.65)),
    ((0.002, 0.02, 0.001, 0.1), 0.002, (0.9990, 169.07), (0.9995, 170.02)),
    ((0.002, 0.02, 0.001, 0.1), 0.02, (0.1000, 208.82), (0.0992, 237.77)),
]


@pytest.mark.parametrize("rule", DESIGNS)
def test_the_lines_of_published_designs(rule):
    test = sprt.design(*rule)
    assert (test.slope, *test.lines) == pytest.approx(DESIGNS[rule], abs=5.1e-7)


@pytest.mark.parametrize(("rule", "p", "wald", "exact"), ROWS)
def test_chance_to_accept_and_requests_needed(rule, p, wald, exact):
    test = sprt.design(*rule)
    p = test.slope if p is None else p
    for found, printed in ((sprt.wald(test, p), wald), (sprt.exact(test, p), exact)):
        assert found.accepts == pytest.approx(printed[0], abs=5.1e-5)
        assert found.requests == pytest.approx(printed[1], abs=0.0051)


@pytest.mark.parametrize("rule", DESIGNS)
def test_the_nominal_errors_are_nearly_kept(rule):
    """Wald: true alpha <= alpha / (1 - beta), true beta <= beta / (1 - alpha)."""
    p0, p1, alpha, beta = rule
    test = sprt.design(*rule)
    assert 1 - sprt.exact(test, p0).accepts <= alpha / (1 - beta)
    assert sprt.exact(test, p1).accepts <= beta / (1 - alpha)


def test_the_lattice_is_what_a_simulation_shows():
    test, p, runs = sprt.design(0.1, 0.3, 0.02, 0.03), 0.2, 20_000
    failed = np.random.default_rng(3).random((runs, 600)) < p
    ratio = np.where(failed, test.bad, test.good).cumsum(axis=1)
    over = (ratio <= test.accept) | (ratio >= test.reject)
    assert over.any(axis=1).all()
    end = over.argmax(axis=1)
    accepted = ratio[np.arange(runs), end] <= test.accept
    exact = sprt.exact(test, p)
    assert abs(accepted.mean() - exact.accepts) < 4 * math.sqrt(exact.accepts * (1 - exact.accepts) / runs)
    assert abs((end + 1).mean() - exact.requests) < 4 * end.std() / math.sqrt(runs)


def test_certain_shares():
    test = sprt.design(0.1, 0.3, 0.02, 0.03)
    assert sprt.exact(test, 0.0) == (1.0, math.ceil(test.accept / test.good))
    assert sprt.exact(test, 1.0) == (0.0, math.ceil(test.reject / test.bad))


def test_rates_in_continuous_time():
    """mu0 = 0.1, mu1 = 0.4: Wald 16.41, in truth 18.26 under mu1 (overshoot), 18.22 under mu0; false alarms .0057."""
    rule, step = (0.1, 0.4, 0.01, 0.05), 0.01
    assert sprt.poisson_wald(*rule) == pytest.approx((18.03, 16.41), abs=0.005)
    test = sprt.poisson_design(*rule, step)
    under0, under1 = (sprt.exact(test, mu * step) for mu in rule[:2])
    # Those two are simulated means, of a few thousand runs with a spread of about ten.
    assert under0.requests * step == pytest.approx(18.22, abs=0.2)
    assert under1.requests * step == pytest.approx(18.26, abs=0.2)
    assert 1 - under0.accepts == pytest.approx(0.0057, abs=0.0015)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ((0.3, 0.1, 0.02, 0.03), "must be above p0"),
        ((0.0, 0.1, 0.02, 0.03), "p0"),
        ((0.1, 0.3, 0.5, 0.5), "below 1"),
        ((0.1, 0.3, 0.0, 0.5), "alpha"),
    ],
)
def test_designs_that_mean_nothing_are_refused(rule, said):
    with pytest.raises(ValueError, match=said):
        sprt.design(*rule)
