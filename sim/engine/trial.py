"""What a test or smoke run sees: it sends requests to servers without users and looks at every answer."""

from __future__ import annotations

import math

import numpy as np

from sim.engine.clock import US, us
from sim.engine.luck import lognormal_us
from sim.engine.prepared import Prepared
from sim.engine.streams import Streams
from sim.engine.world import World
from sim.model.change import Fault
from sim.model.plan import TestRun
from sim.theory.queueing import response_tail

MOST_TESTS = 8
"""Tests of one run that have draws of their own; a plan has at most two."""


def caught_by(test: TestRun, number: int, begins: int, world: World, streams: Streams) -> Fault | None:
    """The fault that this run (the `number`-th of the rollout) shows, if any.

    Whether tests can show a fault at all is drawn once a fault, so that testing the same thing again does not
    help past it; what a test happens to cover is drawn anew each time.
    """
    prepared = world.prepared
    found: Fault | None = None
    for bit, fault in world.fleet.faults.items():
        draws = world.fleet.traits[bit].test_draws(1 + 3 * MOST_TESTS).tolist()
        visible = draws[0]
        covered, seen, luck = draws[1 + 3 * number : 4 + 3 * number]
        if visible >= fault.in_test or covered >= test.coverage or not fault.shows_in_test or fault.side == "old":
            continue
        chance = shows(fault, prepared)
        wanted = test.rate * chance * _ill_seconds(test, fault, begins, world, streams, luck)
        if seen < -math.expm1(-wanted) and found is None:
            found = fault
    return found


def shows(fault: Fault, prepared: Prepared) -> float:
    """Chance that one test request to an ill server fails, is slow or leaves a bad record because of it."""
    serving = prepared.serving
    failed = 1.0 if fault.crash else fault.errors
    slow = 0.0
    if fault.slow != 1.0:
        idle = response_tail(serving.workers, serving.service_time, 0.0, serving.slow_after)
        slow = response_tail(serving.workers, serving.service_time * fault.slow, 0.0, serving.slow_after) - idle
    harm = 1 - (1 - failed) * (1 - fault.corrupt) * (1 - slow)
    return harm * fault.users


def _ill_seconds(test: TestRun, fault: Fault, begins: int, world: World, streams: Streams, luck: float) -> float:
    """Server-seconds of the test during which its servers are ill."""
    ends = begins + us(test.length_s)
    fleet = world.prepared.scenario.fleet
    if test.on == "standby":
        side = world.fleet.sides[1]
        bit = next(b for b, f in world.fleet.faults.items() if f is fault)
        if bit not in world.fleet.ill:
            return side.n * test.length_s
        ill = np.clip(world.fleet.ill[bit][1].ill, begins, ends)
        return float(np.sum(ends - ill)) / US
    if fault.zone is not None:
        return 0.0
    if fault.on_kind is not None and fleet.production.kinds[0][0] != fault.on_kind:
        return 0.0
    servers = fleet.test.servers
    if fault.servers is not None:
        share = fault.servers.share
        if share is None:
            share = min(1.0, (fault.servers.count or 0) / fleet.production.servers)
        # Each test server has the trait with the same chance; one uniform decides for how many of them.
        servers = _binomial(servers, share, luck)
    if fault.after is None:
        return servers * test.length_s
    onsets = begins + lognormal_us(fault.after, streams.of("test", fault.key).standard_normal(servers))
    return float(np.sum(np.maximum(0, ends - onsets))) / US


def _binomial(n: int, p: float, uniform: float) -> int:
    """How many of n, by inversion of one uniform."""
    term = (1 - p) ** n
    k, total = 0, term
    while uniform >= total and k < n:
        term *= (n - k) / (k + 1) * p / (1 - p) if p < 1 else 0.0
        k += 1
        total += term
    return n if p >= 1 else k
