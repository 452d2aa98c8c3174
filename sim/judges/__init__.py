"""Judges: evidence in, verdict out. One file each; this is the register."""

from typing import Annotated

from pydantic import Field

from sim.judges.burn_rate import BurnRate
from sim.judges.kth_failure import KthFailure
from sim.judges.threshold import Threshold

AnyJudge = Annotated[Threshold | KthFailure | BurnRate, Field(discriminator="judge")]
JUDGES: tuple[type, ...] = (Threshold, KthFailure, BurnRate)

__all__ = ["JUDGES", "AnyJudge", "BurnRate", "KthFailure", "Threshold"]
