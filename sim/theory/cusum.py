"""Run lengths of cumulative sums: exact for counts, by quadrature for normal data, and Siegmund's approximation.

C = max(0, C + x - k), from 0 or from a head start; average run length: expected samples up to and with the alarm.
Mind the convention: charts of counts alarm at C >= h (Lucas), charts of normal data at C > h.
"""

from __future__ import annotations

import math
from fractions import Fraction

from sim.theory import bounds

COUNTS = "it is an expected count"
NODES = 96


def reference(mu0: float, mu1: float) -> float:
    """The k that tells two Poisson means apart soonest: between them, nearer to mu0.

    Source: Lucas, Counted Data CUSUM's, Technometrics 27, 1985.

    >>> round(reference(1.0, 2.0), 6)
    1.442695
    """
    mu0, mu1 = bounds.positive("mu0", mu0, COUNTS), bounds.positive("mu1", mu1, COUNTS)
    if not mu0 < mu1:
        raise ValueError(f"mu1(={mu1!r}) must be above mu0(={mu0!r}): it is the mean that must be found")
    return (mu1 - mu0) / math.log(mu1 / mu0)


def poisson_arl(mean: float, k: Fraction | float, h: float, head_start: float = 0.0) -> float:
    """Average run length of a chart of Poisson counts that alarms at C >= h. Exact: a finite Markov chain.

    k: a multiple of 1/1000 at the finest (as a fraction: any of small denominator). head_start: C at the beginning.
    Raises ValueError if it is not in [0, h), or mean and k are not positive. Source: Lucas 1985, as `reference`.

    >>> round(poisson_arl(1.88, 2, 6), 4), round(poisson_arl(1.88, 2, 6, head_start=3), 4)
    (37.2033, 29.1878)
    """
    import numpy as np

    mean = bounds.positive("mean", mean, COUNTS)
    k = Fraction(k).limit_denominator(1000)
    if k <= 0:
        raise ValueError(f"k(={k}) must be positive: without it every chart alarms")
    if not 0 <= head_start < h:
        raise ValueError(f"head_start(={head_start!r}) must be from 0 and below h(={h!r}): there it alarms")
    unit = math.lcm(k.denominator, Fraction(head_start).limit_denominator(1000).denominator)
    less, states = int(k * unit), math.ceil(h * unit - 1e-9)  # C = i / unit, i < states, is no alarm
    most = states // unit + less // unit + 2
    counts = np.arange(most + 1)
    chance = np.exp(counts * math.log(mean) - mean - np.array([math.lgamma(c + 1) for c in counts]))
    moves = np.zeros((states, states))
    for i in range(states):
        to = np.maximum(0, i + counts * unit - less)
        calm = to < states
        np.add.at(moves[i], to[calm], chance[calm])
    lengths = np.linalg.solve(np.eye(states) - moves, np.ones(states))
    return float(lengths[round(head_start * unit)])


def normal_arl(mean: float, k: float, h: float, head_start: float = 0.0) -> float:
    """Average run length of a one-sided chart of normal data, standard deviation 1, alarm at C > h.

    Solves Page's integral equation by Gauss-Legendre quadrature with an atom at 0. Raises ValueError if h <= 0 or
    head_start is not in [0, h].
    Source: Page, Continuous Inspection Schemes, Biometrika 41, 1954; Vance, Journal of Quality Technology 18, 1986.

    >>> round(normal_arl(0.0, 0.5, 3), 4), round(normal_arl(1.5, 0.5, 3), 4)
    (117.5957, 3.7491)
    """
    import numpy as np
    from scipy import special

    h = bounds.positive("h", h, "a chart without a limit has alarmed already")
    if not 0 <= head_start <= h:
        raise ValueError(f"head_start(={head_start!r}) must be from 0 to h(={h!r})")
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    places, weights = np.concatenate([[0.0], (nodes + 1) * h / 2]), np.concatenate([[0.0], weights * h / 2])

    def kernel(start: float) -> np.ndarray:
        """What each place weighs for a chart at `start`: a density, and at 0 all that would fall below."""
        row = weights * np.exp(-((places + k - start - mean) ** 2) / 2) / math.sqrt(2 * math.pi)
        row[0] += special.ndtr(k - start - mean)
        return row

    lengths = np.linalg.solve(np.eye(len(places)) - np.array([kernel(place) for place in places]), np.ones(len(places)))
    return float(1 + kernel(head_start) @ lengths)


def two_sided_arl(mean: float, k: float, h: float, head_start: float = 0.0) -> float:
    """Both charts at once, the second of -x.

    Source: Lucas and Crosier, Fast Initial Response for CUSUM Quality-Control Schemes, Technometrics 24, 1982.

    >>> round(two_sided_arl(1.0, 0.5, 4), 3), round(two_sided_arl(1.0, 0.5, 4, head_start=2), 3)
    (8.383, 5.287)
    """
    up, down = normal_arl(mean, k, h), normal_arl(-mean, k, h)
    up_from, down_from = normal_arl(mean, k, h, head_start), normal_arl(-mean, k, h, head_start)
    return (up_from * down + down_from * up - up * down) / (up + down)


def siegmund_arl(mean: float, k: float, h: float) -> float:
    """Siegmund's approximation for normal data, one side, from 0.

    Source: Siegmund, Sequential Analysis, 1985, ch. 10.

    >>> round(siegmund_arl(0.0, 0.5, 4), 1)
    338.2
    """
    drift, limit = mean - k, h + 1.166
    if abs(drift) < 1e-9:
        return limit * limit
    return (math.exp(-2 * drift * limit) + 2 * drift * limit - 1) / (2 * drift * drift)
