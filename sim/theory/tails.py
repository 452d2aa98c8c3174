"""Tails of the two counts that a monitor sees: Poisson in a time, binomial in a number of requests.

The only file here that needs SciPy, and only `scipy.special`, imported at the first call.
"""

from __future__ import annotations

import math

from sim.theory import bounds

WHY_COUNT = "it is a number of failures"


def poisson_at_least(mean: float, count: int) -> float:
    """P(N >= count) for N Poisson with this mean; 1 when count is 0.

    Both numbers are counts of events. Raises ValueError if one is negative or count is not whole.
    Source: the gamma integral, Abramowitz and Stegun 26.4.21: P(N >= k) = P(k, mean).

    >>> round(poisson_at_least(3.0, 1), 6)
    0.950213
    """
    from scipy import special

    mean = bounds.not_negative("mean", mean, "it is an expected number of events")
    count = bounds.count("count", count, 0, WHY_COUNT)
    return 1.0 if count == 0 else float(special.gammainc(count, mean))


def poisson_below(mean: float, count: int) -> float:
    """P(N < count) for N Poisson with this mean, accurate also where it is tiny; 0 when count is 0.

    Both numbers are counts of events. Raises ValueError if one is negative or count is not whole.
    Source: the gamma integral, Abramowitz and Stegun 26.4.21: P(N < k) = Q(k, mean).

    >>> round(poisson_below(3.0, 1), 6)
    0.049787
    """
    from scipy import special

    mean = bounds.not_negative("mean", mean, "it is an expected number of events")
    count = bounds.count("count", count, 0, WHY_COUNT)
    return 0.0 if count == 0 else float(special.gammaincc(count, mean))


def poisson_mean_for(below: float, count: int) -> float:
    """The mean at which P(N < count) equals `below`: how much must be expected to see `count`.

    below: chance in (0, 1]. count: >= 1. Raises ValueError otherwise.
    Source: inverse of `poisson_below`.

    >>> round(poisson_mean_for(0.05, 1), 4)
    2.9957
    """
    from scipy import special

    if bounds.share("below", below) == 0.0:
        raise ValueError(f"below(={below!r}) must be above 0: no mean makes it impossible")
    return float(special.gammainccinv(bounds.count("count", count, 1, WHY_COUNT), below))


def binomial_at_least(tries: int, chance: float, count: int) -> float:
    """P(N >= count) for N failures in `tries` independent tries, each with this chance.

    Raises ValueError if tries or count is negative or not whole, or chance is not in [0, 1].
    Source: the beta integral, Abramowitz and Stegun 26.5.24.

    >>> round(binomial_at_least(10, 0.5, 3), 6)
    0.945312
    """
    from scipy import special

    tries = bounds.count("tries", tries, 0, "it is a number of tries")
    count = bounds.count("count", count, 0, WHY_COUNT)
    chance = bounds.share("chance", chance)
    if count == 0:
        return 1.0
    return 0.0 if count > tries else float(special.betainc(count, tries - count + 1, chance))


def binomial_below(tries: int, chance: float, count: int) -> float:
    """P(N < count) for N failures in `tries` tries, accurate also where it is tiny.

    Raises ValueError if tries or count is negative or not whole, or chance is not in [0, 1].
    Source: the beta integral, Abramowitz and Stegun 26.5.24, complemented.

    >>> round(binomial_below(1000, 0.01, 5), 6)
    0.028686
    """
    from scipy import special

    tries = bounds.count("tries", tries, 0, "it is a number of tries")
    count = bounds.count("count", count, 0, WHY_COUNT)
    chance = bounds.share("chance", chance)
    if count == 0:
        return 0.0
    return 1.0 if count > tries else float(special.betainc(tries - count + 1, count, 1.0 - chance))


def largest_calm(requests: float, above: float) -> int:
    """The largest number of failures among `requests` whose share is still not above the limit.

    requests: a count or a mean count. above: a share. A share that equals the limit is calm; the
    product is rounded first, because 0.29 * 100 is 28.999... in floating point and 29 in fact.
    Raises ValueError if requests is negative or above is not in [0, 1].
    Source: the strict comparison of Prometheus, Flagger and Argo Rollouts; derived here.

    >>> largest_calm(100, 0.29), largest_calm(100, 0.295)
    (29, 29)
    """
    limit = bounds.share("above", above) * bounds.not_negative("requests", requests)
    return math.floor(limit + 1e-9 * max(1.0, limit))
