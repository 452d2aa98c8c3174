"""`coalmine compare`: tables that fit, options that do what they say, results that are kept."""

from __future__ import annotations

import csv
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from sim.cli.report.sentences import LIMITS
from sim.intake import scenario_file
from sim.study.compare import compare
from sim.study.summary import summary
from tests.doors.command import Run, environment, process

RUNS = ("--runs", 40, "--jobs", 1)


@pytest.fixture(scope="module")
def printed(small: Path) -> str:
    """The report of one comparison, as a pipe gets it."""
    done = process("compare", small, *RUNS, env=environment(FORCE_COLOR=""))
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_short_form_has_what_matters_in_order(printed: str) -> None:
    leading = ("blast radius", "detection", "lead time, and", "Instead of", "Replay the", "Limits")
    places = [printed.index(words) for words in leading]
    assert places == sorted(places)
    assert printed.startswith("Small shop: 40 changes under each of 2 policies, seed 1;")


REST = ("): who found them", "): how they ended", "): what one costs", "): strain on the fleet")


def test_the_other_tables_are_behind_full(coalmine: Run, small: Path, printed: str) -> None:
    full = coalmine("compare", small, *RUNS, "--full").stdout
    assert all(title in full for title in REST)
    assert not any(title in printed for title in REST)
    assert "--full adds" in printed
    assert "--full adds" not in full
    assert len(printed.splitlines()) < 70


def test_the_report_fits_80_columns_and_nothing_is_cut_off(printed: str) -> None:
    lines = [line for line in printed.splitlines() if not line.startswith("  coalmine run")]
    assert max(map(len, lines)) <= 80
    assert "…" not in printed
    assert "\x1b" not in printed


def test_intervals_and_numbers_of_runs_are_shown(printed: str) -> None:
    assert re.search(r"Faulty changes \((\d+)\): blast radius", printed)
    assert re.search(r"\d–\d", printed)
    assert re.search(r"over \d+", printed), "a mean over fewer runs says over how many"


def test_what_cannot_run_is_named_with_its_reason(printed: str) -> None:
    assert "standby is left out: it swaps with a standby, and the fleet has none" in printed


def test_differences_are_sentences_against_the_first_policy(printed: str) -> None:
    assert "Instead of direct, on the same changes" in printed
    assert re.search(r"canary: .* users hit by a faulty change \(", printed)


def test_the_footer_says_the_limits(printed: str) -> None:
    assert LIMITS in " ".join(printed.split())


def test_the_commands_that_replay_runs_work(printed: str, coalmine: Run, small: Path) -> None:
    commands = re.findall(r"^  coalmine (run .*)$", printed, re.M)
    assert len(commands) == 4  # worst and median of two policies
    result = coalmine(*shlex.split(commands[0]))
    assert result.exit_code == 0
    assert "The change carries the fault" in result.stdout


def test_the_worst_run_is_the_worst(printed: str, small: Path) -> None:
    comparison = compare(scenario_file.read(small), runs=40, jobs=1)
    table = comparison.among("faulty")["direct"]
    worst = int(table.runs[table["failed_requests"].argmax()])
    assert f"--policy direct --run {worst}\n" in printed


@pytest.mark.slow
def test_colour_only_where_it_is_asked_for(small: Path) -> None:
    arguments = ("run", small, "--policy", "direct")
    plain = process(*arguments, env=environment(FORCE_COLOR="1", NO_COLOR="1")).stdout
    coloured = process(*arguments, env=environment(FORCE_COLOR="1")).stdout
    assert "\x1b[3" not in plain
    assert "\x1b[1m" in coloured


def test_json_is_the_summary_of_the_study(coalmine: Run, small: Path) -> None:
    made = json.loads(coalmine("compare", small, *RUNS, "--json").stdout)
    wanted = summary(compare(scenario_file.read(small), runs=40, jobs=1))
    for key, value in wanted.items():
        assert key == "seconds" or made[key] == value, key


def test_csv_holds_a_row_a_run_and_policy(coalmine: Run, small: Path, tmp_path: Path) -> None:
    path = tmp_path / "runs.csv"
    result = coalmine("compare", small, *RUNS, "--csv", path)
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    assert result.exit_code == 0
    assert f"Written: {path}" in result.stderr
    assert len(rows) == 80
    assert {row["policy"] for row in rows} == {"direct", "canary"}


