"""Scrapes: count a window, ask every watcher. Quiet windows are drawn, judged and credited many at once.

While nothing harms, and after a few calm scrapes where something does, all windows until the next
event are drawn in one call, which takes from the generator exactly what scalar draws in window order would.
Every watcher says how many leading windows are calm; those are
credited. At the first suspicious one the generator is put back and redrawn up to it, so that the suspicious window
is then met in the plain way with the very numbers it had. Block size is thus a pure speed knob.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from simpy import Environment

from sim.engine.clock import SCRAPE, US, at
from sim.engine.streams import Streams
from sim.engine.world import World
from sim.judges.base import JudgeTerm
from sim.model.evidence import Counts, Evidence, Setting, Verdict
from sim.model.people import Reaction

CALM_ENOUGH = 2
"""Calm scrapes before blocks are tried, once there is anything harmful: a caught fault is caught in the first few."""
LONGEST_BLOCK = 512


class Watcher:
    """A judge at work: an alert over the whole service, or the judge of a gate."""

    def __init__(self, judge: JudgeTerm, setting: Setting, on: str, then: Reaction, alarm: Callable[[], None]) -> None:
        self.judge = judge
        self.on = judge.on or on
        self.setting = setting
        self.then = then
        self.alarm = alarm
        self.verdict = Verdict.HOLD
        self.waiting = False
        """The group it judges does not exist yet: there is nothing to look at, not even missing data."""
        self.state = judge.start(setting)

    def evidence(self, end_s: Any, width_s: float, window: Any) -> Evidence:
        """What this watcher sees of a window (nine numbers) or a block (nine columns)."""
        new, control, whole = Counts(*window[0:3]), Counts(*window[3:6]), Counts(*window[6:9])
        return Evidence(end_s, width_s, new if self.on == "new" else whole, control, whole)


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
        end_s, width_s = now / US, self._step / US
        loud = False
        if self.inspect is not None:
            self.inspect()
        gate = self.gate
        if gate is not None and not gate.waiting:
            evidence = gate.evidence(end_s, width_s, window)
            if self.recording is not None:
                self.recording.looked(now // self._step - 1, gate)
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
            evidence = alert.evidence(end_s, width_s, window)
            if self.recording is not None:
                self.recording.looked(now // self._step - 1, alert)
            alert.state, alert.verdict = alert.judge.look(alert.state, evidence)
            if alert.verdict is Verdict.ROLL_BACK:
                loud = True
                alert.alarm()
        return loud

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
        calm, states = self._scan(edges, counts @ world.flows.seen)
        if calm < windows:
            self._generator.bit_generator.state = before
            self._calm = 0
            if calm == 0:
                return now
            edges = edges[: calm + 1]
            counts = world.draw_block(edges)
            calm, states = self._scan(edges, counts @ world.flows.seen)
        seen = counts @ world.flows.seen
        for watcher, state, verdict in states:
            watcher.state = state
            if verdict is None:
                continue
            if watcher is self.gate:
                self._said(int(edges[-1]), watcher, verdict, Counts(*(int(n) for n in seen[-1, 0:3])))
            watcher.verdict = verdict
        world.credit_block(edges, counts)
        if world.timeline is not None:
            world.timeline.scrapes.extend(
                (end / US, *row) for end, row in zip(edges[1:].tolist(), seen.tolist(), strict=True)
            )
        return int(edges[-1])

    def _scan(self, edges: Any, seen: Any) -> tuple[int, list[tuple[Watcher, Any, Verdict | None]]]:
        """How many leading windows are calm for everybody, and every watcher's state after those it scanned.

        The states hold only when all windows were calm; the caller asks again with the calm ones alone.
        """
        end_s, width_s = edges[1:] / US, self._step / US
        calm, states = len(seen), []
        columns = seen.T
        watchers = self.alerts if self.gate is None or self.gate.waiting else [self.gate, *self.alerts]
        for watcher in watchers:
            evidence = watcher.evidence(end_s, width_s, columns)
            quiet, state, verdict = watcher.judge.scan(watcher.state, evidence)
            calm = min(calm, quiet)
            states.append((watcher, state, verdict))
        return calm, states
