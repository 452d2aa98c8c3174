"""Knobs that several strategies share, and the parts of a plan that they build from them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from sim.judges import AnyJudge
from sim.model.change import Change
from sim.model.fleet import Fleet
from sim.model.plan import Gate, Impossible, InstallStep, RolloutPlan, Stage, TestRun
from sim.model.service import Service
from sim.model.terms import Batch, Batches, Term, refuse
from sim.units import MINUTE, Count, Rate, Seconds, Share

FULLEST = 0.9
"""Utilisation that a reinstall in batches does not pass, where `min_in_rotation` is not given."""


@dataclass(frozen=True, kw_only=True)
class Trial(Term):
    """A test or smoke run: `for` so long, at `rate` per server, covering this share of what could be seen."""

    length: Annotated[Seconds, Field(alias="for")] = 10 * MINUTE
    rate: Rate = 10.0
    coverage: Share = 1.0

    def __post_init__(self) -> None:
        refuse(self.length <= 0, "for must be longer than 0s")


@dataclass(frozen=True, kw_only=True)
class Policy(Term):
    """A strategy with its knobs: what a scenario lists under `policies:`.

    test            a run on the test servers first (none when left out)
    undo            size and pace of a reinstall; None: as many at once as `min_in_rotation` leaves
    min_in_rotation servers that a reinstall leaves serving; None: what keeps utilisation at or below 90 %
    counterfactual  nobody did this: what the replay of an incident would have been with another policy
    """

    about: str = ""
    test: Trial | None = None
    undo: Batches | None = None
    min_in_rotation: Count | None = None
    counterfactual: bool = False

    def plan(self, fleet: Fleet, change: Change, service: Service) -> RolloutPlan:
        """Write the stages. Raises Impossible, with the reason, when this fleet cannot run the policy."""
        raise TypeError(f"{type(self).__name__} must say its plan")

    def floor(self, fleet: Fleet, service: Service) -> int:
        """Servers that must stay in rotation while others are reinstalled."""
        n = fleet.production.servers
        if self.min_in_rotation is not None:
            if self.min_in_rotation >= n:
                raise Impossible(
                    f"min_in_rotation(={self.min_in_rotation}) leaves none of the {n} servers to reinstall"
                )
            return self.min_in_rotation
        peak = service.traffic.rate * max(by for _, by in service.traffic.profile)
        return min(n - 1, math.ceil(round(peak / (FULLEST * fleet.production.capacity), 9)))

    def reserves(self, fleet: Fleet, *, standby: bool = False) -> int:
        """Test and standby servers that must stand for this policy."""
        return (fleet.test.servers if self.test else 0) + (fleet.standby.servers if standby else 0)

    def test_stages(self, fleet: Fleet, change: Change) -> tuple[Stage, ...]:
        """The test stage, if there is one."""
        if self.test is None:
            return ()
        if not fleet.test.servers:
            raise Impossible("it tests first, and the fleet has no test servers (fleet.test.servers)")
        run = TestRun(length_s=self.test.length, rate=self.test.rate, coverage=self.test.coverage)
        return (Stage(name="test", test=run),)


@dataclass(frozen=True, kw_only=True)
class Judged(Policy):
    """Knobs of a policy whose bakes are judged.

    judge       asked at every scrape of a bake; without one a bake is only a wait
    early       pass the gate at the first `promote` instead of at the end of the bake
    give_up     how long a bake that ends on `hold` may go on (one more bake unless given); then `on_give_up`
    """

    judge: AnyJudge | None = None
    early: bool = False
    give_up: Seconds | None = None
    on_give_up: Literal["roll_back", "promote"] = "roll_back"

    def __post_init__(self) -> None:
        refuse(self.early and self.judge is None, "early needs a judge: nothing would promote")
        refuse(
            self.judge is None and (self.give_up is not None or self.on_give_up != "roll_back"),
            "give_up and on_give_up need a judge: without one a bake never ends on hold",
        )

    def gate(self) -> Gate:
        """The gate that these knobs describe."""
        then = self.judge.then if self.judge else None
        return Gate(
            judge=self.judge, early=self.early, give_up_s=self.give_up, on_give_up=self.on_give_up, then=then or "undo"
        )


def install(first: int, last: int, batch: Batch, *, of: int, wait: bool = True) -> InstallStep:
    """Positions [first, last) of production in batches of a pool of `of` servers."""
    size = batch.size.of(of)
    return InstallStep(first=first, last=last, size=size, every_s=batch.every, wait=wait)
