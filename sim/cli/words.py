"""Numbers -> words for people: as many digits as help, units written, the same in every command."""

from __future__ import annotations

import math

DETECTED = {
    "test": "the test",
    "smoke": "the smoke test",
    "gate": "the gate",
    "alert": "an alert",
    "health_check": "health checks",
    "reports": "users' reports",
    "none": "nobody",
}
"""Outcome.detected_by as a person says it."""


def amount(value: float, digits: int = 3) -> str:
    """A quantity with thousands marked: whole from 100 up, else so many significant digits.

    >>> amount(12345.6), amount(12.345), amount(0.01234), amount(0)
    ('12,346', '12.3', '0.0123', '0')
    """
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else str(value)
    if abs(value) >= 10 ** (digits - 1):
        return f"{value:,.0f}"
    places = digits - 1 - math.floor(math.log10(abs(value)))
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(value: float) -> str:
    """A share in percent, two significant digits, more where the last percent counts.

    >>> percent(0.0312), percent(0.5), percent(1), percent(0.0004), percent(0.9995), percent(0)
    ('3.1%', '50%', '100%', '0.04%', '99.95%', '0%')
    """
    if value in (0, 1) or not math.isfinite(value):
        return f"{100 * value:g}%"
    near = min(abs(value), abs(1 - value)) if abs(value) < 1 else abs(value)
    places = min(6, max(0, 1 - math.floor(math.log10(near * 100))))
    text = f"{100 * value:,.{places}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) + "%"


def duration(value: float) -> str:
    """A time as a person would say it: whole seconds from one second on, minutes from a day on.

    >>> duration(854.3), duration(0.25), duration(90061)
    ('14m14s', '250ms', '1d1h1m')
    """
    from sim.units import say_seconds  # here, so that `--help` needs no units

    if abs(value) < 1:
        return say_seconds(round(value, 3))
    if abs(value) >= 86400:
        return say_seconds(round(value / 60) * 60)
    return say_seconds(round(value))


def money(value: float) -> str:
    """Money: cents below a hundred, whole above.

    >>> money(3.456), money(12345.6), money(0)
    ('3.46', '12,346', '0')
    """
    if value == 0:
        return "0"
    return f"{value:,.2f}" if abs(value) < 100 else f"{value:,.0f}"


def some(count: int, one: str, many: str | None = None) -> str:
    """'1 server', '5 servers', '12,000 servers'.

    >>> some(1, "server"), some(12000, "server"), some(2, "batch", "batches")
    ('1 server', '12,000 servers', '2 batches')
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"
