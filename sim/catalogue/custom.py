"""Whatever you say it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from sim.model.change import Fault


@dataclass(frozen=True, kw_only=True)
class Custom(Fault):
    """A fault put together from the parts."""

    fault: Literal["custom"] = "custom"
    about: ClassVar[str] = "A fault put together from the parts."
    source: ClassVar[str] = "your own"
