"""Strategies: fleet, change and service -> plan. One file each; this is the register."""

from typing import Annotated

from pydantic import Field

from sim.strategies.base import Judged, Policy, Trial
from sim.strategies.canary import Canary
from sim.strategies.direct import Direct
from sim.strategies.rolling import Rolling
from sim.strategies.standby_swap import StandbySwap
from sim.strategies.test_first import TestFirst
from sim.strategies.waves import Waves

AnyPolicy = Annotated[
    Direct | Rolling | TestFirst | StandbySwap | Canary | Waves, Field(discriminator="strategy")
]
STRATEGIES: tuple[type[Policy], ...] = (Direct, Rolling, TestFirst, StandbySwap, Canary, Waves)

__all__ = [
    "STRATEGIES",
    "AnyPolicy",
    "Canary",
    "Direct",
    "Judged",
    "Policy",
    "Rolling",
    "StandbySwap",
    "TestFirst",
    "Trial",
    "Waves",
]
