"""Retries: how failures multiply load, and when the load outlives its cause."""

from __future__ import annotations

from sim.theory import bounds

RETRIES = "it is how often a client tries again"


def attempts(chance: float, retries: int) -> float:
    """Mean attempts of one request when each fails with `chance`: (1 - f^(R+1)) / (1 - f).

    Raises ValueError if chance is not in [0, 1] or retries < 0. Source: geometric sum.

    >>> attempts(0.5, 3), attempts(1.0, 3)
    (1.875, 4.0)
    """
    chance, retries = bounds.share("chance", chance), bounds.count("retries", retries, 0, RETRIES)
    total = 1.0
    for _ in range(retries):
        total = 1.0 + chance * total
    return total


def worst_amplification(retries: int, layers: int) -> int:
    """Attempts at the bottom for one request at the top when each of `layers` layers retries.

    Raises ValueError if retries or layers is negative. Source: SRE Book, ch. 22 "Addressing
    Cascading Failures": three layers of four attempts make 64.

    >>> worst_amplification(3, 3)
    64
    """
    layers = bounds.count("layers", layers, 0, "it is a number of layers")
    return int((bounds.count("retries", retries, 0, RETRIES) + 1) ** layers)


def throttled_share(requests: float, accepts: float, leniency: float = 2.0) -> float:
    """Share of requests that an adaptive client drops by itself, from its last minutes' counts.

    Raises ValueError if a count is negative or leniency (K) is not positive.
    Source: SRE Book, ch. 21 "Handling Overload", eq. 21-1.

    >>> round(throttled_share(1000, 300), 6)
    0.3996
    """
    requests = bounds.not_negative("requests", requests, "it is a count")
    accepts = bounds.not_negative("accepts", accepts, "it is a count")
    leniency = bounds.positive("leniency", leniency, "a client must accept something")
    return max(0.0, (requests - leniency * accepts) / (requests + 1.0))


def stays_down(rate: float, capacity: float, retries: int) -> bool:
    """True when an overload would outlive its cause: rate * (R + 1) > capacity > rate.

    First in first out with work done for clients that have gone; with load shedding it never is.
    rate, capacity: requests a second. Raises ValueError if one is negative or retries < 0.
    Source: derived here; the phenomenon: Huang et al., Metastable Failures in the Wild, OSDI 2022.

    >>> stays_down(40, 100, 1), stays_down(60, 100, 1)
    (False, True)
    """
    rate = bounds.not_negative("rate", rate, "it is requests a second")
    capacity = bounds.not_negative("capacity", capacity, "it is requests a second")
    return rate < capacity < rate * (bounds.count("retries", retries, 0, RETRIES) + 1)
