"""What a study was made from: the identity of its scenario, under the name that doors use."""

from __future__ import annotations

from sim.intake.identity import sha256
from sim.scenario import Scenario


def scenario_sha256(scenario: Scenario) -> str:
    """SHA-256 of all in the scenario that can change a result (`sim/intake/identity.py`)."""
    return sha256(scenario)
