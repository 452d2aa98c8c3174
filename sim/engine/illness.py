"""Servers falling ill one by one, without an event each.

A group of servers in rotation starts from a mask of faults that all of them have; `Move`s say when how many of
them pass from one mask to another. Counts now are a look-up; server-seconds ahead are exact by prefix sums.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import lru_cache
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.engine.clock import NEVER, US
from sim.engine.luck import Ints, Traits
from sim.engine.side import Side
from sim.model.fleet import Balancer
from sim.theory.counters import consecutive_cdf

EJECTED = 1 << 40
"""Mask bit of a server that health checks took out of rotation."""


class Weights(NamedTuple):
    """Where servers differ, their chances: row i of shape (sources, servers) belongs to the source places[i]."""

    places: tuple[int, ...]
    chances: NDArray[np.float64]

    def of(self, which: Any) -> Weights:
        """Those of some of the servers (bool array or indices)."""
        return Weights(self.places, self.chances[:, which])


class Move:
    """Servers passing from one mask to another, at these instants (sorted)."""

    __slots__ = (
        "_list", "_sums", "_sums_list", "_until", "_weighed", "ejects", "into", "last", "out_of", "times", "weights",
    )  # fmt: skip

    def __init__(self, out_of: int, into: int, times: Ints, weights: Weights | None = None) -> None:
        self.out_of = out_of
        self.into = into
        self.times = times
        self.ejects = (out_of ^ into) >= EJECTED
        """Whether it changes who is in rotation, and so needs an event at each instant."""
        self.last = int(times[-1]) if len(times) else 0
        # Python's own lists answer a single question ten times as fast as arrays do; arrays answer blocks.
        self._list: list[int] = times.tolist()
        self._sums: Ints | None = None
        self._sums_list: list[int] | None = None
        self.weights = weights
        """Where servers differ, the chances of those who pass, in their order."""
        self._until: Any = None
        self._weighed: dict[int, Weighed] = {}

    def passed_sums(self, passed: int) -> Any:
        """Chances of the first so many, added up by source."""
        if self._until is None:
            assert self.weights is not None
            chances = self.weights.chances
            self._until = np.concatenate([np.zeros((len(chances), 1)), np.cumsum(chances, axis=1)], axis=1)
        return self._until[:, passed]

    def weighed(self, place: int) -> Weighed | None:
        """The same servers, each counted by its chance of this source; None where they do not differ in it."""
        if self.weights is None or place not in self.weights.places:
            return None
        known = self._weighed.get(place)
        if known is None:
            row = self.weights.chances[self.weights.places.index(place)]
            known = self._weighed[place] = Weighed(self, row)
        return known

    def passed(self, now: int) -> int:
        """How many have passed by now."""
        return bisect_right(self._list, now)

    def count(self, now: int) -> int:
        """As `passed`: what those who have passed count for."""
        return bisect_right(self._list, now)

    def next(self, now: int) -> int:
        """The first instant after now; NEVER when there is none."""
        k = bisect_right(self._list, now)
        return self._list[k] if k < len(self._list) else NEVER

    def inside(self, start: int, end: int) -> list[int]:
        """The instants in [start, end], in order."""
        return self._list[bisect_left(self._list, start) : bisect_right(self._list, end)]

    def between(self, since: int, start: int, end: int) -> int:
        """Server-microseconds spent in [start, end) by those who pass after `since`, counted from their passing.

        Neither is before `since`. Whole numbers, so exact however a time is cut.
        """
        if self._sums_list is None:
            self._sums_list = [0, *accumulate(self._list)]
        times, sums = self._list, self._sums_list
        first = bisect_right(times, since)
        k = bisect_right(times, end, first)
        until = (k - first) * end - (sums[k] - sums[first])
        if start <= since:
            return until
        k = bisect_right(times, start, first)
        return until - ((k - first) * start - (sums[k] - sums[first]))

    def between_each(self, since: int, edges: Ints) -> Ints:
        """The same for the windows between edges."""
        areas = self.area_at(since, edges)
        return np.asarray(areas[1:] - areas[:-1])

    def area_at(self, since: int, t: Ints) -> Ints:
        """Server-microseconds from passing to each of these instants, of those who pass after `since`."""
        if self._sums is None:
            self._sums = np.concatenate([[0], np.cumsum(self.times)])
        first = bisect_right(self._list, since)
        k = self.times.searchsorted(t, side="right")
        return np.asarray((k - first) * t - (self._sums[k] - self._sums[first]))


class Weighed:
    """A move in which servers count for different amounts: what a `Move` can tell, of sums instead of numbers."""

    out_of = into = 0

    def __init__(self, move: Move, weights: NDArray[np.float64]) -> None:
        self.times = move.times
        self.last, self.passed, self.next, self.inside = move.last, move.passed, move.next, move.inside
        self._until = np.concatenate([[0.0], np.cumsum(weights)])
        self._moments = np.concatenate([[0.0], np.cumsum(weights * move.times)])
        self._until_list, self._moments_list = self._until.tolist(), self._moments.tolist()

    def count(self, now: int) -> float:
        return self._until_list[self.passed(now)]  # type: ignore[no-any-return]

    def between(self, since: int, start: int, end: int) -> float:
        return self.area(since, end) - self.area(since, start)

    def between_each(self, since: int, edges: Ints) -> Any:
        areas = self.area_at(since, edges)
        return areas[1:] - areas[:-1]

    def area(self, since: int, t: int) -> float:
        first, k = self.passed(since), self.passed(t)
        until, moments = self._until_list, self._moments_list
        return (until[k] - until[first]) * t - (moments[k] - moments[first])  # type: ignore[no-any-return]

    def area_at(self, since: int, t: Ints) -> Any:
        """As `area`, to the bit."""
        first = self.passed(since)
        k = self.times.searchsorted(t, side="right")
        return (self._until[k] - self._until[first]) * t - (self._moments[k] - self._moments[first])


class Illness:
    """When each position of one side falls ill with one fault, and until when."""

    def __init__(self, traits: Traits, side: Side) -> None:
        self.traits = traits
        self.side = side
        self.ill = np.full(side.n, NEVER, dtype=np.int64)
        self.until = np.full(side.n, NEVER, dtype=np.int64)
        self._flaps: list[Ints] | None = None

    def restarted(self, first: int, last: int, now: int) -> None:
        """These positions came up with the fault's version now: each falls ill after its own delay, if it can."""
        servers = self.side.servers(first, last)
        fault = self.traits.fault
        onset = NEVER if fault.above_load is not None else now + self.traits.onset_us(servers, self.side.offset)
        inside = self.traits.in_scope(servers, self.side.offset)
        self.ill[first:last] = onset if inside is None else np.where(inside, onset, NEVER)
        self.until[first:last] = NEVER
        self._flaps = None

    def undone(self, first: int, last: int, now: int, restarts: bool) -> bool:
        """These positions have the old version again. Returns whether some of them stay ill."""
        fault = self.traits.fault
        if fault.heals == "undo" or (fault.heals == "restart" and restarts):
            self.ill[first:last] = NEVER
            return False
        # Who was not yet ill never will be; who was stays so, until repaired if ever.
        ill = self.ill[first:last]
        ill[ill > now] = NEVER
        if fault.heals == "repair":
            self.until[first:last] = now + self.traits.repair_us(self.side.servers(first, last), self.side.offset)
        return bool((ill < NEVER).any())

    def overloaded(self, first: int, last: int, now: int) -> bool:
        """Set off by load: latched until restart. Returns whether anybody fell ill who was not."""
        inside = self.traits.in_scope(self.side.servers(first, last), self.side.offset)
        ill = self.ill[first:last]
        new = (ill == NEVER) if inside is None else (ill == NEVER) & inside
        if not new.any():
            return False
        ill[new] = now
        return True

    def flapping(self, balancer: Balancer) -> list[Ints]:
        """Ejections and readmissions in turn, for a fault that a probe shows only with a chance.

        Each run of probes is drawn once: so many until `fall` failed in a row, then so many until `rise` passed.
        """
        if self._flaps is None:
            chance, step = self.traits.fault.health_chance, round(balancer.probe_every * US)
            draws = self.traits.probe_draws(self.side.n, self.side.offset)
            if self.side.order is not None:
                draws = draws[self.side.order]
            when = -(-self.ill // step) * step - step
            self._flaps = []
            for cycle in range(draws.shape[1]):
                fails = cycle % 2 == 0
                needed, p = (balancer.fall, chance) if fails else (balancer.rise, 1 - chance)
                when = np.where(when < NEVER // 2, when + run_lengths(p, needed, draws[:, cycle]) * step, NEVER)
                self._flaps.append(when)
        return self._flaps


def run_lengths(chance: float, needed: int, draws: Any) -> Ints:
    """Probes until `needed` in a row have come out one way, by inversion of the exact chain; capped at 10,000."""
    cdf = _chain(chance, needed)
    return np.asarray(np.minimum(np.searchsorted(cdf, draws, side="right"), len(cdf) - 1).astype(np.int64))


@lru_cache(maxsize=64)
def _chain(chance: float, needed: int) -> NDArray[np.float64]:
    checks = min(10_000, max(50, int(40 / max(chance**needed, 1e-9))))
    return np.array(consecutive_cdf(chance, needed, checks))


def fall_us(crash: Any, balancer: Balancer) -> Any:
    """When a server that refuses everything from `crash` on is ejected: at its `fall`-th failed probe."""
    step = round(balancer.probe_every * US)
    return -(-crash // step) * step + (balancer.fall - 1) * step


def moves_of(base: int, rows: list[tuple[int, bool, Ints]], horizon: int, weights: Weights | None = None) -> list[Move]:
    """Moves of a group of servers, each passing its own instants in order.

    base: mask that all have. rows: (bit, sets or clears it, instant for each server). Bits are applied in order of
    time, server by server; equal instants in order of rows. weights: where servers differ, of these.
    """
    if len(rows) == 1:
        bit, only_sets, when = rows[0]
        if not only_sets:
            return []
        soon = when < horizon
        return [_move(base, base | bit, when[soon], weights and weights.of(soon))] if soon.any() else []
    times = np.stack([row[2] for row in rows])
    order = np.argsort(times, axis=0, kind="stable")
    bits = np.array([row[0] for row in rows], dtype=np.int64)
    sets = np.array([row[1] for row in rows])
    mask = np.full(times.shape[1], base, dtype=np.int64)
    passed: dict[tuple[int, int], tuple[list[Ints], list[Ints]]] = {}
    for rank in range(len(rows)):
        row = order[rank]
        when = np.take_along_axis(times, row[None, :], axis=0)[0]
        after = np.where(sets[row], mask | bits[row], mask & ~bits[row])
        moving = (when < horizon) & (after != mask)
        for pair in set(zip(mask[moving].tolist(), after[moving].tolist(), strict=True)):
            chosen = moving & (mask == pair[0]) & (after == pair[1])
            instants, servers = passed.setdefault(pair, ([], []))
            instants.append(when[chosen])
            servers.append(chosen.nonzero()[0])
        mask = np.where(when < horizon, after, mask)
    moves = []
    for (a, b), (all_instants, all_servers) in sorted(passed.items()):
        mine = None if weights is None else weights.of(np.concatenate(all_servers))
        moves.append(_move(a, b, np.concatenate(all_instants), mine))
    return moves


def _move(out_of: int, into: int, when: Ints, weights: Weights | None) -> Move:
    """The move of these servers, sorted by time."""
    if weights is None:
        return Move(out_of, into, np.sort(when))
    order = np.argsort(when, kind="stable")
    return Move(out_of, into, when[order], weights.of(order))
