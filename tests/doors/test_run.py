"""`coalmine run`: the story, the facts as JSON, and the person at the gates."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path

import pytest

from sim import measure
from sim.intake import scenario_file
from sim.model.timeline import HIDDEN, Timeline
from tests.doors.command import Run

FAULTY = 40


@pytest.fixture(scope="module")
def ill(small: Path) -> dict[str, int]:
    """Fault -> the first run of seed 1 whose change carries it."""
    scenario = scenario_file.read(small)
    found = measure.faults_in(scenario, 1, range(FAULTY)).tolist()
    return {fault: found.index(fault) for fault in ("none", "errors", "leak")}


def caught_late(small: Path, ill: dict[str, int]) -> int:
    """A run in which the canary's test lets a leak pass, so that a gate comes up."""
    return ill["leak"]


def test_the_story_names_the_run_and_its_end(
    coalmine: Run, small: Path, ill: dict[str, int]
) -> None:
    result = coalmine("run", small, "--policy", "direct", "--run", ill["errors"])
    assert result.exit_code == 0
    assert f"Small shop: policy direct, seed 1, run {ill['errors']}" in result.stdout
    for words in ("Mon 10:00", "First request harmed", "The operator is paged", "Undone", "Cost: "):
        assert words in result.stdout


def test_without_a_number_the_faulty_runs_are_named(coalmine: Run, small: Path, ill: dict[str, int]) -> None:
    scenario = scenario_file.read(small)
    faulty = [i for i, name in enumerate(measure.faults_in(scenario, 1, range(FAULTY))) if name != "none"]
    told = coalmine("run", small, "--policy", "direct")
    assert f"Faulty runs of seed 1: {', '.join(map(str, faulty[:8]))}, ..." in told.stderr
    assert "Faulty runs" not in told.stdout
    for more in (("--run", 0), ("--no-truth",), ("--json",)):
        assert coalmine("run", small, "--policy", "direct", *more).stderr == ""


def test_without_faults_that_is_said(coalmine: Run, small: Path) -> None:
    told = coalmine("run", small, "--policy", "direct", "--set", "change.one_of=[{fault: none}]")
    assert "None of the first 200 runs of seed 1 carries a fault." in told.stderr


def test_every_line_fits_80_columns_and_has_no_colour_in_a_pipe(
    coalmine: Run, small: Path, ill: dict[str, int]
) -> None:
    for policy in ("direct", "canary"):
        text = coalmine("run", small, "--policy", policy, "--run", ill["leak"]).stdout
        assert max(map(len, text.splitlines())) <= 80
        assert "\x1b" not in text


def test_times_never_run_backwards(coalmine: Run, small: Path, ill: dict[str, int]) -> None:
    text = coalmine("run", small, "--policy", "canary", "--run", ill["leak"]).stdout
    clocks = re.findall(r"^[!· ] (\d\d:\d\d:\d\d)", text, re.M)
    assert len(clocks) > 5
    assert clocks == sorted(clocks)


def test_hidden_truth_is_marked_and_can_be_left_out(
    coalmine: Run, small: Path, ill: dict[str, int]
) -> None:
    command = ("run", small, "--policy", "direct", "--run", ill["errors"])
    told, untold = coalmine(*command).stdout, coalmine(*command, "--no-truth").stdout
    marked = [line for line in told.splitlines() if line.startswith("·")]
    assert any("First request harmed" in line for line in marked)
    assert any("carries the fault 'errors'" in line for line in marked)
    for secret in ("harm", "'errors'", "Cost", "·"):
        assert secret not in untold


def test_parts_of_the_cost_add_up_to_it(coalmine: Run, small: Path, ill: dict[str, int]) -> None:
    text = coalmine("run", small, "--policy", "direct", "--run", ill["leak"]).stdout
    total = float(re.findall(r"Cost: ([\d,.]+\d)", text)[0].replace(",", ""))
    parts = [float(part.replace(",", "")) for part in re.findall(r"^    +([\d,.]+)  ", text, re.M)]
    assert len(parts) > 1
    assert sum(parts) == pytest.approx(total, abs=len(parts))


def test_json_is_exactly_that_run_of_the_study(
    coalmine: Run, small: Path, ill: dict[str, int]
) -> None:
    number = ill["leak"]
    made = json.loads(
        coalmine("run", small, "--policy", "canary", "--run", number, "--json").stdout
    )
    scenario, timeline = scenario_file.read(small), Timeline()
    outcome = measure.run(scenario.plan("canary"), scenario, 1, number, timeline=timeline)
    assert made["outcome"] == asdict(outcome)
    assert [(e["t_s"], e["kind"]) for e in made["timeline"]["events"]] == [
        e[:2] for e in timeline.events
    ]
    assert made["provenance"]["seed"] == 1
    assert made["provenance"]["run"] == number


