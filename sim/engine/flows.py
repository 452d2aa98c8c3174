"""Flows of requests in one stretch of constant conditions: the rate of every class, by group and users."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.engine.clock import NEVER
from sim.engine.illness import Move, Weighed
from sim.engine.prepared import Prepared
from sim.engine.serving import (
    BASE,
    CAUSED,
    COMPLAINED,
    CORRUPT,
    FAILING,
    HIDDEN,
    SLOW,
    SLOW0,
    SLOW_HIDDEN,
)

NEW, OLD, CONTROL, MIRROR, NOBODY = range(5)
"""Groups of requests: met the new version; the old one; the old one in the control; a copy sent to a mirrored
server; no server in rotation at all."""
SEEN = 9
"""Columns of what a monitor sees: requests, failed, slow of new, control and whole."""
Ramp = Move | Weighed
Stratum = tuple[float, float, float]
EVERYBODY: Stratum = (0.0, 1.0, 1.0)
"""A stratum of users: those whose place on the version line is in [low, high), and of them this share."""


class Cell(NamedTuple):
    """Exchangeable servers in rotation: one side, one group, one mask of active faults, `n` of them at present.

    moves: how many of them pass to another mask, and when (only those that need no event). chances: where servers
    differ, the mean chance of each source of errors over them (differ.py).
    """

    side: int
    group: int
    mask: int
    n: int
    moves: tuple[tuple[Move, int], ...] = ()
    chances: tuple[float, ...] = ()


@dataclass
class Flow:
    """Requests of one group and class that reach one stratum of users."""

    group: int
    kind: int
    users: Stratum
    rate: float = 0.0
    ramps: list[tuple[Ramp, float]] = field(default_factory=list)


@dataclass
class Part:
    """Some of the flows added up: a rate, and what ramps add to it from `since` on."""

    rate: float
    ramps: list[tuple[Ramp, float]]
    since: int

    def mean(self, start: int, end: int) -> float:
        """Expected count from start to end."""
        total = self.rate * ((end - start) * 1e-6)
        for move, delta in self.ramps:
            total = total + delta * (move.between(self.since, start, end) * 1e-6)
        return total

    def rate_at(self, when: int) -> float:
        """The rate at an instant of the stretch."""
        return self.rate + sum(delta * (move.count(when) - move.count(self.since)) for move, delta in self.ramps)

    def begins(self) -> int:
        """First instant of the stretch at which the rate is above 0; NEVER if none."""
        if self.rate > 0:
            return self.since
        return min((move.next(self.since) for move, delta in self.ramps if delta > 0), default=NEVER)

    def until(self, now: int) -> int:
        """When the rate fell to 0 for good, as far as is known `now`; `now` while it lasts."""
        left, last = self.rate, self.since
        for move, delta in self.ramps:
            passed, before = move.passed(now), move.passed(self.since)
            left += delta * (move.count(now) - move.count(self.since))
            if passed > before:
                last = max(last, int(move.times[passed - 1]))
        return now if left > 1e-9 * max(1.0, self.rate) else last

    def grown(self, start: int, end: int, part: float) -> int:
        """The instant in [start, end) by which this part of the expected count has come (bisection)."""
        wanted = part * self.mean(start, end)
        low, high = start, end
        while high - low > 1:
            middle = (low + high) // 2
            if self.mean(start, middle) < wanted:
                low = middle
            else:
                high = middle
        return low

    def reaches(self, start: int, wanted: float, limit: int) -> int:
        """When the expected count from `start` reaches `wanted`; NEVER if not before `limit`."""
        if not self.ramps:
            if self.rate <= 0:
                return NEVER
            when = start + wanted / self.rate * 1e6
            return round(when) if when < limit else NEVER
        if self.mean(start, limit) < wanted:
            return NEVER
        # The first instant at or after which enough has come, among those at which somebody passes. Looked up one by
        # one, halving: an array of all of them costs ten times as much.
        points = sorted({start, limit, *(t for move, _ in self.ramps for t in move.inside(start, limit))})
        low, high = 0, len(points) - 1
        while high - low > 1:
            middle = (low + high) // 2
            if self.mean(start, points[middle]) < wanted:
                low = middle
            else:
                high = middle
        before, after = self.mean(start, points[low]), self.mean(start, points[high])
        share = (wanted - before) / (after - before) if after > before else 0.0
        return points[low] + round(share * (points[high] - points[low]))


class Shape:
    """What follows from which flows there are, whatever their rates: shared by all stretches that have the same.

    real        (flow, class) of the flows that really arrive (copies to mirrored servers do not)
    seen        incidence on the nine columns of a monitor, shape (flows, 9); seen_by the same as lists
    harms       flows that count as harm; complained: that may be reported; failing: that fail
    """

    def __init__(self, keys: tuple[tuple[int, int, Stratum], ...], slow_counts: bool) -> None:
        self.groups = [group for group, _, _ in keys]
        self.kinds = [kind for _, kind, _ in keys]
        self.strata = [users for _, _, users in keys]
        harmful = {CAUSED, HIDDEN, CORRUPT} | ({SLOW, SLOW_HIDDEN} if slow_counts else set())
        self.real = [(i, kind) for i, (group, kind, _) in enumerate(keys) if group != MIRROR]
        self.harm_columns = [i for i, kind in self.real if kind in harmful]
        self.complained = [i for i, kind in self.real if kind in COMPLAINED]
        self.failing = [i for i, kind in self.real if kind in FAILING]
        self.seen = _seen(keys)
        self.seen_by = [(i, row.nonzero()[0].tolist()) for i, row in enumerate(self.seen) if row.any()]
        self.has_new = any(group in (NEW, MIRROR) for group in self.groups)


class Flows:
    """All flows of a stretch.

    since        the instant at which these conditions began (all ramps count from it)
    utilisation  highest over the groups of servers; overloaded: some group above its capacity
    share_new    share of the requests that meet the new version
    total        requests a second that really arrive
    loads        requests a second at one server, by side and group
    rates, ramps as drawn: of what may be reported only the unreported part, for reports are drawn as events
    """

    def __init__(self, flows: list[Flow], prepared: Prepared, traffic: float, chance: float, since: int) -> None:
        shape = prepared.shape(tuple([(flow.group, flow.kind, flow.users) for flow in flows]))
        self.flows = flows
        self.since = since
        self.chance = chance
        self.traffic = traffic
        self.utilisation = 0.0
        self.share_new = 0.0
        self.loads: dict[tuple[int, int], float] = {}
        self.cells: list[Cell] = []
        self.kinds, self.strata, self.real, self.seen, self.seen_by = (
            shape.kinds,
            shape.strata,
            shape.real,
            shape.seen,
            shape.seen_by,
        )
        self.harm_columns, self.has_new = shape.harm_columns, shape.has_new
        self._shape = shape
        self.any_harm = bool(shape.harm_columns)
        self.total = sum([flows[i].rate for i, _ in shape.real])
        self.ramped = any(flow.ramps for flow in flows)
        if chance:
            unreported = set(shape.complained)
            keep = [1 - chance if i in unreported else 1.0 for i in range(len(flows))]
            self.rates = [flow.rate * part for flow, part in zip(flows, keep, strict=True)]
        else:
            keep = []
            self.rates = [flow.rate for flow in flows]
        self.moves: list[Ramp] = []
        self.ramps: list[tuple[int, int, float]] = []
        """(flow, move, what one server's passing adds to its rate)"""
        if self.ramped:
            places: dict[int, int] = {}
            for i, flow in enumerate(flows):
                for move, delta in flow.ramps:
                    if delta:
                        if id(move) not in places:
                            places[id(move)] = len(self.moves)
                            self.moves.append(move)
                        self.ramps.append((i, places[id(move)], delta * keep[i] if keep else delta))

    @cached_property
    def row(self) -> NDArray[np.float64]:
        return np.array(self.rates)

    @cached_property
    def harmful(self) -> Part:
        """What counts as harm, added up."""
        return self._part(self._shape.harm_columns)

    @cached_property
    def failing(self) -> Part:
        """What fails, added up."""
        return self._part(self._shape.failing)

    @cached_property
    def complained(self) -> Part:
        """What may be reported, added up."""
        return self._part(self._shape.complained)

    def _part(self, which: list[int]) -> Part:
        rate = 0.0
        for i in which:
            rate += self.flows[i].rate
        ramps: dict[int, tuple[Ramp, float]] = {}
        if self.ramped:
            for i in which:
                for move, delta in self.flows[i].ramps:
                    known = ramps.get(id(move))
                    ramps[id(move)] = (move, delta + (known[1] if known else 0.0))
        return Part(rate, [(move, delta) for move, delta in ramps.values() if delta], self.since)

    def pick_complaint(self, pick: float, now: int) -> int:
        """Which flow a complaint at this instant is about: flows in proportion to their rates, `pick` in [0, 1)."""
        rates = self._complaint_rates
        if self.ramped:
            rates = [rate + self._risen(i, now) for i, rate in zip(self._shape.complained, rates, strict=True)]
        left = pick * sum(rates)
        chosen = -1
        for i, rate in zip(self._shape.complained, rates, strict=True):
            if rate <= 0:
                continue
            chosen = i
            left -= rate
            if left < 0:
                break
        return chosen

    @cached_property
    def _complaint_rates(self) -> list[float]:
        return [self.flows[i].rate for i in self._shape.complained]

    def _risen(self, i: int, now: int) -> float:
        return sum(delta * (move.count(now) - move.count(self.since)) for move, delta in self.flows[i].ramps)

    def harmful_from(self, since: int) -> int:
        """First instant at or after `since` with a harmful rate above 0, as these conditions go on; NEVER if none."""
        if not self.any_harm:
            return NEVER
        return since if self.harmful.rate > 0 else self.harmful.begins()

    @property
    def overloaded(self) -> bool:
        return self.utilisation > 1.0

    def means(self, start: int, end: int) -> list[float]:
        """Expected count of every flow in [start, end) microseconds."""
        length = (end - start) * 1e-6
        means = [rate * length for rate in self.rates]
        if self.ramps:
            areas = [move.between(self.since, start, end) * 1e-6 for move in self.moves]
            for i, move, delta in self.ramps:
                means[i] += delta * areas[move]
            means = [mean if mean > 0.0 else 0.0 for mean in means]
        return means

    def block_means(self, edges: NDArray[np.int64]) -> NDArray[np.float64]:
        """The same for windows between edges: shape (windows, flows), equal to `means` number by number."""
        lengths = (edges[1:] - edges[:-1]) * 1e-6
        means = lengths[:, None] * self.row[None, :]
        areas = [move.between_each(self.since, edges) * 1e-6 for move in self.moves]
        for i, move, delta in self.ramps:
            means[:, i] += delta * areas[move]
        return np.maximum(means, 0.0)


def _seen(keys: tuple[tuple[int, int, Stratum], ...]) -> NDArray[np.int64]:
    """Incidence of flows on what a monitor sees, shape (flows, 9)."""
    table = np.zeros((len(keys), SEEN), dtype=np.int64)
    for i, (group, kind, _) in enumerate(keys):
        failed, slow = kind in (BASE, CAUSED), kind in (SLOW0, SLOW)
        for first, groups in ((0, (NEW, MIRROR)), (3, (CONTROL,)), (6, (NEW, OLD, CONTROL, NOBODY))):
            if group in groups:
                table[i, first : first + 3] = (1, failed, slow)
    return table
