"""Fisher's exact test of two failure shares, one-sided: p-value, limits, size and power without simulation."""

from __future__ import annotations

import math

from sim.theory import bounds


def p_value(canary_bad: int, canary: int, control_bad: int, control: int) -> float:
    """P(the canary has at least so many of all the bad ones | all requests are alike): the hypergeometric tail.

    Counts of bad and of all requests. 1 when there is no bad one or no request on a side. Raises ValueError if bad
    ones exceed requests. Source: Fisher, Statistical Methods for Research Workers, 5th ed., 1934.

    >>> round(p_value(3, 4, 1, 4), 6)
    0.242857
    """
    for name, bad, requests in (("canary_bad", canary_bad, canary), ("control_bad", control_bad, control)):
        if not 0 <= bad <= requests:
            raise ValueError(f"{name}(={bad}) must be from 0 to its requests(={requests})")
    bad, requests = canary_bad + control_bad, canary + control
    least = max(canary_bad, bad - control)
    most = min(bad, canary)
    if least <= max(0, bad - control):
        return 1.0
    term = math.exp(_ln_choose(bad, least) + _ln_choose(requests - bad, canary - least) - _ln_choose(requests, canary))
    total = term
    for x in range(least, most):  # each term from the one before: their ratio is rational
        term *= (bad - x) * (canary - x) / ((x + 1) * (requests - bad - canary + x + 1))
        total += term
        if term < 1e-17 * total:
            break
    return min(1.0, total)


def _ln_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def power(canary: int, control: int, p1: float, p0: float, alpha: float) -> float:
    """P(the test rejects at level alpha) when the canary fails with chance p1 and the control with p0. Exact.

    With p1 = p0 it is the true size, which for few failures is far below alpha.
    Raises ValueError if a chance is not in [0, 1]. Source: both binomials, summed over all outcomes.

    >>> round(power(500, 500, 0.02, 0.005, 0.05), 6)
    0.603536
    """
    p1, p0, alpha = bounds.share("p1", p1), bounds.share("p0", p0), bounds.share("alpha", alpha)
    mine, theirs = _binomial(canary, p1), _binomial(control, p0)
    at_least = [0.0]
    for chance in reversed(mine):
        at_least.append(at_least[-1] + chance)
    at_least.reverse()                               # at_least[x]: P(canary has x bad ones or more)
    total, limit = 0.0, 0
    for other, chance in enumerate(theirs):
        while limit < len(mine) and p_value(limit, canary, other, control) > alpha:
            limit += 1                               # more bad ones in the control never lower the limit
        total += chance * at_least[limit]
    return total


def _binomial(n: int, p: float) -> list[float]:
    """Chances of 0, 1, ... bad ones, up to where less than 1e-15 is left."""
    if p == 0.0 or p == 1.0:
        return [1.0] if p == 0.0 else [*[0.0] * n, 1.0]
    found, mean = [], n * p
    for x in range(n + 1):
        found.append(math.exp(_ln_choose(n, x) + x * math.log(p) + (n - x) * math.log1p(-p)))
        if x > mean and found[-1] < 1e-18:
            break
    return found
