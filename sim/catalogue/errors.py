"""Some requests fail from the first one on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from sim.model.change import Fault
from sim.units import Share


@dataclass(frozen=True, kw_only=True)
class Errors(Fault):
    """A share of the requests to the new version fails."""

    fault: Literal["errors"] = "errors"
    errors: Share = 0.05
    about: ClassVar[str] = "A share of the requests to the new version fails."
    source: ClassVar[str] = (
        "Google Cloud load balancer configuration, incident compute/17007: errors at once, 22 minutes"
    )
