"""Confidence sequences: limits that a sum stays inside at all times at once, with chance 1 - alpha.

A limit is a function of the time v that has passed, counted in variance. `best_at` is the v at which it is tightest;
it holds everywhere. Each limit is where a mixture of test martingales reaches 1/alpha.
Source: Howard, Ramdas, McAuliffe and Sekhon, Time-uniform, nonparametric, nonasymptotic confidence sequences, Annals
of Statistics 49, 2021; the numbers of the tests are those of their package confseq.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from sim.theory import bounds

LEAST = 1e-3
"""Of its scale, the least weight that the prior of a beta mixture may have."""


def tuned(best_at: float, alpha: float) -> float:
    """The weight of the prior at which a two-sided normal mixture is tightest at `best_at`; section 3.5 there.

    >>> round(tuned(100, 0.05), 4)
    12.6006
    """
    best_at = bounds.positive("best_at", best_at, "it is a time, counted in variance")
    alpha = bounds.between("alpha", alpha, "a limit that is never or always passed says nothing")
    sure = 2 * math.log(1 / alpha)
    return best_at / (sure + math.log1p(sure))


def normal_two_sided(v: float, alpha: float, best_at: float) -> float:
    """How far a sum of normal, or sub-normal, steps may be from its mean, on either side.

    >>> round(normal_two_sided(100, 0.05, 100), 5)
    30.35209
    """
    weight = tuned(best_at, alpha)
    return math.sqrt((v + weight) * math.log((v + weight) / (weight * alpha * alpha)))


def normal_one_sided(v: float, alpha: float, best_at: float) -> float:
    """As `normal_two_sided`, above alone.

    >>> round(normal_one_sided(100, 0.05, 100), 5)
    27.66071
    """
    from scipy import special

    weight = tuned(best_at, 2 * alpha)
    total = v + weight

    def ln_martingale(s: float) -> float:
        return (
            math.log(4 * weight / total) / 2
            + s * s / (2 * total)
            + float(special.log_ndtr(s / math.sqrt(total)))
        )

    return _reached(ln_martingale, alpha)


def gamma_poisson(v: float, alpha: float, best_at: float, scale: float) -> float:
    """Above, for steps that are sub-Poisson with this scale: sums of counts over their mean.

    >>> round(gamma_poisson(100, 0.05, 100, 2), 4)
    30.1949
    """
    from scipy import special

    unit = scale * scale
    weight = tuned(best_at, 2 * alpha) / unit
    lead = weight * math.log(weight) - math.lgamma(weight) - math.log(special.gammaincc(weight, weight))

    def ln_martingale(s: float) -> float:
        passed = v / unit + weight
        reached = passed + s / scale
        tail = math.log(special.gammaincc(reached, passed))
        return lead + math.lgamma(reached) + tail - reached * math.log(passed) + v / unit

    return _reached(ln_martingale, alpha)


def gamma_exponential(v: float, alpha: float, best_at: float, scale: float) -> float:
    """Above, for steps that are sub-exponential with this scale.

    >>> round(gamma_exponential(100, 0.05, 100, 2), 5)
    33.02017
    """
    from scipy import special

    unit = scale * scale
    weight = tuned(best_at, 2 * alpha) / unit
    lead = weight * math.log(weight) - math.lgamma(weight) - math.log(special.gammainc(weight, weight))

    def ln_martingale(s: float) -> float:
        passed = v / unit + weight
        reached = passed + s / scale
        tail = math.log(special.gammainc(passed, reached))
        return lead + math.lgamma(passed) + tail - passed * math.log(reached) + (scale * s + v) / unit

    return _reached(ln_martingale, alpha)


def beta_binomial(v: float, alpha: float, best_at: float, below: float, above: float) -> float:
    """Above, for steps between -below and above, both sides watched.

    >>> round(beta_binomial(100, 0.05, 100, 0.2, 0.8), 4)
    31.4308
    """
    most = v / below * (1 - 1e-12)  # no sum can be higher: then every step was the highest
    return _reached(lambda s: _ln_beta_mixture(s, v, best_at, below, above, alpha), alpha, most)


def bernoulli(successes: int, trials: int, alpha: float, best_at: int) -> tuple[float, float]:
    """The interval of a share after so many trials, valid however often one looks; tightest at `best_at` trials.

    >>> [round(end, 6) for end in bernoulli(700, 1000, 0.05, 100)]
    [0.65163, 0.74595]
    """
    successes = bounds.count("successes", successes, 0, "they are trials")
    trials = bounds.count("trials", trials, max(1, successes), "successes are among them")
    seen = successes / trials

    def excess(p: float) -> float:
        variance = p * (1 - p)
        found = _ln_beta_mixture(successes - p * trials, trials * variance, best_at * variance, p, 1 - p, alpha)
        return found + math.log(alpha)

    low = 0.0 if successes == 0 else _crossing(excess, 1e-12, seen)
    high = 1.0 if successes == trials else _crossing(excess, 1 - 1e-12, seen)
    return low, high


def _ln_beta_mixture(s: float, v: float, best_at: float, g: float, h: float, alpha: float) -> float:
    """g, h: how far a step can go down and up."""
    weight = max(tuned(best_at, alpha) - g * h, LEAST * g * h)
    both = g + h

    def ln_beta(a: float, b: float) -> float:
        return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)

    return (
        v / (g * h) * math.log(both)
        - (v + h * s) / (h * both) * math.log(g)
        - (v - g * s) / (g * both) * math.log(h)
        + ln_beta((weight + v - g * s) / (g * both), (weight + v + h * s) / (h * both))
        - ln_beta(weight / (g * both), weight / (h * both))
    )


def _reached(ln_martingale: Callable[[float], float], alpha: float, most: float | None = None) -> float:
    """The sum at which a rising martingale is 1/alpha."""
    far = 1.0 if most is None else most
    while most is None and ln_martingale(far) < -math.log(alpha):
        far *= 2
    return _crossing(lambda s: ln_martingale(s) + math.log(alpha), far, 0.0)


def _crossing(excess: Callable[[float], float], over: float, under: float) -> float:
    """Where excess changes its sign between two places, by bisection: to the last digits."""
    for _ in range(200):
        middle = (over + under) / 2
        over, under = (middle, under) if excess(middle) > 0 else (over, middle)
    return (over + under) / 2
