"""An estimate -> a cell: the number above, its interval below, rounded to what that supports."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from sim.units import say_seconds

NOTHING = "–"
"""There is no value: no run had one."""
DIGITS = (3, 4)
"""Significant digits of an interval's ends: the first, unless both would then read the same."""
STEPS_S = (0.001, 0.01, 0.1, 1, 10, 60, 600)
"""Times are rounded to one of these."""
SUFFIXES = ((1e9, "G"), (1e6, "M"), (1e3, "k"))

Say = Callable[[float, float], str]
"""(value, half-width of its interval; 0: exact) -> text."""


def place(half: float) -> int:
    """The power of ten that a number with this half-width is rounded to.

    Two digits of a half-width that begins with 1 or 2, else one: a rounding never hides more than a
    sixth of it.
    >>> place(1200), place(4000), place(0.03), place(0.014)
    (2, 3, -2, -3)
    """
    power = math.floor(math.log10(half))
    return power - 1 if half / 10**power < 3 else power


def number(value: float, half: float = 0.0) -> str:
    """A count or an amount; large ones in k, M, G, as scenario files write them.

    >>> number(12345.6, 1200), number(1234.5, 4), number(4520, 900), number(7)
    ('12.3k', '1,234', '4.5k', '7')
    """
    if value == 0:
        return "0"
    digits = place(half) if half > 0 else math.floor(math.log10(abs(value))) - 2
    if half == 0 and value == round(value) and abs(value) < 10_000:
        digits = 0
    rounded = round(value, -digits)
    for size, suffix in SUFFIXES:
        places = max(0, round(math.log10(size)) - digits)
        # 4.5k, but 1,234: what needs three decimals reads better whole.
        if (abs(rounded) >= 10_000 or places < 2) and abs(rounded) >= size:
            return f"{rounded / size:.{min(places, 3)}f}{suffix}"
    return f"{rounded:,.{max(0, -digits)}f}" if rounded else "0"


def share(value: float, half: float = 0.0) -> str:
    """A share in percent.

    >>> share(0.0667, 0.04), share(0.5, 0), share(0.00012, 0.00002)
    ('7%', '50%', '0.012%')
    """
    if value in (0, 1):
        return f"{100 * value:g}%"
    digits = place(100 * half) if half > 0 else math.floor(math.log10(100 * abs(value))) - 1
    return f"{100 * value:,.{max(0, -digits)}f}%"


def seconds(value: float, half: float = 0.0) -> str:
    """A time, to the step that its half-width supports.

    >>> seconds(854.3, 100), seconds(854.3, 9), seconds(0.5), seconds(7325, 700)
    ('14m10s', '14m14s', '500ms', '2h2m')
    """
    wanted = half / 2 if half > 0 else abs(value) / 1000
    least = 1 if abs(value) >= 60 else STEPS_S[0]
    step = max((s for s in STEPS_S if least <= s <= wanted), default=least)
    return say_seconds(max(0.0, round(round(value / step) * step, 3)))


SAY: dict[str, Say] = {"s": seconds, "share": share, "share by value": share, "share of budget": share, "ratio": share}


def saying(unit: str) -> Say:
    """How values of a unit (sim/model/outcome.py) are written."""
    return SAY.get(unit, number)


def half_width(value: float | None, low: float | None, high: float | None) -> float:
    """The wider half of an interval; 0 where there is none."""
    if value is None or low is None or high is None:
        return 0.0
    return max(high - value, value - low)


def cell(estimate: Mapping[str, Any] | None, unit: str) -> str:
    """Two lines: the mean or share, and its interval. One line where it has no width."""
    if not estimate:
        return NOTHING
    value = estimate["share"] if "share" in estimate else estimate.get("mean")
    if value is None:
        return NOTHING
    low, high = estimate.get("low"), estimate.get("high")
    say = saying(unit)
    if low is None or high is None or not half_width(value, low, high):
        return say(value, 0.0)
    # A mean of what cannot be negative may have a t interval that is: the reader gets the bound.
    half, low = legible(half_width(value, low, high), max(0.0, low), high, say), max(0.0, low)
    if say(low, half) == say(high, half):  # an interval of no width at this number of digits
        return say(value, half)
    return f"{say(value, half)}\n[dim]{between(low, high, half, say)}[/dim]"


def legible(half: float, low: float, high: float, say: Say) -> float:
    """The half-width to round with: an interval's ends get as few digits as keep them apart.

    Three significant digits, or four, or fewer where the interval supports no more. No share below
    1 is rounded to it.
    >>> [between(14.873, 14.931, legible(0.03, 14.873, 14.931, seconds), seconds)]
    ['14.87s–14.93s']
    >>> [between(0.0185133, 0.0185169, legible(2e-6, 0.0185133, 0.0185169, share), share)]
    ['1.851–1.852%']
    """
    size, wide = max(abs(low), abs(high)), half
    for digits in DIGITS if size else ():
        # `place` of 4 times a power of ten is that power, and so is a time's step, half of it.
        wide = max(half, 4 * 10.0 ** (math.floor(math.log10(size)) - digits + 1))
        if say(low, wide) != say(high, wide) and not whole(high, wide, say):
            break
    return half if whole(high, wide, say) else wide


def whole(value: float, half: float, say: Say) -> bool:
    """Whether a share below 1 would read 100%."""
    return say is share and value < 1 and float(say(value, half).rstrip("%").replace(",", "")) >= 100


def between(low: float, high: float, half: float, say: Say) -> str:
    """An interval, a common unit of percent said once.

    >>> between(0.33, 0.49, 0.08, share), between(40, 140, 50, number)
    ('33–49%', '40–140')
    """
    first, last = say(low, half), say(high, half)
    if first.endswith("%") and last.endswith("%"):
        first = first[:-1]
    return f"{first}–{last}"


def over(estimate: Mapping[str, Any] | None, of: int) -> str:
    """'over 12 runs' where a mean leaves runs out; empty where it does not."""
    n = int((estimate or {}).get("n") or 0)
    return "" if n == of else f"over {n:,}"
