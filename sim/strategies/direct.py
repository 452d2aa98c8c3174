"""Push it: all production servers at once or in batches, nobody looking in between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sim.model.change import Change
from sim.model.fleet import Fleet
from sim.model.plan import RolloutPlan, Stage, Undo
from sim.model.service import Service
from sim.model.terms import Batch, Batches
from sim.strategies.base import Policy, install


@dataclass(frozen=True, kw_only=True)
class Direct(Policy):
    """Change production and see. A batch does not wait for the one before: only the clock counts.

    `batch: all` restarts everything at once, which is an outage even when the change is good.
    """

    strategy: Literal["direct"] = "direct"
    batch: Batches = Batch()

    def plan(self, fleet: Fleet, change: Change, service: Service) -> RolloutPlan:
        n = fleet.production.servers
        everything = Stage(
            name="everything",
            install=install(0, n, self.batch, of=n, wait=False),
            undo=Undo(way="reinstall", batch=self.undo or self.batch),
        )
        return RolloutPlan(
            stages=(*self.test_stages(fleet, change), everything),
            min_in_rotation=self.floor(fleet, service),
            reserves=self.reserves(fleet),
        )
