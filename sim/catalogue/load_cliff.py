"""Fine until the server is busy, then it collapses and stays down until restarted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from sim.model.change import Fault
from sim.units import Share


@dataclass(frozen=True, kw_only=True)
class LoadCliff(Fault):
    """Above a certain load the new version collapses."""

    fault: Literal["load_cliff"] = "load_cliff"
    errors: Share = 0.5
    above_load: Share | None = 0.7
    about: ClassVar[str] = "Above a certain load the new version collapses."
    source: ClassVar[str] = "Roblox, 28 October 2021: contention above a load never met in tests, 73 hours"
