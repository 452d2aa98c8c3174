"""Change a small group, watch it, then the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sim.model.change import Change
from sim.model.fleet import Fleet
from sim.model.plan import Impossible, RolloutPlan, Route, Stage, Undo
from sim.model.service import Service
from sim.model.terms import Batch, Batches, Portion, Servers, refuse
from sim.strategies.base import Judged, install
from sim.strategies.rolling import TENTH, rolling_stages
from sim.units import MINUTE, Seconds, Share


@dataclass(frozen=True, kw_only=True)
class Canary(Judged):
    """n canaries, judged in their bake; then the rest in batches, still watched; then a last bake.

    canaries    share or number of production servers, at least 1 and at most all but one
    weight      exact share of requests that a router gives the canaries (None: an equal share a server)
    mirror      first so long on copies of requests, judged, before users meet the canaries (0: not)
    control     keep an equal group on the old version until the very last
    kind        take the canaries from this kind of server only
    watch_after a bake over everything at the end
    """

    strategy: Literal["canary"] = "canary"
    canaries: Servers = Portion(share=0.05)
    weight: Share | None = None
    mirror: Seconds = 0.0
    control: bool = False
    kind: str | None = None
    bake: Seconds = 10 * MINUTE
    batch: Batches = TENTH
    watch_after: Seconds = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        refuse(self.weight is not None and not 0 < self.weight < 1, "weight must be above 0% and below 100%")

    def plan(self, fleet: Fleet, change: Change, service: Service) -> RolloutPlan:
        n = fleet.production.servers
        if n < 2:
            raise Impossible("a canary needs at least 2 production servers, one to stay as it was")
        if change.kind == "new_service" and self.control:
            raise Impossible("a new service has no old version, so no control to compare with")
        few = self.canaries.of(n, most=n - 1)
        control = min(few, n - few) if self.control else 0
        kinds = [name for name, _ in fleet.production.kinds]
        if self.kind is not None and self.kind not in kinds:
            raise Impossible(f"no server is of kind {self.kind!r} (fleet.production.kinds)")
        if self.kind is not None:
            there = sum(fleet.kind_of(server) == self.kind for server in range(n))
            if few > there:
                raise Impossible(f"{few} canaries are more than the {there} servers of kind {self.kind!r}")
        out = Undo(way="withdraw", batch=self.undo)
        stages = list(self.test_stages(fleet, change))
        put = install(0, few, Batch(), of=few)
        if self.mirror:
            stages.append(
                Stage(
                    name="mirror",
                    install=put,
                    route=Route(verb="mirror"),
                    bake_s=self.mirror,
                    gate=self.gate(),
                    undo=out,
                )
            )
        weight = Route(verb="weight", share=self.weight) if self.weight is not None else None
        stages.append(
            Stage(
                name="canary",
                install=None if self.mirror else put,
                route=weight or (Route(verb="equal") if self.mirror else None),
                bake_s=self.bake,
                gate=self.gate(),
                undo=out,
            )
        )
        if weight:
            stages.append(Stage(name="equal shares", route=Route(verb="equal")))
        stages += rolling_stages(self, self.batch, self.watch_after, few, n, name="the rest")
        return RolloutPlan(
            stages=tuple(stages),
            control=control,
            min_in_rotation=self.floor(fleet, service),
            kind_first=self.kind,
            reserves=self.reserves(fleet),
        )
