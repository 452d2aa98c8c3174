"""The switching value: how far an assumption must move until another policy wins, by a search on paired differences."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

from sim.study.estimate import Floats, Interval, Moments, t_quantile

Difference = Callable[[float], Interval]
"""Value of the assumption -> by how much the other policy is dearer there, with its interval."""


class Crossing(NamedTuple):
    """Where a difference changes its sign: the value, and the values at which its interval begins to hold zero.

    low, high  None: the interval holds zero up to that end of what was searched
    """

    at: float
    low: float | None
    high: float | None


class Switch(NamedTuple):
    """One assumption, and what of it would make the other policy win.

    word      as `--set` names it; `now` its value in the scenario; `first`, `last` the range that was searched
    below     the nearest crossing below now, `above` the nearest above; None: none was found there
    tried     at how many values the difference was looked at; infinite where it is known as a formula
    """

    word: str
    now: float
    first: float
    last: float
    below: Crossing | None
    above: Crossing | None
    tried: float


def search(
    word: str, difference: Difference, now: float, first: float, last: float, *, looks: int, steps: int
) -> Switch:
    """Look outwards from `now` at so many values a side, then halve the way to the nearest change of sign.

    looks  values a side before halving; `steps` halvings for the crossing and for each end of its interval.
    Between the values that were looked at, a difference that crosses zero twice is not seen. Distances are ratios
    where both ends are above 0.
    """
    seen = cache(difference)
    tried: set[float] = set()

    def told(value: float) -> Interval:
        tried.add(value)
        return seen(value)

    sides = []
    for end in (first, last):
        values = [now, *(between(now, end, (n + 1) / looks) for n in range(looks))] if end != now else [now]
        sides.append(_crossing(told, values, steps))
    return Switch(word, now, first, last, sides[0], sides[1], len(tried))


def between(a: float, b: float, share: float) -> float:
    """The value at a share of the way, by ratio where both are above 0.

    >>> round(between(1, 100, 0.5), 9), between(0, 1, 0.5)
    (10.0, 0.5)
    """
    if share >= 1:
        return b
    return a * (b / a) ** share if a > 0 and b > 0 else a + (b - a) * share


def _crossing(told: Difference, values: Sequence[float], steps: int) -> Crossing | None:
    """The first crossing along the values, which lead away from now."""
    start = told(values[0]).mean
    flip = next((n for n in range(1, len(values)) if told(values[n]).mean * start < 0), None)
    if flip is None:
        return None
    at = _root(lambda x: told(x).mean, values[flip - 1], values[flip], steps)
    # Both bounds of the interval cross zero near the mean's crossing: one before it, one behind.
    ends = [
        _bound(lambda x, side=side: getattr(told(x), side), at, values, steps)  # type: ignore[misc]
        for side in ("low", "high")
    ]
    there = [end for end in ends if end is not None]
    low = min((end for end in there if end <= at), default=None)
    high = max((end for end in there if end >= at), default=None)
    return Crossing(at, low, high)


def _bound(of: Callable[[float], float], at: float, values: Sequence[float], steps: int) -> float | None:
    """Where a bound of the interval is zero, nearest to the crossing; None if nowhere on the way."""
    path = sorted({*values, at}, key=lambda x: abs(math.log(x / at)) if min(x, at) > 0 else abs(x - at))
    for x in path[1:]:
        if of(at) * of(x) <= 0:
            return _root(of, at, x, steps)
    return None


def _root(of: Callable[[float], float], a: float, b: float, steps: int) -> float:
    sign = of(a)
    for _ in range(steps):
        middle = between(a, b, 0.5)
        a, b = (middle, b) if of(middle) * sign > 0 else (a, middle)
    return between(a, b, 0.5)


def weighted(parts: Sequence[tuple[float, Moments]], confidence: float) -> Interval:
    """A weighted sum of independent means, with a normal interval (t with the fewest degrees of the parts).

    >>> weighted([(0.5, Moments.of([1, 2, 3])), (0.5, Moments.of([5, 6, 7]))], 0.95).mean
    4.0
    """
    mean = math.fsum(weight * part.mean for weight, part in parts)
    variance = math.fsum(weight**2 * part.squares / (part.n - 1) / part.n for weight, part in parts if part.n > 1)
    fewest = min((part.n for weight, part in parts if weight and part.n > 1), default=2)
    half = t_quantile(0.5 + confidence / 2, fewest - 1) * math.sqrt(variance)
    return Interval(mean - half, mean, mean + half)


def by_importance(outage: Floats, running: Floats, confidence: float) -> Difference:
    """The difference of costs at any importance, from paired differences of their two parts."""

    def difference(importance: float) -> Interval:
        return weighted([(1.0, Moments.of(importance * outage + running))], confidence)

    return difference


def by_fault_chance(apart: Floats, faulty: Floats, confidence: float) -> Difference:
    """The difference at any chance of a faulty change whose faults keep their mix: faulty and healthy re-weighted."""
    ill, well = Moments.of(apart[faulty == 1]), Moments.of(apart[faulty == 0])

    def difference(chance: float) -> Interval:
        return weighted([(chance, ill), (1 - chance, well)], confidence)

    return difference
