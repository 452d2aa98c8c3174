"""Try it on servers without users, then roll it through production."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sim.model.change import Change
from sim.model.fleet import Fleet
from sim.model.plan import RolloutPlan
from sim.model.service import Service
from sim.model.terms import Batches
from sim.strategies.base import Judged, Trial
from sim.strategies.rolling import TENTH, rolling_stages
from sim.units import Seconds


@dataclass(frozen=True, kw_only=True)
class TestFirst(Judged):
    """The test environment first; production in batches only when the test has passed."""

    strategy: Literal["test_first"] = "test_first"
    test: Trial | None = Trial()
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


TestFirst.__test__ = False  # type: ignore[attr-defined]  # not a test of pytest's
