"""Batches of installs: out of rotation, restart, back after passed probes, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from simpy import Environment

from sim.engine.clock import BACK, US, at
from sim.engine.illness import run_lengths
from sim.engine.side import NEW_IN, NEW_OUT, OLD_IN, OLD_OUT, STATES, Side
from sim.engine.world import World


class Installer:
    """Puts versions on ranges of positions. Installs in flight can be called off: they then never come back.

    failed: called with the number of servers whose install just failed.
    """

    def __init__(self, env: Environment, world: World, failed: Callable[[int], None]) -> None:
        self._env = env
        self._world = world
        self._failed = failed
        self._epoch = 0
        self.done_at = 0
        """When all installs begun so far are back or have failed, as far as is known; it may still move later."""
        self._prepared = world.prepared
        balancer = self._prepared.balancer
        self._probe = round(balancer.probe_every * US) if balancer else 0
        self._rise = balancer.rise if balancer else 0

    def call_off(self) -> None:
        """Forget all installs in flight (an undo takes over)."""
        self._epoch += 1

    def install(self, side: Side, first: int, last: int) -> None:
        """Begin to install the new version on these positions."""
        world, prepared = self._world, self._prepared
        now = int(self._env.now)
        epoch = self._epoch
        if prepared.out == 0:
            world.settle(now)
            # Nobody leaves rotation, so nobody has to come back: what crashes now crashes before its users.
            self._up_new(side, first, last, now)
            world.refresh(now)
            self._tell(side, first, last, now)
            return
        world.settle(now)
        side.put(first, last, OLD_OUT)
        world.fleet.touch()
        world.refresh(now)
        self.say(side, first, last, "old_out")
        up = now + prepared.out

        def risen() -> None:
            if epoch != self._epoch:
                return
            at_ = int(self._env.now)
            world.settle(at_)
            self._up_new(side, first, last, up)
            self._await(side, first, last, up, epoch)
            world.refresh(at_)
            self._tell(side, first, last, at_)

        back = self._back(up)
        at(self._env, back, BACK, risen)
        self.done_at = max(self.done_at, back)

    def restore(self, side: Side, first: int, last: int) -> int:
        """Begin to put the old version back on these positions; returns when they are back.

        Old servers passed their probes before and do so again: nothing that was wrong with the change keeps them.
        """
        world, prepared = self._world, self._prepared
        now = int(self._env.now)
        world.settle(now)
        side.lose(first, last, False)
        if prepared.out == 0:
            side.put(first, last, OLD_IN)
            world.fleet.became_old(side, first, last, now)
            world.refresh(now)
            self.say(side, first, last, "old")
            return now
        side.put(first, last, NEW_OUT)
        world.fleet.touch()
        world.refresh(now)
        self.say(side, first, last, "new_out")

        def risen() -> None:
            at_ = int(self._env.now)
            world.settle(at_)
            side.put(first, last, OLD_IN)
            world.fleet.became_old(side, first, last, at_)
            world.refresh(at_)
            self.say(side, first, last, "old")

        back = self._back(now + prepared.out)
        at(self._env, back, BACK, risen)
        return back

    # ---- parts --------------------------------------------------------------------------------

    def _back(self, up: int) -> int:
        """When a healthy server that is up since `up` has passed its probes."""
        if not self._probe:
            return up
        return -(-up // self._probe) * self._probe + (self._rise - 1) * self._probe

    def _up_new(self, side: Side, first: int, last: int, up: int) -> None:
        """These positions carry the new version since `up` (all but those that silently kept the old one)."""
        world = self._world
        kept = self._prepared.missed_from if side.name == "production" else side.n
        middle = min(max(first, kept), last)
        if first < middle:
            side.put(first, middle, NEW_IN)
            world.fleet.became_new(side, first, middle, up)
        if middle < last:
            side.put(middle, last, OLD_IN)
            world.fleet.touch()

    def _unready(self, side: Side, first: int, last: int, up: int, now: int) -> tuple[Any, Any]:
        """Who of these fails the probes at the start: for good (bool array), and who only comes later (instants)."""
        prepared, world = self._prepared, self._world
        count = last - first
        lost, late = np.zeros(count, dtype=bool), np.zeros(count, dtype=np.int64)
        new = np.zeros(count, dtype=bool)
        for a, b in side.where(NEW_IN):
            new[max(a, first) - first : max(min(b, last), first) - first] = True
        index = world.fleet.sides.index(side)
        for bit, illnesses in world.fleet.ill.items():
            fault = world.fleet.faults[bit]
            chance = fault.health_chance
            if chance <= 0 or not world.fleet.acts_now(bit):
                continue
            ill = (illnesses[index].ill[first:last] <= now) & new
            if chance >= 1:
                lost |= ill
                continue
            ill &= illnesses[index].ill[first:last] <= up
            draws = world.fleet.traits[bit].ready_draws(side.n, side.offset)
            draws = draws[side.servers(first, last)]
            ready = -(-up // self._probe) * self._probe + (run_lengths(1 - chance, self._rise, draws) - 1) * self._probe
            lost |= ill & (ready > up + prepared.ready_within)
            late = np.where(ill, np.maximum(late, ready), late)
        return lost, np.where(lost, 0, late)

    def _await(self, side: Side, first: int, last: int, up: int, epoch: int) -> None:
        """Keep out who is not ready, count the failed when their time is over, bring back the late."""
        if not self._probe or not self._world.fleet.ill:
            side.lose(first, last, False)
            return
        now = int(self._env.now)
        lost, late = self._unready(side, first, last, up, now)
        late = np.where(late > now, late, 0)
        side.lose(first, last, lost | (late > 0) if lost.any() or late.any() else False)
        if lost.any():
            self._world.fleet.mark_lost(side, first, last, lost)
            fails = max(up + self._prepared.ready_within, now)
            at(self._env, fails, BACK, lambda: self._count(epoch, int(np.count_nonzero(lost))))
            self.done_at = max(self.done_at, fails)
        for when in sorted({int(t) for t in late if t}):
            at(self._env, when, BACK, lambda w=when: self._join(side, first, late, w, epoch))  # type: ignore[misc]
            self.done_at = max(self.done_at, when)

    def _count(self, epoch: int, count: int) -> None:
        if epoch == self._epoch:
            self._failed(count)

    def _join(self, side: Side, first: int, late: Any, when: int, epoch: int) -> None:
        if epoch != self._epoch:
            return
        self._world.settle(when)
        for position in (np.nonzero(late == when)[0] + first).tolist():
            side.lose(position, position + 1, False)
        self._world.fleet.touch()
        self._world.refresh(when)

    def _tell(self, side: Side, first: int, last: int, now: int) -> None:
        timeline = self._world.timeline
        if timeline is None:
            return
        lost = side.lost_in(first, last)
        timeline.add(now / US, "installed", side=side.name, first=first, last=last, failed=lost)
        # Hidden truth: who silently kept the old version is told as it is.
        for a, b, state in side.spans:
            if max(a, first) < min(b, last):
                self.say(side, max(a, first), min(b, last), STATES[state])

    def say(self, side: Side, first: int, last: int, state: str) -> None:
        """Tell in which state these positions are from now on."""
        timeline = self._world.timeline
        if timeline is not None:
            timeline.add(int(self._env.now) / US, "servers", side=side.name, first=first, last=last, state=state)
