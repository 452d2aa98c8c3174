"""Something that grows with the number of changed servers passes its limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from sim.model.change import Fault
from sim.units import Share


@dataclass(frozen=True, kw_only=True)
class WholeFleetThreshold(Fault):
    """The fault shows only when most of the fleet has changed."""

    fault: Literal["whole_fleet_threshold"] = "whole_fleet_threshold"
    errors: Share = 0.5
    above_share: Share | None = 0.8
    about: ClassVar[str] = "The fault shows only when most of the fleet has changed."
    source: ClassVar[str] = (
        "AWS Kinesis, 25 November 2020: threads per front end grew with the fleet and passed a limit"
    )
