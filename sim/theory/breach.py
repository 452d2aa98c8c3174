"""q: the chance that a threshold judge, looking once, sees a failed share above its limit.

Three counts give three q: a fixed number of requests, Poisson failures against a fixed number, and
Poisson failures *and* Poisson successes, which is what a scrape of this simulator sees.
"""

from __future__ import annotations

import math

from sim.theory import bounds
from sim.theory.tails import binomial_at_least, largest_calm, poisson_at_least


def breach_binomial(requests: int, chance: float, above: float) -> float:
    """P(failed > above * requests) when exactly `requests` are seen and each fails with `chance`.

    above: share in [0, 1]; a share equal to it is no breach. No requests: 0, nothing was seen.
    Raises ValueError if requests is negative or not whole, or a share is not in [0, 1].
    Source: binomial tail; rule as in Prometheus, Flagger and Argo Rollouts (strictly above).

    >>> round(breach_binomial(100, 0.02, 0.01), 5)
    0.59673
    """
    return binomial_at_least(requests, chance, largest_calm(requests, above) + 1)


def breach_poisson(requests: float, chance: float, above: float) -> float:
    """P(failed > above * requests) when failures are Poisson and the requests are their mean.

    requests: mean number in the window, not necessarily whole. above: share in [0, 1].
    Raises ValueError if requests is negative or a share is not in [0, 1].
    Source: Poisson tail; the usual approximation of `breach_binomial` for rare failures.

    >>> f"{breach_poisson(100, 0.002, 0.03):.3e}"
    '5.684e-05'
    """
    mean = bounds.share("chance", chance) * bounds.not_negative("requests", requests)
    return poisson_at_least(mean, largest_calm(requests, above) + 1)


def breach_thinned(requests: float, chance: float, above: float) -> float:
    """P(failed / seen > above) when `requests` is the mean of a Poisson number of requests.

    This is a scrape of the engine: failed and served are independent Poissons. A window in which
    nothing was seen is no breach. requests: mean in the window. above: share in [0, 1].
    Raises ValueError if requests is negative or a share is not in [0, 1].
    Source: thinning (Kingman, Poisson Processes, 1993, the colouring theorem); so q is also
    `breach_binomial` averaged over a Poisson number of requests.

    >>> round(breach_thinned(100, 0.02, 0.01), 5)
    0.73659
    """
    from scipy import special

    requests = bounds.not_negative("requests", requests)
    chance = bounds.share("chance", chance)
    above = bounds.share("above", above)
    failing, served = requests * chance, requests * (1.0 - chance)
    if above >= 1.0 or failing == 0.0:
        return 0.0
    if above < 1e-15:                               # no number of requests makes one failure calm
        return -math.expm1(-failing)
    # Sum over the failures f: breach when served < f / above - f, so served has a Poisson tail.
    spread = 12.0 * math.sqrt(failing) + 45.0
    total = 0.0
    for failed in range(max(1, math.floor(failing - spread)), math.ceil(failing + spread)):
        most = failed / above - failed
        enough = math.ceil(most - 1e-9 * max(1.0, most))      # served from here on is calm
        few = float(special.gammaincc(enough, served)) if enough and served else float(enough > 0)
        total += math.exp(failed * math.log(failing) - failing - math.lgamma(failed + 1.0)) * few
    return min(1.0, total)
