"""Tails against plain sums, and the count a limit allows against exact fractions."""

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.theory import tails

quick = settings(max_examples=60)


@quick
@given(st.floats(0, 60), st.integers(0, 80))
def test_poisson_tails_are_the_sums_of_the_law(mean, count):
    below = math.fsum(math.exp(-mean) * mean**n / math.factorial(n) for n in range(count))
    assert tails.poisson_below(mean, count) == pytest.approx(below, rel=1e-12, abs=1e-300)
    assert tails.poisson_at_least(mean, count) == pytest.approx(1 - below, abs=1e-13)


@quick
@given(st.integers(0, 40), st.floats(0, 1), st.integers(0, 45))
def test_binomial_tails_are_the_sums_of_the_law(tries, chance, count):
    law = [math.comb(tries, n) * chance**n * (1 - chance) ** (tries - n) for n in range(tries + 1)]
    assert tails.binomial_below(tries, chance, count) == pytest.approx(math.fsum(law[:count]), 1e-9)
    above = math.fsum(law[count:])
    assert tails.binomial_at_least(tries, chance, count) == pytest.approx(above, rel=1e-9)


@pytest.mark.parametrize(
    ("mean", "count", "value"),
    [(20, 3, 4.555150e-7), (30, 5, 3.624301e-9), (50, 10, 1.259608e-12)],
)
def test_a_rare_miss_keeps_its_digits(mean, count, value):
    assert tails.poisson_below(mean, count) == pytest.approx(value, rel=2e-7)


def test_a_rare_alarm_keeps_its_digits():
    assert tails.binomial_at_least(1000, 0.001, 10) == pytest.approx(1.074283e-7, rel=5e-7)


@quick
@given(st.floats(1e-9, 1), st.integers(1, 200))
def test_the_mean_for_a_miss_gives_that_miss(below, count):
    mean = tails.poisson_mean_for(below, count)
    assert tails.poisson_below(mean, count) == pytest.approx(below, rel=1e-9)


@quick
@given(st.integers(0, 5000), st.integers(0, 1000))
def test_a_share_equal_to_the_limit_is_calm_and_one_more_is_not(requests, tenths_of_percent):
    calm = tails.largest_calm(requests, tenths_of_percent / 1000)
    assert calm == math.floor(Fraction(tenths_of_percent, 1000) * requests)


@pytest.mark.parametrize("bad", [1.5, "2", None])
def test_a_count_must_be_whole(bad):
    with pytest.raises(ValueError, match=r"count\(=.*\) must be a whole number"):
        tails.poisson_below(1.0, bad)


def test_no_mean_makes_a_miss_impossible():
    with pytest.raises(ValueError, match=r"below\(=0\) must be above 0"):
        tails.poisson_mean_for(0, 1)
