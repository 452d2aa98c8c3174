"""Judges: evidence in, verdict out. One file each; this is the register."""

from typing import Annotated

from pydantic import Field

from sim.judges.always_valid import AlwaysValid
from sim.judges.burn_rate import BurnRate
from sim.judges.cusum import Cusum
from sim.judges.dashboard import Dashboard
from sim.judges.fisher import Fisher
from sim.judges.kayenta import Kayenta
from sim.judges.kth_failure import KthFailure
from sim.judges.sprt import Sprt
from sim.judges.threshold import Threshold
from sim.judges.vote import Vote

AnyJudge = Annotated[
    Threshold | KthFailure | BurnRate | Sprt | Cusum | AlwaysValid | Fisher | Kayenta | Vote | Dashboard,
    Field(discriminator="judge"),
]
JUDGES: tuple[type, ...] = (
    Threshold, KthFailure, BurnRate, Sprt, Cusum, AlwaysValid, Fisher, Kayenta, Vote, Dashboard,
)  # fmt: skip

__all__ = [
    "JUDGES",
    "AlwaysValid",
    "AnyJudge",
    "BurnRate",
    "Cusum",
    "Dashboard",
    "Fisher",
    "Kayenta",
    "KthFailure",
    "Sprt",
    "Threshold",
    "Vote",
]
