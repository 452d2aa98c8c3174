"""How many distinct users a fault hits.

The same failed requests hit many users once (no stickiness) or few users often (sticky: a user
stays with the version). `share` is the exposed share of traffic, `chance` that an exposed request
fails, `requests_each` the mean number of requests of one user while the fault lasts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from sim.theory import bounds

USERS = "it is a number of users"
EACH = "it is a mean number of requests of one user"


def hit_fixed(users: int, share: float, chance: float, requests_each: int, sticky: bool) -> float:
    """Expected users hit when each makes exactly `requests_each` requests.

    Not sticky U (1 - (1 - w p)^K), sticky U w (1 - (1 - p)^K). Raises ValueError if a share is not
    in [0, 1] or a count is negative or not whole. Source: binomial; derived here.

    >>> [round(hit_fixed(5000, 0.05, 0.1, 20, sticky), 2) for sticky in (False, True)]
    [476.95, 219.61]
    """
    exposed, one = _exposed(users, share, chance, sticky)
    each = bounds.count("requests_each", requests_each, 0, EACH)
    if one == 1.0:
        return exposed if each else 0.0
    return exposed * -math.expm1(each * math.log1p(-one))


def _exposed(users: int, share: float, chance: float, sticky: bool) -> tuple[float, float]:
    """Users who can be hit at all, and the chance that one request of such a user is."""
    users, share = bounds.count("users", users, 0, USERS), bounds.share("share", share)
    chance = bounds.share("chance", chance)
    return (users * share, chance) if sticky else (float(users), share * chance)


def hit_poisson(
    users: int, share: float, chance: float, requests_each: float, sticky: bool
) -> float:
    """Expected users hit when each makes a Poisson number of requests with this mean.

    The engine's case for equally active users. Raises ValueError if a share is not in [0, 1] or a
    number is negative. Source: Poisson thinning; 1 - exp(-w p K), or w (1 - exp(-p K)) if sticky.

    >>> [round(hit_poisson(1, 0.05, 1, 2, sticky), 6) for sticky in (False, True)]
    [0.095163, 0.043233]
    """
    exposed, one = _exposed(users, share, chance, sticky)
    each = bounds.not_negative("requests_each", requests_each, EACH)
    return exposed * -math.expm1(-each * one)


def hit_gamma(
    users: int, share: float, chance: float, requests_each: float, shape: float, sticky: bool
) -> float:
    """Expected users hit when their activity differs: gamma with this mean and shape.

    A small shape is a few busy users and many idle ones; as it grows it tends to `hit_poisson`.
    Raises ValueError if shape is not positive, or as `hit_poisson` does.
    Source: Laplace transform of the gamma law, (1 + theta x)^-shape with theta = mean / shape.

    >>> [round(hit_gamma(1, 0.05, 1, 2, 0.5, sticky), 6) for sticky in (False, True)]
    [0.087129, 0.027639]
    """
    exposed, one = _exposed(users, share, chance, sticky)
    each = bounds.not_negative("requests_each", requests_each, EACH)
    shape = bounds.positive("shape", shape, "it shapes a gamma")
    return exposed * -math.expm1(-shape * math.log1p(each * one / shape))


def failures_variance(
    users: int, share: float, chance: float, requests_each: int, sticky: bool
) -> float:
    """Variance of the failed requests of `users` users with exactly `requests_each` requests each.

    Their mean is users * requests_each * share * chance either way. Errors as `hit_fixed`.
    Source: law of total variance; sticky users fall in the exposed bucket by a coin each.

    >>> [round(failures_variance(5000, 0.05, 0.1, 20, sticky), 1) for sticky in (False, True)]
    [497.5, 1400.0]
    """
    users = bounds.count("users", users, 0, USERS)
    each = bounds.count("requests_each", requests_each, 0, EACH)
    w, p = bounds.share("share", share), bounds.share("chance", chance)
    if not sticky:
        return users * each * w * p * (1.0 - w * p)
    return users * (w * each * p * (1.0 - p) + w * (1.0 - w) * (each * p) ** 2)


def occupancy_mean(users: int, failures: int) -> float:
    """Expected distinct users among `failures` failed requests, each of a random one of `users`.

    U (1 - (1 - 1/U)^F), accurate for any size. Raises ValueError if users < 1 or failures < 0.
    Source: occupancy, Johnson and Kotz, Urn Models and Their Application, 1977, section 3.1.

    >>> round(occupancy_mean(1000, 500), 3), round(occupancy_mean(10**9, 10), 9)
    (393.621, 9.999999955)
    """
    users = bounds.count("users", users, 1, USERS)
    failures = bounds.count("failures", failures, 0, "it is a number of requests")
    if users == 1 or failures < 2:
        return float(min(users, failures))
    return -users * math.expm1(failures * math.log1p(-1.0 / users))


def occupancy_variance(users: int, failures: int) -> float:
    """Variance of the distinct users among `failures` failed requests of random ones of `users`.

    U a (1 - a) + U (U - 1) (b - a^2), a = (1 - 1/U)^F, b = (1 - 2/U)^F; where that would cancel it
    is summed from remainders of exp and log, so that 10 of 1e9 is right to the last digits.
    Raises ValueError if users < 1 or failures < 0.
    Source: occupancy, Johnson and Kotz 1977, section 3.1; stable form derived here.

    >>> round(occupancy_variance(1000, 500) ** 0.5, 3)
    7.396
    >>> f"{occupancy_variance(10**9, 10):.6e}"
    '4.500000e-08'
    """
    users = bounds.count("users", users, 1, USERS)
    failures = bounds.count("failures", failures, 0, "it is a number of requests")
    if users == 1 or failures < 2:
        return 0.0
    y = -failures * math.log1p(-1.0 / users)        # a = exp(-y)
    a = math.exp(-y)
    if users == 2:
        return 2.0 * a * (1.0 - 2.0 * a)            # b = 0
    square = 1.0 / (users - 1.0) ** 2
    z = failures * math.log1p(-square)              # b = a^2 exp(z)
    if y > 0.5:
        return users * a * (1.0 - a) + users * (users - 1.0) * a * a * math.expm1(z)
    # U a^2 [(e^y - 1) + (U - 1)(e^z - 1)]: the parts +F/U and -F/U are taken out before adding.
    h = 1.0 / users
    inner = _exp_rest(y) - failures * (_log_rest(-h) + h * h / (1.0 - h))
    inner += (users - 1.0) * (_exp_rest(z) + failures * _log_rest(-square))
    return max(0.0, users * a * a * inner)


def _exp_rest(x: float) -> float:
    """exp(x) - 1 - x without cancellation, for |x| <= 1/2: the series."""
    return _series(lambda n, term: term * x / n, x)


def _log_rest(x: float) -> float:
    """log(1 + x) - x without cancellation, for |x| <= 1/2: the series."""
    return _series(lambda n, term: -term * x * (n - 1) / n, x)


def _series(following: Callable[[int, float], float], first: float) -> float:
    """Sum of the terms after the first, smallest last, until they no longer count."""
    total, term = 0.0, first
    for n in range(2, 80):
        term = following(n, term)
        total += term
        if abs(term) <= 1e-17 * abs(total):
            break
    return total


def nested(shares: Sequence[float]) -> float:
    """Share of users ever exposed when growing waves keep the people they had: the largest wave.

    Raises ValueError if there is no wave or a share is not in [0, 1]. Source: nested hash buckets.

    >>> nested((0.01, 0.1, 0.5))
    0.5
    """
    return max(_waves(shares))


def redrawn(shares: Sequence[float]) -> float:
    """Share of users ever exposed when each wave draws its people anew: 1 - prod(1 - w).

    Raises ValueError if there is no wave or a share is not in [0, 1]. Source: independence.

    >>> round(redrawn((0.01, 0.1, 0.5)), 4)
    0.5545
    """
    return 1.0 - math.prod(1.0 - share for share in _waves(shares))


def _waves(shares: Sequence[float]) -> list[float]:
    if not len(shares):
        raise ValueError("shares(=()) must hold at least one wave: nobody was exposed to nothing")
    return [bounds.share("shares", share) for share in shares]
