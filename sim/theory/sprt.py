"""Wald's sequential test of two failure shares: his approximations, and the exact solution on the lattice.

After n requests with d failures the log likelihood ratio is d x bad + (n - d) x good; the test accepts p0 at or below
ln B = ln(beta/(1-alpha)) and rejects it at or above ln A = ln((1-beta)/alpha). Wald's formulas ignore by how much
a limit is passed: the true error of the first kind is about half the nominal one, the true delay 10 to 20 % longer.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from sim.theory import bounds

ALIVE = 1e-13
MOST_STEPS = 2_000_000


class Design(NamedTuple):
    """Steps of the log likelihood ratio (good < 0 < bad) and its limits (accept < 0 < reject)."""

    good: float
    bad: float
    accept: float
    reject: float

    @property
    def slope(self) -> float:
        """The failure share at which the ratio has no drift: the limits are parallel lines of this slope."""
        return self.good / (self.good - self.bad)

    @property
    def lines(self) -> tuple[float, float]:
        """Failures below and above slope x n at which the test accepts and rejects."""
        return self.accept / (self.bad - self.good), self.reject / (self.bad - self.good)


class Course(NamedTuple):
    """Chance to accept p0, and the expected number of requests until either limit."""

    accepts: float
    requests: float


def design(p0: float, p1: float, alpha: float, beta: float) -> Design:
    """The test of p0 against a larger p1 with these nominal errors.

    Raises ValueError unless 0 < p0 < p1 < 1 and alpha, beta > 0 with alpha + beta < 1.
    Source: Wald, Sequential Tests of Statistical Hypotheses, Annals of Mathematical Statistics 16, 1945.

    >>> test = design(0.1, 0.3, 0.02, 0.03)
    >>> round(test.slope, 6), [round(line, 6) for line in test.lines]
    (0.186169, [-2.582626, 2.875389])
    """
    for name, value in (("p0", p0), ("p1", p1), ("alpha", alpha), ("beta", beta)):
        bounds.between(name, value, "it is a chance that must be able to go either way")
    if not p0 < p1:
        raise ValueError(f"p1(={p1!r}) must be above p0(={p0!r}): it is the share that must be found")
    if alpha + beta >= 1:
        raise ValueError(f"alpha + beta(={alpha + beta!r}) must be below 1: a coin would do better")
    good, bad = math.log1p(-p1) - math.log1p(-p0), math.log(p1 / p0)
    return Design(good, bad, math.log(beta / (1 - alpha)), math.log((1 - beta) / alpha))


def wald(test: Design, p: float) -> Course:
    """Wald's approximation at failure share p: no overshoot.

    Source: Wald 1945, as `design`; h solves E[e^(hz)] = 1.

    >>> [round(value, 2) for value in wald(design(0.1, 0.3, 0.02, 0.03), 0.1)]
    [0.98, 28.7]
    """
    p = bounds.share("p", p)
    drift = p * test.bad + (1 - p) * test.good
    variance = p * test.bad**2 + (1 - p) * test.good**2
    if abs(drift) < 1e-9 * math.sqrt(variance):
        accepts = test.reject / (test.reject - test.accept)
        return Course(accepts, -test.reject * test.accept / variance)
    h = _conjugate(test, p)
    up, down = math.expm1(h * test.reject), math.expm1(h * test.accept)
    accepts = up / (up - down)
    return Course(accepts, (accepts * test.accept + (1 - accepts) * test.reject) / drift)


def _conjugate(test: Design, p: float) -> float:
    """The h other than 0 with p e^(h bad) + (1-p) e^(h good) = 1, by bisection."""

    def excess(h: float) -> float:
        return p * math.expm1(h * test.bad) + (1 - p) * math.expm1(h * test.good)

    sign = -1.0 if p * test.bad + (1 - p) * test.good > 0 else 1.0
    far = sign
    while excess(far) < 0:
        far *= 2
    near = far / 2
    while excess(near) > 0:
        near /= 2
    for _ in range(200):
        middle = (near + far) / 2
        near, far = (middle, far) if excess(middle) < 0 else (near, middle)
    return (near + far) / 2


def exact(test: Design, p: float) -> Course:
    """The true course at failure share p: every number of failures after every request, with its chance.

    Stops when less than 1e-13 of the chance is undecided. Source: the definition of the test.

    >>> [round(value, 2) for value in exact(design(0.1, 0.3, 0.02, 0.03), 0.1)]
    [0.99, 29.9]
    """
    import numpy as np

    p = bounds.share("p", p)
    alive, failures = np.ones(1), 0              # chances of failures, failures + 1, ... and undecided
    accepts = requests = 0.0
    for n in range(1, MOST_STEPS):
        requests += float(alive.sum())
        stepped = np.zeros(len(alive) + 1)
        stepped[:-1] += (1 - p) * alive
        stepped[1:] += p * alive
        counts = failures + np.arange(len(stepped))
        ratio = counts * test.bad + (n - counts) * test.good
        low, high = ratio <= test.accept, ratio >= test.reject
        accepts += float(stepped[low].sum())
        kept = ~(low | high)
        alive = stepped[kept]
        if len(alive):
            failures = int(counts[kept][0])
        if alive.sum() < ALIVE:
            break
    return Course(accepts, requests)


def poisson_wald(mu0: float, mu1: float, alpha: float, beta: float) -> tuple[float, float]:
    """Wald's expected time to decide between two rates of failures: under mu0, and under mu1. Time in 1/rate.

    Source: Dvoretzky, Kiefer and Wolfowitz, Sequential Decision Problems for Processes with Continuous Time
    Parameter, Annals of Mathematical Statistics 24, 1953.

    >>> [round(time, 2) for time in poisson_wald(0.1, 0.4, 0.01, 0.05)]
    [18.03, 16.41]
    """
    k = math.log(mu1 / mu0)
    low, high = math.log(beta / (1 - alpha)), math.log((1 - beta) / alpha)
    under0 = ((1 - alpha) * low + alpha * high) / (mu0 * k - (mu1 - mu0))
    under1 = (beta * low + (1 - beta) * high) / (mu1 * k - (mu1 - mu0))
    return under0, under1


def poisson_design(mu0: float, mu1: float, alpha: float, beta: float, step: float) -> Design:
    """The same test watched every `step`, at most one failure a step: as it gets short, the continuous test."""
    drift = -(mu1 - mu0) * step
    return Design(
        drift, math.log(mu1 / mu0) + drift, math.log(beta / (1 - alpha)), math.log((1 - beta) / alpha)
    )
