"""Studies: what the loop around the engine costs, what a second worker brings, memory, resuming, a million rollouts.

    python -m benchmarks.studies [--full]       # --full: the million rollouts, not a sample of them

Ratios are taken within the same minute, and of processor time where that means something: the wall time of a shared
machine does not. Memory and resuming are measured with an engine that draws nothing, so that 100,000 runs are cheap:
what is measured there is the study, not the engine.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.against_per_request import milliseconds, small_canary
from benchmarks.per_request_simpy import CanaryRollout
from sim import measure
from sim.intake.scenario_file import read
from sim.model.outcome import COLUMNS, VALUES
from sim.model.plan import RolloutPlan
from sim.scenario import Scenario
from sim.study import grid as grids
from sim.study.bench import bench
from sim.study.blocks import BLOCK, Block, Work
from sim.study.compare import compare
from sim.study.curve import curve
from sim.study.effects import effects
from sim.study.gate import watchpost
from sim.study.sweep import chunks_of, sweep

MILLION = 1_000_000
RUNS = 3000
ROWS = 10_000_000


class Took(NamedTuple):
    """Seconds on the wall, and of processor time in this process and in the workers that it has waited for."""

    wall: float
    processor: float


def took(work: Callable[[], Any]) -> Took:
    before, begun = spent(), time.perf_counter()
    work()
    return Took(time.perf_counter() - begun, spent() - before)


def spent() -> float:
    """Processor seconds of this process and of its children that have ended."""
    uses = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(use.ru_utime + use.ru_stime for use in uses)


def blocks(scenario: Scenario, runs: int) -> list[Block]:
    return [Block(policy, first, min(first + BLOCK, runs)) for first in range(0, runs, BLOCK)
            for policy in scenario.runnable()[0]]


def engine_alone(scenario: Scenario, runs: int) -> None:
    """The same runs, and nothing is done with them."""
    plans, _ = scenario.runnable()
    for block in blocks(scenario, runs):
        measure.run_many(plans[block.policy], scenario, 1, range(block.first, block.last))


def bare_pool(scenario: Scenario, runs: int, jobs: int) -> None:
    """What a user would write: a pool of processes, and the results in a list."""
    with ProcessPoolExecutor(jobs) as pool:
        list(pool.map(Work(scenario, scenario.runnable()[0], 1), blocks(scenario, runs)))


def swept(scenario: str, runs: int, folder: Path | None) -> None:
    points = grids.read(scenario, ["importance=1,2"])
    with sweep(points, runs=runs // 2, jobs=1, store=folder) as found:
        assert not found.partial


# ---- the loop ------------------------------------------------------------------------------------

def loop(runs: int = RUNS) -> dict[str, float]:
    """Processor time of a study over that of its engine: the median of three, one beside the other.

    The engine's scenarios are as freshly read as the sweep's are: what it remembers of one is made anew in both.
    """
    scenario = read("web_fleet")
    engine_alone(scenario, 200)
    ratios: dict[str, list[float]] = {"compare": [], "sweep": [], "sweep with a store": []}
    for _ in range(3):
        engine = took(lambda: engine_alone(scenario, runs)).processor
        ratios["compare"].append(took(lambda: compare(scenario, runs=runs, jobs=1)).processor / engine)
        engine = took(lambda: [engine_alone(read("web_fleet"), runs // 2) for _ in range(2)]).processor
        ratios["sweep"].append(took(lambda: swept("web_fleet", runs, None)).processor / engine)
        with tempfile.TemporaryDirectory() as folder:
            kept = took(lambda: swept("web_fleet", runs, Path(folder) / "store")).processor
        ratios["sweep with a store"].append(kept / engine)
    return {name: float(np.median(found)) for name, found in ratios.items()}


def two_workers(runs: int = 5 * RUNS) -> dict[str, float]:
    """One worker's wall time over twice that of two, and two workers against a bare pool of two."""
    scenario = read("web_fleet")
    compare(scenario, runs=200, jobs=2)                         # workers are up
    one = took(lambda: compare(scenario, runs=runs, jobs=1))
    two = took(lambda: compare(scenario, runs=runs, jobs=2))
    pool = took(lambda: bare_pool(scenario, runs, 2))
    return {"efficiency": one.wall / (2 * two.wall), "against a bare pool": two.wall / pool.wall}


def against_simpy(rate: str = "100/s") -> float:
    """A study of a small canary, a run, against the same in SimPy with a process for every request."""
    scenario = small_canary(rate)
    study = took(lambda: compare(scenario, runs=2000, jobs=1)).processor / 2000 * 1e3
    return milliseconds(lambda i: CanaryRollout(scenario, "it", i, "process").run(), 3) / study


