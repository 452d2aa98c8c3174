"""A rollout as a strategy writes it: stages of four verbs, each optional, in order, and how to undo.

install (which servers, how many at once) -> route -> bake -> ask. Servers are named by *position*, their
place in the order of install: position p of a side is server `order[p]`. Canaries come first, the control last.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sim.model.evidence import Judge
from sim.model.people import Reaction
from sim.model.terms import Batch

SideName = Literal["production", "standby"]
UndoWay = Literal["reinstall", "withdraw", "swap_back", "idle_first"]
"""reinstall   put the old version back, in batches that keep enough servers in rotation
withdraw    take the new servers out of rotation at once, then reinstall them together
swap_back   route back to the side that still has the old version, then reinstall the idle one
idle_first  both sides are touched: reinstall the idle side first, then swap, then the other"""


@dataclass(frozen=True, kw_only=True)
class TestRun:
    """Send requests to servers without users, and see whether a fault shows."""

    name: Literal["test", "smoke"] = "test"
    on: Literal["test", "standby"] = "test"
    length_s: float
    rate: float = 10.0
    coverage: float = 1.0
    installs: bool = True


TestRun.__test__ = False  # type: ignore[attr-defined]  # not a test of pytest's


@dataclass(frozen=True, kw_only=True)
class InstallStep:
    """Put the new version on positions [first, last) of a side, `batch` servers at once.

    wait: a batch starts only when the one before is back or has failed (all strategies but direct).
    """

    on: SideName = "production"
    first: int
    last: int
    size: int
    every_s: float = 0.0
    wait: bool = True


@dataclass(frozen=True, kw_only=True)
class Route:
    """Where requests go from here on.

    swap: `share` of the clients' requests to the standby side; they move over `lease_s` (ten equal steps).
    weight: exactly this share to the new version, whatever the number of its servers; None: equal shares again.
    mirror: the new servers get copies of requests, their answers reach nobody.
    """

    verb: Literal["swap", "weight", "mirror", "equal"]
    share: float = 1.0
    lease_s: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Gate:
    """Ask a judge at every scrape of the bake; without a judge the bake is only a wait."""

    judge: Judge | None = None
    early: bool = False
    give_up_s: float | None = None
    on_give_up: Literal["roll_back", "promote"] = "roll_back"
    then: Reaction = "undo"


@dataclass(frozen=True, kw_only=True)
class Undo:
    """How to take back what has been done so far.

    batch: size and pace of a reinstall, None: as many at once as `min_in_rotation` leaves, one after another.
    lease_s: as in Route, for a swap back.
    """

    way: UndoWay
    batch: Batch | None = None
    lease_s: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One step of a plan. `undo` holds from the start of this stage; None keeps the one before."""

    name: str
    test: TestRun | None = None
    install: InstallStep | None = None
    route: Route | None = None
    bake_s: float = 0.0
    gate: Gate = Gate()
    watched: bool = False
    undo: Undo | None = None


@dataclass(frozen=True, kw_only=True)
class RolloutPlan:
    """All stages, in order.

    control          so many last positions of production are compared with, and changed last
    min_in_rotation  servers that a reinstall leaves in rotation at least
    order            'spread' (by server index) or 'zones' (zone by zone), or the kind that goes first
    reserves         standby and test servers that must stand all month for this policy
    """

    stages: tuple[Stage, ...]
    control: int = 0
    min_in_rotation: int = 0
    order: str = "spread"
    kind_first: str | None = None
    reserves: int = 0


class Impossible(ValueError):
    """This fleet cannot run this policy; the message says why."""
