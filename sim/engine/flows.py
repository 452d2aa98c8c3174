"""Conditions of one stretch of time: who serves at which load, and the rate of every class of request.

Conditions are a pure function of the fleet's state, so runs that come to the same state share them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.engine.clock import NEVER
from sim.engine.illness import EJECTED, Move
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
    Vector,
)

NEW, OLD, CONTROL, MIRROR, NOBODY = range(5)
"""Groups of requests: met the new version; the old one; the old one in the control; a copy sent to a mirrored
server; no server in rotation at all."""
SEEN = 9
"""Columns of what a monitor sees: requests, failed, slow of new, control and whole."""
EVERYBODY = (0.0, 1.0, 1.0)
"""A stratum of users: those whose place on the version line is in [low, high), and of them this share."""


class Cell(NamedTuple):
    """Exchangeable servers in rotation: one side, one group, one mask of active faults, `n` of them at present.

    moves: how many of them pass to another mask, and when (only those that need no event).
    """

    side: int
    group: int
    mask: int
    n: int
    moves: tuple[tuple[Move, int], ...] = ()


@dataclass
class Flow:
    """Requests of one group and class that reach one stratum of users."""

    group: int
    kind: int
    users: tuple[float, float, float]
    rate: float = 0.0
    ramps: list[tuple[Move, float]] = field(default_factory=list)


class Flows:
    """All flows of a stretch.

    since        the instant at which these conditions began (all ramps count from it)
    utilisation  highest over the groups of servers; overloaded: some group above its capacity
    share_new    share of the requests that meet the new version
    total        requests a second that really arrive (copies to mirrored servers are not among them)
    """

    def __init__(self, flows: list[Flow], prepared: Prepared, traffic: float, chance: float, since: int) -> None:
        self.flows = flows
        self.since = since
        self.chance = chance
        self.traffic = traffic
        self.utilisation = 0.0
        self.share_new = 0.0
        # Reported failures are drawn as events; what is drawn by count is the unreported rest.
        keep = [1 - chance if flow.kind in COMPLAINED and flow.group != MIRROR else 1.0 for flow in flows]
        self.rates = [flow.rate * part for flow, part in zip(flows, keep, strict=True)]
        self.ramps = [
            (i, move, delta * keep[i]) for i, flow in enumerate(flows) for move, delta in flow.ramps if delta
        ]
        self.groups = [flow.group for flow in flows]
        self.kinds = [flow.kind for flow in flows]
        self.strata = [flow.users for flow in flows]
        harmful = {CAUSED, HIDDEN, CORRUPT} | ({SLOW, SLOW_HIDDEN} if prepared.slow_counts else set())
        self.harms = [flow.kind in harmful and flow.group != MIRROR for flow in flows]
        self.any_harm = any(self.harms)
        self.harm_columns = [i for i, harms in enumerate(self.harms) if harms]
        self.can_complain = [flow.kind in COMPLAINED and flow.group != MIRROR for flow in flows]
        self.total = sum(flow.rate for flow in flows if flow.group != MIRROR)
        self.has_new = any(flow.group in (NEW, MIRROR) for flow in flows)
        real = [flow.group != MIRROR for flow in flows]
        self.real = [(i, flow.kind) for i, flow in enumerate(flows) if flow.group != MIRROR]
        self.harmful = _part(flows, real, harmful, since)
        self.failing = _part(flows, real, set(FAILING), since)
        self.complained = _part(flows, real, set(COMPLAINED), since)
        self.seen = _seen(flows)
        self.seen_by = [(i, [int(c) for c in row.nonzero()[0]]) for i, row in enumerate(self.seen) if row.any()]
        self.loads: dict[tuple[int, int], float] = {}
        self.ramped = bool(self.ramps)
        self.row = np.array(self.rates)

    def pick_complaint(self, pick: float, now: int) -> int:
        """Which flow a complaint at this instant is about: flows in proportion to their rates, `pick` in [0, 1)."""
        rates = [
            flow.rate + sum(d * (m.count(now) - m.count(self.since)) for m, d in flow.ramps) if which else 0.0
            for flow, which in zip(self.flows, self.can_complain, strict=True)
        ]
        left = pick * sum(rates)
        chosen = -1
        for i, rate in enumerate(rates):
            if rate <= 0:
                continue
            chosen = i
            left -= rate
            if left < 0:
                break
        return chosen

    def harmful_from(self, since: int) -> int:
        """First instant at or after `since` with a harmful rate above 0, as these conditions go on; NEVER if none."""
        return since if self.harmful.rate > 0 else self.harmful.begins()

    @property
    def overloaded(self) -> bool:
        return self.utilisation > 1.0

    def means(self, start: int, end: int) -> list[float]:
        """Expected count of every flow in [start, end) microseconds."""
        length = (end - start) * 1e-6
        means = [rate * length for rate in self.rates]
        if self.ramps:
            for i, move, delta in self.ramps:
                means[i] += delta * (move.between(self.since, start, end) * 1e-6)
            means = [mean if mean > 0.0 else 0.0 for mean in means]
        return means

    def block_means(self, edges: NDArray[np.int64]) -> NDArray[np.float64]:
        """The same for windows between edges: shape (windows, flows), equal to `means` number by number."""
        lengths = (edges[1:] - edges[:-1]) * 1e-6
        means = lengths[:, None] * self.row[None, :]
        for i, move, delta in self.ramps:
            means[:, i] += delta * (move.between(self.since, edges[:-1], edges[1:]) * 1e-6)
        return np.maximum(means, 0.0)


@dataclass
class Part:
    """Some of the flows added up: a rate, and what ramps add to it."""

    rate: float
    ramps: list[tuple[Move, float]]
    since: int

    def mean(self, start: int, end: Any) -> Any:
        """Expected count from start to end (an int, or an array of ints)."""
        total = self.rate * ((end - start) * 1e-6)
        for move, delta in self.ramps:
            total = total + delta * (move.between(self.since, start, end) * 1e-6)
        return total

    def begins(self) -> int:
        """First instant of the stretch at which the rate is above 0; NEVER if none."""
        if self.rate > 0:
            return self.since
        return min((move.next(self.since) for move, delta in self.ramps if delta > 0), default=NEVER)

    def until(self, now: int) -> int:
        """When the rate fell to 0 for good, as far as is known `now`; `now` while it lasts."""
        left, last = self.rate, self.since
        for move, delta in self.ramps:
            passed, before = move.count(now), move.count(self.since)
            left += delta * (passed - before)
            if passed > before:
                last = max(last, int(move.times[passed - 1]))
        return now if left > 1e-9 * max(1.0, self.rate) else last

    def reaches(self, start: int, wanted: float, limit: int) -> int:
        """When the expected count from `start` reaches `wanted`; NEVER if not before `limit`."""
        if not self.ramps:
            if self.rate <= 0:
                return NEVER
            when = start + wanted / self.rate * 1e6
            return round(when) if when < limit else NEVER
        if self.mean(start, limit) < wanted:
            return NEVER
        points = np.unique(np.concatenate([[start, limit], *(move.times for move, _ in self.ramps)]))
        points = points[(points >= start) & (points <= limit)]
        reached = np.asarray(self.mean(start, points))
        k = max(1, int(reached.searchsorted(wanted)))
        low, high = float(reached[k - 1]), float(reached[k])
        part = (wanted - low) / (high - low) if high > low else 0.0
        return int(points[k - 1]) + round(part * float(points[k] - points[k - 1]))


def _part(flows: list[Flow], which: list[bool], kinds: set[int], since: int) -> Part:
    chosen = [flow for flow, wanted in zip(flows, which, strict=True) if wanted and flow.kind in kinds]
    rate = 0.0
    for flow in chosen:
        rate += flow.rate
    return Part(rate, [(move, delta) for flow in chosen for move, delta in flow.ramps if delta], since)


def _seen(flows: list[Flow]) -> NDArray[np.int64]:
    """Incidence of flows on what a monitor sees, shape (flows, 9)."""
    table = np.zeros((len(flows), SEEN), dtype=np.int64)
    for i, flow in enumerate(flows):
        failed, slow = flow.kind in (BASE, CAUSED), flow.kind in (SLOW0, SLOW)
        for first, groups in ((0, (NEW, MIRROR)), (3, (CONTROL,)), (6, (NEW, OLD, CONTROL, NOBODY))):
            if flow.group in groups:
                table[i, first : first + 3] = (1, failed, slow)
    return table


def conditions(
    cells: list[Cell],
    prepared: Prepared,
    *,
    gates: int,
    traffic: float,
    blip: bool,
    shares: tuple[float, ...],
    weight: float | None,
    chance: float,
    since: int,
) -> Flows:
    """Loads, chances and rates for this state of the fleet.

    gates: bits of the faults that can act at present. shares: of the requests, by side. weight: exact share of the
    new version, None for equal shares a server. chance: of a failed request being reported.
    """
    serving = prepared.serving
    serves = [cell for cell in cells if cell.n or cell.moves]
    loads, nobody = _loads(serves, prepared, traffic, shares, weight)
    without = serving.without(traffic, blip)
    flows: dict[tuple[int, int, tuple[float, float, float]], Flow] = {}
    highest = 0.0
    share_new = _share_new(serves, loads, traffic)
    ill = _ill_share(serves, gates, prepared)

    def users_of(cell: Cell, mask: int, load: float) -> tuple[float, float, float]:
        reach = serving.users_in_reach(mask, load, traffic) if mask else 1.0
        if prepared.sticky == "none":
            return (0.0, 1.0, reach)
        if cell.group in (NEW, MIRROR):
            high = ill if prepared.sticky == "server" and mask else share_new
            return (0.0, high, reach) if high > 0 else (0.0, 1.0, reach)
        return (share_new, 1.0, reach) if share_new < 1 else (0.0, 1.0, reach)

    def add(cell: Cell, mask: int, load: float, vector: Vector, servers: float, ramp: Move | None) -> None:
        for kind, rate in enumerate(vector):
            if not rate:
                continue
            users = users_of(cell, mask, load) if kind in (CAUSED, HIDDEN, CORRUPT, SLOW, SLOW_HIDDEN) else EVERYBODY
            flow = flows.setdefault((cell.group, kind, users), Flow(cell.group, kind, users))
            if ramp is None:
                flow.rate += rate * servers
            else:
                flow.ramps.append((ramp, rate * servers))

    for cell, load in zip(serves, loads, strict=True):
        mask = cell.mask & gates & ~EJECTED
        vector, utilisation = serving.vector(mask, load, traffic, blip)
        highest = max(highest, utilisation if cell.n else 0.0)
        add(cell, mask, load, vector, cell.n, None)
        for move, into in cell.moves:
            after = into & gates
            later, then = serving.vector(after, load, traffic, blip)
            highest = max(highest, then)
            if after != mask:
                add(cell, after, load, later, 1.0, move)
                add(cell, mask, load, vector, -1.0, move)
    if nobody > 0:
        for kind, part in ((BASE, without.failed), (CAUSED, 1 - without.failed)):
            if part > 0:
                flows[NOBODY, kind, EVERYBODY] = Flow(NOBODY, kind, EVERYBODY, nobody * part)
    for flow in flows.values():
        flow.ramps = _merged(flow.ramps)
    result = Flows([flows[key] for key in sorted(flows)], prepared, traffic, chance, since)
    result.utilisation = highest
    result.share_new = share_new
    result.loads = {(cell.side, cell.group): load for cell, load in zip(serves, loads, strict=True)}
    return result


def _merged(ramps: list[tuple[Move, float]]) -> list[tuple[Move, float]]:
    """One delta a move: what is gained by the mask that servers pass to, less what is lost by the one they leave."""
    by_move: dict[int, tuple[Move, float]] = {}
    for move, delta in ramps:
        known = by_move.get(id(move))
        by_move[id(move)] = (move, delta + (known[1] if known else 0.0))
    return list(by_move.values())


def _loads(
    cells: list[Cell], prepared: Prepared, traffic: float, shares: tuple[float, ...], weight: float | None
) -> tuple[list[float], float]:
    """Requests a second at one server of each cell, and those that find no server at all."""
    if prepared.serving.absent:
        each = traffic / prepared.production
        return [each if cell.group in (NEW, MIRROR) else 0.0 for cell in cells], 0.0
    loads = [0.0] * len(cells)
    nobody = 0.0
    for side, share in enumerate(shares):
        new = sum(cell.n for cell in cells if cell.side == side and cell.group == NEW)
        old = sum(cell.n for cell in cells if cell.side == side and cell.group in (OLD, CONTROL))
        sent = traffic * share
        if sent > 0 and new + old == 0:
            nobody += sent
        equal = sent / (new + old) if new + old else 0.0
        by_group = {NEW: equal, OLD: equal, CONTROL: equal, MIRROR: traffic / prepared.production}
        if weight is not None and new and old:
            by_group |= {NEW: sent * weight / new, OLD: sent * (1 - weight) / old, CONTROL: sent * (1 - weight) / old}
        for i, cell in enumerate(cells):
            if cell.side == side:
                loads[i] = by_group[cell.group]
    return loads, nobody


def _share_new(cells: list[Cell], loads: list[float], traffic: float) -> float:
    sent = sum(load * cell.n for cell, load in zip(cells, loads, strict=True) if cell.group == NEW)
    return min(1.0, sent / traffic) if traffic > 0 else 0.0


def _ill_share(cells: list[Cell], gates: int, prepared: Prepared) -> float:
    """Share of all servers in rotation that are ill at present: who sits on them is hit, where people stick."""
    ill = sum(cell.n for cell in cells if cell.mask & gates & ~EJECTED)
    everybody = sum(cell.n for cell in cells if cell.group != MIRROR)
    return ill / everybody if everybody else 0.0
