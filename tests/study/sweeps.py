"""A small sweep of dice, here or in a process that can be killed.

As a script: `python -m tests.study.sweeps` is a nursery. A line `OUT STORE LOG CSV JOBS [DEATH [NTH]]` on its stdin
makes it fork a child that computes the sweep, logs every block as `process point first` and writes the chunks done to
OUT; DEATH is where it kills itself, at the NTH time. The nursery says the child's number, and then how it ended. A
child is as much a process as a fresh interpreter would be, and starts in a hundredth of the time: a hundred kills are
affordable. Its workers, if it has any, are fresh interpreters.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from sim.intake.words import dump
from sim.model.plan import RolloutPlan
from sim.scenario import Scenario
from sim.study import store, sweep_table, workers
from sim.study.grid import Grid, grid_of
from sim.study.sweep import Sweep, sweep
from tests.study.fake_engine import TEXT, Dice, scenario

IMPORTANCES = (1, 2, 5, 10, 50)
RUNS, BLOCKS_A_POINT = 400, 4
CHUNKS = len(IMPORTANCES) * BLOCKS_A_POINT


def made_by_a_test() -> dict[str, str]:
    """In place of `identity.made_with`: the code may change while tests run, the store shall not care."""
    return {"version": "of the tests"}


@dataclass
class Weighed(Dice):
    """Dice whose cost follows the scenario's importance, so that no two points are alike; every block is logged."""

    log: Path | None = None
    pause_s: float = 0.0

    def run_many(self, plan: RolloutPlan, of: Scenario, seed: int, runs: Sequence[int]) -> dict[str, Any]:
        if self.log is not None:
            line = f"{os.getpid()} {IMPORTANCES.index(int(of.importance))} {runs[0]}\n"
            handle = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            os.write(handle, line.encode())
            os.close(handle)
        time.sleep(self.pause_s)
        made = super().run_many(plan, of, seed, runs)
        return made | {"cost": made["cost"] * of.importance}


def grid(*settings: str, **asked: Any) -> Grid:
    """One axis, importance, unless told otherwise; two policies."""
    text = dump(scenario(policies={name: TEXT["policies"][name] for name in ("direct", "canary")}))
    return grid_of(text, "dice", settings or (f"importance={','.join(map(str, IMPORTANCES))}",), **asked)


def swept(**asked: Any) -> Sweep:
    """The sweep of `grid()`, here."""
    return sweep(asked.pop("grid", None) or grid(), **{"runs": RUNS, "seed": 3, "jobs": 1, "engine": Weighed()} | asked)


def table(**asked: Any) -> str:
    """Its table, as CSV."""
    with swept(**asked) as found:
        return "".join(sweep_table.csv_text(found))


# ---- deaths -------------------------------------------------------------------------------------


def _die_at(nth: int, call: Callable[..., Any], before: Callable[..., Any]) -> Callable[..., Any]:
    """The call as it is, but the nth time `before` is done instead, and the process killed."""
    times = [0]

    def called(*arguments: Any, **named: Any) -> Any:
        times[0] += 1
        if times[0] < nth:
            return call(*arguments, **named)
        before(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("still alive")

    return called


def arrange(death: str, nth: int) -> None:
    """Let this process die at the nth chunk: half a file, before or after its rename, half a line of the manifest."""
    replace, write_whole, write = Path.replace, store.write_whole, os.write
    if death == "half_file":
        def half(path: Path, chunks: list[bytes]) -> None:
            (path.parent / f".{path.name}.killed").write_bytes(chunks[0][: len(chunks[0]) // 2])
        store.write_whole = _die_at(nth, write_whole, half)
    elif death == "before_rename":
        Path.replace = _die_at(nth, replace, lambda *_: None)  # type: ignore[method-assign]
    elif death == "after_rename":
        Path.replace = _die_at(nth, replace, replace)  # type: ignore[method-assign]
    elif death == "half_line":
        original = store.Store._note
        def note(self: store.Store, chunk: Any, data: bytes) -> None:
            os.write = lambda handle, line: write(handle, line[:20])
            store.os.fsync = lambda handle: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[assignment]
            os.ftruncate = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
            original(self, chunk, data)
        store.Store._note = _die_at(nth, original, note)  # type: ignore[method-assign]
    else:
        raise ValueError(death)


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def main(folder: str, log: str, csv: str, jobs: str, death: str = "", nth: str = "1") -> None:
    store.made_with = made_by_a_test
    workers.START_UP_S = 0.0
    if death:
        arrange(death, int(nth))
    engine = Weighed(log=Path(log), pause_s=0.005)
    with swept(
        store=Path(folder), jobs=int(jobs), engine=engine,
        on_progress=lambda done, total: say(done),
    ) as found:
        say("partial" if found.partial else "whole", found.kept, found.made, *found.said)
        sweep_table.write_csv(found, csv)


def child(out: str, *words: str) -> NoReturn:
    """What the fork does: a group of its own, as a terminal would give it; never back into the nursery."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    code = 1
    try:
        main(*words)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def nursery() -> None:
    scenario()                                                  # what all children need is imported once
    for line in sys.stdin:
        number = os.fork()
        if not number:
            child(*line.rstrip("\n").split("\t"))
        say(number)
        say(os.waitstatus_to_exitcode(os.waitpid(number, 0)[1]))


if __name__ == "__main__":
    nursery()
