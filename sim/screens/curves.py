"""What moves under a fleet: errors as the monitor saw them, and the harm that was really done."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from sim.model.outcome import Outcome
from sim.model.timeline import Timeline
from sim.scenario import Scenario
from sim.theory.users import occupancy_mean

MOST = 240
"""Points of a curve: more than a small picture can show."""


def seen(timeline: Timeline, end_s: float) -> dict[str, list[Any]]:
    """Share of requests that failed, per version, window by window; None where a version had no request.

    t: ends of windows (s); new, old: shares. Scrapes are added up so that at most MOST windows remain.
    """
    rows = [row for row in timeline.scrapes if row[0] <= end_s]
    size = max(1, -(-len(rows) // MOST))
    curve: dict[str, list[Any]] = {"t": [], "new": [], "old": []}
    for at in range(0, len(rows), size):
        part = rows[at : at + size]
        asked, failed = sum(row[1] for row in part), sum(row[2] for row in part)
        all_asked, all_failed = sum(row[7] for row in part), sum(row[8] for row in part)
        curve["t"].append(round(part[-1][0], 1))
        curve["new"].append(round(failed / asked, 5) if asked else None)
        old = all_asked - asked
        curve["old"].append(round(max(0, all_failed - failed) / old, 5) if old > 0 else None)
    return curve


def harmed_requests(outcome: Outcome, scenario: Scenario) -> int:
    """Requests harmed in the whole run, as the outcome counts them."""
    slow = outcome.slow_requests if scenario.service.objective.slow_counts else 0
    return outcome.failed_requests + outcome.records_lost + slow


def harm(timeline: Timeline, outcome: Outcome, scenario: Scenario, end_s: float) -> dict[str, list[float]]:
    """Harmed requests since the start: the truth's rate added up, and scaled to end at the outcome's own count.

    t: instants at which the rate changes (s), the last is the end; n: requests harmed until then; users: distinct
    people hit until then, the share of the outcome's own count that so many random requests would have found
    (occupancy).
    """
    truth = [*timeline.truth, (scenario.horizon, 0.0, 0.0, 0.0)]
    times, sums = [0.0], [0.0]
    for row, following in pairwise(truth):
        until = min(following[0], scenario.horizon)
        if until > times[-1]:
            sums.append(sums[-1] + row[2] * (until - max(row[0], times[-1])))
            times.append(until)
    scale = harmed_requests(outcome, scenario) / sums[-1] if sums[-1] > 0 else 0.0
    points = list(zip(times, sums, strict=True))
    kept = [(t, n) for t, n in points if t < end_s]
    later = next(((t, n) for t, n in points if t >= end_s), None)
    if later is not None and kept:
        (t0, n0), (t1, n1) = kept[-1], later
        kept.append((end_s, n0 + (n1 - n0) * (end_s - t0) / (t1 - t0)))
    step = max(1, -(-len(kept) // MOST))
    few = [*kept[:-1:step], kept[-1]]
    harmed = [n * scale for _, n in few]
    users = scenario.service.users.count
    total = occupancy_mean(users, round(sums[-1] * scale))
    found = [occupancy_mean(users, round(n)) / total if total else 0.0 for n in harmed]
    return {
        "t": [round(t, 1) for t, _ in few], "n": [round(n, 1) for n in harmed],
        "users": [round(outcome.users_hit * share, 1) for share in found],
    }
