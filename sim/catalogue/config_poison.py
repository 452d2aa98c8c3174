"""One rule that exhausts every processor it reaches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from sim.model.change import Fault
from sim.units import Multiple, Share


@dataclass(frozen=True, kw_only=True)
class ConfigPoison(Fault):
    """A configuration exhausts the processors of every server that reads it."""

    fault: Literal["config_poison"] = "config_poison"
    slow: Multiple = 10.0
    in_test: Share = 0.0
    about: ClassVar[str] = "A configuration exhausts the processors of every server that reads it."
    source: ClassVar[str] = "Cloudflare, 2 July 2019: one firewall rule, processors exhausted everywhere within seconds"
