"""Every request takes longer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from sim.model.change import Fault
from sim.units import Multiple


@dataclass(frozen=True, kw_only=True)
class Slow(Fault):
    """The new version needs more time for every request."""

    fault: Literal["slow"] = "slow"
    slow: Multiple = 3.0
    about: ClassVar[str] = "The new version needs more time for every request."
    source: ClassVar[str] = "Netflix play delay, Lindon, Sanden and Shirikian, KDD 2022"
