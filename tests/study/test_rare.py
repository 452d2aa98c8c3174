"""Rare chances against their closed forms, in 4 standard errors, and a gate against the exact binomial course."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, poisson

from sim.judges import Threshold
from sim.model.evidence import Setting
from sim.study.rare import Chance, gate_misses, split, tilted_binomial, tilted_poisson


def dice(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(seed))


def z(found: Chance, exact: float) -> float:
    return (found.chance - exact) / ((found.high - found.low) / 2 / 1.96)


@pytest.mark.parametrize(
    ("mean", "below", "towards", "exact"),
    [(20, 3, 2, 4.555150e-7), (30, 5, 4, 3.624301e-9), (50, 10, 9, 1.259608e-12)],
)
def test_few_of_a_poisson_count(mean: float, below: int, towards: float, exact: float) -> None:
    found = tilted_poisson(mean, lambda n: n < below, towards, 40_000, dice(1))
    assert poisson.cdf(below - 1, mean) == pytest.approx(exact, rel=1e-6)
    assert abs(z(found, exact)) < 4
    assert (found.high - found.low) / 2 < 0.03 * exact


def test_many_of_a_binomial_count() -> None:
    found = tilted_binomial(1000, 0.001, lambda n: n >= 10, 0.011, 40_000, dice(2))
    assert binom.sf(9, 1000, 0.001) == pytest.approx(1.074283e-7, rel=1e-6)
    assert abs(z(found, 1.074283e-7)) < 4
    assert (found.high - found.low) / 2 < 0.05 * 1.074283e-7


@pytest.mark.slow
@pytest.mark.parametrize(("load", "high", "exact"), [(0.5, 20, 9.536752e-7), (0.8, 25, 9.480549e-4)])
def test_a_queue_that_fills_before_it_is_empty(load: float, high: int, exact: float) -> None:
    """M/M/1 from one customer: (1/load - 1) / (load^-high - 1)."""
    up = load / (1 + load)
    found = split(
        high, lambda queue, dice: queue + (1 if dice.random() < up else -1), int, 1, effort=150, repeats=20,
        dice=dice(3),
    )
    assert (1 / load - 1) / (load**-high - 1) == pytest.approx(exact, rel=1e-6)
    assert abs(z(found, exact)) < 4
    assert found.high < 3 * exact


def test_a_gate_that_misses_one_fault_in_a_million() -> None:
    """Above 1 % of 1,000 or so requests once is a roll-back: it misses when every window stays at its limit."""
    setting, requests, failing, windows = Setting(10.0, 0.999), 1000.0, 0.03, 2
    found = gate_misses(Threshold(above=0.02), setting, requests, failing, windows, draws=4000)
    good = np.arange(400, 1600)
    exact = float(
        (poisson.pmf(good, requests * (1 - failing)) * poisson.cdf(np.floor(good * 0.02 / 0.98 + 1e-9), 30)).sum()
    ) ** windows
    assert exact < 2e-3
    assert abs(z(found, exact)) < 4
    assert (found.high - found.low) / 2 < 0.2 * exact


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: tilted_poisson(0, bool, 1, 9, dice(1)), "mean"),
        (lambda: tilted_binomial(9, 0.5, bool, 1.0, 9, dice(1)), "towards"),
        (lambda: split(1, lambda a, b: a, int, 1, effort=9, repeats=9, dice=dice(1)), "levels"),
    ],
)
def test_what_has_no_such_chance_is_refused(call: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        call()  # type: ignore[operator]
