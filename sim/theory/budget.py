"""What a fault costs of the error budget, and what canaries may cost all the time."""

from __future__ import annotations

import math

from sim.theory import bounds

OBJECTIVE = "an objective of 100 % leaves no budget"


def spent(share: float, excess: float, seconds: float, objective: float, period_s: float) -> float:
    """Share of the period's error budget that one fault spends; may pass 1.

    share: of traffic exposed. excess: failed share with the fault less that without. seconds: how
    long. Raises ValueError if share or excess is not in [0, 1], seconds is negative, objective is
    not in [0, 1) or period_s not positive. Source: SRE Workbook, ch. 16 "Canarying Releases".

    >>> round(spent(0.02, 0.3, 1200, 0.999, 30 * 86400), 6)
    0.002778
    """
    objective = bounds.below_one("objective", objective, OBJECTIVE)
    period_s = bounds.positive("period_s", period_s, "the budget is for a period")
    failing = bounds.share("share", share) * bounds.share("excess", excess)
    return failing * bounds.not_negative("seconds", seconds) / ((1.0 - objective) * period_s)


def seconds_to_spend(share: float, excess: float, objective: float, period_s: float) -> float:
    """Seconds until one fault has spent the whole budget; infinite when it harms nobody.

    Arguments and errors as `spent`. Source: its inverse.

    >>> round(seconds_to_spend(1.0, 1.0, 0.999, 30 * 86400), 6)
    2592.0
    """
    a_second = spent(share, excess, 1.0, objective, period_s)
    return 1.0 / a_second if a_second else math.inf


def largest_canary(availability: float, objective: float) -> float:
    """The largest share that may be canaried without end though all its requests fail; at least 0.

    availability: what the service reaches without canaries. Raises ValueError if availability is
    not in [0, 1] or objective not in [0, 1).
    Source: SRE Workbook, ch. 16, footnote: availability less the objective.

    >>> round(largest_canary(0.9999, 0.999), 6)
    0.0009
    """
    objective = bounds.below_one("objective", objective, OBJECTIVE)
    return max(0.0, bounds.share("availability", availability) - objective)
