"""Swaps between the sides: at once, or as the clients' name leases run out."""

from __future__ import annotations

from simpy import Environment

from sim.engine.clock import STEP, at
from sim.engine.world import World


def swap(env: Environment, world: World, share: float, lease: int) -> None:
    """Send this share of the requests to the standby side; clients move over in ten steps of the lease."""
    production, standby = world.fleet.sides
    before = standby.share
    world.swaps += 1
    mine = world.swaps

    def move(to: float) -> None:
        if mine != world.swaps:
            return  # a later swap took over
        now = int(env.now)
        world.settle(now)
        standby.share, production.share = to, 1.0 - to
        world.refresh(now)

    if not lease:
        move(share)
        return
    for tenth in range(10):
        part = (tenth + 1) / 10
        to = share if tenth == 9 else before + (share - before) * part
        at(env, int(env.now) + lease * (2 * tenth + 1) // 20, STEP, lambda to=to: move(to))  # type: ignore[misc]
