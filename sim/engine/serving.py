"""Chances of one request at a group of equal servers, and from them the rates of each class of outcome.

These are steady-state rules for each stretch of constant conditions: overload sheds 1 - 1/utilisation, slowness is
the M/M/c response time at the present load. `docs/model.md` bounds the error of that approximation.
"""

from __future__ import annotations

from typing import NamedTuple

from sim.model.change import Fault
from sim.scenario import Scenario
from sim.theory.queueing import response_tail

OK, BASE, CAUSED, HIDDEN, SLOW0, SLOW, SLOW_HIDDEN, CORRUPT = range(8)
CLASSES = 8
"""Every request falls into exactly one class:
OK           answered, in time, no damage
BASE         failed, and would have failed without the rollout
CAUSED       failed because of the rollout, and monitors see it
HIDDEN       failed because of the rollout, but counted as good
SLOW0        slow, and would have been without the rollout
SLOW         slow because of the rollout; SLOW_HIDDEN the same, unseen by monitors
CORRUPT      answered, and left an unrecoverable record
"""
FAILING = (BASE, CAUSED, HIDDEN)
COMPLAINED = (BASE, CAUSED, HIDDEN, CORRUPT)
Vector = tuple[float, float, float, float, float, float, float, float]
ZERO: Vector = (0.0,) * 8


class Without(NamedTuple):
    """Chances at the same instant had the rollout not started: whole fleet, old version."""

    failed: float
    slow: float


class Serving:
    """The service's own numbers, with the faults of the scenario by bit of a mask."""

    def __init__(self, scenario: Scenario) -> None:
        service, production = scenario.service, scenario.fleet.production
        self.rate = service.traffic.rate
        self.base = service.base_errors
        self.blip = service.blips.errors if service.blips else 0.0
        self.slow_after = service.slow_after
        self.workers = production.workers
        self.service_time = production.service_time
        self.capacity = production.capacity
        self.servers = production.servers
        self.faults: tuple[Fault, ...] = scenario.faults
        self.absent = scenario.change.kind == "new_service"
        """Nothing serves without the change: nobody is harmed by load that was not there."""
        self._reach: dict[int, float] = {}
        self._without: dict[tuple[float, bool], Without] = {}
        self._vectors: dict[tuple[int, float, float, bool], tuple[Vector, float]] = {}

    def trouble(self, blip: bool, base: float | None = None) -> float:
        """Chance that a request fails without overload and faults; base: of the service's own errors, if not usual."""
        base = self.base if base is None else base
        return 1 - (1 - base) * (1 - self.blip) if blip else base

    def without(self, traffic: float, blip: bool) -> Without:
        """Chances with all production servers on the old version at `traffic` requests a second."""
        key = (traffic, blip)
        known = self._without.get(key)
        if known is None:
            load = traffic / self.servers
            overload = 0.0 if self.absent else max(0.0, 1 - self.capacity / load) if load > 0 else 0.0
            slow = response_tail(self.workers, self.service_time, load, self.slow_after)
            known = self._without[key] = Without(1 - (1 - self.trouble(blip)) * (1 - overload), slow)
        return known

    def _without_at(self, traffic: float, blip: bool, base: float) -> Without:
        """The same at a server whose own errors are not the usual ones: it would have had them anyway."""
        usual = self.without(traffic, blip)
        good = 1 - self.trouble(blip)
        return Without(1 - (1 - self.trouble(blip, base)) * (1 - usual.failed) / good if good else 1.0, usual.slow)

    def vector(
        self, mask: int, load: float, traffic: float, blip: bool, chances: tuple[float, ...] = ()
    ) -> tuple[Vector, float]:
        """Requests a second of each class at one server, and its utilisation.

        mask: bits of the active faults. load: requests a second at this server. traffic: of the whole service.
        chances: of the service's own errors, then of each fault's; empty where all servers are alike.
        """
        if chances:
            return self._compute(mask, load, traffic, blip, chances)
        key = (mask, load, traffic, blip)
        known = self._vectors.get(key)
        if known is None:
            if len(self._vectors) > 50_000:
                self._vectors.clear()
            known = self._vectors[key] = self._compute(mask, load, traffic, blip, ())
        return known

    def _compute(
        self, mask: int, load: float, traffic: float, blip: bool, chances: tuple[float, ...]
    ) -> tuple[Vector, float]:
        if load <= 0:
            return ZERO, 0.0
        good = seen_good = 1 - self.trouble(blip, chances[0] if chances else None)
        pace, corrupt, slow_seen = 1.0, 0.0, 1.0
        for bit, fault in enumerate(self.faults):
            if not mask >> bit & 1:
                continue
            errors = chances[1 + bit] if chances else fault.errors
            wrong = 1.0 if fault.crash else errors * fault.users
            good *= 1 - wrong
            seen_good *= 1 - wrong * fault.in_metrics
            # All effects of one fault meet the same users: who has failed already leaves no bad record.
            spoilt = fault.users * (1 - errors) * fault.corrupt / (1 - wrong) if wrong < 1 else 0.0
            corrupt = 1 - (1 - corrupt) * (1 - spoilt)
            if fault.slow != 1.0:
                pace *= 1 + (fault.slow - 1) * fault.users
                slow_seen = min(slow_seen, fault.in_metrics)
        service_time = self.service_time * pace
        utilisation = load * service_time / self.workers
        overload = max(0.0, 1 - 1 / utilisation)
        without = self._without_at(traffic, blip, chances[0]) if chances else self.without(traffic, blip)
        failed = 1 - good * (1 - overload)
        caused = max(0.0, failed - without.failed)
        hidden = min(caused, max(0.0, failed - (1 - seen_good * (1 - overload))))
        answered = (1 - failed) * (1 - corrupt)
        late = answered * response_tail(self.workers, service_time, load, self.slow_after) if answered else 0.0
        late0 = min(late, (1 - without.failed) * without.slow)
        unseen = (late - late0) * (1 - slow_seen)
        shares = (
            answered - late,
            failed - caused,
            caused - hidden,
            hidden,
            late0,
            late - late0 - unseen,
            unseen,
            (1 - failed) * corrupt,
        )
        # Differences of nearly equal numbers: what is below rounding is nothing, not a rare event.
        vector = tuple(load * share if share > 1e-15 else 0.0 for share in shares)
        return vector, utilisation  # type: ignore[return-value]

    def users_in_reach(self, mask: int, load: float, traffic: float) -> float:
        """Share of users who can meet this harm: a fault's own users, everybody where load or mixtures are to blame."""
        if load > self.capacity:
            return 1.0
        reach = self._reach.get(mask)
        if reach is None:
            shares = {fault.users for bit, fault in enumerate(self.faults) if mask >> bit & 1}
            reach = self._reach[mask] = shares.pop() if len(shares) == 1 else 1.0
        return reach
