"""Quantiles by order statistics: whatever the distribution, and none from too few runs."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtr

from sim.study.estimate import Floats, checked_confidence, valued


class Quantile(NamedTuple):
    """A quantile with its interval, from n runs; all None where n runs do not support one."""

    value: float | None
    low: float | None
    high: float | None
    n: int


def fewest_runs(q: float, confidence: float = 0.95) -> int:
    """The fewest runs whose smallest and largest value enclose the q-quantile with this confidence.

    Each side gets half of the error: q^n and (1 - q)^n are both at most (1 - confidence) / 2.
    Raises ValueError unless 0 < q < 1.
    Source: David and Nagaraja, Order Statistics, 3rd ed., section 7.1.

    >>> [fewest_runs(q) for q in (0.5, 0.95, 0.99)]
    [6, 72, 368]
    """
    tail = math.log((1 - checked_confidence(confidence)) / 2)
    return math.ceil(tail / math.log(max(_inside(q), 1 - q)))


@lru_cache(maxsize=4096)
def ranks(n: int, q: float, confidence: float = 0.95) -> tuple[int, int] | None:
    """Ranks (from 1) of the ordered values that enclose the q-quantile; None when n is too small.

    The coverage is BinCDF(u-1) - BinCDF(l-1) of Bin(n, q). Raises ValueError unless 0 < q < 1.
    Source: David and Nagaraja, Order Statistics, 3rd ed., section 7.1; scipy.stats.quantile_test.

    >>> ranks(10, 0.5), ranks(1000, 0.99), ranks(71, 0.95)
    ((2, 9), (983, 997), None)
    """
    if n < fewest_runs(q, confidence):
        return None
    tail = (1 - confidence) / 2
    below = bdtr(np.arange(n, dtype=np.float64), n, q)      # below[k] = P(at most k values below)
    low = int(np.searchsorted(below, tail, side="right"))   # largest l with BinCDF(l-1) <= tail
    high = int(np.searchsorted(below, 1 - tail)) + 1        # smallest u with BinCDF(u-1) >= 1-tail
    return low, high


def rank_of(n: int, q: float) -> int:
    """Rank (from 1) of the q-quantile of n values: the smallest rank that is at least n q.

    >>> rank_of(4, 0.5), rank_of(100, 0.95)
    (2, 95)
    """
    return max(1, math.ceil(round(n * _inside(q), 9)))


def quantile_of(values: ArrayLike, q: float, confidence: float = 0.95) -> Quantile:
    """The q-quantile of the values that are not NaN: one of them, with one of them on either side.

    All None, but for n, when fewer than `fewest_runs(q)` have a value. Raises ValueError unless
    0 < q < 1. Source: as `ranks`.

    >>> quantile_of(range(1, 11), 0.5)
    Quantile(value=5.0, low=2.0, high=9.0, n=10)
    >>> quantile_of(range(1, 11), 0.95)
    Quantile(value=None, low=None, high=None, n=10)
    """
    return quantile_of_sorted(np.sort(valued(values)), q, confidence)


def quantile_of_sorted(ordered: Floats, q: float, confidence: float = 0.95) -> Quantile:
    """As `quantile_of`, of values that are sorted and have no NaN among them."""
    n = len(ordered)
    found = ranks(n, q, confidence)
    if found is None:
        return Quantile(None, None, None, n)
    low, high = found
    value = ordered[rank_of(n, q) - 1]
    return Quantile(float(value), float(ordered[low - 1]), float(ordered[high - 1]), n)


def _inside(q: float) -> float:
    if not 0 < q < 1:
        raise ValueError(f"q(={q}) must be above 0 and below 1")
    return q
