"""Servers that differ: how much more than the mean each one fails, for every source of errors apart.

Requests of five servers are not so many independent requests: what one server does wrong, it does wrong to all of its
requests. A factor with mean 1 multiplies the service's own errors on a server, another one those of each fault; a
chance stays at most 1. Factors are gamma distributed, so the counts of a group are overdispersed as statistics knows
it: negative binomial for one server, with an intraclass correlation of about chance x differ^2.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.luck import Ints
from sim.engine.prepared import Prepared
from sim.engine.side import Side
from sim.engine.streams import Streams
from sim.model.change import Fault

BLOCK = 64
"""Servers whose total is drawn at once. Who asks for single ones has it split, so that no fleet is drawn whole."""

Floats = NDArray[np.float64]
Ranges = list[tuple[int, int]]


class Factors:
    """Factors of one source of errors; the i-th belongs to server i, whoever asks and whatever was asked before.

    A block of servers has its total, and the total is split by gammas: sum and shares of independent gammas are
    independent, so this is the law of single draws.
    Source: Lukacs, A Characterization of the Gamma Distribution, Annals of Mathematical Statistics 26, 1955.
    """

    def __init__(self, streams: Streams, name: str, spread: float, servers: int) -> None:
        self._streams, self._name, self._servers = streams, name, servers
        self._shape = 1.0 / spread**2
        sizes = np.minimum(BLOCK, servers - BLOCK * np.arange(-(-servers // BLOCK)))
        self._totals = streams.part("differ", name, 0).standard_gamma(self._shape * sizes) / self._shape
        self._before: list[float] = [0.0, *np.cumsum(self._totals).tolist()]
        self._split: dict[int, tuple[Floats, list[float]]] = {}

    def total(self, first: int, last: int) -> float:
        """Sum over servers [first, last)."""
        return self._until(last) - self._until(first)

    def of(self, servers: Ints) -> Floats:
        """Factors of these servers."""
        blocks = servers // BLOCK
        found = np.empty(len(servers))
        for block in np.unique(blocks).tolist():
            mine = blocks == block
            found[mine] = self._members(block)[0][servers[mine] - BLOCK * block]
        return found

    def _until(self, server: int) -> float:
        block, inside = divmod(server, BLOCK)
        return self._before[block] + (self._members(block)[1][inside] if inside else 0.0)

    def _members(self, block: int) -> tuple[Floats, list[float]]:
        known = self._split.get(block)
        if known is None:
            size = min(BLOCK, self._servers - BLOCK * block)
            parts = self._streams.part("differ", self._name, 1 + block).standard_gamma(self._shape, size)
            factors = parts * (self._totals[block] / parts.sum())
            known = self._split[block] = factors, [0.0, *np.cumsum(factors).tolist()]
        return known


class Differing:
    """Chances of each server of a run to fail a request, by source: the service's own errors, then faults by bit.

    places: of the sources, in the `chances` of a cell: 0 the service's own, 1 + bit for a fault.
    """

    def __init__(self, prepared: Prepared, streams: Streams, faults: dict[int, Fault]) -> None:
        fleet, serving = prepared.scenario.fleet, prepared.serving
        self._production = fleet.production.servers
        servers = self._production + fleet.standby.servers
        self._nominal = [serving.base, *(fault.errors for fault in serving.faults)]
        names = {0: "", **{1 + bit: fault.key for bit, fault in faults.items() if fault.errors}}
        self.places = tuple(names)
        self._chances = np.array([self._nominal[place] for place in self.places])
        self._factors = [Factors(streams, name, prepared.differ, servers) for name in names.values()]
        self._capped = [prepared.may_exceed[place] for place in self.places]
        self._by_position: dict[int, tuple[Floats, Floats]] = {}

    def each(self, side: Side) -> Floats:
        """Chance of every position of a side, shape (sources, positions)."""
        return self._table(side)[0]

    def sums(self, side: Side, ranges: Ranges) -> Floats:
        """Chances added up over these positions without those that are lost, shape (sources,)."""
        if side.lost is not None or side.order is not None or any(self._capped):
            each, until = self._table(side)
            total = np.zeros(len(self.places))
            for first, last in ranges:
                total += until[:, last] - until[:, first]
                if side.lost is not None:
                    total -= each[:, first:last][:, side.lost[first:last]].sum(axis=1)
            return total
        at = side.offset
        return self._chances * [
            sum(factors.total(at + first, at + last) for first, last in ranges) for factors in self._factors
        ]

    def mean_base(self) -> float:
        """The service's own errors over the whole of production."""
        if self._capped[0]:
            factors = self._factors[0].of(np.arange(self._production, dtype=np.int64))
            return float(np.minimum(1.0, self._chances[0] * factors).mean())
        return float(self._chances[0] * self._factors[0].total(0, self._production) / self._production)

    def chances(self, sums: Any, n: int) -> tuple[float, ...]:
        """What a cell of `n` servers with these sums is told: the mean chance of each source."""
        found = list(self._nominal)
        for place, total in zip(self.places, sums, strict=True):
            found[place] = min(1.0, max(0.0, float(total) / n))
        return tuple(found)

    def _table(self, side: Side) -> tuple[Floats, Floats]:
        known = self._by_position.get(side.offset)
        if known is None:
            servers = side.offset + side.servers(0, side.n)
            each = np.stack([
                np.minimum(1.0, chance * factors.of(servers))
                for chance, factors in zip(self._chances, self._factors, strict=True)
            ])  # fmt: skip
            until = np.concatenate([np.zeros((len(each), 1)), np.cumsum(each, axis=1)], axis=1)
            known = self._by_position[side.offset] = each, until
        return known
