"""Distinct users: published values, laws summed out, and occupancy by exact fractions."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.theory import users
from tests.theory.printed import printed

quick = settings(max_examples=60)
shares = st.floats(0, 1)


def test_sticky_users_are_fewer_and_hit_harder():
    hit = [users.hit_fixed(5000, 0.05, 0.1, 20, sticky) for sticky in (False, True)]
    sd = [users.failures_variance(5000, 0.05, 0.1, 20, s) ** 0.5 for s in (False, True)]
    assert hit == [printed("476.95"), printed("219.61")]
    assert sd == [printed("22.3"), printed("37.4")]


def test_uneven_activity_hits_fewer():
    uneven = [users.hit_gamma(1, 0.05, 1, 2, 0.5, sticky) for sticky in (False, True)]
    even = [users.hit_poisson(1, 0.05, 1, 2, sticky) for sticky in (False, True)]
    assert uneven == [printed(".087129"), printed(".027639")]
    assert even == [printed(".095163"), printed(".043233")]


@quick
@given(shares, shares, st.integers(0, 12), st.booleans())
def test_hits_and_failures_are_summed_over_one_user(w, p, each, sticky):
    # One user's failures: binomial; if sticky, only in the exposed bucket.
    one = p if sticky else w * p
    law = [math.comb(each, n) * one**n * (1 - one) ** (each - n) for n in range(each + 1)]
    law = np.array(law)
    if sticky:
        law = w * law
        law[0] += 1 - w
    count = np.arange(each + 1)
    mean, square = law @ count, law @ count**2
    assert users.hit_fixed(7, w, p, each, sticky) == pytest.approx(7 * (1 - law[0]), abs=1e-9)
    variance = users.failures_variance(7, w, p, each, sticky)
    assert variance == pytest.approx(7 * (square - mean**2), abs=1e-9)
    assert mean == pytest.approx(each * w * p, abs=1e-9)


@quick
@given(shares, shares, st.floats(0, 20), st.floats(0.3, 9), st.booleans())
def test_random_activity_is_averaged_over_its_law(w, p, mean, shape, sticky):
    each = np.arange(3000)
    even = stats.poisson.pmf(each, mean)
    uneven = stats.nbinom.pmf(each, shape, shape / (shape + mean))
    never = np.array([users.hit_fixed(1, w, p, int(k), sticky) for k in each[:1]])
    hit = w * (1 - (1 - p) ** each) if sticky else 1 - (1 - w * p) ** each
    assert never[0] == hit[0] == 0.0
    assert users.hit_poisson(1, w, p, mean, sticky) == pytest.approx(even @ hit, abs=1e-9)
    found = users.hit_gamma(1, w, p, mean, shape, sticky)
    assert found == pytest.approx(uneven @ hit, abs=1e-6)
    assert found <= users.hit_poisson(1, w, p, mean, sticky) + 1e-12, "uneven hits no more"


def test_certain_failure_hits_everybody_exposed():
    assert users.hit_fixed(100, 0.05, 1.0, 1, True) == pytest.approx(5)
    assert users.hit_fixed(100, 1.0, 1.0, 0, False) == 0.0
    assert users.hit_poisson(0, 0.5, 0.5, 3, True) == 0.0
    assert users.hit_gamma(100, 0.5, 0.5, 3, 1e9, False) == pytest.approx(
        users.hit_poisson(100, 0.5, 0.5, 3, False), rel=1e-6
    )


@pytest.mark.parametrize(
    ("people", "failures", "mean", "sd"),
    [
        (1000, 500, "393.621", "7.396"), (1000, 3000, "950.288", "6.311"),
        (100_000, 50_000, "39347.086", "73.967"),
    ],
)
def test_the_table_of_occupancy(people, failures, mean, sd):
    assert users.occupancy_mean(people, failures) == printed(mean)
    assert users.occupancy_variance(people, failures) ** 0.5 == printed(sd)


def fractions(people, failures):
    """Mean and variance in exact rationals, from the textbook formula."""
    u = Fraction(people)
    a, b = (1 - 1 / u) ** failures, (1 - 2 / u) ** failures
    return float(u * (1 - a)), float(u * (u - 1) * b + u * a - u * u * a * a)


@pytest.mark.parametrize("people", [1, 2, 3, 10, 1000, 10**6, 10**9, 10**12])
@pytest.mark.parametrize("failures", [0, 1, 2, 3, 10, 137, 900])
def test_occupancy_is_exact_at_every_size(people, failures):
    mean, variance = fractions(people, failures)
    assert users.occupancy_mean(people, failures) == pytest.approx(mean, rel=1e-13)
    found = users.occupancy_variance(people, failures)
    assert found == pytest.approx(variance, rel=1e-11, abs=1e-290)


@quick
@given(st.integers(2, 500), st.integers(0, 1500))
def test_occupancy_is_exact_where_the_forms_meet(people, failures):
    mean, variance = fractions(people, failures)
    assert users.occupancy_mean(people, failures) == pytest.approx(mean, rel=1e-12)
    found = users.occupancy_variance(people, failures)
    assert found == pytest.approx(variance, rel=1e-10, abs=1e-15)


def test_occupancy_is_the_chain_of_new_users():
    people, failures = 30, 25
    law = np.zeros(people + 1)
    law[0] = 1.0
    share = np.arange(people + 1) / people
    for _ in range(failures):
        new = np.append(0.0, (law * (1 - share))[:-1])
        law = law * share + new
    count = np.arange(people + 1)
    mean = law @ count
    assert users.occupancy_mean(people, failures) == pytest.approx(mean, rel=1e-12)
    variance = law @ (count - mean) ** 2
    assert users.occupancy_variance(people, failures) == pytest.approx(variance, rel=1e-11)


@quick
@given(st.integers(1, 10**10), st.integers(0, 10**10))
def test_never_more_users_than_there_are_or_than_failed(people, failures):
    assert 0 <= users.occupancy_mean(people, failures) <= min(people, failures) * (1 + 1e-12)
    variance = users.occupancy_variance(people, failures)
    assert 0 <= variance <= min(people, failures)
    assert math.isfinite(variance)


def test_waves_that_draw_anew_touch_more_people():
    assert users.nested((0.01, 0.1, 0.5)) == 0.5
    assert users.redrawn((0.01, 0.1, 0.5)) == printed(".5545")
    for ask in (users.nested, users.redrawn):
        with pytest.raises(ValueError, match=r"shares\(=\(\)\) must hold at least one wave"):
            ask(())
        with pytest.raises(ValueError, match=r"shares\(=1.5\) must be from 0 to 1"):
            ask((0.1, 1.5))
