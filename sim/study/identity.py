"""What a study was made from, as a short word that changes when anything in it does."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict

from sim.scenario import Scenario


def canonical(scenario: Scenario) -> str:
    """The scenario as JSON with sorted keys and no spaces: comments and order of keys do not count.

    All defaults are written out, so that a default that changes with a version changes the text.
    """
    return json.dumps(asdict(scenario), sort_keys=True, separators=(",", ":"), default=str)


def scenario_sha256(scenario: Scenario) -> str:
    """SHA-256 of `canonical(scenario)`, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(scenario).encode()).hexdigest()
