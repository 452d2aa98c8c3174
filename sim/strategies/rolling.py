"""Batch by batch through production, each waiting for the one before to be back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sim.model.change import Change
from sim.model.fleet import Fleet
from sim.model.plan import RolloutPlan, Stage, Undo
from sim.model.service import Service
from sim.model.terms import Batch, Batches, Portion
from sim.strategies.base import Judged, install
from sim.units import Seconds

TENTH = Batch(Portion(share=0.1))


def rolling_stages(
    policy: Judged, batch: Batch, watch_after: float, first: int, n: int, *, name: str
) -> tuple[Stage, ...]:
    """Install [first, n) in batches, watched if there is a judge, and bake at the end if asked."""
    undo = Undo(way="reinstall", batch=policy.undo)
    gate = policy.gate()
    rest = Stage(
        name=name, install=install(first, n, batch, of=n), gate=gate, watched=policy.judge is not None, undo=undo
    )
    if not watch_after:
        return (rest,)
    return (rest, Stage(name="watch", bake_s=watch_after, gate=gate))


@dataclass(frozen=True, kw_only=True)
class Rolling(Judged):
    """All servers in batches, without a test. `judge` watches while it rolls; `watch_after` bakes at the end."""

    strategy: Literal["rolling"] = "rolling"
    batch: Batches = TENTH
    watch_after: Seconds = 0.0

    def plan(self, fleet: Fleet, change: Change, service: Service) -> RolloutPlan:
        n = fleet.production.servers
        stages = rolling_stages(self, self.batch, self.watch_after, 0, n, name="everything")
        return RolloutPlan(
            stages=(*self.test_stages(fleet, change), *stages),
            min_in_rotation=self.floor(fleet, service),
            reserves=self.reserves(fleet),
        )


