"""A real cluster for tests: a scheduler and its workers, each a process of its own on 127.0.0.1."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 180


@dataclass(frozen=True)
class Meeting:
    """Work that takes until so many processes do it: each leaves its number in the folder."""

    folder: Path
    many: int

    def begun_then(self, act: Callable[[], object]) -> None:
        """Do it when the first has come."""
        until = time.monotonic() + PATIENCE_S
        while not list(self.folder.iterdir()) and time.monotonic() < until:
            time.sleep(0.01)
        act()

    def __call__(self, task: int) -> int:
        (self.folder / str(os.getpid())).touch()
        until = time.monotonic() + PATIENCE_S
        while len(list(self.folder.iterdir())) < self.many and time.monotonic() < until:
            time.sleep(0.01)
        return os.getpid()


class DaskCluster:
    """Started by `running`; `address` is what --cluster takes. What a process says goes to a file in `home`."""

    def __init__(self, home: Path) -> None:
        self.home, self.workers = home, list[subprocess.Popen[bytes]]()
        self.file = home / "scheduler.json"
        self.scheduler = self._start("scheduler", "--port", "0")
        self._wait_for(self.file, b"}\n")
        self.address: str = json.loads(self.file.read_text())["address"]

    def add_worker(self, *path: Path) -> subprocess.Popen[bytes]:
        """Start a worker of one thread that looks for modules in these folders first."""
        worker = self._start("worker", "--nthreads", "1", "--no-nanny", path=path)
        self.workers.append(worker)
        self._wait_for(self.home / f"worker{len(self.workers) - 1}.txt", b"Registered to")
        return worker

    @staticmethod
    def _wait_for(path: Path, text: bytes) -> None:
        until = time.monotonic() + PATIENCE_S
        while not (path.exists() and text in path.read_bytes()):
            if time.monotonic() > until:
                raise TimeoutError(f"{path.name}: {path.read_text() if path.exists() else 'is not there'}")
            time.sleep(0.02)

    def _start(self, what: str, *words: str, path: tuple[Path, ...] = ()) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "dask", what, "--scheduler-file", str(self.file), "--host", "127.0.0.1"]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, [*path, ROOT]))}
        with (self.home / f"{what}{len(self.workers)}.txt").open("wb") as said:
            return subprocess.Popen(
                [*command, "--no-dashboard", *words], stdout=said, stderr=said, cwd=self.home, env=environment
            )

    def stop(self) -> None:
        for child in (*self.workers, self.scheduler):
            child.send_signal(signal.SIGKILL)
            child.wait()


@contextmanager
def running(home: Path, workers: int = 2) -> Iterator[DaskCluster]:
    """A cluster with so many workers, ended by force."""
    found = DaskCluster(home)
    try:
        for _ in range(workers):
            found.add_worker()
        yield found
    finally:
        found.stop()
