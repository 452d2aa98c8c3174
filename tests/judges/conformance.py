"""Cases extracted from the field's own test suites, kept beside the checkout: read when they are there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "conformance"
Case = dict[str, Any]


def cases(name: str, *suites: str) -> list[Any]:
    """Cases of these suites as parameters of a test; one that skips, saying so, when the file is not there."""
    path = FOLDER / f"{name}.json"
    if not path.exists():
        reason = f"{path.name} is not part of the project: put it into ../shared/conformance"
        return [pytest.param({}, marks=pytest.mark.skip(reason=reason), id="absent")]
    found = json.loads(path.read_text(encoding="utf-8"))["cases"]
    return [pytest.param(case, id=case["id"]) for case in found if case["suite"] in suites]
