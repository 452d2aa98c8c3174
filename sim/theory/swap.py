"""Moving all traffic at once: leases that run out, sessions that drain, and the way back.

Clients hold the service's name for `ttl_s` seconds, renew it when it runs out, and are spread
evenly over that time. So after a swap they move one by one, a share of 1 - t / TTL still being on
the old address, and a client that moved comes back only when its *own* next lease runs out: a swap
back inside the lease does not help it for a whole TTL. The two effects cancel: the expected traffic
that meets the new version is rate * (time between swap and swap back), whatever the TTL.
Sessions on a drained server end linearly too, so `lease_tail` serves them with the drain as TTL.
"""

from __future__ import annotations

import math

from sim.theory import bounds

TTL = "a name is kept for some time"
RATE = "it is requests a second"
STEPS = "it is a number of equal steps"


def lease_tail(t: float, ttl_s: float) -> float:
    """Share of busy clients still on the old address t seconds after the swap: 1 - t / TTL, >= 0.

    With ttl_s = 0 all move at once. Its mean is TTL / 2. Raises ValueError if one is negative.
    Source: uniform phase of DNS leases (TTL of RFC 1035, section 3.2.1); derived here.

    >>> lease_tail(15, 60)
    0.75
    """
    t, ttl_s = bounds.not_negative("t", t), bounds.not_negative("ttl_s", ttl_s, TTL)
    return max(0.0, 1.0 - t / ttl_s) if ttl_s else 0.0


def stepped_tail(t: float, ttl_s: float, steps: int = 10) -> float:
    """The same share in `steps` equal steps, each in the middle of its part of the TTL.

    At the instant of a step it has happened. The area under it is TTL / 2, as without steps.
    Raises ValueError if a time is negative or steps < 1. Source: midpoint rule; derived here.

    >>> [stepped_tail(t, 60) for t in (0, 2.9, 3, 57)]
    [1.0, 1.0, 0.9, 0.0]
    """
    t, ttl_s = bounds.not_negative("t", t), bounds.not_negative("ttl_s", ttl_s, TTL)
    steps = bounds.count("steps", steps, 1, STEPS)
    moved = math.floor(t / ttl_s * steps + 0.5 + 1e-9) if t < ttl_s else steps
    return max(0, steps - moved) / steps


def step_times_s(ttl_s: float, steps: int = 10) -> tuple[float, ...]:
    """Seconds after a swap at which each of `steps` equal groups of clients moves.

    Raises ValueError if ttl_s is negative or steps < 1. Source: midpoint rule; derived here.

    >>> step_times_s(60, 5)
    (6.0, 18.0, 30.0, 42.0, 54.0)
    """
    ttl_s, steps = bounds.not_negative("ttl_s", ttl_s, TTL), bounds.count("steps", steps, 1, STEPS)
    return tuple(ttl_s * (2 * step + 1) / (2 * steps) for step in range(steps))


def idle_mean_s(ttl_s: float, request_rate: float) -> float:
    """Mean seconds until an idle client reaches the new address: lease out *and* a request made.

    request_rate: requests a second of one client; infinite when 0. Mean of the later of a uniform
    and an exponential time: TTL / 2 + (1 - exp(-a TTL)) / (a^2 TTL). Raises ValueError if one is
    negative. Source: derived here.

    >>> round(idle_mean_s(60, 1 / 30), 3)
    42.97
    """
    ttl_s = bounds.not_negative("ttl_s", ttl_s, TTL)
    a = bounds.not_negative("request_rate", request_rate, "it is requests a second of one client")
    if a == 0.0:
        return math.inf
    x = a * ttl_s
    return ttl_s / 2.0 + (-math.expm1(-x) / x if x else 1.0) / a


def new_share(t: float, back_s: float, ttl_s: float) -> float:
    """Share of traffic on the new version t seconds after a swap that was undone at back_s.

    min(1, t / TTL) less the same for t - back_s; a swap never undone has back_s infinite. Raises
    ValueError if a time is negative. Source: uniform phase, each client renews once a TTL.

    >>> [round(new_share(t, 20, 60), 4) for t in (0, 15, 48, 74, 80)]
    [0.0, 0.25, 0.3333, 0.1, 0.0]
    """
    t, ttl_s = bounds.not_negative("t", t), bounds.not_negative("ttl_s", ttl_s, TTL)
    back_s = _back(back_s)
    returned = 1.0 - lease_tail(t - back_s, ttl_s) if t >= back_s else 0.0
    return max(0.0, 1.0 - lease_tail(t, ttl_s) - returned)


def _back(back_s: float) -> float:
    if not back_s >= 0.0:
        raise ValueError(f"back_s(={back_s!r}) must be at least 0: no way back before the swap")
    return float(back_s)


def swap_failures(
    rate: float, chance: float, back_s: float, ttl_s: float, until_s: float = math.inf
) -> float:
    """Expected failed requests of a swap to a faulty version that was undone at back_s.

    rate: requests a second in all. chance: that a request to the new version fails. until_s: count
    only to here; without it the answer is rate * chance * back_s whatever the TTL.
    Raises ValueError if chance is not in [0, 1], a number is negative, or both back_s and
    until_s are infinite. Source: the integral of `new_share`; derived here.

    >>> swap_failures(1000, 0.05, 20, 60), round(swap_failures(1000, 0.05, 20, 60, until_s=20), 6)
    (1000.0, 166.666667)
    """
    failing = bounds.not_negative("rate", rate, RATE) * bounds.share("chance", chance)
    ttl_s, back_s = bounds.not_negative("ttl_s", ttl_s, TTL), _back(back_s)
    until_s = _until(until_s, back_s)
    if until_s >= back_s + ttl_s:
        return failing * back_s
    return failing * (_moved_s(until_s, ttl_s) - _moved_s(max(0.0, until_s - back_s), ttl_s))


def _until(until_s: float, back_s: float) -> float:
    if not until_s >= 0.0 or (until_s == math.inf and back_s == math.inf):
        raise ValueError(f"until_s(={until_s!r}) must be at least 0, and finite without a way back")
    return float(until_s)


def _moved_s(t: float, ttl_s: float) -> float:
    """Integral of min(1, s / TTL) over s from 0 to t."""
    return t - ttl_s / 2.0 if t >= ttl_s else t * t / (2.0 * ttl_s)


def stepped_swap_failures(
    rate: float, chance: float, back_s: float, ttl_s: float,
    until_s: float = math.inf, steps: int = 10,
) -> float:
    """As `swap_failures`, with clients in `steps` equal groups, each in the middle of its part.

    A group renews at its phase and once a TTL after; on a tie with the swap back it renews after it
    (an undo goes first), so it never moves or comes back at once. Errors as there, or steps < 1.
    Source: derived here.

    >>> [round(stepped_swap_failures(1000, 0.05, back_s, 60), 6) for back_s in (20, 30)]
    [900.0, 1500.0]
    """
    failing = bounds.not_negative("rate", rate, RATE) * bounds.share("chance", chance)
    back_s, until_s = _back(back_s), _until(until_s, back_s)
    exposed = 0.0
    for phase in step_times_s(ttl_s, steps):
        exposed += max(0.0, min(_returns_s(phase, back_s, ttl_s), until_s) - phase)
    return failing * exposed / steps


def _returns_s(phase: float, back_s: float, ttl_s: float) -> float:
    """When the group of this phase first renews at or after the swap back: at the latest then."""
    if back_s >= 1e9 * ttl_s:                       # no lease to speak of, or no way back
        return back_s
    return phase + ttl_s * max(0, math.ceil((back_s - phase) / ttl_s - 1e-9))
