"""Shipped long ago as it were: harmless until something outside wakes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from sim.model.change import Fault
from sim.model.terms import ClockWindow, Window
from sim.units import HOUR, Share


@dataclass(frozen=True, kw_only=True)
class Dormant(Fault):
    """The fault sleeps until an instant that has nothing to do with the rollout."""

    fault: Literal["dormant"] = "dormant"
    errors: Share = 0.85
    at: Window | None = ClockWindow(12 * HOUR)
    about: ClassVar[str] = "The fault sleeps until an instant that has nothing to do with the rollout."
    source: ClassVar[str] = (
        "Fastly, 8 June 2021: shipped on 12 May, woken by one valid customer configuration; 85 % of the network failed"
    )
