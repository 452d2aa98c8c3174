"""Argo Rollouts' phases: its own cases as data, and its limits on small cases by hand."""

from __future__ import annotations

from typing import Any

import pytest

from sim.judges.argo import assess
from tests.judges.conformance import Case, cases

DONE = {"lastMeasurementPhase": "Successful"}
EVERY_MINUTE = {"interval": "60s"}


@pytest.mark.parametrize("case", cases("argo_rollouts_cases", "assess_metric_status"))
def test_a_metric_is_assessed_as_argo_does(case: Case) -> None:
    assert assess(case["metric"], case["result"], case["terminating"]) == case["expected"]["phase"]


@pytest.mark.parametrize(
    ("limit", "counter", "phase"),
    [
        ("failureLimit", "failed", "Failed"),
        ("inconclusiveLimit", "inconclusive", "Inconclusive"),
        ("consecutiveErrorLimit", "consecutiveError", "Error"),
    ],
)
def test_a_limit_is_what_is_still_allowed(limit: str, counter: str, phase: str) -> None:
    said = [assess({limit: 2, **EVERY_MINUTE}, {counter: n, "count": n, **DONE}) for n in (1, 2, 3)]
    assert said == ["Running", "Running", phase]


@pytest.mark.parametrize("terminating", [True, False])
def test_nothing_measured_yet(terminating: bool) -> None:
    """A run stopped before its first measurement counts as a success: nobody looked, and it is promoted."""
    assert assess(EVERY_MINUTE, {}, terminating) == ("Successful" if terminating else "Pending")


def test_without_an_interval_one_measurement_decides() -> None:
    assert assess({}, {"successful": 1, "count": 1, **DONE}) == "Successful"
    assert assess({}, {"failed": 1, "count": 1, "lastMeasurementPhase": "Failed"}) == "Failed"


def test_a_measurement_on_its_way_and_a_phase_that_is_settled() -> None:
    late = {"failed": 9, "count": 9}
    assert assess(EVERY_MINUTE, {**late, "lastMeasurementPhase": "Running"}) == "Running"
    assert assess(EVERY_MINUTE, {**late, **DONE, "phase": "Successful"}) == "Successful"


@pytest.mark.parametrize(
    ("metric", "result", "said"),
    [
        ({"failureLimt": 1}, {}, "metric has no failureLimt; known: consecutiveErrorLimit"),
        ({}, {"fails": 1}, "result has no fails"),
        ({}, {"failed": -1}, "must be a whole number from 0"),
        ({}, {"failed": 0.5}, "must be a whole number from 0"),
    ],
)
def test_what_argo_does_not_know_is_refused(metric: dict[str, Any], result: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        assess(metric, result)
