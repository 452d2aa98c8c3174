"""The confidence interval of a shift between two samples, by the Mann-Whitney test, as Kayenta computes it.

The interval holds the shifts that the test (normal approximation, corrections for continuity and ties) would not
reject; the estimate is where its statistic is zero: near the Hodges-Lehmann estimate, though found by search.
Both ends come from a root search that stops within 1e-4, *absolute*: a unit in which a millisecond or a percent
is about 1 is a good one, and shares far below 0.001 are not.
Source: spinnaker/kayenta, kayenta-mannwhitney, after R's wilcox.test (asymptotic, two samples).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = NDArray[Any]

ROOT_TOLERANCE = 1e-4
MOST_STEPS = 1000
EPSILON = 2.220446049250313e-16
MOST_DIFFERENCES = 20_000
"""Up to so many pairs all differences are sorted once; beyond, each step of the search sorts anew."""


class Shift(NamedTuple):
    """Interval and estimate of experiment minus control, in the unit of the values."""

    low: float
    high: float
    estimate: float


class AllTied(ValueError):
    """The test has no statistic: every observation is the same, or there is one a side."""


class Statistic:
    """The standardised rank statistic of x - shift against y, for any shift.

    x and y are samples of m and n values. The correction for continuity moves it by half a pair towards 0.
    """

    def __init__(self, x: Values, y: Values) -> None:
        import numpy as np

        self.m, self.n = len(x), len(y)
        self._x, self._y = np.sort(x), np.sort(y)
        self._own_ties = _ties(self._x) + _ties(self._y)
        gaps = np.diff(np.unique(self._x))
        self._gap = float(gaps.min()) if len(gaps) else np.inf
        self._size = float(max(np.abs(self._x).max(), np.abs(self._y).max()))
        few = self.m * self.n <= MOST_DIFFERENCES
        # Sorted once: then a step of the search is two bisections, whatever the number of pairs.
        self._differences = np.sort(np.subtract.outer(self._x, self._y), axis=None).tolist() if few else None

    def ends(self) -> tuple[float, float]:
        """The smallest and the largest difference: no root lies outside."""
        return float(self._x[0] - self._y[-1]), float(self._x[-1] - self._y[0])

    def __call__(self, shift: float) -> float:
        wins, ties = self._quick(shift) or self._plain(shift)
        m, n = self.m, self.n
        excess = wins - m * n / 2
        variance = m * n / 12 * (m + n + 1 - ties / ((m + n) * (m + n - 1)))
        if variance <= 0:
            raise AllTied("all observations are tied: no interval can be computed; one value a side is not enough")
        correction = 0.5 if excess > 0 else -0.5 if excess < 0 else 0.0
        return float((excess - correction) / variance**0.5)

    def _quick(self, shift: float) -> tuple[float, int] | None:
        """As `_plain`, from the sorted differences; None where a tie, or rounding, may come in between."""
        rounding = 4 * EPSILON * (abs(shift) + self._size)
        if self._differences is None or self._gap <= rounding:
            return None
        place = bisect_right(self._differences, shift + rounding)
        if place and self._differences[place - 1] >= shift - rounding:
            return None
        return float(len(self._differences) - place), self._own_ties

    def _plain(self, shift: float) -> tuple[float, int]:
        """In how many pairs x - shift is above y, equal ones counting half; the sum of t^3 - t over all ties."""
        import numpy as np

        moved = self._x - shift
        below = np.searchsorted(self._y, moved, side="left").sum()
        up_to = np.searchsorted(self._y, moved, side="right").sum()
        return float(below + up_to) / 2, _ties(np.concatenate([moved, self._y]))


def _ties(values: Values) -> int:
    """The sum of t^3 - t over groups of t equal values."""
    import numpy as np

    counts = np.unique(values, return_counts=True)[1].astype(float)
    return int((counts**3 - counts).sum())


def shift_between(control: Values, experiment: Values, confidence: float = 0.98) -> Shift:
    """Interval and estimate of experiment - control. AllTied if no statistic exists.

    >>> import numpy as np
    >>> shift_between(np.array([1.0, 2, 3, 4]), np.array([10.0, 20, 30, 40]), 0.95)
    Shift(low=6.0, high=39.0, estimate=22.5)
    """
    from scipy import special

    statistic = Statistic(experiment, control)
    quantile = -float(special.ndtri((1 - confidence) / 2))
    low, high = statistic.ends()
    at_low, at_high = statistic(low), statistic(high)

    def end(quantile: float) -> float:
        if at_low - quantile <= 0:
            return low
        if at_high - quantile >= 0:
            return high
        return root(lambda shift: statistic(shift) - quantile, low, high, at_low - quantile, at_high - quantile)

    return Shift(end(quantile), end(-quantile), root(statistic, low, high, at_low, at_high))


def root(f: Callable[[float], float], a: float, b: float, fa: float, fb: float) -> float:
    """A zero of f between a and b, within ROOT_TOLERANCE: Brent's method, in the variant of R's `uniroot`.

    The path matters: on a step function the answer is where the search stops, and two variants stop elsewhere.
    Source: Brent, Algorithms for Minimization without Derivatives, 1973, ch. 4; Netlib `zeroin`.
    """
    if fa == 0.0:
        return a
    if fb == 0.0:
        return b
    best, f_best, previous, f_previous, other, f_other = b, fb, a, fa, a, fa
    for _ in range(MOST_STEPS):
        last_step = best - previous
        if abs(f_other) < abs(f_best):
            previous, best, other = best, other, best
            f_previous, f_best, f_other = f_best, f_other, f_best
        tolerance = 2 * EPSILON * abs(best) + ROOT_TOLERANCE / 2
        step = (other - best) / 2
        if abs(step) <= tolerance or f_best == 0.0:
            return best
        if abs(last_step) >= tolerance and abs(f_previous) > abs(f_best):
            width = other - best
            if previous == other:  # two points: a line
                ratio = f_best / f_previous
                p, q = width * ratio, 1.0 - ratio
            else:  # three points: inverse quadratic
                q, r, s = f_previous / f_other, f_best / f_other, f_best / f_previous
                p = s * (width * q * (q - r) - (best - previous) * (r - 1.0))
                q = (q - 1.0) * (r - 1.0) * (s - 1.0)
            p, q = (p, -q) if p > 0 else (-p, q)
            if p < 0.75 * width * q - abs(tolerance * q) / 2 and p < abs(last_step * q / 2):
                step = p / q
        if abs(step) < tolerance:
            step = tolerance if step > 0 else -tolerance
        previous, f_previous = best, f_best
        best += step
        f_best = f(best)
        if (f_best > 0) == (f_other > 0) and f_best != 0 and f_other != 0:
            other, f_other = previous, f_previous
    return best
