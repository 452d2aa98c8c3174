"""Means and differences of means, with t intervals. NaN is "no value in this run" and is left out.

Sums are `math.fsum`, exact in any order, so that neither workers nor processors change a digit.
Only `scipy.special` is used: `scipy.stats` would cost every comparison a second of import.
"""

from __future__ import annotations

import math
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

Floats = NDArray[np.float64]
AT_ONCE = 65_536


class Interval(NamedTuple):
    """A number with its confidence interval, in the unit of what was estimated."""

    low: float
    mean: float
    high: float


class Mean(NamedTuple):
    """Mean over the n runs that have a value; None where so few runs say nothing.

    n = 0: all None. n = 1: the mean without an interval.
    """

    mean: float | None
    low: float | None
    high: float | None
    n: int


class Moments(NamedTuple):
    """Count, mean and sum of squared deviations; they add, so that blocks can be counted apart."""

    n: int = 0
    mean: float = 0.0
    squares: float = 0.0

    @classmethod
    def of(cls, values: ArrayLike) -> Moments:
        """Count the values that are not NaN. Source: two passes, exact sums."""
        there = valued(values)
        n = len(there)
        if n == 0:
            return cls()
        if there.min() == there.max():          # no rounding may make a constant vary
            return cls(n, float(there[0]), 0.0)
        mean = exact_sum(there) / n
        return cls(n, mean, exact_sum((there - mean) ** 2))

    def join(self, other: Moments) -> Moments:
        """Moments of both samples together.

        Source: Chan, Golub, LeVeque, The American Statistician 37 (1983), equation 2.1.

        >>> Moments.of([1, 2]).join(Moments.of([6, 7])) == Moments.of([1, 2, 6, 7])
        True
        """
        if not self.n or not other.n:
            return self if self.n else other
        n, apart = self.n + other.n, other.mean - self.mean
        return Moments(
            n,
            self.mean + apart * other.n / n,
            self.squares + other.squares + apart * apart * self.n * other.n / n,
        )

    def half_width(self, confidence: float = 0.95) -> float:
        """Half the t interval of the mean; NaN below two values."""
        if self.n < 2:
            return math.nan
        deviation = math.sqrt(self.squares / (self.n - 1))
        return t_quantile(0.5 + confidence / 2, self.n - 1) * deviation / math.sqrt(self.n)


def valued(values: ArrayLike) -> Floats:
    """Those of the values that are not NaN, as float64."""
    array = np.asarray(values, dtype=np.float64)
    return array[~np.isnan(array)]


def exact_sum(values: Floats) -> float:
    """The sum, rounded once; a million values are not all made Python's floats at the same time."""
    return math.fsum(chain.from_iterable(values[at : at + AT_ONCE].tolist() for at in range(0, len(values), AT_ONCE)))


def t_quantile(p: float, degrees: int) -> float:
    """The p-quantile of Student's t.

    >>> round(t_quantile(0.975, 2), 4)
    4.3027
    """
    return float(stdtrit(degrees, p))


def checked_confidence(confidence: float) -> float:
    """The confidence itself. Raises ValueError unless it is above 0 and below 1."""
    if not 0 < confidence < 1:
        raise ValueError(f"confidence(={confidence}) must be above 0 and below 1")
    return confidence


def mean_of(values: ArrayLike, confidence: float = 0.95) -> Mean:
    """Mean with its t interval, over the values that are not NaN; all values in one unit.

    A constant column has an interval of no width: every run said the same. Raises ValueError if the
    confidence is not in (0, 1).
    Source: Law, Simulation Modeling and Analysis, 5th ed., section 4.5.

    >>> mean_of([1, 2, 3, float("nan")])
    Mean(mean=2.0, low=-0.48, high=4.48, n=3)
    >>> mean_of([7]), mean_of([])
    (Mean(mean=7.0, low=None, high=None, n=1), Mean(mean=None, low=None, high=None, n=0))
    """
    checked_confidence(confidence)
    moments = Moments.of(values)
    if moments.n == 0:
        return Mean(None, None, None, 0)
    if moments.n == 1:
        return Mean(moments.mean, None, None, 1)
    half = moments.half_width(confidence)
    return Mean(moments.mean, moments.mean - half, moments.mean + half, moments.n)


def paired_difference(a: ArrayLike, b: ArrayLike, confidence: float = 0.95) -> Interval:
    """Mean of a - b over runs that shared a seed, with its t interval.

    a, b: shape (runs,), one unit; element i of both comes from seed i. Runs in which either is NaN
    are left out. Returns the interval in that unit, as plain floats.
    Raises ValueError if shapes differ or runs < 2.
    Source: Law, Simulation Modeling and Analysis, 5th ed., section 10.2.1.

    >>> [round(x, 2) for x in paired_difference([9, 7, 8], [5, 6, 4])]
    [-1.3, 3.0, 7.3]
    """
    checked_confidence(confidence)
    first, second = paired(a, b)
    if len(first) < 2:
        raise ValueError(f"runs(={len(first)}) must be >= 2: one difference says nothing of others")
    moments = Moments.of(first - second)
    half = moments.half_width(confidence)
    return Interval(moments.mean - half, moments.mean, moments.mean + half)


