"""Alerts on how fast the error budget burns: delay, price and false fire of each rule.

Mean field: failures arrive at their expected rate, so the only randomness left is in
`false_fire`. A rule fires when the failed share of its window is strictly above
factor * (1 - objective).
"""

from __future__ import annotations

import math

from sim.theory import bounds
from sim.theory.breach import breach_poisson

WINDOW = "an empty window holds nothing"
OBJECTIVE = "an objective of 100 % leaves no budget to burn"


def limit(factor: float, objective: float) -> float:
    """The failed share above which a rule fires: factor * (1 - objective), a share that may pass 1.

    factor: burn rate, 14.4 say. objective: 0.999 say. Raises ValueError if factor is not positive
    or objective not in [0, 1). Source: SRE Workbook, ch. 5 "Alerting on SLOs".

    >>> round(limit(14.4, 0.995), 6)
    0.072
    """
    factor = bounds.positive("factor", factor, "a burn rate of 0 always fires")
    return factor * (1.0 - bounds.below_one("objective", objective, OBJECTIVE))


def delay_s(
    window_s: float, above: float, error: float, before: float = 0.0, history_s: float = math.inf
) -> float:
    """Seconds from the start of a fault until the window's failed share reaches `above`.

    error, before: failed share with the fault and before it. history_s: seconds of healthy traffic
    that the evidence holds from before the fault; less than a window when the group is young, and
    then the share is over what there is. Infinite if it never gets above; 0 if it was above before.
    Raises ValueError for shares outside [0, 1], a window that is not positive, a negative history.
    Source: SRE Workbook, ch. 5, for before = 0; the rest derived here.

    >>> round(delay_s(3600, limit(14.4, 0.995), 0.2, before=0.001), 1)
    1284.4
    >>> round(delay_s(3600, 0.072, 0.2, before=0.001, history_s=60), 2)
    33.28
    """
    window_s = bounds.positive("window_s", window_s, WINDOW)
    error, before = bounds.share("error", error), bounds.share("before", before)
    above = bounds.not_negative("above", above, "it is a share of failures")
    if not history_s >= 0.0:
        raise ValueError(f"history_s(={history_s!r}) must be at least 0: evidence has no future")
    if before > above and history_s > 0.0:
        return 0.0
    if error <= above:
        return math.inf
    young = max(0.0, min(history_s, window_s) * (above - before) / (error - above))
    full = window_s * (above - before) / (error - before)
    return young if young + history_s <= window_s else full


def burn_delay_s(
    window_s: float, factor: float, objective: float, error: float, before: float = 0.0
) -> float:
    """Seconds from the start of a fault until one burn-rate rule fires; infinite if it never does.

    Raises ValueError as `limit` and `delay_s` do.
    Source: SRE Workbook, ch. 5, for before = 0: (1 - SLO) / error ratio * window * burn rate.

    >>> round(burn_delay_s(3600, 14.4, 0.995, 1.0), 1)
    259.2
    """
    return delay_s(window_s, limit(factor, objective), error, before)


def multiwindow_delay_s(
    long_s: float, short_s: float, factor: float, objective: float,
    error: float, before: float = 0.0,
) -> float:
    """Seconds until both windows of a row are above; the long one always binds in a lasting fault.

    The short window only ends the alert sooner. Raises ValueError if the short window is the longer
    one, or as `burn_delay_s` does. Source: SRE Workbook, ch. 5, "Multiwindow, Multi-Burn-Rate".

    >>> round(multiwindow_delay_s(3600, 300, 14.4, 0.995, 1.0), 1)
    259.2
    """
    long_s = bounds.positive("long_s", long_s, WINDOW)
    short_s = bounds.positive("short_s", short_s, WINDOW)
    if short_s > long_s:
        raise ValueError(f"short_s(={short_s!r}) must be at most long_s(={long_s!r}): it is short")
    short = burn_delay_s(short_s, factor, objective, error, before)
    return max(short, burn_delay_s(long_s, factor, objective, error, before))


def scraped_delay_s(mean_field_s: float, scrape_s: float, offset_s: float = 0.0) -> float:
    """The same delay when the rule is asked only at scrapes: the first one strictly after it.

    mean_field_s: what `delay_s` says. offset_s: how long before the fault the last scrape was, from
    0 to scrape_s. Infinite stays infinite. At most one scrape more than the mean-field delay.
    Raises ValueError if scrape_s is not positive, or a time is negative, or the offset too long.
    Source: derived here (a scrape that finds the share equal to the limit does not fire).

    >>> scraped_delay_s(259.2, 10), scraped_delay_s(260, 10), scraped_delay_s(259.2, 10, offset_s=4)
    (260.0, 270.0, 266.0)
    """
    scrape_s = bounds.positive("scrape_s", scrape_s, "the grid needs a step")
    if not 0.0 <= offset_s <= scrape_s:
        raise ValueError(f"offset_s(={offset_s!r}) must be from 0 to scrape_s(={scrape_s!r})")
    if mean_field_s == math.inf:
        return math.inf
    scrapes = (bounds.not_negative("mean_field_s", mean_field_s) + offset_s) / scrape_s
    return (math.floor(scrapes + 1e-9 * max(1.0, scrapes)) + 1) * scrape_s - offset_s


def held_delay_s(
    window_s: float, above: float, error: float, before: float,
    evaluate_every_s: float, for_s: float,
) -> float:
    """Mean delay of a Prometheus rule with `for:`, evaluated on a grid of random phase.

    The crossing, half an evaluation interval, then `for_s` (a multiple of the interval) more.
    Raises ValueError as `delay_s` does, or if the interval is not positive or for_s negative.
    Source: Prometheus documentation, "Alerting rules"; derived here.

    >>> round(held_delay_s(300, 0.01, 0.1, 0.001, 30, 120), 2)
    162.27
    """
    every = bounds.positive("evaluate_every_s", evaluate_every_s, "the grid needs a step")
    held = bounds.not_negative("for_s", for_s)
    return delay_s(window_s, above, error, before) + every / 2.0 + held


def budget_at_alarm(factor: float, window_s: float, period_s: float) -> float:
    """Share of the period's error budget that is gone when a rule fires on one lasting fault.

    Raises ValueError if one of the three is not positive. Source: SRE Workbook, ch. 5.

    >>> round(budget_at_alarm(14.4, 3600, 30 * 86400), 6)
    0.02
    """
    factor = bounds.positive("factor", factor, "a burn rate of 0 always fires")
    window_s = bounds.positive("window_s", window_s, WINDOW)
    return factor * window_s / bounds.positive("period_s", period_s, "the budget is for a period")


def false_fire(requests: float, chance: float, factor: float, objective: float) -> float:
    """P(a rule fires at one evaluation) on a healthy service: a Poisson tail.

    requests: mean number in the window. chance: healthy failed share. A limit of 1 or more never
    fires. Raises ValueError as `limit` and `breach_poisson` do. Source: Poisson tail; derived here.

    >>> f"{false_fire(100, 0.002, 6, 0.995):.3e}"
    '5.684e-05'
    """
    above = limit(factor, objective)
    return breach_poisson(requests, chance, above) if above < 1.0 else 0.0
