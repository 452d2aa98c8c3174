"""Nothing for hours, then errors everywhere it was installed: longer than usual bakes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from sim.model.change import Fault
from sim.model.terms import Delay, Delays
from sim.units import HOUR, Share


@dataclass(frozen=True, kw_only=True)
class Late(Fault):
    """The fault shows only long after the install, when most bakes are over."""

    fault: Literal["late"] = "late"
    errors: Share = 0.2
    after: Delays | None = Delay(4 * HOUR)
    about: ClassVar[str] = "The fault shows only long after the install, when most bakes are over."
    source: ClassVar[str] = "AppNexus, 17 September 2013: a double free with a delay that staging did not have"
