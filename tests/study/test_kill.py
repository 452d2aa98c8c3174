"""`kill -9` at any moment costs the chunks in hand: the table is the same, and nothing finished is computed again."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest

from tests.study.sweeps import CHUNKS, table

ROOT = Path(__file__).resolve().parents[2]
POLICIES = 2


@pytest.fixture(scope="module")
def undisturbed() -> str:
    return table()


class Study:
    """One store, and as many processes over it, one after the other, as it takes."""

    def __init__(self, home: Path, jobs: int) -> None:
        self.store, self.log, self.csv, self.jobs = home / "store", home / "log", home / "table.csv", jobs
        self.log.touch()

    def start(self, *death: object) -> subprocess.Popen[str]:
        self.logged = len(self.log.read_text().splitlines())
        self.before = self.finished()
        words = [self.store, self.log, self.csv, self.jobs, *death]
        command = [sys.executable, "-m", "tests.study.sweeps", *map(str, words)]
        return subprocess.Popen(
            command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
        )

    def finished(self) -> set[tuple[int, int]]:
        """(point, first run) of the chunks that the manifest names."""
        with suppress(FileNotFoundError):
            lines = (self.store / "manifest.jsonl").read_text().splitlines()
            found = set()
            for line in lines:
                with suppress(ValueError):
                    name = json.loads(line)["file"]
                    found.add((int(name[1:8]), int(name[10:19])))
            return found
        return set()

    def computed(self) -> list[tuple[int, int]]:
        """What the last process began to compute, once for every policy."""
        lines = self.log.read_text().splitlines()[self.logged :]
        return [(int(point), int(first)) for _, point, first in map(str.split, lines)]

    def nothing_twice(self) -> None:
        """The law of this file."""
        assert not self.before & set(self.computed()), "a finished chunk was computed again"

    def ended(self, child: subprocess.Popen[str]) -> str:
        """Its last line, if it ended by itself; else what it said before it was killed."""
        try:
            child.wait(timeout=120)                           # it says little: no pipe is ever full
        finally:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)          # workers that a killed parent left hold the pipes
            out, err = child.communicate()
        assert err == "" or child.returncode == -signal.SIGKILL, err
        self.nothing_twice()
        return out.splitlines()[-1] if out else ""


def step(child: subprocess.Popen[str], lines: int) -> None:
    """Wait until it has finished so many chunks, or everything."""
    assert child.stdout is not None
    for _ in range(lines):
        if not child.stdout.readline():
            return


def killed_now_and_then(home: Path, jobs: int, luck: random.Random, times: int, expected: str) -> None:
    study = Study(home, jobs)
    for _ in range(times):
        child = study.start()
        step(child, luck.randrange(CHUNKS // times))
        time.sleep(luck.random() * 0.03)
        os.kill(child.pid, signal.SIGKILL)
        study.ended(child)
    assert study.ended(study.start()).startswith("whole")
    assert study.csv.read_text() == expected
    assert len(study.finished()) == CHUNKS


def worker_killed(home: Path, luck: random.Random, expected: str) -> None:
    study = Study(home, 2)
    child = study.start()
    step(child, 2 + luck.randrange(CHUNKS // 2))
    time.sleep(luck.random() * 0.03)
    pids = {int(line.split()[0]) for line in study.log.read_text().splitlines()} - {child.pid}
    assert pids, "no worker works"
    os.kill(luck.choice(sorted(pids)), signal.SIGKILL)
    assert study.ended(child) == f"whole 0 {CHUNKS}"
    assert study.csv.read_text() == expected
    again = sum(times - 1 for times in Counter(study.computed()).values()) - CHUNKS * (POLICIES - 1)
    assert again <= POLICIES * 6, "more than what was in hand was computed again"


@pytest.mark.parametrize(("jobs", "times"), [(1, 3), (2, 1)])
def test_a_killed_study_goes_on_where_it_was(tmp_path: Path, undisturbed: str, jobs: int, times: int) -> None:
    killed_now_and_then(tmp_path, jobs, random.Random(jobs), times, undisturbed)


def test_a_killed_worker_costs_what_it_had_in_hand(tmp_path: Path, undisturbed: str) -> None:
    worker_killed(tmp_path, random.Random(1), undisturbed)


def test_a_kill_in_mid_write_costs_that_chunk(tmp_path: Path, undisturbed: str) -> None:
    """Half a file, a file without its name, a file without its line, half a line: one death after the other."""
    study = Study(tmp_path, 1)
    # The nth write includes study.json, the first of all; a file that has its name is taken in by the next start.
    for death, nth, finished in (
        ("half_file", 4, 2), ("before_rename", 3, 4), ("after_rename", 4, 7), ("half_line", 2, 8),
    ):
        child = study.start(death, nth)
        study.ended(child)
        assert (child.returncode, len(study.finished())) == (-signal.SIGKILL, finished), death
    assert study.ended(study.start()) == f"whole 9 {CHUNKS - 9}", "nothing was set aside"
    assert study.csv.read_text() == undisturbed
    assert len(list((study.store / "blocks").iterdir())) == CHUNKS, "half a file was left"


def test_ctrl_c_is_clean_and_the_rest_is_added(tmp_path: Path, undisturbed: str) -> None:
    study = Study(tmp_path, 1)                                # with workers: tests/study/test_compare.py
    child = study.start()
    step(child, 5)
    os.killpg(child.pid, signal.SIGINT)                       # as a terminal sends it: to all of them
    word, kept, made, *_ = study.ended(child).split()
    assert (word, kept) == ("partial", "0")
    assert study.ended(study.start()) == f"whole {made} {CHUNKS - int(made)}"
    assert study.csv.read_text() == undisturbed


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", ["parent", "parent and workers", "worker"])
def test_random_kills(tmp_path: Path, undisturbed: str, kind: str, seed: int) -> None:
    luck = random.Random(f"{kind} {seed}")
    if kind == "worker":
        worker_killed(tmp_path, luck, undisturbed)
    else:
        killed_now_and_then(tmp_path, 1 if kind == "parent" else 2, luck, 1, undisturbed)
