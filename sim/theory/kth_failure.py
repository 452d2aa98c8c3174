"""A judge that alarms at the k-th failure of one stream: its delay, its misses and what it costs.

`failure_rate` is failures per second of that stream: share * rate * chance, w lambda p. The stream
is Poisson. A canary pays through the fixed latencies only: k failures whatever its size, and
failure_rate * (latency + undo) more. Scrapes add to that, `scraped_failures` says how much.
"""

from __future__ import annotations

import math

from sim.theory import bounds
from sim.theory.tails import WHY_COUNT, poisson_at_least, poisson_below

FAILURES = "it is failures per second"
SCRAPE = "the monitor needs a step"


def delay_mean_s(k: int, failure_rate: float) -> float:
    """Mean seconds until the k-th failure; infinite when there are none.

    Raises ValueError if k < 1 or failure_rate is negative. Source: gamma law of Poisson arrivals.

    >>> delay_mean_s(10, 0.04)
    250.0
    """
    k = bounds.count("k", k, 1, WHY_COUNT)
    failure_rate = bounds.not_negative("failure_rate", failure_rate, FAILURES)
    return k / failure_rate if failure_rate else math.inf


def miss(k: int, failure_rate: float, bake_s: float) -> float:
    """P(fewer than k failures in the bake), so no alarm. With the fault's rate: a miss.

    Raises ValueError if k < 1 or a number is negative. Source: P(Gamma(k) > T) = P(Poisson < k).

    >>> round(miss(3, 0.01, 900), 6)
    0.006232
    """
    return poisson_below(_mean(failure_rate, bake_s), bounds.count("k", k, 1, WHY_COUNT))


def alarm(k: int, failure_rate: float, bake_s: float) -> float:
    """P(k failures or more in the bake), so an alarm. With the healthy rate: a false alarm.

    Raises ValueError if k < 1 or a number is negative. Source: P(Gamma(k) <= T) = P(Poisson >= k).

    >>> round(alarm(10, 10 * 0.001, 1800), 3)
    0.985
    """
    return poisson_at_least(_mean(failure_rate, bake_s), bounds.count("k", k, 1, WHY_COUNT))


def _mean(failure_rate: float, seconds: float) -> float:
    failure_rate = bounds.not_negative("failure_rate", failure_rate, FAILURES)
    return failure_rate * bounds.not_negative("bake_s", seconds)


def failures_mean(
    k: int, failure_rate: float,
    latency_s: float = 0.0, undo_s: float = 0.0, bake_s: float = math.inf,
) -> float:
    """Expected failures of the stream until the undo is done: k + failure_rate * (L + R).

    The count is continuous (every failure is seen at once). With a bake it is E min(N, k) until the
    alarm or the bake's end, and the latencies count only after an alarm. Raises ValueError if k < 1
    or a number is negative. Source: Wald's identity; derived here.

    >>> round(failures_mean(10, 0.05 * 200 * 0.02, 60, 120), 6)
    46.0
    """
    k = bounds.count("k", k, 1, WHY_COUNT)
    failure_rate = bounds.not_negative("failure_rate", failure_rate, FAILURES)
    slow = bounds.not_negative("latency_s", latency_s) + bounds.not_negative("undo_s", undo_s)
    if bake_s == math.inf:
        return k + failure_rate * slow if failure_rate else 0.0
    mean = _mean(failure_rate, bake_s)
    seen = poisson_at_least(mean, k)
    return mean * poisson_below(mean, k - 1) + seen * (k + failure_rate * slow)


def scraped_alarm_by(
    k: int, failure_rate: float, scrape_s: float, scrapes: int
) -> tuple[float, ...]:
    """P(alarm at or before scrape j) for j = 0 to `scrapes`, counting since scrape 0.

    Raises ValueError if k < 1, scrapes < 0, scrape_s <= 0 or failure_rate is negative.
    Source: P(Poisson(failure_rate * scrape_s * j) >= k); derived here.

    >>> [round(p, 4) for p in scraped_alarm_by(2, 0.1, 10, 3)]
    [0.0, 0.2642, 0.594, 0.8009]
    """
    step = _step(failure_rate, scrape_s)
    k, scrapes = bounds.count("k", k, 1, WHY_COUNT), bounds.count("scrapes", scrapes, 0, SCRAPE)
    return tuple(poisson_at_least(step * j, k) for j in range(scrapes + 1))


def _step(failure_rate: float, scrape_s: float) -> float:
    scrape_s = bounds.positive("scrape_s", scrape_s, SCRAPE)
    return bounds.not_negative("failure_rate", failure_rate, FAILURES) * scrape_s


def scraped_failures(
    k: int, failure_rate: float, scrape_s: float,
    latency_s: float = 0.0, undo_s: float = 0.0, scrapes: int | None = None,
) -> float:
    """Expected failures until the undo is done when the count is only seen at scrapes.

    m * sum of P(Poisson(m j) < k) over j >= 0, with m = failure_rate * scrape_s, and
    failure_rate * (latency + undo) after an alarm. scrapes: the bake's length, at whose end a
    stream without an alarm is no longer counted; None is without end, and then without latencies
    k <= E <= k + m.
    Raises ValueError if k < 1, scrape_s <= 0, scrapes < 0 or another one is negative.
    Source: interval j is exposed unless the alarm came by its start; derived here.

    >>> [round(scraped_failures(10, w * 200 * 0.02, 10), 1) for w in (0.01, 0.05, 0.25, 1)]
    [10.2, 11.0, 14.6, 40.0]
    """
    step = _step(failure_rate, scrape_s)
    k = bounds.count("k", k, 1, WHY_COUNT)
    slow = bounds.not_negative("latency_s", latency_s) + bounds.not_negative("undo_s", undo_s)
    if step == 0.0:
        return 0.0
    if scrapes is None:
        return _unending(k, step) + failure_rate * slow
    scrapes = bounds.count("scrapes", scrapes, 0, SCRAPE)
    late = poisson_at_least(step * scrapes, k) * failure_rate * slow
    return step * _exposed_scrapes(k, step, scrapes) + late


def scraped_exposure_s(k: int, failure_rate: float, scrape_s: float, scrapes: int) -> float:
    """Expected seconds until the alarm's scrape or the bake's end: what any other count runs for.

    Times the rate of *harmed* requests it is their number, when the stream also holds failures that
    the fault did not cause. Arguments and errors as `scraped_failures`. Source: derived here.

    >>> round(scraped_exposure_s(10, 0.2, 10, 60), 3)
    55.0
    """
    step = _step(failure_rate, scrape_s)
    k, scrapes = bounds.count("k", k, 1, WHY_COUNT), bounds.count("scrapes", scrapes, 0, SCRAPE)
    return scrape_s * _exposed_scrapes(k, step, scrapes)


def _exposed_scrapes(k: int, step: float, scrapes: int) -> float:
    """E min(alarm's scrape, scrapes) as a sum of P(no alarm by scrape j)."""
    import numpy as np
    from scipy import special

    return float(np.sum(special.gammaincc(k, step * np.arange(scrapes))))


def _unending(k: int, step: float) -> float:
    if k == 1:
        return step / -math.expm1(-step)            # geometric
    if step < 1e-3:
        return k + step / 2.0                       # Euler-Maclaurin; the next term is step^4 / 360
    return step * _exposed_scrapes(k, step, math.ceil((k + 12.0 * math.sqrt(k) + 45.0) / step))
