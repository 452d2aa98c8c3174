"""The change: install times, and the faults it may carry.

Fault = effect x onset x scope x undoing x visibility. The parts are independent, so that the archetypes
in `catalogue/` are nothing but defaults; any part can be said again in a scenario.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from sim.model.terms import Delays, Servers, Term, Window, refuse
from sim.units import Count, Multiple, Seconds, Share

Kind = Literal["software", "config", "os_update", "new_service", "shutdown_service"]
Side = Literal["new", "old", "both"]
Heals = Literal["undo", "restart", "repair"]


@dataclass(frozen=True, kw_only=True)
class Fault(Term):
    """One thing that is wrong with a change, with everything that decides who meets it and when.

    chance        that the change carries it (`faults:` independent coins, `one_of:` exclusive)
    errors        share of requests that fail on an ill server; `slow` factor on service time; `crash` the server
                  refuses everything; `corrupt` share of requests that leave an unrecoverable record
    side          which version shows it: the new one, the old one beside it, or both
    after         per server, counted from its restart with the new version
    at            a clock time, or a window of the day, in which it acts
    above_load    utilisation of nominal capacity that sets it off on a server, until that server restarts
    above_share   share of production changed from which it acts; `while_mixed` while both versions serve
    servers       a share (a coin per server) or exact number of servers that can have it; `zone`, `on_kind`; `users`
    heals         with the undo, with a restart, or only `repaired_after` the undo
    in_test       chance that tests can show it at all; `in_health_check` chance that a probe fails on an ill
                  server (None: certain for a crash, else never); `in_metrics` share of its harm that monitors see
    blinds        chance that a scrape fails while it acts on some server: the monitor shares the fault
    """

    fault: str = "none"
    name: str = ""
    chance: Share = 1.0
    # effect
    errors: Share = 0.0
    slow: Multiple = 1.0
    crash: bool = False
    corrupt: Share = 0.0
    side: Side = "new"
    # onset
    after: Delays | None = None
    at: Window | None = None
    above_load: Share | None = None
    above_share: Share | None = None
    while_mixed: bool = False
    # scope
    servers: Servers | None = None
    zone: str | None = None
    on_kind: str | None = None
    users: Share = 1.0
    # undoing
    heals: Heals = "undo"
    repaired_after: Delays | None = None
    # visibility
    in_test: Share = 1.0
    in_health_check: Share | None = None
    in_metrics: Share = 1.0
    blinds: Share = 0.0

    about: ClassVar[str] = ""
    source: ClassVar[str] = ""

    def __post_init__(self) -> None:
        refuse(
            self.side != "new" and self.after is not None,
            "after counts from a restart with the new version: side must be new",
        )
        refuse(
            self.side != "new" and (self.crash or self.above_load is not None),
            "crash and above_load belong to servers with the new version: side must be new",
        )
        refuse(self.heals == "repair" and self.repaired_after is None, "heals: repair needs repaired_after")
        refuse(self.heals != "repair" and self.repaired_after is not None, "repaired_after needs heals: repair")
        refuse(self.users <= 0, "users must be above 0%")
        refuse(self.crash and self.users < 1, "a crashed server refuses everybody: users must be 100%")

    @property
    def key(self) -> str:
        """The name its random streams go by: `name`, or the archetype."""
        return self.name or self.fault

    @property
    def harmless(self) -> bool:
        """No effect at all: such a fault is the healthy change."""
        return not (self.errors or self.crash or self.corrupt or self.slow != 1.0)

    @property
    def health_chance(self) -> float:
        """Chance that one probe of an ill server fails."""
        return float(self.crash) if self.in_health_check is None else self.in_health_check

    @property
    def shows_in_test(self) -> bool:
        """Whether its onset can fall inside a test at all: never by load, clock, mixture or whole-fleet size."""
        return not (self.above_load is not None or self.at or self.above_share is not None or self.while_mixed)


@dataclass(frozen=True, kw_only=True)
class Install(Term):
    """Times of one server's install; what is left out is usual for the change's kind.

    A server is out of rotation for drain + restart, then until the balancer's `rise` passed probes. Not back
    within `ready_within` of its restart, the install failed; more than `max_failed_installs` stop the stage.
    """

    drain: Seconds | None = None
    restart: Seconds | None = None
    ready_within: Seconds | None = None
    max_failed_installs: Count = 0


@dataclass(frozen=True, kw_only=True)
class Change(Term):
    """What is rolled out.

    missed         so many servers silently keep the old version
    deleted_after  a shut-down service can be started again only until so long after its first stop
    """

    kind: Kind = "software"
    install: Install = Install()
    per_month: float = 30.0
    faults: tuple[Fault, ...] = ()
    one_of: tuple[Fault, ...] = ()
    missed: Count = 0
    deleted_after: Seconds | None = None

    def __post_init__(self) -> None:
        refuse(not 0 < self.per_month <= 1e6, f"per_month(={self.per_month}) must be above 0 and at most 1000000")
        refuse(
            bool(self.faults) and bool(self.one_of),
            "give either `faults` (independent) or `one_of` (exclusive), not both",
        )
        total = sum(fault.chance for fault in self.one_of)
        refuse(
            bool(self.one_of) and abs(total - 1) > 1e-9,
            f"chances of one_of must add up to 100%, not {100 * total:.6g}%: `none` takes the rest",
        )
        keys = [fault.key for fault in (*self.faults, *self.one_of)]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        refuse(bool(twice), f"two faults are called {twice[0] if twice else ''!r}: give one of them another `name`")
        refuse(
            self.deleted_after is not None and self.kind != "shutdown_service",
            "deleted_after belongs to kind shutdown_service",
        )
