"""Is a canary large enough, and its bake long enough, to see the fault at all?"""

from __future__ import annotations

import math
from dataclasses import dataclass

from sim.theory import bounds
from sim.theory.tails import (
    WHY_COUNT,
    binomial_at_least,
    binomial_below,
    poisson_below,
    poisson_mean_for,
)

SERVERS = "it is a number of servers"
RATE = "it is requests a second"


def canary_miss(canaries: int, rate: float, bake_s: float, chance: float, k: int = 1) -> float:
    """P(fewer than k failures) on `canaries` servers of `rate` requests a second each, in a bake.

    chance: that a request fails. Raises ValueError if chance is not in [0, 1], k < 1 or a number is
    negative. Source: Poisson law of rare failures.

    >>> round(canary_miss(2, 5, 900, 1e-3, k=3), 6)
    0.006232
    """
    canaries = bounds.count("canaries", canaries, 0, SERVERS)
    seen = bounds.not_negative("rate", rate, RATE) * bounds.not_negative("bake_s", bake_s)
    mean = canaries * seen * bounds.share("chance", chance)
    return poisson_below(mean, bounds.count("k", k, 1, WHY_COUNT))


def bake_needed_s(canaries: int, rate: float, chance: float, missed: float, k: int = 1) -> float:
    """Seconds of bake after which the miss is `missed`; infinite when nothing can fail.

    Arguments and errors as `canary_miss`; missed in (0, 1]. Source: its inverse.

    >>> round(bake_needed_s(5, 50, 0.001, 0.05), 2)
    11.98
    """
    canaries = bounds.count("canaries", canaries, 0, SERVERS)
    per_s = canaries * bounds.not_negative("rate", rate, RATE) * bounds.share("chance", chance)
    if bounds.share("missed", missed) == 0.0:
        raise ValueError(f"missed(={missed!r}) must be above 0: no bake makes a miss impossible")
    mean = poisson_mean_for(missed, bounds.count("k", k, 1, WHY_COUNT))
    return mean / per_s if per_s else math.inf


def requests_needed(chance: float, confidence: float) -> float:
    """Requests after which at least one failure has been seen with this confidence; a whole number.

    Infinite when chance is 0. Raises ValueError if chance is not in [0, 1] or confidence not in
    [0, 1). Source: geometric law, ceil(ln(1 - confidence) / ln(1 - chance)).

    >>> requests_needed(0.01, 0.95), requests_needed(1e-4, 0.99)
    (299.0, 46050.0)
    """
    chance = bounds.share("chance", chance)
    confidence = bounds.below_one("confidence", confidence, "certainty needs an endless bake")
    if confidence == 0.0:
        return 0.0
    if chance in (0.0, 1.0):
        return 1.0 if chance else math.inf
    exact = math.log1p(-confidence) / math.log1p(-chance)
    return float(math.ceil(exact - 1e-9 * exact))


@dataclass(frozen=True)
class BinomialRule:
    """Alarm at `alarm_at` failures or more among a fixed number of requests."""

    alarm_at: int
    false_alarm: float          # P(alarm) of a healthy version
    missed: float               # P(no alarm) of the faulty one


def binomial_rule(requests: int, healthy: float, faulty: float, false_alarm: float) -> BinomialRule:
    """The most sensitive rule on `requests` requests whose false alarms stay within a limit.

    healthy, faulty: failed shares. Raises ValueError if a share is not in [0, 1], requests < 0, or
    false_alarm is 0.
    Source: exact binomial test.

    >>> rule = binomial_rule(1000, 0.001, 0.01, 0.01)
    >>> rule.alarm_at, round(rule.false_alarm, 6), round(rule.missed, 6)
    (5, 0.003637, 0.028686)
    """
    requests = bounds.count("requests", requests, 0, "it is a number of requests")
    healthy, faulty = bounds.share("healthy", healthy), bounds.share("faulty", faulty)
    bounds.positive("false_alarm", bounds.share("false_alarm", false_alarm), "every rule may err")
    low, high = 0, requests + 1                     # the tail at requests + 1 is 0
    while low < high:
        middle = (low + high) // 2
        if binomial_at_least(requests, healthy, middle) <= false_alarm:
            high = middle
        else:
            low = middle + 1
    size = binomial_at_least(requests, healthy, low)
    return BinomialRule(low, size, binomial_below(requests, faulty, low))


