"""The fleet, its faults and its requests: settle what was, then say what is.

Every change goes: `settle(now)`, edit sides or routes, `refresh(now)`. Settling draws the requests of the stretch
just ended from its conditions; refreshing derives the conditions of the next one. Nothing is edited in between, so
the counts are exact however many changes there are.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sim.engine.clock import NEVER
from sim.engine.conditions import conditions
from sim.engine.fleet_state import FleetState
from sim.engine.flows import Cell, Flows
from sim.engine.prepared import Prepared
from sim.engine.serving import CLASSES
from sim.engine.streams import Streams
from sim.model.timeline import Timeline


class World:
    """State of one run, and everything counted in it.

    totals    requests by class until now
    window    what the monitor has counted since the last scrape (9 numbers, see flows.SEEN)
    harm      harmed requests by stratum of users
    conditions_met  (since, flows) of every stretch, for what is derived from conditions and not drawn
    """

    def __init__(self, prepared: Prepared, streams: Streams, faults: list[int], timeline: Timeline | None) -> None:
        self.prepared = prepared
        self.timeline = timeline
        self.fleet = FleetState(prepared, streams, faults)
        self.blip = False
        self.swaps = 0
        self.steady_from = 0
        """From here on nothing changes by itself: no step of the traffic, no blip."""
        self.moved = [0.0] * 10
        """Share of the requests of each tenth of the clients that goes to the standby side."""
        self.leases_from = 0
        self.weight: float | None = None
        self.report_chance = prepared.report_chance
        self.totals = [0] * CLASSES
        self.window = [0] * 9
        self.harm: dict[tuple[float, float, float], int] = defaultdict(int)
        self.harmed = 0
        self.first_harm: int | None = None
        self.harm_ends: int | None = None
        self.fault_acts_from: int | None = None
        self.conditions_met: list[tuple[int, Flows]] = []
        self.on_change: list[Any] = []
        """Called with the time at the start of a refresh, while the old conditions are still in place."""
        self.on_refresh: list[Any] = []
        """Called with the time when new conditions are in place."""
        self.last = 0
        self.flows: Flows
        self._acts_next = NEVER
        self._marked = 0
        self.recording: Any = None
        self._requests = streams["requests"]
        self._streams = streams
        self.refresh(0)

    # ---- what was -----------------------------------------------------------------------------

    def settle(self, now: int, *, edits: bool = True) -> None:
        """Draw the requests of the stretch that ends now. edits: somebody's state is about to be edited."""
        start = self.last
        if edits and self.fleet.faults and self._marked < now:
            # Also where a block has already drawn up to now.
            self.fleet.mark_hit(self._marked, now)
            self._marked = now
        if now == start:
            return
        self.last = now
        flows, poisson = self.flows, self._requests.poisson
        if self.recording is not None:
            self.recording.stretches.append((start, now, flows))
        if flows.ramped:
            counts = [int(poisson(mean)) for mean in flows.means(start, now)]
        else:
            length = (now - start) * 1e-6
            counts = [int(poisson(rate * length)) for rate in flows.rates]
        totals, window = self.totals, self.window
        for i, kind in flows.real:
            totals[kind] += counts[i]
        for i, columns in flows.seen_by:
            count = counts[i]
            if count:
                for column in columns:
                    window[column] += count
        harmed = 0
        for i in flows.harm_columns:
            if counts[i]:
                self.harm[flows.strata[i]] += counts[i]
                harmed += counts[i]
        if harmed:
            self._harmed(harmed, start, now)

    def draw_block(self, edges: Any) -> Any:
        """Counts of every flow in windows between edges, shape (windows, flows); the stream moves on."""
        flows = self.flows
        if flows.ramped:
            return self._requests.poisson(flows.block_means(edges))
        length = int(edges[1] - edges[0]) * 1e-6
        return self._requests.poisson(flows.row * length, size=(len(edges) - 1, len(flows.row)))

    def credit_block(self, edges: Any, counts: Any) -> None:
        """Add drawn windows to everything but the monitor's own window."""
        flows = self.flows
        self.last = int(edges[-1])
        sums = counts.sum(axis=0).tolist()
        for i, kind in flows.real:
            self.totals[kind] += sums[i]
        harmed = 0
        for i in flows.harm_columns:
            if sums[i]:
                self.harm[flows.strata[i]] += sums[i]
                harmed += sums[i]
        if not harmed:
            return
        if self.first_harm is not None and self.first_harm <= int(edges[0]):
            self.harmed += harmed                            # which window it was in changes nothing any more
            return
        by_window = counts[:, flows.harm_columns].sum(axis=1)
        first = int((by_window > 0).argmax())
        self._harmed(int(by_window[first]), int(edges[first]), int(edges[first + 1]))
        self.harmed += harmed - int(by_window[first])

    def _harmed(self, count: int, start: int, end: int) -> None:
        self.harmed += count
        if self.first_harm is not None and self.first_harm <= start:
            return
        # The smallest of `count` uniforms, put where the expected harm of the stretch has grown that far.
        part = 1 - (1 - self._streams["first_harm"].random()) ** (1 / count)
        harmful = self.flows.harmful
        when = harmful.grown(start, end, part) if harmful.ramps else start + int(part * (end - start))
        if self.first_harm is None or when < self.first_harm:
            self.first_harm = when

    def reported(self, now: int, pick: float) -> None:
        """One request failed (or was corrupted) just now and its user complains; `pick` says of which flow."""
        flows = self.flows
        chosen = flows.pick_complaint(pick, now)
        self.totals[flows.kinds[chosen]] += 1
        for i, seen in flows.seen_by:
            if i == chosen:
                for column in seen:
                    self.window[column] += 1
        if chosen in flows.harm_columns:
            self.harm[flows.strata[chosen]] += 1
            self.harmed += 1
            if self.first_harm is None or now < self.first_harm:
                self.first_harm = now

    # ---- what is ------------------------------------------------------------------------------

    def refresh(self, now: int) -> None:
        """Derive the conditions that hold from now on. Call after every change, with everything settled."""
        fleet = self.fleet
        for tell in self.on_change:
            tell(now)
        if self.conditions_met:
            self._close_stretch(now)
        flows = self._conditions(now)
        while fleet.by_load and fleet.latch(flows.loads, now):
            flows = self._conditions(now)
        self.flows = flows
        self.conditions_met.append((now, flows))
        self._acts_next = fleet.first_acting(now) if fleet.faults else NEVER
        for tell in self.on_refresh:
            tell(now)

    def _conditions(self, now: int) -> Flows:
        fleet, prepared = self.fleet, self.prepared
        traffic = prepared.traffic_at(now)
        around = (traffic, self.blip, self.weight, self.report_chance, *[side.share for side in fleet.sides])
        if fleet.differing is not None:
            cells = fleet.cells(now)
            return self._derived(now, cells, fleet.gates(now, cells), around)
        if fleet.plain:
            # Such a fleet is described by its spans alone: runs that come by here again need not count servers.
            key: Any = (fleet.key, around, *[tuple(side.spans) for side in fleet.sides], fleet.mirroring)
            known: Flows | None = prepared.flows.get(key)
            if known is None:
                cells = fleet.cells(now)
                known = self._derived(now, cells, fleet.gates(now, cells), around)
                known.cells = cells
                prepared.remember(key, known)
            fleet.took(known.cells)
            return known
        cells = fleet.cells(now)
        gates = fleet.gates(now, cells)
        if any(cell.moves for cell in cells):
            return self._derived(now, cells, gates, around)
        key = (tuple([cell[:4] for cell in cells]), gates, around)
        known = prepared.flows.get(key)
        if known is None:
            known = self._derived(now, cells, gates, around)
            prepared.remember(key, known)
        return known

    def _derived(self, now: int, cells: list[Cell], gates: int, around: tuple[Any, ...]) -> Flows:
        traffic, blip, weight, chance, *shares = around
        return conditions(
            cells,
            self.prepared,
            gates=gates,
            traffic=traffic,
            blip=blip,
            shares=tuple(shares),
            weight=weight,
            chance=chance,
            since=now,
        )

    def _close_stretch(self, now: int) -> None:
        since, flows = self.conditions_met[-1]
        if flows.harmful_from(since) < now:
            self.harm_ends = flows.harmful.until(now)
        if self.fault_acts_from is None and self._acts_next < now:
            self.fault_acts_from = self._acts_next

    def fault_acted_by(self, when: int) -> bool:
        """Whether a fault of this change was active in rotation at or before this instant."""
        first = self._acts_next if self.fault_acts_from is None else self.fault_acts_from
        return first <= when

    def end(self, now: int) -> None:
        """Close the last stretch."""
        self._close_stretch(now)
