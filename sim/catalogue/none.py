"""The healthy change: every comparison needs it, for the false roll-backs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from sim.model.change import Fault
from sim.model.terms import refuse


@dataclass(frozen=True, kw_only=True)
class NoFault(Fault):
    """Nothing is wrong."""

    fault: Literal["none"] = "none"
    about: ClassVar[str] = "Nothing is wrong."
    source: ClassVar[str] = "control case"

    def __post_init__(self) -> None:
        super().__post_init__()
        refuse(not self.harmless, "fault none has no effect: say errors, slow, ..., or custom")
