"""Swaps between the sides: at once, or as the clients' name leases run out."""

from __future__ import annotations

from simpy import Environment

from sim.engine.clock import STEP, at
from sim.engine.world import World

TENTHS = 10


def swap(env: Environment, world: World, share: float, lease: int) -> None:
    """Send this share of the requests to the standby side, each tenth of the clients when its lease runs out.

    Leases run out once every `lease`, each tenth's in the middle of its part, counted from the swap. A swap back
    inside the lease meets the clients where they are: who has not moved yet stays, who has moved comes back a whole
    lease after that.
    """
    production, standby = world.fleet.sides
    now, tenths = int(env.now), world.moved
    world.swaps += 1
    mine = world.swaps
    if len(set(tenths)) == 1:
        world.leases_from = now

    def move(first: int, last: int) -> None:
        if mine != world.swaps:
            return  # a later swap took over
        when = int(env.now)
        world.settle(when)
        tenths[first:last] = [share] * (last - first)
        standby.share = share if len(set(tenths)) == 1 else sum(tenths) / TENTHS
        production.share = 1.0 - standby.share
        world.refresh(when)

    if not lease:
        move(0, TENTHS)
        return
    for tenth in range(TENTHS):
        renews = world.leases_from + lease * (2 * tenth + 1) // (2 * TENTHS)
        renews += max(0, -((renews - now) // lease)) * lease
        at(env, renews, STEP, lambda tenth=tenth: move(tenth, tenth + 1))  # type: ignore[misc]
