"""The commands, their help and version; nothing heavy is loaded before it is needed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import Result

from sim import __version__
from tests.doors.command import ROOT, Run, environment, process

COMMANDS = ("new", "list", "check", "schema", "run", "compare", "verify", "explore")
LATE = ("numpy", "scipy", "simpy", "matplotlib", "ruamel", "sim.units", "sim.scenario", "sim.study")
LOOK = (
    "import contextlib, io, sys, sim.cli\n"
    "sys.argv = ['coalmine', *sys.argv[1:]]\n"
    "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):\n"
    "    sim.cli.main()\n"
    "print(*sys.modules)"
)


def said(result: Result) -> str:
    return result.stdout + result.stderr


def test_help_lists_every_command(coalmine: Run) -> None:
    result = coalmine("--help")
    assert (result.exit_code, "..." in result.stdout.partition("Commands:")[2]) == (0, False)
    assert [name for name in COMMANDS if not re.search(rf"^  {name} ", result.stdout, re.M)] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help_without_anything_cut_off(coalmine: Run, command: str) -> None:
    result = coalmine(command, "--help")
    assert result.exit_code == 0
    assert "…" not in result.stdout
    assert max(len(line) for line in result.stdout.splitlines()) <= 80


@pytest.mark.parametrize("arguments", [["--help"], ["compare", "--help"], ["run", "--help"]])
def test_help_loads_neither_numbers_nor_models(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOOK, *arguments],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(done.stdout.split())
    assert [name for name in LATE if name in loaded] == [], "import these where they are used"
    # Typer itself needs pydantic for the options of a command.
    assert len(arguments) > 1 or "pydantic" not in loaded


def test_version_is_the_package_s(coalmine: Run) -> None:
    assert coalmine("--version").stdout == f"coalmine {__version__}\n"


def test_a_misspelt_command_gets_the_nearest_one_and_exit_2(coalmine: Run) -> None:
    result = coalmine("comapre")
    assert (result.exit_code, "'compare'" in said(result)) == (2, True)


def test_no_command_shows_the_help(coalmine: Run) -> None:
    result = coalmine()
    assert (result.exit_code, "compare" in said(result)) == (2, True)


def test_python_m_sim_is_the_same_command() -> None:
    done = process("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"coalmine {__version__}\n", "")


def test_scenario_names_are_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sim.cli.options import complete_scenario

    (tmp_path / "mine.yaml").touch()
    monkeypatch.chdir(tmp_path)
    assert complete_scenario("web_f") == ["web_fleet"]
    assert complete_scenario("mi") == ["mine.yaml"]
    assert complete_scenario("no/such/folder/") == []
