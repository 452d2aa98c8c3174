"""Answers look right and leave damage that no undo takes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from sim.model.change import Fault
from sim.units import Share


@dataclass(frozen=True, kw_only=True)
class Corruption(Fault):
    """Requests leave unrecoverable records behind."""

    fault: Literal["corruption"] = "corruption"
    corrupt: Share = 0.001
    about: ClassVar[str] = "Requests leave unrecoverable records behind."
    source: ClassVar[str] = (
        "GitLab, 31 January 2017, and Kickstarter replication: the way back did not bring the data back"
    )
