"""Distinct users: exact for few, the right mean and spread for many, and the same people at every stage."""

import numpy as np
import pytest

from sim.engine.crowd import EXACT_UP_TO, users_hit
from sim.theory.users import occupancy_mean, occupancy_variance

EVERYBODY = (0.0, 1.0, 1.0)


def mean_and_error(
    harm: dict[tuple[float, float, float], int], users: int, runs: int
) -> tuple[float, float, np.ndarray]:
    draw = np.random.default_rng(9)
    seen = np.array([users_hit(dict(harm), users, draw) for _ in range(runs)], dtype=float)
    return seen.mean(), seen.std(ddof=1) / np.sqrt(runs), seen


@pytest.mark.parametrize("count", [10, EXACT_UP_TO, EXACT_UP_TO + 1, 3000])
def test_occupancy_on_both_sides_of_the_switch(count: int) -> None:
    mean, error, seen = mean_and_error({EVERYBODY: count}, 1000, 3000)
    assert abs(mean - occupancy_mean(1000, count)) < 4 * error + 1e-9
    ratio = seen.var(ddof=1) / occupancy_variance(1000, count)
    assert abs(ratio - 1) < 4 * np.sqrt(2 / 3000) + 0.02  # whole users: rounding adds up to 1/12


def test_never_more_than_users_or_harmed_requests() -> None:
    draw = np.random.default_rng(1)
    assert users_hit({EVERYBODY: 10**7}, 50, draw) == 50
    assert users_hit({EVERYBODY: 1}, 10**9, draw) == 1
    assert users_hit({}, 50, draw) == 0 == users_hit({EVERYBODY: 0}, 50, draw)


def test_stages_nest_so_the_same_people_are_hit_again() -> None:
    """A tenth of the people, then half: together they are half, not the 0.55 of people drawn anew."""
    seen = [
        users_hit({(0.0, 0.1, 1.0): 10**6, (0.0, 0.5, 1.0): 10**6}, 10_000, np.random.default_rng(k)) for k in range(20)
    ]
    assert min(seen) > 4990
    assert max(seen) <= 5000


def test_a_fault_for_some_users_hits_no_others() -> None:
    assert users_hit({(0.0, 1.0, 0.1): 10**7}, 10_000, np.random.default_rng(2)) == 1000
