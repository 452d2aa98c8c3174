"""Taking it back: four ways, each to the point where nobody meets the new version and all servers are back."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import numpy as np
from simpy import Environment, Event

from sim.engine.clock import STEP, at, us
from sim.engine.install import Installer
from sim.engine.route import swap
from sim.engine.side import NEW_IN, NEW_OUT, OLD_IN, OLD_OUT, Side
from sim.engine.world import World
from sim.model.plan import Undo

Steps = Generator[Event, Any, None]


class Undoing:
    """The undo of one rollout; `done` is called when it is complete."""

    def __init__(
        self, env: Environment, world: World, installer: Installer, undo: Undo | None, done: Callable[[], None]
    ) -> None:
        self._env = env
        self._world = world
        self._installer = installer
        self._undo = undo
        self._done = done

    def steps(self) -> Steps:
        """Carry it out, as a SimPy process."""
        world, undo = self._world, self._undo
        production, *standby = world.fleet.sides
        if undo is None:
            pass  # nothing has been touched yet
        elif world.prepared.kind == "new_service":
            self._withdraw_service()
        elif undo.way == "swap_back":
            yield from self._swap_back(undo)
            yield from self._idle(standby[0])
        elif undo.way == "idle_first":
            yield from self._idle(production)
            yield from self._swap_back(undo)
            yield from self._idle(standby[0])
        else:
            for side in (production, *standby):
                if side.share > 0:
                    yield from self._reinstall(side, undo, withdraw=undo.way == "withdraw")
                else:
                    yield from self._idle(side)
        self._done()

    def _withdraw_service(self) -> None:
        """A new service had no users before: send nobody there any more."""
        world, now = self._world, int(self._env.now)
        world.settle(now)
        for side in world.fleet.sides:
            side.lose(0, side.n, False)
            side.put(0, side.n, OLD_IN)
            world.fleet.became_old(side, 0, side.n, now)
            self._installer.say(side, 0, side.n, "old")
        world.fleet.mirroring, world.weight = False, None
        world.refresh(now)

    def _swap_back(self, undo: Undo) -> Steps:
        lease = us(undo.lease_s)
        swap(self._env, self._world, 0.0, lease)
        if lease:
            yield at(self._env, int(self._env.now) + lease, STEP)

    def _idle(self, side: Side) -> Steps:
        """Reinstall whatever a side without users has of the new version, all together."""
        back = self._restore(side, [*side.where(NEW_IN), *_out(side)])
        if back > self._env.now:
            yield at(self._env, back, STEP)

    def _reinstall(self, side: Side, undo: Undo, *, withdraw: bool) -> Steps:
        """Reinstall a side with users: who is out already at once, the others in batches, oldest change first."""
        world = self._world
        back = self._restore(side, [*_out(side), *_unfit(self._world, side)])
        if withdraw:
            now = int(self._env.now)
            world.settle(now)
            serving = side.where(NEW_IN)
            for first, last in serving:
                side.put(first, last, NEW_OUT)
            world.fleet.mirroring, world.weight = False, None
            world.fleet.touch()
            world.refresh(now)
            back = max(back, self._restore(side, serving))
        else:
            every = us(undo.batch.every) if undo.batch else 0
            while side.count(NEW_IN):
                begun = int(self._env.now)
                room = self._room(side, undo)
                ready = self._restore(side, _first(side.where(NEW_IN), room))
                back = max(back, ready)
                if side.count(NEW_IN):
                    wait = max(ready, begun + every)
                    if wait > self._env.now:
                        yield at(self._env, wait, STEP)
        if back > self._env.now:
            yield at(self._env, back, STEP)

    def _room(self, side: Side, undo: Undo) -> int:
        """How many servers may leave rotation now."""
        if undo.batch is not None:
            return undo.batch.size.of(side.n)
        return max(1, side.count(OLD_IN, NEW_IN) - self._world.prepared.plan.min_in_rotation)

    def _restore(self, side: Side, ranges: list[tuple[int, int]]) -> int:
        back = int(self._env.now)
        for first, last in ranges:
            back = max(back, self._installer.restore(side, first, last))
        return back


def _out(side: Side) -> list[tuple[int, int]]:
    """Positions in mid-install: out of rotation with the new version on its way."""
    return side.where(OLD_OUT)


def _unfit(world: World, side: Side) -> list[tuple[int, int]]:
    """Positions with the new version that serve nobody: lost in their install, or failed by their probes."""
    unfit = world.fleet.failed_by_probes(side, world.last)
    if side.lost is not None:
        unfit = side.lost if unfit is None else unfit | side.lost
    if unfit is None:
        return []
    ranges: list[tuple[int, int]] = []
    for first, last in side.where(NEW_IN):
        edges = np.flatnonzero(np.diff(np.concatenate([[False], unfit[first:last], [False]]).astype(np.int8)))
        ranges += [(first + int(a), first + int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    return ranges


def _first(ranges: list[tuple[int, int]], count: int) -> list[tuple[int, int]]:
    """The first `count` positions of these ranges."""
    chosen = []
    for first, last in ranges:
        take = min(count, last - first)
        if take <= 0:
            break
        chosen.append((first, first + take))
        count -= take
    return chosen
