"""Who serves what, who is ill with what, and who has been ejected: the state that conditions derive from."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from sim.engine.clock import NEVER, US, us
from sim.engine.differ import Differing
from sim.engine.flows import CONTROL, MIRROR, NEW, OLD, Cell
from sim.engine.illness import EJECTED, Illness, Move, Weights, fall_us, moves_of
from sim.engine.luck import Ints, Traits
from sim.engine.prepared import Prepared
from sim.engine.side import NEW_IN, OLD_IN, Side
from sim.engine.streams import Streams
from sim.model.change import Fault
from sim.model.terms import ClockWindow
from sim.units import DAY

ALL_ON = (1 << 40) - 1
Intervals = list[tuple[int, int]]


class Member(NamedTuple):
    """One group of one side while nobody is installed, lost or routed: everybody's mask, and the moves from it.

    sums: where servers differ, their chances added up by source.
    """

    side: int
    group: int
    base: int
    n: int
    moves: list[Move]
    sums: Any = None


class FleetState:
    """Sides, illnesses and health checks of one run.

    faults  bits of the faults that this run's change carries
    hit     positions that served a second or more with an active fault, or crashed (one bool array a side)
    """

    def __init__(self, prepared: Prepared, streams: Streams, faults: list[int]) -> None:
        self.prepared = prepared
        self.faults: dict[int, Fault] = {bit: prepared.serving.faults[bit] for bit in faults}
        production = Side("production", prepared.production, 0, prepared.order)
        production.share = 1.0
        self.sides = [production]
        if prepared.standby:
            self.sides.append(Side("standby", prepared.standby, prepared.production, None))
        self.mirroring = False
        self.lingering = False
        self.failed_installs = False
        self.ejected = 0
        self.ejected_new = 0
        self._full: set[int] = set()
        """Sides whose balancer may eject nobody more."""
        self.differing = Differing(prepared, streams, self.faults) if prepared.differ else None
        self._members: list[Member] | None = None
        self._cells: list[Cell] = []
        self._gates = ALL_ON
        self._gone_at: dict[int, int] = {}
        self.hit = [np.zeros(side.n, dtype=bool) for side in self.sides] if faults else []
        self.traits = {bit: Traits(fault, prepared.scenario, streams) for bit, fault in self.faults.items()}
        self.ill: dict[int, list[Illness]] = {}
        for bit, fault in self.faults.items():
            if _one_by_one(fault, prepared):
                self.ill[bit] = [Illness(self.traits[bit], side) for side in self.sides]
                if fault.side != "new":
                    for illness in self.ill[bit]:
                        illness.restarted(0, illness.side.n, 0)
        common = [bit for bit in self.faults if bit not in self.ill]
        self._new_mask = _mask(bit for bit in common if self.faults[bit].side in ("new", "both"))
        self._old_mask = _mask(bit for bit in common if self.faults[bit].side in ("old", "both"))
        self.by_load = [bit for bit, fault in self.faults.items() if fault.above_load is not None]
        self.gated = [
            bit
            for bit, fault in self.faults.items()
            if fault.at or fault.above_share is not None or fault.while_mixed or fault.side != "new"
        ]
        self.plain = not self.ill and not self.gated
        """Nobody has a fault of his own, and all faults act always: spans say everything."""
        self.key = tuple(self.faults)
        self.windows = {
            bit: window_us(fault.at, prepared.scenario.start, prepared.horizon)
            for bit, fault in self.faults.items()
            if fault.at
        }

    # ---- edits (each with everything settled before, and a refresh after) ---------------------

    def touch(self) -> None:
        """Somebody's state was edited: groups are to be derived anew."""
        self._members = None

    def became_new(self, side: Side, first: int, last: int, now: int) -> None:
        """These positions came up with the new version."""
        self.touch()
        for illnesses in self.ill.values():
            illness = illnesses[self.sides.index(side)]
            where = illness.traits.fault.side
            if where == "new":
                illness.restarted(first, last, now)
            elif where == "old":
                illness.ill[first:last] = NEVER

    def became_old(self, side: Side, first: int, last: int, now: int) -> None:
        """These positions came up with the old version again."""
        self.touch()
        for illnesses in self.ill.values():
            illness = illnesses[self.sides.index(side)]
            where = illness.traits.fault.side
            if where == "new":
                self.lingering |= illness.undone(first, last, now, self.prepared.restarts)
            elif where == "old":
                illness.restarted(first, last, now)

    def latch(self, loads: dict[tuple[int, int], float], now: int) -> bool:
        """Set off the faults that need load, where there is enough of it; says whether anybody fell ill."""
        fell = False
        for bit in self.by_load:
            limit = (self.faults[bit].above_load or 0.0) * self.prepared.serving.capacity
            for index, side in enumerate(self.sides):
                if loads.get((index, NEW), 0.0) > limit:
                    for first, last in side.where(NEW_IN):
                        fell |= self.ill[bit][index].overloaded(first, last, now)
        if fell:
            self.touch()
        return fell

    # ---- what is ------------------------------------------------------------------------------

    def cells(self, now: int) -> list[Cell]:
        """Exchangeable servers in rotation, as of now."""
        if self._members is None:
            self._members = self._derive()
        if self.plain:
            self._cells = [
                Cell(m.side, m.group, m.base, m.n, (), self._chances(m.sums, m.n)) for m in self._members
            ]
            return self._cells
        masks: list[dict[int, int]] = []
        sums: list[dict[int, Any]] = []
        for member in self._members:
            counts, sizes = {member.base: member.n}, {member.base: member.sums}
            for move in member.moves:
                passed = move.count(now)
                counts[move.out_of] = counts.get(move.out_of, 0) - passed
                counts[move.into] = counts.get(move.into, 0) + passed
                if self.differing is not None:
                    moved = move.passed_sums(passed)
                    sizes[move.out_of] = sizes.get(move.out_of, 0.0) - moved
                    sizes[move.into] = sizes.get(move.into, 0.0) + moved
            masks.append(counts)
            sums.append(sizes)
        self._eject(masks, sums)
        cells = []
        for member, counts, sizes in zip(self._members, masks, sums, strict=True):
            ahead: dict[int, list[tuple[Move, int]]] = {}
            for move in member.moves:
                if not move.ejects and move.next(now) < NEVER:
                    ahead.setdefault(move.out_of, []).append((move, move.into))
            for mask, n in sorted(counts.items()):
                if mask < EJECTED and (n or mask in ahead):
                    # Who will come here one by one is told beforehand by the mean of all.
                    chances = self._chances(sizes.get(mask), n) or self._chances(member.sums, member.n)
                    cells.append(Cell(member.side, member.group, mask, n, tuple(ahead.get(mask, ())), chances))
        self._cells = cells
        return cells

    def _chances(self, sums: Any, n: int) -> tuple[float, ...]:
        return self.differing.chances(sums, n) if self.differing is not None and n and sums is not None else ()

    def took(self, cells: list[Cell]) -> None:
        """These are the cells, as another run in the same state has already counted them."""
        self._cells = cells

    def _eject(self, masks: list[dict[int, int]], sums: list[dict[int, Any]]) -> None:
        """Let the balancer keep in rotation whom it may not eject, and everybody when too few are healthy."""
        balancer = self.prepared.balancer
        members = self._members or []
        self.ejected = self.ejected_new = 0
        self._full = set()
        for index in range(len(self.sides)):
            both = zip(members, masks, sums, strict=True)
            mine = [(m, counts, sizes) for m, counts, sizes in both if m.side == index]
            due = sum(n for _, counts, _ in mine for mask, n in counts.items() if mask >= EJECTED)
            if not due or balancer is None:
                continue
            registered = sum(m.n for m, _, _ in mine)
            room = math.floor(balancer.max_ejected * registered + 1e-9)
            if registered - due < balancer.panic * registered - 1e-9:
                room = 0
            back = max(0, due - room)
            if back:
                self._full.add(index)
            for member, counts, sizes in mine:
                for mask in [mask for mask in counts if mask >= EJECTED]:
                    stays = min(back, counts[mask])
                    if self.differing is not None and stays:
                        # Any of them, so of mean chances.
                        kept = sizes[mask] * (stays / counts[mask])
                        sizes[mask] = sizes[mask] - kept
                        sizes[mask & ~EJECTED] = sizes.get(mask & ~EJECTED, 0.0) + kept
                    counts[mask] -= stays
                    counts[mask & ~EJECTED] = counts.get(mask & ~EJECTED, 0) + stays
                    back -= stays
                    self.ejected += counts[mask]
                    if member.group in (NEW, MIRROR):
                        self.ejected_new += counts[mask]

    def _derive(self) -> list[Member]:
        prepared = self.prepared
        control_from = prepared.production - prepared.plan.control
        grouped: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for index, side in enumerate(self.sides):
            for first, last, state in side.spans:
                if state == NEW_IN:
                    group = MIRROR if self.mirroring and index == 0 else NEW
                    grouped.setdefault((index, group), []).append((first, last))
                elif state == OLD_IN:
                    cut = min(max(first, control_from), last) if index == 0 else last
                    if first < cut:
                        grouped.setdefault((index, OLD), []).append((first, cut))
                    if cut < last:
                        grouped.setdefault((index, CONTROL), []).append((cut, last))
        return [self._member(index, group, ranges) for (index, group), ranges in sorted(grouped.items())]

    def _member(self, index: int, group: int, ranges: list[tuple[int, int]]) -> Member:
        side = self.sides[index]
        new = group in (NEW, MIRROR)
        base = self._new_mask if new else self._old_mask
        n = sum(last - first - side.lost_in(first, last) for first, last in ranges)
        bits = [
            bit
            for bit, fault in self.faults.items()
            if bit in self.ill and (new or self.lingering or fault.side != "new")
        ]
        sums = None if self.differing is None else self.differing.sums(side, ranges)
        if not bits:
            return Member(index, group, base, n, [], sums)

        def taken(values: Any) -> Any:
            parts = [
                values[..., a:b] if side.lost is None else values[..., a:b][..., ~side.lost[a:b]] for a, b in ranges
            ]
            return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=-1)

        rows: list[tuple[int, bool, Ints]] = []
        for bit in bits:
            illness, fault = self.ill[bit][index], self.faults[bit]
            ill = taken(illness.ill)
            rows.append((1 << bit, True, ill))
            if self.lingering and fault.heals == "repair":
                rows.append((1 << bit, False, taken(illness.until)))
            if self.prepared.balancer is not None and fault.health_chance >= 1:
                rows.append((EJECTED, True, np.asarray(fall_us(ill, self.prepared.balancer))))
            elif self.prepared.balancer is not None and fault.health_chance > 0:
                for cycle, times in enumerate(illness.flapping(self.prepared.balancer)):
                    rows.append((EJECTED, cycle % 2 == 0, taken(times)))
        weights = None
        if self.differing is not None:
            weights = Weights(self.differing.places, taken(self.differing.each(side)))
        return Member(index, group, base, n, moves_of(base, rows, self.prepared.horizon, weights), sums)

    def gates(self, now: int, cells: list[Cell]) -> int:
        """Bits of the faults whose circumstances hold at present; those without circumstances always."""
        gates = ALL_ON
        if self.gated:
            serves = [cell for cell in cells if self.sides[cell.side].share > 0]
            new = sum(cell.n for cell in serves if cell.group == NEW)
            old = sum(cell.n for cell in serves if cell.group in (OLD, CONTROL))
            for bit in self.gated:
                if not self._acts(bit, now, new, old):
                    gates &= ~(1 << bit)
        self._gates = gates
        return gates

    def _acts(self, bit: int, now: int, new: int, old: int) -> bool:
        fault = self.faults[bit]
        if bit in self.windows and not any(begins <= now < ends for begins, ends in self.windows[bit]):
            return False
        if fault.side != "new":
            if new:
                self._gone_at[bit] = NEVER
            elif bit not in self._gone_at:
                return False
            elif self._gone_at[bit] == NEVER:
                self._gone_at[bit] = now
            if not new:
                return now < self.repaired_at(bit)
        if fault.above_share is not None and new < fault.above_share * self.prepared.production - 1e-9:
            return False
        return not fault.while_mixed or (new > 0 and old > 0)

    def repaired_at(self, bit: int) -> int:
        """When a fault of old servers heals after the last new one is gone: at once, unless it needs repair."""
        gone = self._gone_at.get(bit, NEVER)
        if gone == NEVER or self.faults[bit].heals != "repair":
            return gone
        delay = self.traits[bit].repair_us(np.zeros(1, dtype=np.int64), 0)
        return gone + int(np.asarray(delay).flat[0])

    def registered(self) -> int:
        """Servers in rotation, with those that the balancer has ejected, as the conditions were last derived."""
        return sum(member.n for member in self._members or [])

    def next_tick(self, now: int) -> int:
        """The next instant at which somebody is ejected or readmitted, or a circumstance ends; NEVER if none."""
        when = NEVER
        for member in self._members or []:
            if member.side in self._full and not any(move.into < EJECTED and move.ejects for move in member.moves):
                continue  # nobody more can be ejected, and nobody comes back
            for move in member.moves:
                if move.ejects:
                    when = min(when, move.next(now))
        for bit in self._gone_at:
            repaired = self.repaired_at(bit)
            if now < repaired < when:
                when = repaired
        return when

    def first_acting(self, now: int) -> int:
        """From when on, as things stand, some server in rotation has an active fault; NEVER if none will."""
        when = NEVER
        for cell in self._cells:
            if cell.n and cell.mask & self._gates:
                return now
            for move, into in cell.moves:
                if into & self._gates:
                    when = min(when, move.next(now))
        return when

    def mark_hit(self, since: int, now: int) -> None:
        """Note who served a second or more with an active fault in the stretch [since, now), or crashed in it."""
        if now - since < US:
            return
        for index, side in enumerate(self.sides):
            if not side.share and not any(self.faults[bit].crash for bit in self.faults):
                continue
            hit = self.hit[index]
            for first, last, state in side.spans:
                if state not in (NEW_IN, OLD_IN):
                    continue
                if (self._new_mask if state == NEW_IN else self._old_mask) & self._gates and side.share:
                    hit[first:last] = True
                for bit, illnesses in self.ill.items():
                    if self._gates >> bit & 1:
                        slack = 0 if self.faults[bit].crash else US
                        ill, until = illnesses[index].ill[first:last], illnesses[index].until[first:last]
                        hit[first:last] |= (ill <= now - slack) & (until > since)

    def failed_by_probes(self, side: Side, now: int) -> Any:
        """Which positions have refused enough probes by now to be ejected (bool array); None when nobody can have."""
        balancer = self.prepared.balancer
        failed = None
        for bit, illnesses in self.ill.items():
            if balancer is not None and self.faults[bit].health_chance >= 1:
                due = np.asarray(fall_us(illnesses[self.sides.index(side)].ill, balancer)) <= now
                failed = due if failed is None else failed | due
        return failed

    def mark_lost(self, side: Side, first: int, last: int, lost: object) -> None:
        """These positions crashed before they came into rotation."""
        self.hit[self.sides.index(side)][first:last] |= lost
        self.failed_installs = True

    def acts_now(self, bit: int) -> bool:
        """Whether the circumstances of a fault held when the present conditions began."""
        return bool(self._gates >> bit & 1)

    def acting(self, bit: int, since: int, times: Ints) -> Any:
        """Whether some server in rotation has this fault active at these instants of the stretch begun at `since`."""
        if not self.acts_now(bit):
            return np.zeros(len(times), dtype=bool)
        ill = np.zeros(len(times), dtype=np.int64)
        for cell in self._cells:
            ill += cell.n * (cell.mask >> bit & 1)
            for move, into in cell.moves:
                change = (into >> bit & 1) - (move.out_of >> bit & 1)
                if change:
                    ill += change * (move.times.searchsorted(times, side="right") - move.count(since))
        return ill > 0

    def servers_hit(self) -> int:
        """How many servers have been hit so far."""
        return int(sum(np.count_nonzero(hit) for hit in self.hit))


def _mask(bits: object) -> int:
    mask = 0
    for bit in bits:  # type: ignore[attr-defined]
        mask |= 1 << bit
    return mask


def _one_by_one(fault: Fault, prepared: Prepared) -> bool:
    """Whether servers have this fault each in its own time or not at all, so that each must be known."""
    some = (
        (fault.servers is not None and fault.servers.share != 1.0)
        or fault.zone is not None
        or fault.on_kind is not None
    )
    lasts = fault.heals == "repair" or (fault.heals == "restart" and not prepared.restarts)
    probed = prepared.balancer is not None and fault.health_chance > 0
    return (
        some or fault.after is not None or fault.above_load is not None or (fault.side == "new" and (lasts or probed))
    )


def window_us(window: ClockWindow | None, start: float, horizon: int) -> Intervals:
    """Stretches [from, to) of a run in which a daily window is open; open to the end where it never closes."""
    if window is None:
        return []
    clock = start % DAY
    if window.until is None:
        return [(us((window.start - clock) % DAY), NEVER)]
    length = us((window.until - window.start) % DAY or DAY)
    first = us((window.start - clock) % DAY) - us(DAY)
    opens = range(first, horizon, us(DAY))
    return [(begins, begins + length) for begins in opens if begins + length > 0]
