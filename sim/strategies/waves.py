"""One box, then zone by zone or in growing groups, with a long bake after each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from sim.model.change import Change
from sim.model.fleet import Fleet
from sim.model.plan import Impossible, RolloutPlan, Stage, Undo
from sim.model.service import Service
from sim.model.terms import Batch, Batches, Portion, Servers, refuse
from sim.strategies.base import Judged, install
from sim.units import HOUR, Number, Seconds

MOST_WAVES = 1000
"""More are a slip (a growth of 1 over a large fleet), and would cost memory before they cost time."""


@dataclass(frozen=True, kw_only=True)
class Waves(Judged):
    """A first few servers, then waves, each installed in batches and baked before the next.

    by      `zone`: zone after zone (the fleet's order); `size`: each wave `growth` times the one before;
            None: by zone where the fleet has zones
    first   the one box
    bake    after each wave; the first may differ (`first_bake`)
    """

    strategy: Literal["waves"] = "waves"
    by: Literal["zone", "size"] | None = None
    first: Servers = Portion(count=1)
    growth: Number = 3.0
    bake: Seconds = HOUR
    first_bake: Seconds | None = None
    batch: Batches = Batch(Portion(share=0.33))

    def __post_init__(self) -> None:
        super().__post_init__()
        refuse(self.growth < 1, f"growth(={self.growth:g}) must be at least 1: a rollout that never grows never ends")

    def plan(self, fleet: Fleet, change: Change, service: Service) -> RolloutPlan:
        n = fleet.production.servers
        zones = len(fleet.production.zones)
        if n < 2:
            raise Impossible("waves need at least 2 production servers")
        if self.by == "zone" and not zones:
            raise Impossible("it goes zone by zone, and the fleet names no zones (fleet.production.zones)")
        by_zone = self.by == "zone" or (self.by is None and zones > 0)
        one = self.first.of(n, most=n - 1)
        ends = _zone_ends(n, zones, one) if by_zone else _growing_ends(n, one, self.growth)
        if len(ends) > MOST_WAVES:
            raise Impossible(f"it would need more than {MOST_WAVES} waves: raise growth or first")
        stages = list(self.test_stages(fleet, change))
        start = 0
        for wave, end in enumerate(ends):
            bake = self.bake if wave or self.first_bake is None else self.first_bake
            stages.append(
                Stage(
                    name="one box" if wave == 0 else f"wave {wave}",
                    install=install(start, end, self.batch, of=max(1, end - start)),
                    bake_s=bake,
                    gate=self.gate(),
                    watched=self.judge is not None,
                    undo=Undo(way="withdraw" if wave == 0 else "reinstall", batch=self.undo),
                )
            )
            start = end
        return RolloutPlan(
            stages=tuple(stages),
            min_in_rotation=self.floor(fleet, service),
            order="zones" if by_zone else "spread",
            reserves=self.reserves(fleet),
        )


def _zone_ends(n: int, zones: int, one: int) -> list[int]:
    """Positions where the one box and each zone end, servers standing zone by zone."""
    sizes = [len(range(zone, n, zones)) for zone in range(zones)]
    ends = [sum(sizes[: i + 1]) for i in range(zones)]
    return [one, *(end for end in ends if end > one)]


def _growing_ends(n: int, one: int, growth: float) -> list[int]:
    """Positions where each wave ends when every wave is `growth` times the one before."""
    ends, size = [one], float(one)
    while ends[-1] < n and len(ends) <= MOST_WAVES:
        size *= growth
        ends.append(min(n, ends[-1] + max(1, math.ceil(size))))
    return ends
