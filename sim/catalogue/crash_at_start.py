"""The new version never comes up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from sim.model.change import Fault


@dataclass(frozen=True, kw_only=True)
class CrashAtStart(Fault):
    """The new version crashes as soon as it starts."""

    fault: Literal["crash_at_start"] = "crash_at_start"
    crash: bool = True
    about: ClassVar[str] = "The new version crashes as soon as it starts."
    source: ClassVar[str] = "CrowdStrike Channel File 291, 19 July 2024: 8.5 million hosts in a crash loop"
