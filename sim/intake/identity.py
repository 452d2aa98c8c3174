"""Which scenario is this? A canonical form of all that can change a result, and its sha256.

Left out, because no run can notice them: the scenario's `name`, `about` and `counterfactual` of the policies, and
`expect`, which only compares. The name of a fault stays: its random streams go by it. Comments, the order of keys, and
whether a default was written down make no difference; the order of faults, alerts and zones does.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, is_dataclass
from typing import Any

from sim.scenario import Scenario

NOT_OF_A_RESULT = ("name", "about", "expect")
LABELS_OF_A_POLICY = ("about", "counterfactual")
FORM = "coalmine scenario 1"
"""Changes when the canonical form does, so that old and new hashes are never taken for each other."""


def canonical(scenario: Scenario) -> str:
    """One line of JSON: keys sorted, numbers in the units of the inside (seconds, fractions)."""
    said = {key: value for key, value in _plain(scenario).items() if key not in NOT_OF_A_RESULT}
    for policy in said["policies"].values():
        for label in LABELS_OF_A_POLICY:
            policy.pop(label, None)
    return json.dumps({"form": FORM, **said}, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def sha256(scenario: Scenario) -> str:
    """Sixty-four hexadecimal digits that are equal exactly when the canonical forms are."""
    return hashlib.sha256(canonical(scenario).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    # 600 and 600.0 are one duration, whether a file or a Python caller said it.
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