def judged(runs: int = 60) -> dict[str, float]:
    """Of `judge curve`: what the usual eight judges add to drawing the evidence, and its minutes for 1,000 runs.

    Twelve sizes of fault and healthy changes; processor time of one process, two of them at work for the minutes.
    """
    scenario = read("web_fleet")
    sizes, eight = effects(["0.1%..10%:log:12"]), bench(scenario, None, None, "failed")
    post = watchpost(scenario, control=True)
    posts = [post, *(post.with_fault(one.fault()) for one in sizes)]
    seen = took(lambda: [one.look(1, run) for one in posts for run in range(runs)]).processor
    whole = took(lambda: curve(scenario, eight, sizes, runs=runs, jobs=1)).processor
    return {"over evidence": whole / seen, "minutes": whole / runs * 1000 / 2 / 60}


# ---- memory --------------------------------------------------------------------------------------

class Drawn:
    """An engine that draws plain numbers, a block at once."""

    def run_many(self, plan: RolloutPlan, scenario: Scenario, seed: int, runs: Sequence[int]) -> dict[str, Any]:
        luck, many = np.random.default_rng((seed, runs[0])), len(runs)
        words = {name: luck.choice(values, many) for name, values in VALUES.items()}
        columns = {name: luck.exponential(1000.0, many) for name in COLUMNS} | words
        return columns | {"faulty": luck.random(many) < 0.15, "fault": luck.choice(["none", "errors"], many)}

    def faults_in(self, scenario: Scenario, seed: int, runs: Sequence[int]) -> Any:
        raise NotImplementedError("it is never asked for faulty runs only")


def high_water() -> float:
    """Most megabytes that this process has had. Linux says it; `getrusage` counts the parent's memory too."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def peak_megabytes(runs: int) -> float:
    """Of a process that compares so many runs under four policies, sums them up and writes them as CSV."""
    code = (
        "from benchmarks.studies import Drawn, high_water; from sim.intake.scenario_file import read\n"
        "from sim.study.compare import compare; from sim.study.summary import summary\n"
        "from sim.study.rows import write_csv\n"
        f"found = compare(read('web_fleet'), runs={runs}, jobs=1, engine=Drawn())\n"
        "summary(found); write_csv(found, '/dev/null')\n"
        "print(high_water())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout)


# ---- resuming ------------------------------------------------------------------------------------

def resumed(policies: int) -> float:
    """Processor seconds until a study of ten million stored rows knows what is missing: all of it is there.

    The chunks are empty files of the size that the manifest says. That is all that a start may look at; when rows are
    asked for, a chunk is read and checked.
    """
    points, size = 100, 10
    runs = ROWS // points // policies
    axes = [f"importance={','.join(str(n + 1) for n in range(points))}"]
    names = list(read("web_fleet").policies)[:policies]
    with tempfile.TemporaryDirectory() as home:
        folder, grid = Path(home) / "store", grids.read("web_fleet", axes)
        sweep(grid, runs=1, policies=names, jobs=1, store=folder).close()
        for path in (folder / "blocks").iterdir():
            path.unlink()
        with (folder / "manifest.jsonl").open("w") as manifest:
            for chunk in (chunk for point in range(points) for chunk in chunks_of(point, runs)):
                (folder / "blocks" / chunk.name).write_bytes(b"x" * size)
                manifest.write(json.dumps({"file": chunk.name, "bytes": size, "sha256": "0" * 64}) + "\n")

        def start() -> None:
            with sweep(grid, runs=runs, policies=names, jobs=1, store=folder) as found:
                assert (found.made, found.kept) == (0, points * -(-runs // BLOCK))

        start()
        begun = time.process_time()
        start()
        return time.process_time() - begun


def main(full: bool = False) -> None:
    print(f"{'study':58s} {'found':>8s} {'must':>8s}")

    def say(what: str, found: float, must: str, form: str = "8.2f") -> None:
        print(f"{what:58s} {format(found, form)} {must:>8s}")

    for name, ratio in loop().items():
        say(f"{name}: processor time over the engine's, web_fleet", ratio, "< 1.10")
    pair = two_workers()
    say("two workers: parallel efficiency", pair["efficiency"], ">= 0.85")
    say("two workers: wall time over a bare process pool's", pair["against a bare pool"], "")
    say("a study in SimPy, a process a request, over ours", against_simpy(), "", "8,.0f")
    few, many = peak_megabytes(10_000), peak_megabytes(100_000)
    say("peak memory, 10,000 runs x 4 policies, MB", few, "", "8.0f")
    say("peak memory, 100,000 runs x 4 policies, MB", many, "flat", "8.0f")
    for policies in (4, 1):
        say(f"resume {ROWS:,} stored rows, {policies} policies, s", resumed(policies), "< 2")
    found_by = judged()
    say("judge curve, 8 judges: processor time over the evidence's", found_by["over evidence"], "")
    say("judge curve, 8 judges x 12 sizes x 1,000, two cores, min", found_by["minutes"], "")
    runs = MILLION // 4 if full else RUNS
    found = took(lambda: compare(read("web_fleet"), runs=runs, jobs=2))
    # On the wall: the workers live on, so that nobody has counted their processor time yet.
    minutes = found.wall / (4 * runs) * MILLION / 60
    what = "1,000,000 rollouts of web_fleet, two workers, min"
    say(what + (" (all)" if full else f" (from {4 * runs:,})"), minutes, "< 10")


if __name__ == "__main__":
    main("--full" in sys.argv[1:])
