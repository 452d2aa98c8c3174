"""Golden stories: whole pages, so that a change of a word, a number or an order is seen.

Renew them with `pytest tests/doors --update`, then read the difference: that is the test.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from sim import measure
from sim.intake import scenario_file
from tests.doors.command import ROOT, Run

GOLDEN = ROOT / "tests" / "golden"
POLICIES = ("direct", "standby", "canary")
FAULTS = ("errors", "leak", "crash_at_start")
SEED = 1


def first_run(fault: str) -> int:
    """The first run of seed 1 on web_fleet whose change carries this fault."""
    scenario = scenario_file.read("web_fleet")
    return int(measure.faults_in(scenario, SEED, range(400)).tolist().index(fault))


def compared(path: Path, text: str, update: bool) -> None:
    """Golden text and this text are the same, or the file is renewed."""
    if update:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"{path} is missing: pytest tests/doors --update writes it"
    assert text == path.read_text(encoding="utf-8"), "renew with: pytest tests/doors --update"


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("policy", POLICIES)
def test_the_story_is_the_golden_one(coalmine: Run, update: bool, policy: str, fault: str) -> None:
    result = coalmine("run", "web_fleet", "--policy", policy, "--run", first_run(fault))
    assert result.exit_code == 0, result.stderr
    compared(GOLDEN / f"web_fleet-{fault}-{policy}.txt", result.stdout, update)


def test_a_stepped_story_is_the_golden_one(coalmine: Run, update: bool) -> None:
    run = first_run("leak")
    command = ("run", "web_fleet", "--policy", "canary", "--run", run, "--step")
    result = coalmine(*command, input="h\np\np\n")
    assert result.exit_code == 0, result.stderr
    compared(GOLDEN / "web_fleet-leak-canary-stepped.txt", result.stdout, update)


def test_no_golden_file_is_left_over() -> None:
    wanted = {f"web_fleet-{fault}-{policy}.txt" for fault in FAULTS for policy in POLICIES}
    wanted.add("web_fleet-leak-canary-stepped.txt")
    assert {path.name for path in GOLDEN.glob("web_fleet-*.txt")} == wanted
