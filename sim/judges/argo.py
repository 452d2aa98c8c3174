"""Argo Rollouts' analysis: the phase of one metric from the counters of its measurements.

As a judge of a rollout it is `threshold` with `total:` (its failureLimit); this file is the whole decision of its
controller, for rules and measurements from outside.
Missing data: a measurement without a result is an error. Errors are counted in a row and fail past their own limit;
a run that is stopped before it measured anything counts as successful.
Source: argoproj/argo-rollouts, analysis/analysis.go (assessMetricStatus), utils/defaults.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

Phase = Literal["Pending", "Running", "Successful", "Failed", "Inconclusive", "Error"]
COMPLETED = ("Successful", "Failed", "Inconclusive", "Error")
LIMITS = {"failureLimit": 0, "inconclusiveLimit": 0, "consecutiveErrorLimit": 4, "consecutiveSuccessLimit": 0}
"""Argo's defaults. A failureLimit of -1 never fails; a consecutiveSuccessLimit of 0 is off."""
COUNTERS = ("count", "successful", "failed", "inconclusive", "error", "consecutiveError", "consecutiveSuccess")
NEVER = -1


def assess(metric: Mapping[str, Any], result: Mapping[str, Any], terminating: bool = False) -> Phase:
    """The phase of a metric after its measurements so far.

    metric       limits by Argo's names (`LIMITS`), `count` and `interval`; what is absent has Argo's default.
                 Without interval and count it is measured once; with an interval alone until it is stopped.
    result       counters by Argo's names (`COUNTERS`), absent ones 0; `lastMeasurementPhase`; `phase` once completed
    terminating  whether the run is being stopped: a metric without objection then counts as successful

    Failed when failures *exceed* their limit, Inconclusive and Error likewise, the later of these names winning.
    Then successful at `consecutiveSuccessLimit` in a row; at the last of `count` measurements a metric that asked for
    such a row and did not get it is Inconclusive, or Failed where failures have no limit.
    Raises ValueError for an unknown name or a counter that is not a whole number from 0.

    >>> assess({"failureLimit": 3, "interval": "60s"}, {"failed": 3, "count": 3, "lastMeasurementPhase": "Failed"})
    'Running'
    >>> assess({"failureLimit": 2, "interval": "60s"}, {"failed": 3, "count": 3, "lastMeasurementPhase": "Failed"})
    'Failed'
    """
    limits = _limits(metric)
    seen = _counters(result)
    said: Any = result.get("phase")
    if said in COMPLETED:
        known: Phase = said
        return known
    if seen["count"] == 0 and result.get("lastMeasurementPhase") is None:
        return "Successful" if terminating else "Pending"
    if result.get("lastMeasurementPhase", "Successful") not in COMPLETED:
        return "Running"

    if seen["consecutiveError"] > limits["consecutiveErrorLimit"]:
        return "Error"
    if seen["inconclusive"] > limits["inconclusiveLimit"]:
        return "Inconclusive"
    can_fail = limits["failureLimit"] != NEVER
    if can_fail and seen["failed"] > limits["failureLimit"]:
        return "Failed"
    wanted = limits["consecutiveSuccessLimit"]
    if wanted and seen["consecutiveSuccess"] >= wanted:
        return "Successful"
    measurements = metric.get("count") or (None if metric.get("interval") else 1)
    if measurements is not None and seen["count"] >= int(measurements):
        return "Successful" if not wanted else "Inconclusive" if can_fail else "Failed"
    return "Successful" if terminating else "Running"


def _limits(metric: Mapping[str, Any]) -> dict[str, int]:
    known = {*LIMITS, "count", "interval", "name", "initialDelay"}
    _refuse_unknown("metric", metric, known)
    return {name: int(metric[name]) if metric.get(name) is not None else default for name, default in LIMITS.items()}


def _counters(result: Mapping[str, Any]) -> dict[str, int]:
    _refuse_unknown("result", result, {*COUNTERS, "lastMeasurementPhase", "phase", "name"})
    seen = {name: result.get(name) or 0 for name in COUNTERS}
    for name, value in seen.items():
        if value != int(value) or value < 0:
            raise ValueError(f"{name}(={value}) must be a whole number from 0: it counts measurements")
    return {name: int(value) for name, value in seen.items()}


def _refuse_unknown(where: str, given: Mapping[str, Any], known: set[str]) -> None:
    unknown = sorted(set(given) - known)
    if unknown:
        raise ValueError(f"{where} has no {unknown[0]}; known: {', '.join(sorted(known))}")
