"""`coalmine explore`: the app where its extra is installed, else how to get it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from sim.cli import explore
from tests.doors.command import Run


def test_without_the_extra_it_says_how_to_install_it(
    coalmine: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explore, "find_spec", lambda name: None)
    result = coalmine("explore")
    assert result.exit_code == 2
    assert "pip install 'coalmine[app]'" in result.stderr


def test_with_the_extra_it_starts_the_app(
    coalmine: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    started: list[list[str]] = []

    def start(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        started.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(explore, "find_spec", lambda name: object())
    monkeypatch.setattr(explore, "app_file", lambda: tmp_path / "app.py")
    monkeypatch.setattr(subprocess, "run", start)
    result = coalmine("explore", "--port", 8600, "--no-browser")
    assert result.exit_code == 0
    [command] = started
    assert command[1:5] == ["-m", "sim.screens.serve", "run", str(tmp_path / "app.py")]
    assert command[command.index("--server.port") + 1] == "8600"
    for silent in ("browser.gatherUsageStats", "server.showEmailPrompt"):
        assert command[command.index(f"--{silent}") + 1] == "false", "nothing is sent, nothing is asked"
    assert "--theme.dark.backgroundColor" in command


def test_an_install_without_the_app_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(explore, "__file__", str(tmp_path / "sim" / "cli" / "explore.py"))
    with pytest.raises(Exception, match=r"app\.py is not there"):
        explore.app_file()
