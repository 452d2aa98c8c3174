"""Servers of the oracle: leave, restart, return or fail, fall ill, get ejected; and what is next.

One server at a time, one event at a time. `Servers` knows nothing of plans and judges: what needs
the people outside (an install that failed) it hands to `alarm`.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Generator, Sequence
from functools import partial
from typing import Any

import numpy as np

from sim.model.change import Fault
from sim.scenario import Scenario
from tests.laws.per_request_rules import Server, first_tick, lognormal
from tests.laws.per_request_world import GROUPS, World

# At one instant: scrape and judge, then undo, then a step of the plan, then the rest, then the end.
SCRAPE, UNDO, STEP, REST, END = range(5)


class Batch:
    """Servers being installed together; who `waits` goes on when each is back or has failed."""

    def __init__(self, servers: Sequence[Server]) -> None:
        self.left = {id(server) for server in servers}
        self.waits: tuple[Process, int] | None = None


Process = Generator["float | Batch", None, None]
"""A sequence of steps: it yields the instant to go on at, or the batch to wait for."""


class Servers:
    """The list of what comes next, and what servers do when it comes."""

    def __init__(
        self, scenario: Scenario, faults: Sequence[Fault], control: int, rng: np.random.Generator
    ) -> None:
        self.scenario, self.faults, self.rng = scenario, faults, rng
        self.world = World(scenario, faults, control, rng)
        differ = scenario.fleet.production.differ
        for server in self.world.servers if differ else []:
            for source in ("", *(fault.key for fault in faults)):
                server.factor[source] = rng.gamma(1 / differ**2, differ**2)
        self.agenda: list[tuple[float, int, int, Callable[[], None]]] = []
        self.entries = 0
        self.batch_of: dict[int, Batch] = {}
        self.failed_installs = 0
        self.stopped: Process | None = None              # takes no further step
        fleet = scenario.fleet
        sizes = fleet.production.servers, fleet.standby.servers, fleet.test.servers
        roles = zip(("production", "standby", "test"), sizes, strict=True)
        self.onset_delay = {
            (fault.key, role): self.draw_onsets(fault, n) for role, n in roles for fault in faults
        }

    def draw_onsets(self, fault: Fault, n: int) -> list[float]:
        """Per server: seconds from its restart to its illness; infinite if it cannot have it."""
        can = np.ones(n, dtype=bool)
        if fault.servers is not None and fault.servers.share is not None:
            can = self.rng.random(n) < fault.servers.share
        elif fault.servers is not None:
            can = self.rng.permutation(n) < (fault.servers.count or 0)
        normals = self.rng.standard_normal(n)
        delays = [lognormal(fault.after, z) if fault.after else 0.0 for z in normals]
        return [delay if able else math.inf for able, delay in zip(can, delays, strict=True)]

    def alarm(self, by: str, then: str) -> None:
        raise NotImplementedError

    # ---- the list of what comes next ------------------------------------------------------------

    @property
    def now(self) -> float:
        return self.world.now

    def at(self, when: float, rank: int, action: Callable[[], Any]) -> None:
        """Note what to do at an instant; equal ranks in the order in which they were noted."""
        self.entries += 1
        heapq.heappush(self.agenda, (when, rank, self.entries, action))

    def go_on(self, process: Process, rank: int) -> None:
        """Let a process take its next step, and note when it wants to take the one after."""
        wait = None if process is self.stopped else next(process, None)
        if isinstance(wait, Batch) and wait.left:
            wait.waits = process, rank
        elif wait is not None:
            when = self.now if isinstance(wait, Batch) else wait
            self.at(when, rank, lambda: self.go_on(process, rank))

    # ---- where the clients go -------------------------------------------------------------------

    leases_from = 0.0

    def move_clients(self, side: str, lease_s: float) -> None:
        """All clients to a side: at once, or each group when its own lease runs out.

        Leases run out once every `lease_s`, a tenth of the clients in the middle of each tenth of
        it, counted from the swap. A swap back meets them where they are: who has not moved yet
        never moves, who has moved returns a whole lease later.
        """
        self.target = side
        if not lease_s:
            self.world.side_of_group = [side] * GROUPS
            self.world.stale = True
            return
        if len(set(self.world.side_of_group)) == 1:
            self.leases_from = self.now
        for group in range(GROUPS):
            first = self.leases_from + (group + 0.5) * lease_s / GROUPS
            over = max(0, math.ceil(round((self.now - first) / lease_s, 9)))
            self.at(first + over * lease_s, STEP, partial(self.renew, group))

    def renew(self, group: int) -> None:
        self.world.side_of_group[group] = self.target
        self.world.stale = True

    # ---- one server: leave, come back, or fail --------------------------------------------------

    def install(self, servers: Sequence[Server], *, new: bool) -> Batch:
        """Out of rotation for drain and restart (not at all if both are 0); probes let it back."""
        batch, times = Batch(servers), self.scenario.change.install
        away_s = (times.drain or 0.0) + (times.restart or 0.0)
        for server in servers:
            self.release(server)                         # an earlier batch need not wait for it now
            self.batch_of[id(server)] = batch
            server.life += 1
            server.new, server.changed_s = new, self.now
            server.unhealthy = server.ejected = server.crashed = False
            server.in_rotation = not away_s
            server.ill_from = {}
            if new:
                for fault in self.faults:
                    delay = self.onset_delay[fault.key, server.side][server.index]
                    self.expect_illness(server, fault, self.now + away_s + delay)
            if away_s:
                self.expect_return(server, self.now + away_s)
            else:
                self.release(server)
        self.world.stale = True
        return batch

    def expect_return(self, server: Server, restarted: float) -> None:
        life, balancer, back = server.life, self.scenario.fleet.balancer, restarted
        if balancer:
            back = first_tick(restarted, balancer.probe_every)
            back += (balancer.rise - 1) * balancer.probe_every
            latest = restarted + (self.scenario.change.install.ready_within or 0.0)
            self.at(latest, REST, lambda: self.fail_unless_back(server, life))
        self.at(back, REST, lambda: self.come_back(server, life))

    def come_back(self, server: Server, life: int) -> None:
        if life != server.life or (server.crashed and self.scenario.fleet.balancer):
            return                                       # a crashed server passes no probe
        server.in_rotation = self.world.stale = True
        self.release(server)

    def fail_unless_back(self, server: Server, life: int) -> None:
        if life != server.life or id(server) not in self.batch_of:
            return
        self.failed_installs += 1
        self.release(server)
        if self.failed_installs > self.scenario.change.install.max_failed_installs:
            self.alarm("health_check", "undo")

    def release(self, server: Server) -> None:
        """It is back or has failed: who waits for its batch goes on after the last one."""
        batch = self.batch_of.pop(id(server), None)
        if batch is None:
            return
        batch.left.discard(id(server))
        if not batch.left and batch.waits:
            (process, rank), batch.waits = batch.waits, None
            self.at(self.now, rank, lambda: self.go_on(process, rank))

    # ---- one server: fall ill -------------------------------------------------------------------

    def expect_illness(self, server: Server, fault: Fault, when: float) -> None:
        life = server.life
        server.ill_from[fault.key] = when
        if when < self.scenario.horizon:
            self.at(when, REST, lambda: self.fall_ill(server, life, fault))

    def fall_ill(self, server: Server, life: int, fault: Fault) -> None:
        if life != server.life:
            return
        self.world.stale = True
        if not fault.crash:
            return
        server.crashed = server.ever_crashed = True
        balancer = self.scenario.fleet.balancer
        if balancer and server.in_rotation:
            out = first_tick(self.now, balancer.probe_every)
            out += (balancer.fall - 1) * balancer.probe_every
            self.at(out, REST, lambda: self.eject(server, life))

    def eject(self, server: Server, life: int) -> None:
        """The fall-th probe has failed: out of rotation, unless too many are out already."""
        balancer = self.scenario.fleet.balancer
        if life != server.life or balancer is None:
            return
        server.unhealthy = self.world.stale = True
        pool = self.world.sides[server.side]
        most = math.floor(round(balancer.max_ejected * len(pool), 9))
        if sum(other.ejected for other in pool) < most:
            server.in_rotation, server.ejected = False, True
