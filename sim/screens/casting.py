"""Which run of a study carries which fault: drawn with the study's own luck, without simulating."""

from __future__ import annotations

from sim.measure import faults_in
from sim.scenario import Scenario

HEALTHY = "none"
FAR = 20_000
"""A fault that no run up to here carries is as good as absent: half a second of looking."""
AT_ONCE = 500


def choices(scenario: Scenario) -> list[str]:
    """What a change of this scenario may carry: every fault, and nothing at all."""
    return [fault.key for fault in scenario.faults] + [HEALTHY]


def carried(scenario: Scenario, seed: int, run: int) -> str:
    """What the change of this run carries, several joined by '+'."""
    return str(faults_in(scenario, seed, [run])[0])


def first_faulty(scenario: Scenario, seed: int) -> int | None:
    """The first run whose change is faulty, whatever it carries; None if there is none within reach."""
    for first in range(0, FAR, AT_ONCE):
        for run, label in enumerate(faults_in(scenario, seed, range(first, first + AT_ONCE)), first):
            if label != HEALTHY:
                return run
    return None


def next_run(scenario: Scenario, seed: int, fault: str, after: int = -1) -> int | None:
    """The first run past `after` whose change carries this fault; None if there is none within reach."""
    for first in range(after + 1, after + 1 + FAR, AT_ONCE):
        for run, label in zip(
            range(first, first + AT_ONCE), faults_in(scenario, seed, range(first, first + AT_ONCE)), strict=True
        ):
            if fault in str(label).split("+"):
                return run
    return None
