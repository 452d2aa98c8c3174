"""What this run's change carries, which servers can have it, and when: drawn by fault and server, never by policy."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.clock import NEVER, US
from sim.engine.streams import Streams
from sim.model.change import Fault
from sim.model.fleet import GOLDEN
from sim.model.terms import Delay
from sim.scenario import Scenario

Ints = NDArray[np.int64]


def present_faults(scenario: Scenario, streams: Streams) -> list[int]:
    """Indices (into `scenario.faults`) of the faults that this run's change carries."""
    change = scenario.change
    if change.one_of:
        drawn = float(streams["faults"].random())
        for fault in change.one_of:
            drawn -= fault.chance
            if drawn < 0:
                return [] if fault.harmless else [scenario.fault_bits[fault.key]]
        return []
    # Each coin from its fault's own stream: another fault in the list moves nobody's luck.
    return [
        bit
        for bit, fault in enumerate(scenario.faults)
        if fault.chance >= 1 or float(streams.of("faults", fault.key).random()) < fault.chance
    ]


def lognormal_us(delay: Delay, normals: Any) -> Ints:
    """Delays in microseconds, one for each standard normal."""
    return np.asarray(np.rint(delay.median * np.exp(delay.sigma * normals) * US).astype(np.int64))


class Traits:
    """Who can have one fault, and how long after its restart each falls ill; element i belongs to server i.

    Server i is production server i, or standby server i - (production servers). Drawn by prefix and only as
    far as asked, from the fault's own streams: adding a fault, or a policy that asks more, moves nobody's draw.
    """

    def __init__(self, fault: Fault, scenario: Scenario, streams: Streams) -> None:
        self.fault = fault
        self._fleet = scenario.fleet
        self._streams = streams
        self._coins = np.empty(0)
        self._normals = np.empty(0)
        self._repairs = np.empty(0)
        self._starts = np.empty(0)
        self._probes = np.empty((0, FLAPS))
        self._tests = np.empty(0)

    def _drawn(self, kept: NDArray[np.float64], purpose: str, count: int) -> NDArray[np.float64]:
        if len(kept) >= count:
            return kept
        generator = self._streams.of(purpose, self.fault.key)
        more = count - len(kept)
        drawn = generator.random(more) if purpose == "servers" else generator.standard_normal(more)
        return np.concatenate([kept, drawn]) if len(kept) else drawn

    def in_scope(self, servers: Ints, offset: int) -> NDArray[np.bool_] | None:
        """Which of these servers (indices in their own pool, which begins at `offset`) can have it; None: all."""
        fault, production = self.fault, self._fleet.production
        inside: NDArray[np.bool_] | None = None
        if fault.servers is not None and fault.servers.share != 1.0:
            if fault.servers.count is not None:
                pool = production.servers if offset == 0 else self._fleet.standby.servers
                self._coins = self._drawn(self._coins, "servers", offset + pool)
                chosen = np.zeros(pool, dtype=bool)
                chosen[np.argsort(self._coins[offset : offset + pool])[: fault.servers.count]] = True
                inside = chosen[servers]
            else:
                self._coins = self._drawn(self._coins, "servers", offset + int(servers.max(initial=-1)) + 1)
                inside = self._coins[offset + servers] < (fault.servers.share or 0.0)
        if fault.zone is not None:
            here = servers % len(production.zones) == production.zones.index(fault.zone)
            inside = here if inside is None else inside & here
        if fault.on_kind is not None:
            names = [name for name, _ in production.kinds]
            of_kind = kind_indices(production.kinds, servers) == names.index(fault.on_kind)
            inside = of_kind if inside is None else inside & of_kind
        return inside

    def onset_us(self, servers: Ints, offset: int) -> Ints | int:
        """Delay from restart to illness of these servers (one number when all alike)."""
        after = self.fault.after
        if after is None:
            return 0
        if after.p95 is None:
            return round(after.median * US)
        self._normals = self._drawn(self._normals, "onset", offset + int(servers.max(initial=-1)) + 1)
        return lognormal_us(after, self._normals[offset + servers])

    def repair_us(self, servers: Ints, offset: int) -> Ints | int:
        """Delay from the undo to the repair of these servers; NEVER when the fault does not heal by repair."""
        delay = self.fault.repaired_after
        if delay is None:
            return NEVER
        if delay.p95 is None:
            return round(delay.median * US)
        self._repairs = self._drawn(self._repairs, "repair", offset + int(servers.max(initial=-1)) + 1)
        return lognormal_us(delay, self._repairs[offset + servers])

    def test_draws(self, count: int) -> NDArray[np.float64]:
        """Uniforms behind what tests see of it: drawn once, so that a second test meets the same fault."""
        if not len(self._tests):
            self._tests = self._streams.of("test", self.fault.key).random(count)
        return self._tests

    def probe_draws(self, count: int, offset: int) -> NDArray[np.float64]:
        """Uniforms behind the runs of probes of the first `count` servers of a pool, shape (count, FLAPS)."""
        if len(self._probes) < offset + count:
            more = self._streams.of("health", self.fault.key).random((offset + count - len(self._probes)) * FLAPS)
            self._probes = np.concatenate([self._probes, more.reshape(-1, FLAPS)])
        return self._probes[offset : offset + count]

    def ready_draws(self, count: int, offset: int) -> NDArray[np.float64]:
        """Uniforms behind the probes at the start of the first `count` servers of a pool."""
        if len(self._starts) < offset + count:
            more = self._streams.of("health", f"{self.fault.key}/start").random(offset + count - len(self._starts))
            self._starts = np.concatenate([self._starts, more])
        return self._starts[offset : offset + count]


FLAPS = 16
"""Ejections and readmissions of one server that are followed; after the last it stays as it is."""


def kind_indices(kinds: tuple[tuple[str, float], ...], servers: Ints) -> Ints:
    """Kind of each server, kinds interleaved so that any first few hold about the right shares.

    Server i is of the first kind whose cumulative share is above the i-th point of a golden-ratio sequence,
    which fills [0, 1) as evenly as one can: `Fleet.kind_of` for many servers at once.
    """
    points = (servers * GOLDEN + 0.5) % 1.0
    edges = np.cumsum([share for _, share in kinds])
    return np.minimum(np.searchsorted(edges, points, side="right"), len(kinds) - 1).astype(np.int64)
