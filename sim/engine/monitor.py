"""Scrapes: count a window, ask every watcher. Quiet windows are drawn, judged and credited many at once.

While nothing harms, and after a few calm scrapes where something does, all windows until the next
event are drawn in one call, which takes from the generator exactly what scalar draws in window order would.
Every watcher says how many leading windows are calm; those are
credited. At the first suspicious one the generator is put back and redrawn up to it, so that the suspicious window
is then met in the plain way with the very numbers it had. Block size is thus a pure speed knob.
A missing scrape is a window of nothing, for every watcher and in the timeline.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from simpy import Environment

from sim.engine.clock import SCRAPE, US, at
from sim.engine.flows import SEEN
from sim.engine.scrapes import History, Missing
from sim.engine.streams import Streams
from sim.engine.world import World
from sim.judges.base import JudgeTerm
from sim.model.evidence import Counts, Evidence, Setting, Verdict
from sim.model.people import Reaction

CALM_ENOUGH = 2
"""Calm scrapes before blocks are tried, once there is anything harmful: a caught fault is caught in the first few."""
LONGEST_BLOCK = 512
NOTHING = (0,) * SEEN


Groups = tuple[Counts, Counts, Counts]


def groups(window: Any) -> Groups:
    """New version, control and whole service, of a window (nine numbers) or of a block (nine columns)."""
    a, b, c, d, e, f, g, h, i = window
    return Counts(a, b, c), Counts(d, e, f), Counts(g, h, i)


class Watcher:
    """A judge at work: an alert over the whole service, or the judge of a gate.

    history: what came before the start; None where no judge of the plan compares with it.
    """

    def __init__(
        self,
        judge: JudgeTerm,
        setting: Setting,
        on: str,
        then: Reaction,
        alarm: Callable[[], None],
        history: History | None = None,
    ) -> None:
        self.judge = judge
        self.on = judge.on or on
        self.history = history
        self.setting = setting
        self.then = then
        self.alarm = alarm
        self.verdict = Verdict.HOLD
        self.waiting = False
        """The group it judges does not exist yet: there is nothing to look at, not even missing data."""
        self.state = judge.start(setting)

    def evidence(self, end_s: Any, width_s: float, seen: Groups, first: int, count: int | None = None) -> Evidence:
        """What this watcher sees of a window, or of a block of `count`.

        first: number of the (first) window, from 0 at the start of the rollout.
        """
        new, control, whole = seen
        before = None
        if self.history is not None:
            past = self.history.windows(first, first + (count or 1))
            before = Counts(*(past if count is not None else past[:, 0].tolist()))
        return Evidence(end_s, width_s, new if self.on == "new" else whole, control, whole, before)


class Monitor:
    """All watchers of one run, and the scrape that feeds them.

    passed: called when a gate with `early` may pass. seen: windows since the gate opened, kept for a person who asks.
    """

    def __init__(self, env: Environment, world: World, streams: Streams, *, block: bool) -> None:
        self._env = env
        self._world = world
        self._generator = streams["requests"]
        self._step = world.prepared.scrape
        self._block = block
        self._calm = CALM_ENOUGH
        """Calm scrapes in a row; before anything harmful has been met there is nothing to be careful about."""
        self._harmful = False
        self.alerts: list[Watcher] = []
        self.gate: Watcher | None = None
        self.passed: Callable[[], None] | None = None
        self.inspect: Callable[[], None] | None = None
        self.seen: list[Evidence] | None = None
        self.on = True
        self.recording: Any = None
        differing = world.fleet.differing
        base = differing.mean_base() if differing else None
        self.history = History(world.prepared, streams, base) if world.prepared.looks_back else None
        self._missing_chance = world.prepared.scenario.watch.missing
        self._blinding = [(bit, fault.blinds) for bit, fault in world.fleet.faults.items() if fault.blinds]
        self._missing = Missing(streams) if self._missing_chance or self._blinding else None
        world.on_refresh.append(self._refreshed)
        self._schedule(0)

    def stop(self) -> None:
        """Nobody watches any more."""
        self.on = False

    def _schedule(self, now: int) -> None:
        at(self._env, now + self._step, SCRAPE, self._scrape)

    def open(self, gate: Watcher) -> None:
        """This watcher is the gate from now on; it begins to look when its group exists."""
        gate.waiting = gate.on == "new" and not self._world.flows.has_new
        self.gate = gate

    def _refreshed(self, _: int) -> None:
        if self.gate is not None and self._world.flows.has_new:
            self.gate.waiting = False
        harmful = self._world.flows.any_harm
        if harmful and not self._harmful:
            self._calm = 0
        self._harmful = harmful

    def _scrape(self) -> None:
        if not self.on:
            return
        now, world = int(self._env.now), self._world
        world.settle(now, edits=False)
        window = tuple(world.window)
        world.window = [0] * 9
        if self._missing is not None and self._gone(np.array([now])).any():
            window = NOTHING
        if world.timeline is not None:
            world.timeline.scrapes.append((now / US, *window))
        loud = self._look(now, window)
        self._calm = 0 if loud else self._calm + 1
        if self.gate is None and not self.alerts:
            self._calm = CALM_ENOUGH  # nobody is left who could be alarmed
        if self.on:  # looking may have ended the watch
            self._schedule(self._ahead(now) if self._block and self._calm >= CALM_ENOUGH else now)

    def _look(self, now: int, window: tuple[int, ...]) -> bool:
        """Show one window to everybody; whether somebody was alarmed or uneasy."""
        end_s, width_s, number = now / US, self._step / US, now // self._step - 1
        loud, seen = False, groups(window)
        if self.inspect is not None:
            self.inspect()
        gate = self.gate
        if gate is not None and not gate.waiting:
            evidence = gate.evidence(end_s, width_s, seen, number)
            if self.recording is not None:
                self.recording.looked(number, gate)
            if self.seen is not None:
                self.seen.append(evidence)
            gate.state, verdict = gate.judge.look(gate.state, evidence)
            self._said(now, gate, verdict, evidence.judged)
            if verdict is Verdict.ROLL_BACK:
                loud = True
                gate.alarm()
            elif verdict is Verdict.PROMOTE and self.passed is not None:
                self.passed()
        for alert in list(self.alerts):
            evidence = alert.evidence(end_s, width_s, seen, number)
            if self.recording is not None:
                self.recording.looked(number, alert)
            alert.state, alert.verdict = alert.judge.look(alert.state, evidence)
            if alert.verdict is Verdict.ROLL_BACK:
                loud = True
                alert.alarm()
        return loud

    def _gone(self, ends: Any) -> Any:
        """Whether the scrapes at these instants of the present stretch are missing (bool array)."""
        assert self._missing is not None
        world, first = self._world, int(ends[0]) // self._step - 1
        kept: Any = 1.0 - self._missing_chance
        for bit, blinds in self._blinding:
            acts = world.fleet.acting(bit, world.conditions_met[-1][0], ends)
            kept = kept * np.where(acts, 1.0 - blinds, 1.0)
        return self._missing.coins(first, first + len(ends)) >= kept

    def _said(self, now: int, gate: Watcher, verdict: Verdict, judged: Counts) -> None:
        timeline = self._world.timeline
        if timeline is not None and verdict is not gate.verdict:
            timeline.add(
                now / US,
                "judged",
                verdict=verdict.name.lower(),
                requests=int(judged.requests),
                failed=int(judged.failed),
                slow=int(judged.slow),
            )
        gate.verdict = verdict

    # ---- quiet windows ------------------------------------------------------------------------

    def _ahead(self, now: int) -> int:
        """Draw the windows until the next event at once, credit the calm ones; returns how far that went."""
        world, step = self._world, self._step
        if (
            self.seen is not None
            or self.passed is not None
            or (world.flows.ramped and world.prepared.sticky == "server")
        ):
            return now
        until = min(self._env.peek(), world.prepared.horizon)
        windows = min(int((until - now) // step), LONGEST_BLOCK)
        if windows < 2:
            return now
        edges = now + step * np.arange(windows + 1, dtype=np.int64)
        before = self._generator.bit_generator.state
        counts = world.draw_block(edges)
        seen = self._as_seen(edges, counts)
        calm, states = self._scan(edges, seen)
        if calm < windows:
            self._generator.bit_generator.state = before
            self._calm = 0
            if calm == 0:
                return now
            edges = edges[: calm + 1]
            counts = world.draw_block(edges)
            seen = self._as_seen(edges, counts)
            calm, states = self._scan(edges, seen)
        self._tell(edges, seen)
        for watcher, state, verdict in states:
            watcher.state = state
            if verdict is not None:
                watcher.verdict = verdict
        world.credit_block(edges, counts)
        if world.timeline is not None:
            world.timeline.scrapes.extend(
                (end / US, *row) for end, row in zip(edges[1:].tolist(), seen.tolist(), strict=True)
            )
        return int(edges[-1])

    def _tell(self, edges: Any, seen: Any) -> None:
        """Tell the timeline when the gate's verdict changed inside a block: a scan knows only the last one."""
        gate = self.gate
        if self._world.timeline is None or gate is None or gate.waiting:
            return
        state, first, width_s = gate.state, int(edges[0]) // self._step, self._step / US
        for i, (end, row) in enumerate(zip(edges[1:].tolist(), seen.tolist(), strict=True)):
            evidence = gate.evidence(end / US, width_s, groups(row), first + i)
            state, verdict = gate.judge.look(state, evidence)
            self._said(end, gate, verdict, evidence.judged)

    def _as_seen(self, edges: Any, counts: Any) -> Any:
        """What the monitor has of the windows of a block, shape (windows, 9)."""
        seen = counts @ self._world.flows.seen
        return seen if self._missing is None else np.where(self._gone(edges[1:])[:, None], 0, seen)

    def _scan(self, edges: Any, seen: Any) -> tuple[int, list[tuple[Watcher, Any, Verdict | None]]]:
        """How many leading windows are calm for everybody, and every watcher's state after those it scanned.

        The states hold only when all windows were calm; the caller asks again with the calm ones alone.
        """
        end_s, width_s = edges[1:] / US, self._step / US
        calm, states = len(seen), []
        columns = groups(seen.T)
        watchers = self.alerts if self.gate is None or self.gate.waiting else [self.gate, *self.alerts]
        for watcher in watchers:
            evidence = watcher.evidence(end_s, width_s, columns, int(edges[0]) // self._step, len(seen))
            quiet, state, verdict = watcher.judge.scan(watcher.state, evidence)
            calm = min(calm, quiet)
            states.append((watcher, state, verdict))
        return calm, states