def test_quiet_is_quiet(coalmine: Run, small: Path, tmp_path: Path) -> None:
    result = coalmine("compare", small, *RUNS, "--quiet", "--csv", tmp_path / "runs.csv")
    assert (result.exit_code, result.stderr) == (0, "")


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_a_figure_is_drawn(coalmine: Run, small: Path, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"picture.{ending}"
    result = coalmine("compare", small, *RUNS, "--figure", path)
    assert result.exit_code == 0, result.stderr
    assert path.read_bytes()[:5] in (b"\x89PNG\r", b"<?xml")


def test_only_the_named_policies_are_compared(coalmine: Run, small: Path) -> None:
    text = coalmine("compare", small, *RUNS, "--policy", "canary").stdout
    assert "under policy canary" in text
    assert "direct" not in text


def test_only_faulty_leaves_healthy_changes_out(coalmine: Run, small: Path) -> None:
    text = coalmine("compare", small, *RUNS, "--only", "faulty").stdout
    assert "Faulty changes" in text
    assert "Healthy changes" not in text
    text = coalmine("compare", small, *RUNS, "--only", "faulty", "--full").stdout
    assert "All changes" not in text


def test_by_fault_adds_who_catches_what(coalmine: Run, small: Path) -> None:
    text = coalmine("compare", small, *RUNS, "--by", "fault").stdout
    _, _, table = text.partition("Fault by fault")
    assert re.search(r"^errors \(\d+\)", table, re.M)
    assert re.search(r"^leak \(\d+\)", table, re.M)
    made = json.loads(coalmine("compare", small, *RUNS, "--by", "fault", "--json").stdout)
    assert set(made["by_fault"]["leak"]["canary"]) == {"before_users", "by_gate", "later", "never"}


def test_precision_stops_before_the_most_runs(coalmine: Run, small: Path) -> None:
    command = ("compare", small, "--jobs", 1, "--policy", "direct", "--runs", 400, "--json")
    made = json.loads(coalmine(*command, "--precision", "peak_utilisation=20%").stdout)
    assert (made["asked"], made["runs"] < 400) == (400, True)


def test_counts_may_be_said_as_in_a_scenario(coalmine: Run, small: Path) -> None:
    command = ("compare", small, "--jobs", 1, "--policy", "direct", "--seed", "2k", "--json")
    made = json.loads(coalmine(*command, "--runs", "0.03k").stdout)
    assert (made["seed"], made["runs"]) == (2000, 30)


def test_set_reaches_every_run_and_the_replays(coalmine: Run, small: Path) -> None:
    text = coalmine("compare", small, *RUNS, "--set", "policies.canary.bake=6m").stdout
    assert "--set policies.canary.bake=6m" in text


# --- expectations ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claim", "code", "mark"),
    [("canary.users_hit.mean < 20k", 0, "met  "), ("canary.cost.mean < 1", 3, "NOT MET")],
)
def test_a_failed_expectation_is_exit_3(
    coalmine: Run, small: Path, claim: str, code: int, mark: str
) -> None:
    result = coalmine("compare", small, *RUNS, "--expect", claim)
    assert result.exit_code == code
    assert mark in result.stdout
    assert claim in result.stdout


def test_expectations_are_in_the_json_as_well(coalmine: Run, small: Path) -> None:
    result = coalmine("compare", small, *RUNS, "--expect", "canary.cost.mean < 1", "--json")
    [one] = json.loads(result.stdout)["expected"]
    assert (result.exit_code, one["claim"], one["passed"]) == (3, "canary.cost.mean < 1", False)


PUBLISHED = """
expect:
  - {of: direct, column: peak_failed_share, statistic: mean, value: 0.2, within: WITHIN,
     role: predicted, published: "a fifth of the requests failed", source: "Post-mortem, page 3"}
"""


@pytest.mark.parametrize(("within", "code", "met"), [("1", 0, "yes"), ("1e-9", 3, "NO")])
def test_published_numbers_stand_beside_simulated_ones(
    coalmine: Run, small: Path, tmp_path: Path, within: str, code: int, met: str
) -> None:
    path = tmp_path / "incident.yaml"
    path.write_text(small.read_text() + PUBLISHED.replace("WITHIN", within))
    result = coalmine("compare", path, *RUNS)
    table = result.stdout.partition("Published numbers beside simulated ones")[2]
    assert result.exit_code == code
    assert result.stdout.index("Published numbers") < result.stdout.index("blast radius")
    assert "predicted" in table
    assert re.search(rf"\b{met}\b", table)
    assert "a fifth of the requests failed (Post-mortem, page 3)" in " ".join(table.split())


