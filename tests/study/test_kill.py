"""`kill -9` at any moment costs the chunks in hand: the table is the same, and nothing finished is computed again.

`make test` kills a few times, `make test-all` a hundred times more; each kill falls on a store that earlier kills left.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.study.sweeps import CHUNKS, table

ROOT = Path(__file__).resolve().parents[2]
POLICIES = 2
PATIENCE_S = 120
DEATHS = ("half_file", "before_rename", "after_rename", "half_line")


@pytest.fixture(scope="module")
def undisturbed() -> str:
    return table()


def session_of(stat: Path) -> int | None:
    """Of a process that is alive: each study has its own."""
    try:
        state, _, _, session = stat.read_text().rpartition(")")[2].split()[:4]
    except (OSError, ValueError):
        return None
    return None if state == "Z" else int(session)


class Nursery:
    """The process that studies are born in; see sweeps.py."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.study.sweeps"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._read = b""

    def ask(self, *words: object) -> int:
        """A child that does what these words say; its number."""
        assert self._process.stdin is not None
        self._process.stdin.write(("\t".join(map(str, words)) + "\n").encode())
        self._process.stdin.flush()
        number = self.says(PATIENCE_S)
        assert number is not None, "no child is born"
        return number

    def says(self, wait_s: float) -> int | None:
        """The next number that it says; None if it says none within that time."""
        assert self._process.stdout is not None
        until = time.monotonic() + wait_s
        while b"\n" not in self._read:
            left = max(0.0, until - time.monotonic())
            if not select.select([self._process.stdout], [], [], left)[0]:
                return None
            more = os.read(self._process.stdout.fileno(), 100)
            assert more, "the nursery died"
            self._read += more
        line, _, self._read = self._read.partition(b"\n")
        return int(line)

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    found = Nursery()
    yield found
    found.close()


class Study:
    """One store, and as many processes over it, one after the other, as it takes."""

    def __init__(self, nursery: Nursery, home: Path, jobs: int) -> None:
        home.mkdir(exist_ok=True)
        self.nursery, self.jobs, self.home = nursery, jobs, home
        self.store, self.log, self.csv, self.out = home / "store", home / "log", home / "table.csv", home / "out"
        self.log.touch()

    def start(self, *death: object) -> None:
        """A process begins to compute what is missing."""
        self.logged = len(self.log.read_text().splitlines())
        self.before = self.finished()
        self.code: int | None = None
        self.out.write_text("")
        words = [self.out, self.store, self.log, self.csv, self.jobs, *death]
        self.pid = self.nursery.ask(*words)

    def finished(self) -> set[tuple[int, int]]:
        """(point, first run) of the chunks that the manifest names."""
        found = set()
        with suppress(FileNotFoundError):
            for line in (self.store / "manifest.jsonl").read_text().splitlines():
                with suppress(ValueError):
                    name = json.loads(line)["file"]
                    found.add((int(name[1:8]), int(name[10:19])))
        return found

    def computed(self) -> list[tuple[int, int]]:
        """What the last process began to compute, once for every policy."""
        lines = self.log.read_text().splitlines()[self.logged :]
        return [(int(point), int(first)) for _, point, first in map(str.split, lines)]

    def workers(self) -> set[int]:
        """Processes that computed for the last one."""
        return {int(line.split()[0]) for line in self.log.read_text().splitlines()[self.logged :]} - {self.pid}

    def wait_for(self, chunks: int) -> bool:
        """Wait until it has finished so many chunks now; False when it has ended before."""
        until = time.monotonic() + PATIENCE_S
        while self.out.read_bytes().count(b"\n") < chunks:
            self.code = self.nursery.says(0.002)
            if self.code is not None:
                return False
            assert time.monotonic() < until, "it hangs"
        return True

    def kill(self, number: int | None = None) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid if number is None else number, signal.SIGKILL)

    def ended(self) -> str:
        """What it says at its end, or "killed". Nothing that was finished before it was computed again."""
        code = self.nursery.says(PATIENCE_S) if self.code is None else self.code
        assert code is not None, "it hangs"
        self._wait_for_orphans()
        said = self.out.read_text()
        again = self.before & set(self.computed())
        assert not again, f"finished chunks were computed again: {sorted(again)}"
        if code == -signal.SIGKILL:
            return "killed"
        assert (code, "Traceback" in said) == (0, False), said
        # What loky's resource tracker says after it, since a fork leaves without its handlers, is not ours.
        return next(line for line in said.splitlines() if line.startswith(("whole", "partial")))

    def _wait_for_orphans(self) -> None:
        """Until its workers have noticed too: what they still log would be taken for the next process's."""
        until = time.monotonic() + PATIENCE_S
        while any(session_of(path) == self.pid for path in Path("/proc").glob("[0-9]*/stat")):
            assert time.monotonic() < until, "workers live on"
            time.sleep(0.02)

    def is_whole(self, expected: str) -> bool:
        """Whether it is finished and the table is what it should be."""
        return self.csv.read_text() == expected and len(self.finished()) == CHUNKS


def killed_again_and_again(study: Study, luck: random.Random, expected: str, kills: int) -> int:
    """Kill it and start it again, so often or until it is whole; the kills that it took."""
    done = 0
    while True:
        study.start()
        if done < kills and study.wait_for(luck.randrange(3)):
            time.sleep(luck.random() * 0.03)
            study.kill()
        said = study.ended()
        if said != "killed":
            break
        done += 1
    assert said.startswith("whole")
    assert study.is_whole(expected)
    return done


