"""`coalmine check`: errors with their places, warnings with reasons, and what the scenario is."""

from __future__ import annotations

import json
from pathlib import Path

from tests.doors.command import ROOT, SMALL, Run, process


def test_a_right_scenario_is_told_in_one_sentence(coalmine: Run, tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    late = "leak, chance: 20%, errors: 30%, after: {median: 10m, p95: 20m}"
    path.write_text(SMALL[: SMALL.index("  standby: {")].replace(late, "slow, chance: 20%"))
    result = coalmine("check", path)
    assert (result.exit_code, result.stderr) == (0, "")
    assert " ".join(result.stdout.split()) == (
        f"{path}: Small shop: 10 servers, 12.5% used at the busiest; software change with 2 faults; "
        "2 policies: direct, canary; no warnings"
    )


def test_warnings_come_with_line_reason_and_advice_and_leave_the_exit_code(coalmine: Run, small: Path) -> None:
    result = coalmine("check", small)
    assert result.exit_code == 0
    said = " ".join(result.stdout.split())
    assert f"{small}:30: policies.standby: cannot run here: it swaps with a standby, and the fleet has none" in said
    assert "why: the change goes on to the other servers before there is anything to see" in said
    assert said.endswith("2 warnings")


def test_errors_of_all_files_go_to_stderr_and_the_exit_code_is_2(coalmine: Run, small: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(SMALL.replace("bake: 5m, batch", "bake: 5, batch").replace("rate: 100/s", "rate: 100"))
    result = coalmine("check", bad, small, tmp_path / "zzz.yaml")
    assert result.exit_code == 2
    assert "Small shop: 10 servers" in " ".join(result.stdout.split()), "what is right is told all the same"
    assert result.stderr.splitlines() == [
        f"{bad}:5: service.traffic.rate: 100, a rate is a number per time (/s, /m, /h, /d), like 5000/s or 30/m",
        f"{bad}:28: policies.canary.bake: 5, a duration needs a unit: did you mean '5s' or '5m'?",
        f"{tmp_path}/zzz.yaml: does not exist; `coalmine list` shows the library",
    ]


def test_a_setting_is_checked_with_the_file(coalmine: Run, small: Path) -> None:
    result = coalmine("check", small, "--set", "policies.canary.bake=2h")
    assert result.exit_code == 2
    assert result.stderr == (
        "--set policies.canary.bake=2h: policies.canary.bake: 2h, must be at most the horizon, 1h\n"
    )


def test_json_holds_errors_warnings_and_the_scenario(coalmine: Run, small: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("name: [")
    result = coalmine("check", small, bad, "--json")
    right, wrong = json.loads(result.stdout)["files"]
    assert (result.exit_code, result.stderr) == (2, "")
    assert (right["ok"], wrong["ok"], wrong["scenario"]) == (True, False, None)
    assert right["scenario"]["policies"] == ["direct", "canary", "standby"]
    assert right["scenario"]["runnable"] == ["direct", "canary"]
    assert {"line", "field", "text", "why", "advice"} == set(right["warnings"][0])
    assert wrong["errors"][0]["text"] == f"{bad}:1: the text ends where a value should stand: is a bracket not closed?"


def test_lines_fit_a_terminal_of_80_columns(coalmine: Run) -> None:
    names = [path.relative_to(ROOT) for path in (ROOT / "scenarios").rglob("*.yaml") if "invalid" not in path.parts]
    result = coalmine("check", *names)
    assert [line for line in result.stdout.splitlines() if len(line) > 80] == []


def test_the_library_is_right(coalmine: Run) -> None:
    names = [path for path in (ROOT / "scenarios").rglob("*.yaml") if "invalid" not in path.parts]
    assert coalmine("check", *names).exit_code == 0


def test_a_scenario_may_come_through_a_pipe(tmp_path: Path) -> None:
    done = process("check", "/dev/stdin", input=SMALL)
    assert done.returncode == 0, done.stderr
    assert "Small shop: 10 servers" in done.stdout


def test_checking_loads_no_engine() -> None:
    import subprocess
    import sys

    code = (
        "import sys, sim.cli.check; sim.cli.check.check(['web_fleet'], None, False)\n"
        "print(*sorted({'simpy', 'matplotlib', 'pandas', 'joblib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == ""