BEYOND = """
expect:
  - {of: direct, column: detected_by, word: gate, statistic: share, value: 1, within: 0.1, role: beyond,
     published: "a gate saw it", source: "Post-mortem", why: "gates of other services are left out"}
"""


def test_what_is_beyond_the_model_is_printed_with_the_reason_and_fails_nothing(
    coalmine: Run, small: Path, tmp_path: Path
) -> None:
    path = tmp_path / "incident.yaml"
    path.write_text(small.read_text() + BEYOND)
    result = coalmine("compare", path, *RUNS)
    said = " ".join(result.stdout.split())
    assert (result.exit_code, "detected_by.gate" in said) == (0, True)
    assert re.search(r"100% +10% +0% +beyond +no\b", result.stdout), result.stdout
    assert "beyond the model: gates of other services are left out" in said


def test_policies_that_nobody_used_are_called_counterfactual(coalmine: Run, small: Path) -> None:
    never = ("--set", "policies.canary.counterfactual=true")
    result = coalmine("compare", small, *RUNS, *never)
    assert "Counterfactual, what nobody did: canary." in result.stdout
    assert "canary (counterfactual):" in result.stdout
    assert json.loads(coalmine("compare", small, *RUNS, *never, "--json").stdout)["counterfactual"] == ["canary"]
    assert "ounterfactual" not in coalmine("compare", small, *RUNS).stdout


# --- bad input, and results that cannot be written ------------------------------------------------


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--policy", "canry"], "did you mean 'canary'?"),
        (["--policy", "standby"], "this fleet cannot run 'standby': it swaps with a standby"),
        (["--runs", "0"], "--runs: '0', must be a whole number from 1 to"),
        (["--runs", "many"], "'many'"),
        (["--jobs", "0"], "--jobs: '0', must be a whole number from 1 to 1,024"),
        (["--precision", "users_hit"], "must be COLUMN=SHARE"),
        (["--precision", "users_hits=5%"], "did you mean 'users_hit'?"),
        (["--precision", "users_hit=5"], "a share is a number and a percent sign"),
        (["--precision", "users_hit=200%"], "100%"),
        (["--expect", "canary.users_hit < 5"], "one statistic must end it"),
        (["--expect", "canray.users_hit.mean < 5"], "did you mean 'canary'?"),
        (["--only", "sick"], "sick"),
        (["--by", "zone"], "zone"),
        (["--set", "policies.canary.bak=5m"], "bake"),
        (["--figure", "picture.gif"], "must end in one of .png, .svg, .pdf"),
        (["--csv", "no/such/folder/runs.csv"], "the folder no/such/folder does not exist"),
        (["--csv", "."], "is a folder"),
    ],
)
def test_bad_options_are_refused_before_anything_runs(
    coalmine: Run, small: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], words: str
) -> None:
    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("the study ran")

    monkeypatch.setattr("sim.study.compare.compare", never)
    result = coalmine("compare", small, *options)
    assert result.exit_code == 2, result.stderr
    assert words in result.stderr
    assert result.stdout == ""


def test_a_csv_that_cannot_be_written_costs_only_the_csv(
    coalmine: Run, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sim.study.rows.write_csv", full)
    picture = tmp_path / "picture.svg"
    result = coalmine("compare", small, *RUNS, "--csv", tmp_path / "x.csv", "--figure", picture)
    assert result.exit_code == 1
    assert "Faulty changes" in result.stdout
    assert "No space left on device" in result.stderr
    assert picture.exists(), "the picture is drawn all the same"


def test_a_run_that_fails_says_how_to_repeat_it(
    coalmine: Run, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("float division by zero")

    monkeypatch.setattr("sim.measure.run_many", broken)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    result = coalmine("compare", small, *RUNS)
    assert result.exit_code == 1
    assert "run --policy direct --seed 1 --run 0" in result.stderr
    assert "Traceback" not in result.stderr
