"""The fleet: pools of servers by role, and the balancer that decides who is in rotation."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

from sim.model.terms import Term, refuse
from sim.units import MOST_SERVERS, Count, Seconds, Share

GOLDEN = 0.6180339887498949


@dataclass(frozen=True, kw_only=True)
class Production(Term):
    """Servers that serve. Capacity of each = workers / service_time.

    zones: server i stands in zone i mod len(zones), so that the first few servers are spread over all.
    kinds: shares of kinds of server (hardware, front-end type), interleaved in the same way.
    differ: coefficient of variation from server to server of the chance that a request fails; 0% for equal ones.
    """

    servers: Count
    workers: Count = 1
    service_time: Seconds = 0.1
    zones: tuple[str, ...] = ()
    kinds: tuple[tuple[str, float], ...] = ()
    differ: Share = 0.0

    def __post_init__(self) -> None:
        refuse(not 1 <= self.servers <= MOST_SERVERS, f"servers(={self.servers}) must be from 1 to {MOST_SERVERS}")
        refuse(not 1 <= self.workers <= 10_000, f"workers(={self.workers}) must be from 1 to 10000")
        refuse(self.service_time <= 0, "service_time must be longer than 0s")
        refuse(len(set(self.zones)) != len(self.zones), "zones must have different names")
        refuse(len(self.zones) > self.servers, "zones must be at most as many as servers")
        total = sum(share for _, share in self.kinds)
        refuse(bool(self.kinds) and abs(total - 1) > 1e-9, f"shares of kinds must add up to 100%, not {100 * total:g}%")

    @property
    def capacity(self) -> float:
        """Requests a second that one server can serve."""
        return self.workers / self.service_time


@dataclass(frozen=True, kw_only=True)
class Reserve(Term):
    """Servers that stand by without users: standby (identical, warm) or test (same configuration)."""

    servers: Count = 0

    def __post_init__(self) -> None:
        refuse(self.servers > MOST_SERVERS, f"servers(={self.servers}) must be at most {MOST_SERVERS}")


@dataclass(frozen=True, kw_only=True)
class Balancer(Term):
    """Health checks: a probe every `probe_every`; out after `fall` failed, in after `rise` passed.

    At most `max_ejected` of the servers are ejected; when fewer than `panic` are healthy all get requests.
    """

    probe_every: Seconds = 5.0
    fall: Count = 3
    rise: Count = 2
    max_ejected: Share = 0.5
    panic: Share = 0.5

    def __post_init__(self) -> None:
        refuse(self.probe_every < 0.001, "probe_every must be at least 1ms")
        refuse(not 1 <= self.fall <= 1000, f"fall(={self.fall}) must be from 1 to 1000")
        refuse(not 1 <= self.rise <= 1000, f"rise(={self.rise}) must be from 1 to 1000")


@dataclass(frozen=True, kw_only=True)
class Fleet(Term):
    """All servers of one service. Without a balancer nothing is probed and nothing is ejected."""

    production: Production
    standby: Reserve = Reserve()
    test: Reserve = Reserve()
    balancer: Balancer | None = None

    def zone_of(self, server: int) -> str | None:
        """The zone of server i (by index, standby counted from 0 again), None without zones."""
        zones = self.production.zones
        return zones[server % len(zones)] if zones else None

    def kind_of(self, server: int) -> str | None:
        """The kind of server i, None without kinds: any first few hold about the right shares of each.

        A golden-ratio sequence fills [0, 1) as evenly as one can; the kinds cut it by their shares.
        """
        kinds = self.production.kinds
        point = (server * GOLDEN + 0.5) % 1.0
        edges = accumulate(share for _, share in kinds)
        named = zip((name for name, _ in kinds), edges, strict=True)
        last = kinds[-1][0] if kinds else None                # shares that add up to a hair below 1
        return next((name for name, edge in named if point < edge), last)
