"""Fleets, changes and policies to try strategies on, and how to read a plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sim.catalogue import with_defaults
from sim.judges import Threshold
from sim.model.change import Change
from sim.model.fleet import Fleet, Production, Reserve
from sim.model.plan import RolloutPlan, Stage
from sim.model.service import Service, Traffic, Users
from sim.model.terms import Batch, Portion
from sim.strategies import Canary, Direct, Policy, Rolling, StandbySwap, TestFirst, Trial, Waves

JUDGE = Threshold(above=0.02, consecutive=2)
CHANGE = with_defaults(Change())


def fleet(servers: int = 100, *, standby: int | None = None, tests: int = 2, zones: int = 0, **more: Any) -> Fleet:
    """Servers of capacity 80/s; a standby of the same size unless given."""
    names = tuple(f"z{i}" for i in range(zones))
    return Fleet(
        production=Production(servers=servers, workers=4, service_time=0.05, zones=names, **more),
        standby=Reserve(servers=servers if standby is None else standby),
        test=Reserve(servers=tests),
    )


def service(rate: float = 5000.0, **more: Any) -> Service:
    return Service(traffic=Traffic(rate=rate, **more), users=Users(count=200_000))


VARIANTS: dict[type[Policy], tuple[Policy, ...]] = {
    Direct: (Direct(batch=Batch(Portion(count=25), 60.0)), Direct(test=Trial())),
    Rolling: (
        Rolling(judge=JUDGE, watch_after=600.0),
        Rolling(batch=Batch(Portion(count=7), 30.0)),
    ),
    TestFirst: (TestFirst(test=Trial(length=60.0), watch_after=60.0), TestFirst(test=None)),
    StandbySwap: (
        StandbySwap(test=Trial(), smoke=Trial(), judge=JUDGE, lease=60.0),
        StandbySwap(undo=Batch(Portion(count=1), 10.0)),
    ),
    Canary: (
        Canary(test=Trial(), judge=JUDGE, watch_after=1800.0),
        Canary(judge=JUDGE, control=True, canaries=Portion(share=0.2)),
        Canary(judge=JUDGE, mirror=300.0, weight=0.01),
        Canary(canaries=Portion(count=1), weight=0.5),
        Canary(canaries=Portion(share=1.0), mirror=60.0),
    ),
    Waves: (
        Waves(judge=JUDGE, by="size", growth=1.5),
        Waves(by="size", growth=1.0, first=Portion(share=0.1), first_bake=60.0),
        Waves(test=Trial(), first=Portion(count=3)),
    ),
}


def members(kind: type[Policy]) -> tuple[Policy, ...]:
    """The strategy as it comes, which a future member has too, and the variants listed here."""
    return (kind(), *VARIANTS.get(kind, ()))


def installed(plan: RolloutPlan, side: str = "production") -> list[int]:
    """Positions of a side in the order in which the plan installs them."""
    return [
        position
        for stage in plan.stages
        if stage.install and stage.install.on == side
        for position in range(stage.install.first, stage.install.last)
    ]


def with_undo(plan: RolloutPlan) -> Iterator[tuple[Stage, Any]]:
    """Stages beside the undo in force during each: its own, or the one before."""
    undo = None
    for stage in plan.stages:
        undo = stage.undo or undo
        yield stage, undo


def without_names(plan: RolloutPlan) -> RolloutPlan:
    """The plan as the engine reads it: a stage's name is only for people."""
    return replace(plan, stages=tuple(replace(stage, name="") for stage in plan.stages))
