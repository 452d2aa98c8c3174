"""How many requests meet a fault before it is undone: a canary, waves, or everything at once.

The alarm is a hazard: a constant chance per second, in proportion to the traffic exposed. Users'
reports are one (`report_hazard`). Exposed requests times the fault's chance are failed requests.
Time before an alarm can come (scrape, window) is `latency_s`; time from the alarm to the end of
harm (people, undo, drain) is `undo_s`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sim.theory import bounds

RATE = "it is requests a second"
HAZARD = "it is alarms per second; 0 means nobody ever sees it"


def report_hazard(rate: float, chance: float, report: float) -> float:
    """Reports per second when the whole traffic is exposed: rate * chance * report.

    rate: requests a second. chance: that an exposed request fails. report: that a failed request is
    reported. Times the exposed share it is the hazard for `page: 1`. Raises ValueError if a share
    is not in [0, 1] or rate is negative. Source: Poisson thinning (Kingman 1993).

    >>> round(report_hazard(1000, 0.05, 0.001), 6)
    0.05
    """
    rate = bounds.not_negative("rate", rate, RATE)
    return rate * bounds.share("chance", chance) * bounds.share("report", report)


def unseen(bake_s: float, hazard: float, latency_s: float = 0.0) -> float:
    """P(no alarm during the bake): exp(-hazard * (bake - latency)), 1 when the bake is the shorter.

    hazard: alarms per second *on the canary*, already times its share. Raises ValueError if one is
    negative. Source: exponential law; derived here.

    >>> round(unseen(1800, 1 / 600, 60), 5)
    0.05502
    """
    bake_s = bounds.not_negative("bake_s", bake_s)
    watched_s = max(0.0, bake_s - bounds.not_negative("latency_s", latency_s))
    return math.exp(-bounds.not_negative("hazard", hazard, HAZARD) * watched_s)


def canary_exposure(
    rate: float, share: float, bake_s: float, hazard: float, latency_s: float, undo_s: float,
    fleet_detect_s: float, fleet_undo_s: float,
) -> float:
    """Expected requests that meet the fault: on the canary, and on all if the bake missed it.

    rate: requests a second in all. share: of traffic on the canary. hazard: alarms per second on
    the canary. fleet_detect_s, fleet_undo_s: mean seconds to the alarm and of the undo when all
    have it.
    Raises ValueError if share is not in [0, 1] or another one is negative.
    Source: derived here: rate * (w (E min(D, T) + (1-b) R) + b (D2 + R2)), D = L + Exp(hazard).

    >>> round(canary_exposure(1000, 0.05, 1800, 1 / 600, 60, 120, 600, 300), 1)
    86540.1
    """
    missed = unseen(bake_s, hazard, latency_s)
    undo_s, share = bounds.not_negative("undo_s", undo_s), bounds.share("share", share)
    baking = min(latency_s, bake_s) + _mean_capped(hazard, max(0.0, bake_s - latency_s))
    fleet_s = bounds.not_negative("fleet_detect_s", fleet_detect_s)
    after = direct_exposure(rate, fleet_s, bounds.not_negative("fleet_undo_s", fleet_undo_s))
    return rate * share * (baking + (1.0 - missed) * undo_s) + missed * after


def _mean_capped(hazard: float, cap_s: float) -> float:
    """E min(Exp(hazard), cap), exact also when the hazard is tiny."""
    x = hazard * cap_s
    return cap_s if x == 0.0 else cap_s * (-math.expm1(-x) / x)


def direct_exposure(rate: float, detect_s: float, undo_s: float) -> float:
    """Expected requests that meet the fault when all servers get it at once: rate * (D + R).

    Raises ValueError if one is negative. Source: definition.

    >>> direct_exposure(1000, 600, 300)
    900000.0
    """
    harmed = bounds.not_negative("detect_s", detect_s) + bounds.not_negative("undo_s", undo_s)
    return bounds.not_negative("rate", rate, RATE) * harmed


def harmed_s(hazard: float, undo_s: float, until_s: float) -> float:
    """Expected seconds of harm, counted to the horizon: E min(Exp(hazard) + undo, until).

    For a fault that is there from second 0 on and an alarm with this hazard. Raises ValueError if
    one is negative. Source: exponential law; derived here.

    >>> round(harmed_s(1 / 600, 300, 7200), 3)
    899.994
    """
    hazard = bounds.not_negative("hazard", hazard, HAZARD)
    undo_s, until_s = bounds.not_negative("undo_s", undo_s), bounds.not_negative("until_s", until_s)
    return min(undo_s, until_s) + _mean_capped(hazard, max(0.0, until_s - undo_s))


@dataclass(frozen=True)
class WavesExposure:
    """Expected requests that meet a fault rolled out in waves."""

    missed: float               # P(no wave saw it)
    before_alarm: float         # requests exposed until the alarm or the end of the last wave
    while_undoing: float        # requests exposed from the alarm until the undo is done

    @property
    def requests(self) -> float:
        return self.before_alarm + self.while_undoing


def waves_exposure(
    rate: float, shares: Sequence[float], bakes_s: Sequence[float],
    full_hazard: float, undo_s: float,
) -> WavesExposure:
    """Exposure when wave i holds shares[i] of all traffic for bakes_s[i] seconds.

    shares: cumulative, one a wave. full_hazard: alarms per second if all were exposed; wave i has
    its share of it. Before the alarm the exposure is (rate / hazard) * P(seen): the schedule drops
    out. Raises ValueError if there is no wave, lengths differ, a share is not in [0, 1], or a
    number is negative. Source: exponential law wave by wave; derived here.

    >>> e = waves_exposure(1000, (0.05, 0.25, 1), (1800, 1800, 36000), 1 / 2000, 300)
    >>> round(e.before_alarm), round(e.while_undoing)
    (2000000, 244120)
    """
    if not len(shares) or len(shares) != len(bakes_s):
        raise ValueError(
            f"bakes_s(={list(bakes_s)!r}) must be as long as shares(={list(shares)!r}), "
            "and at least 1 long: there is one a wave"
        )
    rate, undo_s = bounds.not_negative("rate", rate, RATE), bounds.not_negative("undo_s", undo_s)
    hazard = bounds.not_negative("full_hazard", full_hazard, HAZARD)
    unalarmed, before, undoing = 1.0, 0.0, 0.0
    for part, bake_s in zip(shares, bakes_s, strict=True):
        part, bake_s = bounds.share("shares", part), bounds.not_negative("bakes_s", bake_s)
        before += unalarmed * part * _mean_capped(hazard * part, bake_s)
        undoing += unalarmed * part * -math.expm1(-hazard * part * bake_s)
        unalarmed *= math.exp(-hazard * part * bake_s)
    return WavesExposure(unalarmed, rate * before, rate * undo_s * undoing)