def test_json_without_truth_says_nothing_hidden(
    coalmine: Run, small: Path, ill: dict[str, int]
) -> None:
    command = ("run", small, "--policy", "direct", "--run", ill["errors"], "--json", "--no-truth")
    made = json.loads(coalmine(*command).stdout)
    events = made["timeline"]["events"]
    assert not HIDDEN & {event["kind"] for event in events}
    assert all("true" not in event["data"] for event in events)
    assert "failed_requests" not in made["outcome"]
    assert "truth" not in made["timeline"]


def test_the_same_command_prints_the_same_bytes(coalmine: Run, small: Path) -> None:
    command = ("run", small, "--policy", "canary", "--seed", 5, "--run", 3)
    assert coalmine(*command).stdout == coalmine(*command).stdout


def test_set_changes_a_field(coalmine: Run, small: Path) -> None:
    text = coalmine("run", small, "--policy", "canary", "--set", "policies.canary.bake=7m").stdout
    assert "watch for 7m" in text


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--policy", "canry"), "did you mean 'canary'?"),
        (("--policy", "standby"), "the fleet has none"),
        ((), "--policy is missing: one of direct, canary, standby"),
        (("--policy", "direct", "--seed", "-1"), "--seed: '-1', must be a whole number from 0 to"),
        (("--policy", "direct", "--run", "1e3"), "'1e3'"),
        (("--policy", "direct", "--set", "horizn=1h"), "horizon"),
    ],
)
def test_bad_input_is_refused_in_words(
    coalmine: Run, small: Path, options: tuple[str, ...], words: str
) -> None:
    result = coalmine("run", small, *options)
    assert result.exit_code == 2
    assert words in result.stderr
    assert result.stdout == ""


def test_an_unknown_scenario_gets_the_nearest_one(coalmine: Run) -> None:
    result = coalmine("run", "web_flet", "--policy", "direct")
    assert (result.exit_code, "web_fleet" in result.stderr) == (2, True)


# --- the person at the gates ----------------------------------------------------------------------


def test_step_asks_shows_only_evidence_and_tells_the_rule_afterwards(
    coalmine: Run, small: Path, ill: dict[str, int]
) -> None:
    command = ("run", small, "--policy", "canary", "--run", ill["leak"], "--step")
    result = coalmine(*command, input="p\n" * 10)
    assert result.exit_code == 0, result.stderr
    before, _, after = result.stdout.partition("You say: promote.")
    assert "requests" in before
    assert "new version" in before
    assert "The judge says" not in before
    assert "·" not in before
    assert "leak" not in before
    assert "promote, hold or roll back? [p/h/r]" in result.stderr
    assert "What you were not shown" in after
    assert "'leak'" in after
    assert "you said promote, the rule says" in " ".join(after.split())
    assert "With you: " in after
    assert "With the rule: " in after


def test_roll_back_at_the_gate_ends_the_rollout(
    coalmine: Run, small: Path, ill: dict[str, int]
) -> None:
    command = ("run", small, "--policy", "canary", "--run", ill["none"], "--step", "--json")
    made = json.loads(coalmine(*command, input="r\n").stdout)
    assert made["outcome"]["ended"] == "rolled_back"
    assert [(one["answer"], one["rule"]) for one in made["answers"]] == [("roll_back", "promote")]
    assert made["outcome_by_the_rule"]["ended"] == "promoted"


def test_hold_bakes_once_more_and_asks_again(
    coalmine: Run, small: Path, ill: dict[str, int]
) -> None:
    command = ("run", small, "--policy", "canary", "--run", ill["none"], "--step", "--json")
    made = json.loads(coalmine(*command, input="hold\nmaybe\np\n" + "p\n" * 5).stdout)
    first, second = made["answers"][:2]
    assert (first["answer"], second["answer"]) == ("hold", "promote")
    assert second["t_s"] - first["t_s"] == 300


def test_answers_that_end_too_soon_abort(coalmine: Run, small: Path, ill: dict[str, int]) -> None:
    result = coalmine("run", small, "--policy", "canary", "--run", ill["none"], "--step", input="")
    assert result.exit_code == 130
    assert "the answers ended before the rollout did" in result.stderr
