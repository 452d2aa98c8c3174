"""From the state of the fleet to the flows of a stretch: loads, chances and rates.

A pure function, so runs that come to the same state share the result (`Prepared.remember`).
"""

from __future__ import annotations

from typing import Any

from sim.engine.flows import (
    EVERYBODY,
    MIRROR,
    NEW,
    NOBODY,
    Cell,
    Flow,
    Flows,
    Ramp,
    Stratum,
)
from sim.engine.illness import EJECTED, Move
from sim.engine.prepared import Prepared
from sim.engine.serving import (
    BASE,
    CAUSED,
    CLASSES,
    CORRUPT,
    HIDDEN,
    SLOW,
    SLOW_HIDDEN,
    ZERO,
    Serving,
    Vector,
)

OF_THE_ROLLOUT = (CAUSED, HIDDEN, CORRUPT, SLOW, SLOW_HIDDEN)


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
    flows: dict[tuple[int, int, Stratum], Flow] = {}
    highest = 0.0
    share_new = _share_new(serves, loads, traffic)
    ill = _ill_share(serves, loads, gates, traffic) if prepared.sticky == "server" else 0.0

    # No fault is for some users only and nobody sticks anywhere: all harm may meet anyone.
    everybody = prepared.meets_everybody

    def users_of(cell: Cell, mask: int, load: float) -> Stratum:
        if everybody:
            return EVERYBODY
        reach = serving.users_in_reach(mask, load, traffic) if mask else 1.0
        if prepared.sticky == "none":
            return (0.0, 1.0, reach)
        if cell.group in (NEW, MIRROR):
            high = ill if prepared.sticky == "server" and mask else share_new
            return (0.0, high, reach) if high > 0 else (0.0, 1.0, reach)
        return (share_new, 1.0, reach) if share_new < 1 else (0.0, 1.0, reach)

    def flow_of(group: int, kind: int, users: Stratum) -> Flow:
        key = (group, kind, users if kind in OF_THE_ROLLOUT else EVERYBODY)
        flow = flows.get(key)
        if flow is None:
            flow = flows[key] = Flow(*key)
        return flow

    for cell, load in zip(serves, loads, strict=True):
        group, n, mask = cell.group, cell.n, cell.mask & gates & ~EJECTED
        vector, utilisation = serving.vector(mask, load, traffic, blip, cell.chances)
        if n:
            highest = max(highest, utilisation)
        users = users_of(cell, mask, load)
        for kind, rate in enumerate(vector):
            if rate:
                flow_of(group, kind, users).rate += rate * n
        for move, into in cell.moves:
            after = into & gates
            if after == mask:
                continue
            later, then = serving.vector(after, load, traffic, blip, cell.chances)
            highest = max(highest, then)
            met = users_of(cell, after, load)
            pieces: list[tuple[Ramp, Vector, Vector]] = [(move, later, vector)]
            if move.weights is not None:
                pieces = _weighed(move, mask, after, later, vector, serving, (load, traffic, blip, cell.chances))
            for ramp, gained, left in pieces:
                for kind in range(CLASSES):
                    if met == users or kind not in OF_THE_ROLLOUT:
                        if gained[kind] != left[kind]:
                            flow_of(group, kind, met).ramps.append((ramp, gained[kind] - left[kind]))
                        continue
                    for stratum, delta in ((met, gained[kind]), (users, -left[kind])):
                        if delta:
                            flow_of(group, kind, stratum).ramps.append((ramp, delta))
    if nobody > 0:
        for kind, part in ((BASE, without.failed), (CAUSED, 1 - without.failed)):
            if part > 0:
                flows[NOBODY, kind, EVERYBODY] = Flow(NOBODY, kind, EVERYBODY, nobody * part)
    result = Flows([flows[key] for key in sorted(flows)], prepared, traffic, chance, since)
    result.utilisation = highest
    result.share_new = share_new
    result.loads = {(cell.side, cell.group): load for cell, load in zip(serves, loads, strict=True)}
    return result


def _weighed(
    move: Move,
    mask: int,
    after: int,
    later: Vector,
    vector: Vector,
    serving: Serving,
    around: tuple[float, float, bool, tuple[float, ...]],
) -> list[tuple[Ramp, Vector, Vector]]:
    """A move of servers that differ, in two parts: what each server brings alike, and what it brings by its chance.

    Rates are linear in the chance of the one fault that a move sets or clears; the other sources are at their mean.
    """
    bit = (mask ^ after).bit_length() - 1
    load, traffic, blip, chances = around
    place = 1 + bit
    ramp = move.weighed(place)
    if ramp is None or not chances[place]:
        return [(move, later, vector)]
    with_it, full = (after, later) if after >> bit & 1 else (mask, vector)
    none = (*chances[:place], 0.0, *chances[place + 1 :])
    alike, _ = serving.vector(with_it, load, traffic, blip, none)
    slope: Any = tuple([(a - b) / chances[place] for a, b in zip(full, alike, strict=True)])
    if with_it == after:
        return [(move, alike, vector), (ramp, slope, ZERO)]
    return [(move, later, alike), (ramp, ZERO, slope)]


def _loads(
    cells: list[Cell], prepared: Prepared, traffic: float, shares: tuple[float, ...], weight: float | None
) -> tuple[list[float], float]:
    """Requests a second at one server of each cell, and those that find no server at all."""
    each = traffic / prepared.production
    if prepared.serving.absent:
        return [each if cell.group in (NEW, MIRROR) else 0.0 for cell in cells], 0.0
    new, old = [0] * len(shares), [0] * len(shares)
    for cell in cells:
        if cell.group == NEW:
            new[cell.side] += cell.n
        elif cell.group != MIRROR:
            old[cell.side] += cell.n
    loads = []
    for cell in cells:
        side = cell.side
        sent = traffic * shares[side]
        if cell.group == MIRROR:
            loads.append(each)
        elif weight is not None and new[side] and old[side]:
            loads.append(sent * weight / new[side] if cell.group == NEW else sent * (1 - weight) / old[side])
        else:
            servers = new[side] + old[side]
            loads.append(sent / servers if servers else 0.0)
    nobody = 0.0
    for side, share in enumerate(shares):
        if share > 0 and new[side] + old[side] == 0:
            nobody += traffic * share
    return loads, nobody


def _share_new(cells: list[Cell], loads: list[float], traffic: float) -> float:
    sent = sum(load * cell.n for cell, load in zip(cells, loads, strict=True) if cell.group == NEW)
    return min(1.0, sent / traffic) if traffic > 0 else 0.0


def _ill_share(cells: list[Cell], loads: list[float], gates: int, traffic: float) -> float:
    """Share of the requests that meet an ill server: who sits on it is hit, where people stick to servers."""
    ill = 0.0
    for cell, load in zip(cells, loads, strict=True):
        if cell.group != MIRROR and cell.mask & gates & ~EJECTED:
            ill += load * cell.n
    return min(1.0, ill / traffic) if traffic > 0 else 0.0
