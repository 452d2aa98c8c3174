"""Limits that hold at all times: the numbers that the package confseq tests itself with, and the promise itself."""

import numpy as np
import pytest

from sim.theory import confidence_sequence as limits


@pytest.mark.parametrize(
    ("limit", "words", "published"),
    [
        (limits.normal_two_sided, (), 30.35209),
        (limits.normal_one_sided, (), 27.66071),
        (limits.gamma_poisson, (2,), 30.1949),
        (limits.gamma_exponential, (2,), 33.02017),
        (limits.beta_binomial, (0.2, 0.8), 31.4308),
    ],
)
def test_published_limits_of_sums(limit, words, published):
    assert limit(100, 0.05, 100, *words) == pytest.approx(published, abs=1e-5 if published != 30.1949 else 5e-5)


@pytest.mark.parametrize(
    ("successes", "trials", "best_at", "published"),
    [
        (700, 1000, 100, (0.651629, 0.745949)),
        (15, 50, 50, (0.129556, 0.511896)),
        (5, 50, 50, (0.013021, 0.269264)),
        (100, 200, 1, (0.328923, 0.671076)),
    ],
)
def test_published_intervals_of_a_share(successes, trials, best_at, published):
    assert limits.bernoulli(successes, trials, 0.05, best_at) == pytest.approx(published, abs=1e-5)


def test_nothing_and_everything_seen():
    assert limits.bernoulli(0, 50, 0.05, 50)[0] == 0.0
    assert limits.bernoulli(50, 50, 0.05, 50)[1] == 1.0


def test_a_walk_stays_inside_at_all_times_at_once():
    walk = np.random.default_rng(5).normal(size=(400, 1000)).cumsum(axis=1)
    limit = [limits.normal_two_sided(n, 0.05, 100) for n in range(1, 1001)]
    assert (np.abs(walk) > limit).any(axis=1).mean() <= 0.05


def test_a_share_that_is_no_chance_is_refused():
    with pytest.raises(ValueError, match="alpha"):
        limits.normal_two_sided(1, 1.0, 1)
    with pytest.raises(ValueError, match="trials"):
        limits.bernoulli(3, 2, 0.05, 1)
