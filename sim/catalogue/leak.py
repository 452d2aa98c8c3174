"""Something runs out, on each server in its own time; a restart helps for a while."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from sim.model.change import Fault, Heals
from sim.model.terms import Delay, Delays
from sim.units import MINUTE, Share


@dataclass(frozen=True, kw_only=True)
class Leak(Fault):
    """Servers fall ill one by one, some time after their restart."""

    fault: Literal["leak"] = "leak"
    errors: Share = 0.2
    after: Delays | None = Delay(30 * MINUTE, 60 * MINUTE)
    heals: Heals = "restart"
    about: ClassVar[str] = "Servers fall ill one by one, some time after their restart."
    source: ClassVar[str] = (
        "AWS EBS, 22 October 2012 (message 680342): a monitoring agent leaked memory for hours under every alarm"
    )
