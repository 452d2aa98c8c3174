"""Where requests and users go: distinct users, sticky or not, and swaps."""

from __future__ import annotations

import math

from sim.catalogue.custom import Custom
from sim.judges import Threshold
from sim.model.service import Sticky
from sim.model.terms import Batch, Portion
from sim.scenario import Scenario
from sim.strategies import Canary, StandbySwap, Waves
from sim.study.verify.case import Case, Draw, mean_case
from sim.study.verify.setting import SCRAPE_S, rollout
from sim.theory import swap, users
from sim.units import MINUTE

RATE, USERS, SHARE, CHANCE, BAKE = 50.0, 5000, 0.05, 0.1, 2000.0
EACH = RATE * BAKE / USERS
"""Requests of one user in the bake: 20."""


def _baking(sticky: Sticky) -> Scenario:
    policy = Canary(canaries=Portion(share=SHARE), bake=BAKE)
    fault = Custom(errors=CHANCE)
    return rollout(
        policy, fault, rate=RATE, users=USERS, sticky=sticky, horizon=BAKE, scrape=BAKE
    )


def any_users(draw: Draw) -> Case:
    """Every request may meet the canary: many people, each hit once or twice."""
    return mean_case(
        "5 % canary, users not sticky: users hit",
        "U (1 - exp(-w p K))",
        "occupancy with Poisson requests, Johnson and Kotz 1977",
        users.hit_poisson(USERS, SHARE, CHANCE, EACH, sticky=False),
        draw(_baking("none"), 400)["users_hit"],
    )


def sticky_users(draw: Draw) -> Case:
    """The same requests, the same people every time: fewer people, hit harder."""
    return mean_case(
        "5 % canary, users stick to a version: users hit",
        "U w (1 - exp(-p K))",
        "occupancy with Poisson requests, Johnson and Kotz 1977",
        users.hit_poisson(USERS, SHARE, CHANCE, EACH, sticky=True),
        draw(_baking("version"), 400)["users_hit"],
    )


def sticky_waves(draw: Draw) -> Case:
    """The people of the first wave are the first people of the next."""
    bake, shares = 400.0, (0.05, 0.25, 1.0)
    policy = Waves(by="size", first=Portion(count=1), growth=4.0, bake=bake, batch=Batch())
    scenario = rollout(
        policy, Custom(errors=CHANCE), rate=RATE, users=USERS, sticky="version",
        horizon=3 * bake, scrape=bake,
    )
    hit = before = 0.0
    for wave, share in enumerate(shares):
        exposed = (3 - wave) * bake * RATE / USERS
        hit += USERS * (share - before) * -math.expm1(-CHANCE * exposed)
        before = share
    return mean_case(
        "waves of 5, 25 and 100 %, sticky users: users hit",
        "U Σ (w_i - w_{i-1}) (1 - exp(-p r (T_i + ... + T_3)))",
        "occupancy, nested waves, derived in sim/theory/users.py",
        hit,
        draw(scenario, 400)["users_hit"],
    )


def _swapping(lease: float, horizon: float, scrapes: int) -> Scenario:
    """A swap at t = 0 to a version that fails, taken back at once at the so many-th scrape."""
    judge = Threshold(above=0.01, consecutive=scrapes)
    policy = StandbySwap(lease=lease, bake=horizon, judge=judge)
    return rollout(policy, Custom(errors=0.2), rate=2000.0, standby=20, horizon=horizon)


def lease_tail(draw: Draw) -> Case:
    """Counted in the middle of the lease: half of the clients have not even come."""
    lease, until = 5 * MINUTE, 200.0
    seen = draw(_swapping(lease, until, scrapes=1000), 200)
    return mean_case(
        "swap with a lease of 5 min: requests failed in the first 200 s",
        "λ p Σ (t - t_i)+ / 10, t_i the middle of each tenth of the lease",
        "uniform lease phases in ten steps, derived in sim/theory/swap.py",
        swap.stepped_swap_failures(2000.0, 0.2, math.inf, lease, until),
        seen["failed_requests"],
    )


def back_inside_the_lease(draw: Draw) -> Case:
    """Who has not moved never does; who has comes back a whole lease later."""
    lease, scrapes = 5 * MINUTE, 8
    seen = draw(_swapping(lease, 20 * MINUTE, scrapes), 200)
    return mean_case(
        "swap taken back after 80 s of a 5 min lease: requests failed",
        "λ p Σ (return_i - t_i)+ / 10, return_i = t_i + lease for who had moved",
        "uniform lease phases in ten steps, derived in sim/theory/swap.py",
        swap.stepped_swap_failures(2000.0, 0.2, scrapes * SCRAPE_S, lease),
        seen["failed_requests"],
    )


def back_at_once(draw: Draw) -> Case:
    """Without a lease everybody moves together, both ways."""
    seen = draw(_swapping(0.0, 20 * MINUTE, 8), 200)
    return mean_case(
        "swap taken back after 80 s, no lease: requests failed",
        "λ p t",
        "uniform lease phases, derived in sim/theory/swap.py",
        swap.swap_failures(2000.0, 0.2, 8 * SCRAPE_S, 0.0),
        seen["failed_requests"],
    )


CASES = (any_users, sticky_users, sticky_waves, lease_tail, back_inside_the_lease, back_at_once)
