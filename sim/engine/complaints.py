"""Users' reports: a thinned stream of the failed requests, at exact instants between the scrapes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from simpy import Environment

from sim.engine.clock import NEVER, OTHER, at, us
from sim.engine.streams import Streams
from sim.engine.world import World
from sim.model.watch import Reports


class Complaints:
    """Waits until the expected number of reports has grown by an exponential, then counts one."""

    def __init__(
        self, env: Environment, world: World, rule: Reports, streams: Streams, alarm: Callable[[], None]
    ) -> None:
        self._env = env
        self._world = world
        self._alarm = alarm
        self._within = us(rule.page.within)
        self._recent: deque[int] = deque(maxlen=rule.page.k)
        self._draw = streams["reports"]
        self._wanted = float(self._draw.exponential())
        self._since = 0
        self._due = NEVER
        self._timer = NEVER
        self._on = True
        world.on_change.append(self._consume)
        world.on_refresh.append(self._plan)
        self._plan(0)

    def stop(self) -> None:
        """Nobody reads reports any more: failures are drawn whole again. The world is to be refreshed after."""
        self._on = False
        self._timer = NEVER
        self._world.report_chance = 0.0

    def _consume(self, now: int) -> None:
        if self._on:
            flows = self._world.flows
            self._wanted -= flows.chance * float(flows.complained.mean(self._since, now))
            self._since = now

    def _plan(self, now: int) -> None:
        if not self._on:
            return
        self._since = now
        flows = self._world.flows
        left = max(self._wanted, 0.0) / flows.chance if flows.chance else float("inf")
        self._due = flows.complained.reaches(now, left, self._world.prepared.horizon)
        if self._due < self._timer:
            self._timer = self._due
            at(self._env, self._due, OTHER, self._fire)

    def _fire(self) -> None:
        now = int(self._env.now)
        if not self._on or now != self._timer:
            return
        self._timer = NEVER
        if now < self._due:
            if self._due < NEVER:
                self._timer = self._due
                at(self._env, self._due, OTHER, self._fire)
            return
        self._recent.append(now)
        self._world.reported(now, float(self._draw.random()))
        self._wanted = float(self._draw.exponential())
        full = len(self._recent) == self._recent.maxlen and now - self._recent[0] <= self._within
        self._plan(now)
        if full:
            self._alarm()
