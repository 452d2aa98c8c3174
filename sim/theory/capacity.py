"""How many servers: bounded queues, spares, k of n, and machines that fail and are repaired."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sim.theory import bounds
from sim.theory.tails import binomial_at_least

SERVERS = "it is a number of servers"


@dataclass(frozen=True)
class BoundedQueue:
    """M/M/c/K in its steady state. Shares are of arrivals, numbers are means over time."""

    blocked: float              # share of arrivals refused because K requests are inside
    served_per_s: float         # rate * (1 - blocked)
    inside: float               # mean number in the system, L
    waiting: float              # mean number before service, Lq
    response_s: float           # mean seconds inside of an accepted request, W; nan at rate 0


def bounded_queue(workers: int, places: int, service_s: float, rate: float) -> BoundedQueue:
    """Steady state of `workers` workers with room for `places` requests in all (M/M/c/K).

    places: K >= workers, those in service included. Any load is allowed. Raises ValueError if
    workers < 1, places < workers, service_s <= 0 or rate < 0.
    Source: truncated birth-death chain, Gross et al., 4th ed., section 2.5.

    >>> round(bounded_queue(4, 8, 1.0, 4.0).blocked, 6)
    0.138528
    """
    workers = bounds.count("workers", workers, 1, "a server without workers serves nobody")
    places = bounds.count("places", places, workers, "those in service have a place too")
    service_s = bounds.positive("service_s", service_s, "a request takes time")
    rate = bounds.not_negative("rate", rate, "it is requests a second")
    served_at = [min(n, workers) / service_s for n in range(1, places + 1)]
    state = _birth_death([rate] * places, served_at)
    served = rate * math.fsum(state[:-1])
    inside = math.fsum(n * p for n, p in enumerate(state))
    waiting = math.fsum((n - workers) * p for n, p in enumerate(state) if n > workers)
    return BoundedQueue(state[-1], served, inside, waiting, inside / served if served else math.nan)


def _birth_death(up: list[float], down: list[float]) -> list[float]:
    """Steady state of a birth-death chain, up[i]: i -> i+1, down[i]: i+1 -> i; all down > 0."""
    logs = [0.0]                                    # logs: a thousand places cannot overflow
    for birth, death in zip(up, down, strict=True):
        logs.append(logs[-1] + math.log(birth / death) if birth > 0.0 else -math.inf)
    top = max(logs)
    weights = [math.exp(value - top) for value in logs]
    whole = math.fsum(weights)
    return [weight / whole for weight in weights]


def repair_states(
    machines: int, repairers: int, fail_rate: float, repair_rate: float
) -> tuple[float, ...]:
    """P(i machines are down) for i = 0 to `machines`, in the steady state of machine repair.

    Rates are per machine and per repairer, in one unit of time. Raises ValueError if machines or
    repairers < 1, fail_rate < 0 or repair_rate <= 0.
    Source: finite-source queue, Gross et al., 4th ed., section 2.8.

    >>> [round(p, 6) for p in repair_states(5, 1, 0.1, 1.0)[:3]]
    [0.563952, 0.281976, 0.11279]
    """
    machines = bounds.count("machines", machines, 1, SERVERS)
    repairers = bounds.count("repairers", repairers, 1, "with none nothing is ever repaired")
    fail_rate = bounds.not_negative("fail_rate", fail_rate, "it is failures per time")
    repair_rate = bounds.positive("repair_rate", repair_rate, "it is repairs per time")
    up = [(machines - i) * fail_rate for i in range(machines)]
    down = [min(i, repairers) * repair_rate for i in range(1, machines + 1)]
    return tuple(_birth_death(up, down))


def mean_time_to_failure(
    servers: int, needed: int, fail_rate: float, repair_rate: float = 0.0, repairers: int = 1
) -> float:
    """Mean time from all up until fewer than `needed` of `servers` are up, in the rates' time.

    Raises ValueError if needed is not from 1 to servers, fail_rate <= 0, repair_rate < 0 or
    repairers < 1. Source: first passage of a birth-death chain, Barlow and Proschan 1965, ch. 3.

    >>> round(mean_time_to_failure(3, 2, 1.0), 6), round(mean_time_to_failure(2, 1, 0.02, 0.2), 6)
    (0.833333, 325.0)
    """
    servers, needed = _k_of_n(servers, needed)
    fail_rate = bounds.positive("fail_rate", fail_rate, "what never fails has no time to failure")
    repair_rate = bounds.not_negative("repair_rate", repair_rate, "it is repairs per time")
    repairers = bounds.count("repairers", repairers, 1, "with none, say repair_rate 0")
    whole = step = 0.0                              # step: mean time from i down to i + 1 down
    for down in range(servers - needed + 1):
        rate = (servers - down) * fail_rate
        step = 1.0 / rate + min(down, repairers) * repair_rate / rate * step
        whole += step
    return whole


def _k_of_n(servers: int, needed: int) -> tuple[int, int]:
    servers = bounds.count("servers", servers, 1, SERVERS)
    needed = bounds.count("needed", needed, 1, SERVERS)
    if needed > servers:
        raise ValueError(f"needed(={needed}) must be at most servers(={servers}): no more exist")
    return servers, needed


def k_of_n(servers: int, needed: int, available: float) -> float:
    """P(at least `needed` of `servers` are up), each up with chance `available`, independently.

    Raises ValueError if needed is not from 1 to servers or available not in [0, 1].
    Source: binomial tail; Barlow and Proschan 1965, ch. 2.

    >>> round(k_of_n(3, 2, 0.99), 6)
    0.999702
    """
    servers, needed = _k_of_n(servers, needed)
    return binomial_at_least(servers, bounds.share("available", available), needed)


def servers_needed(rate: float, per_server: float, busiest: float, spares: int = 0) -> int:
    """N + k: servers that carry `rate` at utilisation `busiest` or less when `spares` are out.

    rate, per_server: requests a second in all and that one server can serve. busiest: in (0, 1].
    Raises ValueError if rate or spares is negative, per_server not positive or busiest not in
    (0, 1]. Source: definition; n = ceil(rate / (per_server * busiest)) + k, at least 1 + k.

    >>> servers_needed(14, 1, 0.7), servers_needed(5000, 80, 0.9, spares=5)
    (20, 75)
    """
    spares = bounds.count("spares", spares, 0, SERVERS)
    busiest = bounds.positive("busiest", bounds.share("busiest", busiest), "idle serves nobody")
    per_server = bounds.positive("per_server", per_server, "it is requests a second")
    servers = bounds.not_negative("rate", rate, "it is requests a second") / (per_server * busiest)
    return max(1, math.ceil(servers - 1e-9 * max(1.0, servers))) + spares


def utilisation_without(servers: int, lost: int, rate: float, per_server: float) -> float:
    """Utilisation of the rest when `lost` of `servers` are out; infinite when none is left.

    A rolling update in batches of b is the same with lost = b. Raises ValueError if servers < 1,
    lost is not from 0 to servers, rate is negative or per_server not positive. Source: definition.

    >>> [round(utilisation_without(20, k, 14, 1), 4) for k in (0, 1, 5)]
    [0.7, 0.7368, 0.9333]
    """
    servers = bounds.count("servers", servers, 1, SERVERS)
    lost = bounds.count("lost", lost, 0, SERVERS)
    rate = bounds.not_negative("rate", rate, "it is requests a second")
    per_server = bounds.positive("per_server", per_server, "it is requests a second")
    if lost > servers:
        raise ValueError(f"lost(={lost}) must be at most servers(={servers}): no more exist")
    return rate / ((servers - lost) * per_server) if lost < servers else math.inf