def killed_in_mid_write(study: Study, luck: random.Random, expected: str) -> int:
    """Half a file, a file without its name or its line, half a line: where it dies is drawn, until it is whole."""
    done = 0
    while True:
        study.start(luck.choice(DEATHS), 1 + luck.randrange(5))
        said = study.ended()
        if said != "killed":
            break
        done += 1
    assert said.startswith("whole")
    assert study.is_whole(expected)
    assert len(list((study.store / "blocks").iterdir())) == CHUNKS, "half a file was left"
    return done


def workers_killed(study: Study, luck: random.Random, expected: str, kills: int) -> None:
    """Kill workers of one study. Not three: a block that was in hand each time would have to be given up."""
    study.start()
    for n in range(kills):
        assert study.wait_for(2 + n * CHUNKS // (2 * kills) + luck.randrange(3)), "it was whole too soon"
        time.sleep(luck.random() * 0.03)
        alive = [number for number in sorted(study.workers()) if Path(f"/proc/{number}").exists()]
        assert alive, "no worker works"
        study.kill(luck.choice(alive))
    assert study.ended() == f"whole 0 {CHUNKS}"
    assert study.is_whole(expected)
    again = sum(times - 1 for times in Counter(study.computed()).values()) - CHUNKS * (POLICIES - 1)
    assert again <= kills * POLICIES * 6, "more than what was in hand was computed again"


# --- a few ----------------------------------------------------------------------------------------

@pytest.mark.slow
def test_a_killed_study_goes_on_where_it_was(tmp_path: Path, nursery: Nursery, undisturbed: str) -> None:
    assert killed_again_and_again(Study(nursery, tmp_path, 1), random.Random(1), undisturbed, 4) == 4


@pytest.mark.slow
def test_workers_do_not_outlive_a_killed_parent_and_the_rest_is_added(
    tmp_path: Path, nursery: Nursery, undisturbed: str
) -> None:
    """They would wait five minutes for work, with all the memory that they have."""
    study = Study(nursery, tmp_path, 2)
    study.start()
    assert study.wait_for(3)
    workers = study.workers()
    study.kill()
    assert study.ended() == "killed"
    assert workers
    until = time.monotonic() + PATIENCE_S
    while any(Path(f"/proc/{number}").exists() for number in workers):
        assert time.monotonic() < until, "they live on"
        time.sleep(0.02)
    study.jobs = 1
    study.start()
    assert study.ended().startswith("whole")
    assert study.is_whole(undisturbed)


@pytest.mark.slow
def test_a_killed_worker_costs_what_it_had_in_hand(tmp_path: Path, nursery: Nursery, undisturbed: str) -> None:
    workers_killed(Study(nursery, tmp_path, 2), random.Random(1), undisturbed, 1)


def test_a_kill_in_mid_write_costs_that_chunk(tmp_path: Path, nursery: Nursery, undisturbed: str) -> None:
    """One death after the other, each at a known place."""
    study = Study(nursery, tmp_path, 1)
    # The nth write includes study.json, the first of all; a file that has its name is taken in by the next start.
    for death, nth, finished in zip(DEATHS, (4, 3, 4, 2), (2, 4, 7, 8), strict=True):
        study.start(death, nth)
        assert (study.ended(), len(study.finished())) == ("killed", finished), death
    study.start()
    assert study.ended() == f"whole 9 {CHUNKS - 9}", "nothing was set aside"
    assert study.is_whole(undisturbed)
    assert len(list((study.store / "blocks").iterdir())) == CHUNKS, "half a file was left"


@pytest.mark.slow
def test_ctrl_c_is_clean_and_the_rest_is_added(tmp_path: Path, nursery: Nursery, undisturbed: str) -> None:
    study = Study(nursery, tmp_path, 1)                       # with workers: tests/study/test_compare.py
    study.start()
    assert study.wait_for(5)
    os.killpg(study.pid, signal.SIGINT)                       # as a terminal sends it: to all of them
    word, kept, made, *_ = study.ended().split()
    assert (word, kept) == ("partial", "0")
    study.start()
    assert study.ended() == f"whole {made} {CHUNKS - int(made)}"
    assert study.is_whole(undisturbed)


# --- a hundred: 60 of the parent, 20 in mid-write, 10 of a parent with workers, 10 of workers -----

@pytest.mark.slow
@pytest.mark.parametrize("part", range(6))
def test_ten_kills_of_the_parent_at_random_moments(
    tmp_path: Path, nursery: Nursery, undisturbed: str, part: int
) -> None:
    luck, done, stores = random.Random(f"parent {part}"), 0, 0
    while done < 10:
        stores += 1
        done += killed_again_and_again(Study(nursery, tmp_path / str(stores), 1), luck, undisturbed, 10 - done)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(2))
def test_ten_kills_in_mid_write(tmp_path: Path, nursery: Nursery, undisturbed: str, part: int) -> None:
    luck, done, stores = random.Random(f"write {part}"), 0, 0
    while done < 10:
        stores += 1
        done += killed_in_mid_write(Study(nursery, tmp_path / str(stores), 1), luck, undisturbed)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(2))
def test_five_kills_of_a_parent_that_has_workers(
    tmp_path: Path, nursery: Nursery, undisturbed: str, part: int
) -> None:
    luck, done, stores = random.Random(f"both {part}"), 0, 0
    while done < 5:
        stores += 1
        done += killed_again_and_again(Study(nursery, tmp_path / str(stores), 2), luck, undisturbed, 5 - done)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(5))
def test_two_kills_of_workers(tmp_path: Path, nursery: Nursery, undisturbed: str, part: int) -> None:
    workers_killed(Study(nursery, tmp_path, 2), random.Random(f"worker {part}"), undisturbed, 2)
