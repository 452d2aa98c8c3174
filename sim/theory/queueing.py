"""Erlang's formulas: a queue before c equal workers, its waits and its response times.

The engine asks `response_tail` at every change of load, so this file is pure floats: validation is
one comparison, and what is expensive (the Erlang recursion) is kept per (workers, load).
Load is in Erlangs: arrivals per second times seconds of service. At or above c there is no steady
state; waits are then infinite and tails 1, which is also the limit from below.
"""

from __future__ import annotations

import math
from functools import lru_cache

from sim.theory import bounds

INF = math.inf
WORKERS = "a server without workers serves nobody"
LOAD = "it is arrivals per second times seconds of service"


def erlang_b(workers: int, load: float) -> float:
    """Share of requests lost by `workers` servers without a queue (M/M/c/c).

    load: Erlangs, >= 0. Raises ValueError if workers < 1 or load is negative or not finite.
    Source: Erlang 1917; recursion B_c = a B / (c + a B), stable for any c.

    >>> round(erlang_b(10, 8), 8)
    0.12166106
    """
    workers = bounds.count("workers", workers, 1, WORKERS)
    return _erlang_b(workers, bounds.not_negative("load", load, LOAD))


@lru_cache(maxsize=4096)
def _erlang_b(workers: int, load: float) -> float:
    lost = 1.0
    for c in range(1, workers + 1):
        lost = load * lost / (c + load * lost)
    return lost


def erlang_c(workers: int, load: float) -> float:
    """P(a request must wait) before `workers` servers (M/M/c); 1 when the load is at least c.

    load: Erlangs, >= 0. Raises ValueError if workers < 1 or load is negative or not finite.
    Source: Erlang 1917; C = c B / (c - a (1 - B)).

    >>> round(erlang_c(14, 10), 8)
    0.17413193
    """
    workers = bounds.count("workers", workers, 1, WORKERS)
    return _erlang_c(workers, bounds.not_negative("load", load, LOAD))


def _erlang_c(workers: int, load: float) -> float:
    if load >= workers:
        return 1.0
    lost = _erlang_b(workers, load)
    return workers * lost / (workers - load + load * lost)    # c - a first: exact as a comes near c


def response_tail(workers: int, service_s: float, rate: float, t: float) -> float:
    """P(response time > t) at a server of `workers` equal workers: wait and service together.

    service_s: mean seconds of service (exponential). rate: requests a second at this server.
    t: seconds. 1 when rate * service_s >= workers: every accepted request is slow.
    Raises ValueError if workers < 1, service_s <= 0, rate < 0, t < 0, or one is not finite.
    Source: M/M/c, Gross et al., Fundamentals of Queueing Theory, 4th ed., section 2.3; written as a
    sum of positive terms here, so that c mu - lambda = mu is no special case.

    >>> round(response_tail(4, 0.05, 50, 0.5), 10)
    7.42472e-05
    """
    if not (type(workers) is int and workers >= 1 and 0.0 < service_s < INF and 0.0 <= rate < INF
            and 0.0 <= t < INF):
        utilisation(rate, service_s, workers)                 # names what is wrong
        workers, t = bounds.count("workers", workers, 1, WORKERS), bounds.not_negative("t", t)
    return _response_tail(workers, service_s, rate, t)


@lru_cache(maxsize=4096)
def _response_tail(workers: int, service_s: float, rate: float, t: float) -> float:
    load = rate * service_s
    if load >= workers:
        return 1.0
    # Service ends at rate 1/s, the wait of those who wait at rate (c - a)/s; in units of s:
    x, queue = t / service_s, workers - load
    gap = abs(queue - 1.0) * x
    both = x if gap == 0.0 else x * (-math.expm1(-gap) / gap)
    slow = math.exp(-x) + _erlang_c(workers, load) * math.exp(-min(1.0, queue) * x) * both
    return min(1.0, float(slow))


def wait_tail(workers: int, service_s: float, rate: float, t: float) -> float:
    """P(a request waits longer than t seconds before its service begins) in M/M/c.

    Arguments and errors as `response_tail`; 1 at or above capacity.
    Source: M/M/c; C exp(-(c mu - lambda) t), Gross et al., 4th ed., section 2.3.

    >>> round(wait_tail(10, 1, 8, 0.5), 6)
    0.150529
    """
    load = _load(workers, service_s, rate)
    t = bounds.not_negative("t", t)
    if load >= workers:
        return 1.0
    return _erlang_c(workers, load) * math.exp(-(workers - load) * t / service_s)


def wait_mean_s(workers: int, service_s: float, rate: float) -> float:
    """Mean seconds before service begins in M/M/c, over all; infinite at or above capacity.

    Times `rate` it is the mean number waiting (Little). Errors as `response_tail`.
    Source: M/M/c; C / (c mu - lambda), Gross et al., 4th ed., section 2.3.

    >>> round(wait_mean_s(10, 1, 8), 5)
    0.20459
    """
    load = _load(workers, service_s, rate)
    return INF if load >= workers else _erlang_c(workers, load) * service_s / (workers - load)


def _load(workers: int, service_s: float, rate: float) -> float:
    utilisation(rate, service_s, workers)
    return rate * service_s


def utilisation(rate: float, service_s: float, workers: int) -> float:
    """Load over capacity: the share of workers that would have to be busy; above 1 in overload.

    rate: requests a second. service_s: seconds each. Raises ValueError if workers < 1,
    service_s <= 0, rate < 0 or one is not finite. Source: definition.

    >>> utilisation(50, 0.05, 4)
    0.625
    """
    workers = bounds.count("workers", workers, 1, WORKERS)
    service_s = bounds.positive("service_s", service_s, "a request takes time")
    return bounds.not_negative("rate", rate, "it is requests a second") * service_s / workers


def overload(busy: float) -> float:
    """Share of requests that must be refused at utilisation `busy`: max(0, 1 - 1 / busy).

    busy: utilisation, >= 0, infinite when no server is left (all are refused). Raises ValueError if
    it is negative. Source: conservation, served <= capacity; M/M/c/K tends to it as K grows.

    >>> overload(0.9), overload(1.25)
    (0.0, 0.19999999999999996)
    """
    if not busy >= 0.0:
        raise ValueError(f"busy(={busy!r}) must be at least 0: it is a utilisation")
    return 1.0 - 1.0 / busy if busy > 1.0 else 0.0
