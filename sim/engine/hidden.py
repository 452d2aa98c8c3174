"""The hidden truth of a run, written into its timeline: who fell ill and when, which faults act, what harms."""

from __future__ import annotations

from sim.engine.clock import US
from sim.engine.flows import Flows
from sim.engine.world import World
from sim.model.timeline import Timeline


class Truth:
    """Listens to a world and tells its timeline what nobody in the story can see."""

    def __init__(self, world: World, timeline: Timeline) -> None:
        self._world = world
        self._timeline = timeline
        self._gates = 0
        for fault in world.fleet.faults.values():
            timeline.add(0.0, "fault_present", fault=fault.key, about=fault.about)
        world.on_change.append(self._stretch_ended)
        world.on_refresh.append(self._stretch_began)
        self._stretch_began(0)

    def _stretch_ended(self, now: int) -> None:
        since, flows = self._world.conditions_met[-1]
        faults = self._world.fleet.faults
        turns: set[int] = set()
        for move in flows.moves:
            bits = move.into & ~move.out_of
            passed = [int(t) for t in move.times[move.passed(since) : move.passed(now)]]
            turns.update(t for t in passed if t < now)
            for bit in (bit for bit in faults if bits >> bit & 1):
                kind = "crashed" if faults[bit].crash else "fell_ill"
                for when in sorted(set(passed)):
                    self._timeline.add(when / US, kind, fault=faults[bit].key, count=passed.count(when))
        for when in sorted(turns):
            self._tell(when, flows)

    def _stretch_began(self, now: int) -> None:
        fleet, flows = self._world.fleet, self._world.flows
        self._tell(now, flows)
        acting = 0
        for bit in fleet.gated:
            if fleet.acts_now(bit) and flows.has_new:
                acting |= 1 << bit
            if (acting ^ self._gates) >> bit & 1:
                kind = "fault_on" if acting >> bit & 1 else "fault_off"
                self._timeline.add(now / US, kind, fault=fleet.faults[bit].key)
        self._gates = acting

    def _tell(self, when: int, flows: Flows) -> None:
        self._timeline.truth.append((when / US, flows.traffic, flows.harmful.rate_at(when), flows.share_new))

    def finish(self, now: int) -> None:
        """The last stretch is over: what is known only now is put where it belongs."""
        world, timeline = self._world, self._timeline
        self._stretch_ended(now)
        if world.first_harm is not None:
            timeline.add(world.first_harm / US, "first_harm")
            if world.harm_ends is not None:
                timeline.add(world.harm_ends / US, "harm_ended")
        timeline.events.sort(key=lambda event: event.t_s)
        timeline.truth.sort(key=lambda row: row[0])
