"""Change the machine without users, make it the primary, keep the old one warm, then change that too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sim.model.change import Change
from sim.model.fleet import Fleet
from sim.model.plan import Impossible, InstallStep, RolloutPlan, Route, Stage, TestRun, Undo
from sim.model.service import Service
from sim.strategies.base import Judged, Trial
from sim.units import MINUTE, Seconds


@dataclass(frozen=True, kw_only=True)
class StandbySwap(Judged):
    """Install on the standby, smoke-test it, swap, bake with the old primary warm, install the other side.

    smoke  requests sent to the changed standby before the swap (none when left out)
    lease  how long clients keep the old address after a swap (name lease, TTL): they move over in ten equal
           steps. 0: a balancer moves them at once; people stuck to a server still leave over the install's drain.
    Swapping back takes seconds, but only until the other side is being changed.
    """

    strategy: Literal["standby_swap"] = "standby_swap"
    smoke: Trial | None = None
    lease: Seconds = 0.0
    bake: Seconds = 10 * MINUTE

    def plan(self, fleet: Fleet, change: Change, service: Service) -> RolloutPlan:
        n, m = fleet.production.servers, fleet.standby.servers
        if change.kind == "new_service":
            raise Impossible("a new service has no old primary to keep warm: there is nothing to swap")
        if not m:
            raise Impossible("it swaps with a standby, and the fleet has none (fleet.standby.servers)")
        lease = self.lease
        if not lease and service.users.sticky == "server":
            lease = change.install.drain or 0.0
        idle = Stage(
            name="standby",
            install=InstallStep(on="standby", first=0, last=m, size=m),
            undo=Undo(way="reinstall", batch=self.undo),
        )
        smoke: tuple[Stage, ...] = ()
        if self.smoke:
            trial = self.smoke
            run = TestRun(
                name="smoke",
                on="standby",
                length_s=trial.length,
                rate=trial.rate,
                coverage=trial.coverage,
                installs=False,
            )
            smoke = (Stage(name="smoke", test=run),)
        swap = Stage(
            name="swap",
            route=Route(verb="swap", share=1.0, lease_s=lease),
            bake_s=self.bake,
            gate=self.gate(),
            undo=Undo(way="swap_back", batch=self.undo, lease_s=lease),
        )
        other = Stage(
            name="other side",
            install=InstallStep(on="production", first=0, last=n, size=n),
            gate=self.gate(),
            watched=self.judge is not None,
            undo=Undo(way="idle_first", batch=self.undo, lease_s=lease),
        )
        return RolloutPlan(
            stages=(*self.test_stages(fleet, change), idle, *smoke, swap, other),
            min_in_rotation=self.floor(fleet, service),
            reserves=self.reserves(fleet, standby=True),
        )
