"""Shares of runs, with intervals that never call a thing impossible because it was not seen."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincinv

from sim.study.estimate import checked_confidence, paired


class Share(NamedTuple):
    """A share of n runs with its interval; all None when there were no runs."""

    share: float | None
    low: float | None
    high: float | None
    n: int


def share_of(hits: float, n: int, confidence: float = 0.95) -> Share:
    """Share hits / n with its Clopper-Pearson interval, which covers at least as often as it says.

    No hit in n runs gives 0 with an upper bound, and n of n a lower one. `hits` may end in a half:
    a tie. Raises ValueError unless 0 <= hits <= n.
    Source: Clopper and Pearson, Biometrika 26 (1934) 404, by the beta quantiles.

    >>> [round(x, 4) for x in share_of(0, 100)]
    [0.0, 0.0, 0.0362, 100]
    >>> share_of(0, 0)
    Share(share=None, low=None, high=None, n=0)
    """
    checked_confidence(confidence)
    if not 0 <= hits <= n:
        raise ValueError(f"hits(={hits}) must be from 0 to n(={n})")
    if n == 0:
        return Share(None, None, None, 0)
    tail = (1 - confidence) / 2
    low = float(betaincinv(hits, n - hits + 1, tail)) if hits > 0 else 0.0
    high = float(betaincinv(hits + 1, n - hits, 1 - tail)) if hits < n else 1.0
    return Share(hits / n, low, high, n)


def share_of_flags(flags: ArrayLike, confidence: float = 0.95) -> Share:
    """Share of true ones among flags (bool, or 0 and 1; NaN is left out).

    >>> share_of_flags([1, 0, 1, 1]).share
    0.75
    """
    array = np.asarray(flags, dtype=np.float64)
    there = array[~np.isnan(array)]
    return share_of(int(np.count_nonzero(there)), len(there), confidence)


def beats(a: ArrayLike, b: ArrayLike, confidence: float = 0.95) -> Share:
    """Chance that a is smaller (better) than b in the same run, a tie counting half.

    a, b: shape (runs,), one unit, element i of both from seed i; runs where either is NaN are left
    out. The interval is Clopper-Pearson's on wins + ties / 2, on the safe side when there are ties.
    Raises ValueError if shapes differ.

    >>> beats([1, 2, 3, 4], [2, 2, 5, 3]).share
    0.625
    """
    first, second = paired(a, b)
    wins, ties = np.count_nonzero(first < second), np.count_nonzero(first == second)
    return share_of(float(wins + ties / 2), len(first), confidence)