def no_affected_canary(servers: int, affected: int, canaries: int) -> float:
    """P(none of `canaries` servers is among the `affected`), canaries chosen at random.

    Raises ValueError if affected or canaries is not from 0 to servers. Source: hypergeometric law,
    C(N - G, n) / C(N, n), Feller I, II.6.

    >>> round(no_affected_canary(100, 10, 5), 6)
    0.583752
    """
    servers, affected, canaries = _drawn(servers, affected, canaries)
    few, many = sorted((affected, canaries))        # symmetric in the two
    free = 1.0
    for i in range(few):
        free *= max(0, servers - many - i) / (servers - i)
    return free


def _drawn(servers: int, affected: int, canaries: int) -> tuple[int, int, int]:
    servers = bounds.count("servers", servers, 1, SERVERS)
    for name, value in (("affected", affected), ("canaries", canaries)):
        if bounds.count(name, value, 0, SERVERS) > servers:
            raise ValueError(f"{name}(={value}) must be at most servers(={servers}): no more exist")
    return servers, affected, canaries


def partial_miss(
    servers: int, affected: int, canaries: int,
    rate: float, bake_s: float, chance: float, k: int = 1,
) -> float:
    """P(fewer than k failures) on the canaries when the fault bites `affected` of all servers.

    rate: requests a second at each server. Raises ValueError as `canary_miss` and
    `no_affected_canary` do.
    Source: Poisson tail averaged over the hypergeometric law; derived here.

    >>> round(partial_miss(100, 10, 5, 50, 600, 0.2), 6)
    0.583752
    """
    servers, affected, canaries = _drawn(servers, affected, canaries)
    first, weights = _hypergeometric(servers, affected, canaries)
    missed = (canary_miss(first + i, rate, bake_s, chance, k) for i in range(len(weights)))
    return math.fsum(weight * miss for weight, miss in zip(weights, missed, strict=True))


def _hypergeometric(servers: int, affected: int, canaries: int) -> tuple[int, list[float]]:
    """The smallest possible number of affected canaries, and the chances from there on."""
    least, most = max(0, canaries + affected - servers), min(canaries, affected)
    mode = (canaries + 1) * (affected + 1) // (servers + 2)
    fine = servers - affected - canaries            # may be negative, x + fine never is
    weights = {mode: 1.0}                           # ratios from the mode outward: no factorials
    for x in range(mode, most):
        ratio = (affected - x) * (canaries - x) / ((x + 1) * (fine + x + 1))
        weights[x + 1] = weights[x] * ratio
    for x in range(mode, least, -1):
        ratio = x * (fine + x) / ((affected - x + 1) * (canaries - x + 1))
        weights[x - 1] = weights[x] * ratio
    whole = math.fsum(weights.values())
    return least, [weights[x] / whole for x in range(least, most + 1)]


def variance_inflation(requests_each: float, correlation: float) -> float:
    """How much larger the variance of a failed share is when servers differ: 1 + (m - 1) rho.

    requests_each: m, requests at one server. correlation: rho, of two requests at the same server.
    Raises ValueError if requests_each < 1 or correlation is not in [0, 1].
    Source: design effect of cluster sampling, Kish, Survey Sampling, 1965, ch. 5.

    >>> round(variance_inflation(2000, 0.002), 3)
    4.998
    """
    if not 1.0 <= requests_each < math.inf:
        raise ValueError(f"requests_each(={requests_each!r}) must be at least 1: a server saw some")
    return 1.0 + (requests_each - 1.0) * bounds.share("correlation", correlation)


def effective_requests(canaries: int, requests_each: float, correlation: float) -> float:
    """Independent requests that tell as much as `canaries` servers of `requests_each` each.

    Raises ValueError if canaries < 0, or as `variance_inflation` does. Source: Kish 1965, ch. 5.

    >>> round(effective_requests(5, 2000, 0.002), 1)
    2000.8
    """
    canaries = bounds.count("canaries", canaries, 0, SERVERS)
    return canaries * requests_each / variance_inflation(requests_each, correlation)
