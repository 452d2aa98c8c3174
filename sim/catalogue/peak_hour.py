"""Only in the busy hours of the day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from sim.model.change import Fault
from sim.model.terms import ClockWindow, Window
from sim.units import HOUR, Share


@dataclass(frozen=True, kw_only=True)
class PeakHour(Fault):
    """The fault shows only in the peak hours."""

    fault: Literal["peak_hour"] = "peak_hour"
    errors: Share = 0.1
    at: Window | None = ClockWindow(18 * HOUR, 22 * HOUR)
    about: ClassVar[str] = "The fault shows only in the peak hours."
    source: ClassVar[str] = "Buildkite, 2016: a database made smaller held until the daily peak"
