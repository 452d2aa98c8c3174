"""Exit codes, and that a traceback never reaches a user."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sim.cli import errors
from tests.doors.command import ROOT, Run, environment, process


def broken(*_: object, **__: object) -> None:
    error = KeyError("bake")
    error.add_note("scenario 'Small shop', seed 1, run 7")
    raise error


def test_a_fault_of_ours_is_a_sentence_a_file_and_exit_1(
    coalmine: Run, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.measure.run", broken)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    result = coalmine("run", small, "--policy", "direct")
    assert result.exit_code == 1
    assert "KeyError: 'bake'" in result.stderr
    assert "run 7" in result.stderr
    assert "Traceback" not in result.stdout + result.stderr
    [report] = tmp_path.glob("coalmine-error-*.txt")
    assert str(report) in result.stderr
    assert "Traceback" in report.read_text()
    assert "arguments:" in report.read_text()


def test_developers_can_ask_for_the_traceback(
    coalmine: Run, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.measure.run", broken)
    monkeypatch.setenv("COALMINE_DEBUG", "1")
    result = coalmine("run", small, "--policy", "direct")
    assert isinstance(result.exception, KeyError)


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (errors.Refused("--policy: no"), 2, "--policy: no"),
        (errors.NotWritten("full"), 1, "coalmine: full"),
        (errors.Unanswered("no answer"), 130, "coalmine: no answer"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (MemoryError(), 1, "out of memory"),
        (OSError(28, "No space left on device"), 1, "No space left on device"),
        (BrokenPipeError(), 141, ""),
    ],
)
def test_each_kind_of_error_has_its_code_and_its_words(
    coalmine: Run,
    small: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    code: int,
    words: str,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("sim.measure.run", fail)
    result = coalmine("run", small, "--policy", "direct")
    assert result.exit_code == code
    assert words in result.stderr
    assert "Traceback" not in result.stderr


def test_errors_of_other_floors_count_as_the_users_input(coalmine: Run, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("schema_version: 1\nname: x\nservcie: {}\n")
    result = coalmine("run", wrong, "--policy", "direct")
    assert result.exit_code == 2
    assert re.search(rf"^{re.escape(str(wrong))}:3: ", result.stderr, re.M)


def test_a_reader_that_goes_away_is_no_news(small: Path) -> None:
    command = [sys.executable, "-m", "sim", "run", str(small), "--policy", "canary", "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), cwd=ROOT
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.close()
        talk = child.stderr.read()
    assert (child.returncode, talk) == (141, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_said_in_one_line(small: Path) -> None:
    command = [sys.executable, "-m", "sim", "run", str(small), "--policy", "canary"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command,
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment(),
            cwd=ROOT,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert re.fullmatch("coalmine: could not write the output: .*\n", done.stderr)


def test_a_terminal_without_unicode_gets_ascii(small: Path) -> None:
    done = process("run", small, "--policy", "direct", "--run", 0, env=environment(PYTHONIOENCODING="ascii"))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.isascii()


@pytest.mark.parametrize(("number", "code"), [
    (signal.SIGINT, 130), pytest.param(signal.SIGTERM, 143, marks=pytest.mark.slow),
])
def test_an_interrupted_comparison_prints_what_it_knows(
    small: Path, number: signal.Signals, code: int
) -> None:
    pty = pytest.importorskip("pty")
    screen, end = pty.openpty()  # a person sits at stderr, and sees a bar
    command = [sys.executable, "-m", "sim", "compare", str(small), "--runs", "20000", "--jobs", "1"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=end,
        env=environment(TERM="xterm"),
        cwd=ROOT,
        text=True,
    ) as child:
        os.close(end)
        shown = b""
        try:
            while b" 1%" not in shown:  # the first blocks of 100 runs are there
                shown += os.read(screen, 4096)
            child.send_signal(number)
            out, _ = child.communicate(timeout=60)
        finally:
            child.kill()                # who does not hear is not waited for
    os.close(screen)
    assert child.returncode == code
    assert re.match(r"PARTIAL: interrupted after [\d,]+ of 20,000 runs of each policy", out)
    assert "Faulty changes" in out
    assert "Traceback" not in out
    assert b"time left" in shown


def test_an_interrupt_while_modules_load_is_quiet() -> None:
    code = (
        "import sys, builtins\n"
        "real = builtins.__import__\n"
        "def stop(name, *rest):\n"
        "    if name == 'typer': raise KeyboardInterrupt\n"
        "    return real(name, *rest)\n"
        "from sim.cli import main\n"
        "builtins.__import__ = stop\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (130, "")
