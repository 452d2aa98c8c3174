"""`coalmine explore`: the app where its extra is installed, else how to get it."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sim.cli import explore
from tests.doors.command import ROOT, Run
from tests.doors.visits import served


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
    result = coalmine("explore", "--port", 8600, "--host", "0.0.0.0", "--no-browser")
    assert result.exit_code == 0
    [command] = started
    assert command[1:5] == ["-m", "sim.screens.serve", "run", str(tmp_path / "app.py")]
    assert command[command.index("--server.port") + 1] == "8600"
    assert command[command.index("--server.address") + 1] == "0.0.0.0", "a class gets in"
    assert command[command.index("--server.fileWatcherType") + 1] == "none", "half a second for every visitor"
    for silent in ("browser.gatherUsageStats", "server.showEmailPrompt"):
        assert command[command.index(f"--{silent}") + 1] == "false", "nothing is sent, nothing is asked"
    assert "--theme.dark.backgroundColor" in command


def test_an_install_without_the_app_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(explore, "__file__", str(tmp_path / "sim" / "cli" / "explore.py"))
    with pytest.raises(Exception, match=r"app\.py is not there"):
        explore.app_file()


def test_small_answers_are_sent_at_once() -> None:
    from sim.screens.serve import listen_at_once

    with socket.socket() as server, socket.socket() as client:
        server.bind(("localhost", 0))
        listen_at_once(server)
        client.connect(server.getsockname())
        accepted, _ = server.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


def test_the_container_starts_the_app_and_names_no_registry() -> None:
    lines = (ROOT / "Containerfile").read_text(encoding="utf-8").splitlines()
    images = {line.split()[1] for line in lines if line.startswith("FROM")}
    [start] = [json.loads(line.removeprefix("CMD ")) for line in lines if line.startswith("CMD ")]
    copied = {name for line in lines if line.startswith("COPY") and "--from" not in line for name in line.split()[1:-1]}
    assert all("/" not in image for image in images)
    assert start == ["coalmine", "explore", "--host", "0.0.0.0", "--no-browser"]
    assert [name for name in copied if not (ROOT / name).exists()] == []


@pytest.mark.slow
def test_an_installed_wheel_shows_the_app_from_any_folder(tmp_path: Path) -> None:
    pytest.importorskip("streamlit")
    from benchmarks.visitor import visiting

    pip = [sys.executable, "-m", "pip", "-q"]
    offline = ["--no-deps", "--no-index"]
    subprocess.run([*pip, "wheel", *offline, "--no-build-isolation", "--wheel-dir", tmp_path, ROOT], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    installed, elsewhere = tmp_path / "installed", tmp_path / "elsewhere"
    elsewhere.mkdir()
    subprocess.run([*pip, "install", *offline, "--target", installed, wheel], check=True)
    env = {**os.environ, "PYTHONPATH": str(installed)}
    where = subprocess.run(
        [sys.executable, "-c", "from sim.cli.explore import app_file; print(app_file())"],
        cwd=elsewhere, env=env, capture_output=True, text=True, check=True,
    ).stdout.strip()
    assert where == str(installed / "sim" / "_data" / "app.py")

    async def look(address: str) -> None:
        visitor = await visiting(address, "")
        await visitor.open()                             # raises Failed where no picture comes
        await visitor.socket.close()

    with served(cwd=elsewhere, env=env) as (address, _):
        asyncio.run(look(address))