def surely_more(a: ArrayLike, b: ArrayLike, confidence: float = 0.95) -> bool:
    """Whether the mean of a - b, over runs that shared a seed, is above zero, as sure as `paired_difference` has it.

    Costs hang on few disasters, and a sample that met few of them shows too small a mean and too small a spread: its
    t interval errs too often on that side. So Hall's transform takes the skewness out of t, where that makes the
    answer more careful; where it would make it bolder, t stays.

    a, b: shape (runs,), one unit, two runs or more. Differences that are all the same are sure by their sign.
    Source: Hall, On the removal of skewness by transformation, J. R. Stat. Soc. B 54 (1992), equation 2.1.

    >>> surely_more([9, 7, 8, 9], [5, 3, 4, 4]), surely_more([9, 7, 8], [5, 6, 4])
    (True, False)
    """
    interval = paired_difference(a, b, confidence)
    if interval.low <= 0:
        return False
    first, second = paired(a, b)
    apart = first - second
    n, spread = len(apart), float(apart.std())
    if spread == 0:
        return True
    skewness = float(((apart - interval.mean) ** 3).mean()) / spread**3
    if skewness >= 0:
        return True
    t = interval.mean / (spread / math.sqrt(n - 1))
    bent = skewness * t / math.sqrt(n)
    careful = t * (1 + bent / 3 + bent**2 / 27) + skewness / (6 * math.sqrt(n))
    return careful > t * (interval.mean - interval.low) / interval.mean


def paired(a: ArrayLike, b: ArrayLike) -> tuple[Floats, Floats]:
    """Both columns over the runs in which both have a value. Raises ValueError if shapes differ."""
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if first.shape != second.shape or first.ndim != 1:
        raise ValueError(
            f"shapes {first.shape} and {second.shape} must be the same (runs,): "
            "element i of both comes from run i"
        )
    both = ~(np.isnan(first) | np.isnan(second))
    return first[both], second[both]


def bonferroni(confidence: float, comparisons: int) -> float:
    """Confidence of each of so many intervals, for all together to hold with the given confidence.

    Raises ValueError if comparisons < 1. Source: Law, 5th ed., section 10.3.

    >>> round(bonferroni(0.95, 6), 5)
    0.99167
    """
    if comparisons < 1:
        raise ValueError(f"comparisons(={comparisons}) must be >= 1")
    return 1 - (1 - checked_confidence(confidence)) / comparisons


def relative_reduction(a: ArrayLike, b: ArrayLike, confidence: float = 0.95) -> Interval | None:
    """By what share the mean of a is below that of b, paired: 1 - mean(a) / mean(b), with interval.

    a, b as in `paired_difference`. None where the mean of b cannot be told from zero (or runs < 2):
    a ratio to it has no finite interval. Raises ValueError if shapes differ.
    Source: Fieller, JRSS B 16 (1954) 175; Law, 5th ed., section 4.5 for the t quantile.

    >>> [round(x, 3) for x in relative_reduction([1, 2, 1, 2], [10, 12, 9, 13])]
    [0.822, 0.864, 0.93]
    """
    checked_confidence(confidence)
    top, bottom = paired(a, b)
    n = len(top)
    if n < 2:
        return None
    x, y = Moments.of(top), Moments.of(bottom)
    shared = exact_sum((top - x.mean) * (bottom - y.mean))
    scale = t_quantile(0.5 + confidence / 2, n - 1) ** 2 / ((n - 1) * n)
    square = y.mean**2 - scale * y.squares
    if square <= 0:
        return None
    middle = x.mean * y.mean - scale * shared
    spread = math.sqrt(max(0.0, middle**2 - square * (x.mean**2 - scale * x.squares)))
    low, high = (middle - spread) / square, (middle + spread) / square
    return Interval(1 - high, 1 - x.mean / y.mean, 1 - low)


def gain_of_common_numbers(a: ArrayLike, b: ArrayLike) -> float | None:
    """How many times fewer runs the pairing needs: (Var a + Var b) / Var(a - b).

    A gain, not a correlation: two columns of correlation 0.99 and unlike spread can gain nothing.
    None where nothing varies or runs < 2; infinite where only the difference does not vary.
    Source: Law, 5th ed., section 11.2.

    >>> gain_of_common_numbers([1, 2, 3, 4], [2, 3, 4, 6])
    18.333333333333332
    """
    first, second = paired(a, b)
    if len(first) < 2:
        return None
    apart = Moments.of(first).squares + Moments.of(second).squares
    together = Moments.of(first - second).squares
    if together == 0:
        return math.inf if apart > 0 else None
    return apart / together


def plain(value: float | None) -> Any:
    """The number as JSON can hold it: None for None, NaN and infinity."""
    return None if value is None or not math.isfinite(value) else value
