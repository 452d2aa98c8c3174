"""`coalmine verify`: the table, its JSON, and exit 3 when theory and simulation part."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from sim.study import verify as theory
from sim.study.verify.case import Case
from tests.doors.command import Run


def case(name: str, z: float, *, ok: bool) -> Case:
    return Case(name, "s (1 + k/q)", "Feller I, XIII.7", 100.0, 100.0 + z / 2, 0.5, z, ok)


def given(monkeypatch: pytest.MonkeyPatch, *cases: Case) -> None:
    def verify(*, factor: float, seed: int, on_progress: Any) -> Sequence[Case]:
        return cases

    monkeypatch.setattr(theory, "verify", verify, raising=False)


FINE = case("a name that is a good deal longer than its column: seconds to alarm", 0.5, ok=True)
FAR = case("users hit", 6.0, ok=False)
BLUNT = case("cost", 1.0, ok=False)


def test_every_case_is_shown_with_its_z_and_source(
    coalmine: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(monkeypatch, FINE, FINE)
    result = coalmine("verify")
    assert result.exit_code == 0, result.stderr
    for words in ("+0.50", "pass", "Feller I, XIII.7", "All 2 cases pass"):
        assert words in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert "…" not in result.stdout


def test_a_case_that_fails_is_exit_3(coalmine: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, FINE, FAR)
    result = coalmine("verify")
    assert result.exit_code == 3
    assert "FAIL" in result.stdout
    assert "1 of 2 cases failed (users hit)" in result.stdout


def test_a_case_too_blunt_to_tell_is_no_pass(
    coalmine: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(monkeypatch, FINE, BLUNT)
    result = coalmine("verify", "--effort", "0.1")
    assert (result.exit_code, "blunt" in result.stdout) == (3, True)


def test_json_holds_all_cases(coalmine: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, FINE, FAR)
    made = json.loads(coalmine("verify", "--json", "--seed", 7).stdout)
    assert [one["result"] for one in made["cases"]] == ["pass", "FAIL"]
    assert made["seed"] == 7
    assert made["overall"]["cases"] == 2
