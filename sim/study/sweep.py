"""All policies at every point of a grid, in chunks that survive whatever happens to the process.

Every point is the study that `compare` makes of the same settings and seed, to the bit: run i meets the same
change at every point, so that points differ by what was set and by little else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import NamedTuple, Self

from sim import __version__
from sim.model.plan import RolloutPlan
from sim.scenario import Scenario
from sim.study.blocks import BLOCK, Block, Engine, RunFailed, Work
from sim.study.chunks import Chunk, Damaged, Part
from sim.study.compare import Comparison, refuse_unknown, refuse_unless_askable
from sim.study.grid import Grid, Point
from sim.study.growing import Growing
from sim.study.identity import scenario_sha256
from sim.study.store import Shelf, Store, opened
from sim.study.workers import Hands, each_done


class Given(NamedTuple):
    """A chunk, and the values of the axes at its point."""

    chunk: Chunk
    values: tuple[str, ...]

    def __str__(self) -> str:
        return str(self.chunk)


@dataclass(frozen=True)
class AtPoint:
    """All that a worker needs beside what it is given: `AtPoint(...)(given) -> Part`; picklable, `grid` bare."""

    grid: Grid
    policies: tuple[str, ...] | None
    seed: int
    engine: Engine | None = None

    def __call__(self, given: Given) -> Part:
        """Simulate a chunk under every policy that its fleet can run. Raises RunFailed."""
        chunk, values = given
        scenario, sha256 = _scenario(self.grid, values)
        plans, skipped = _runnable(self.grid, values)
        if self.policies is not None:
            plans = {name: plan for name, plan in plans.items() if name in self.policies}
            skipped = {name: why for name, why in skipped.items() if name in self.policies}
        work = Work(scenario, plans, self.seed, "all", self.engine)
        try:
            tables = {policy: work(Block(policy, chunk.first, chunk.last)) for policy in plans}
        except RunFailed as error:
            for setting in self.grid.settings(values):
                error.add_note(f"--set {setting}")
            raise
        return Part(sha256, tables, skipped)


@lru_cache(maxsize=8)
def _scenario(grid: Grid, values: tuple[str, ...]) -> tuple[Scenario, str]:
    """The scenario at a point with its hash; a worker meets the same few points again and again."""
    scenario = grid.scenario(values)
    return scenario, scenario_sha256(scenario)


@lru_cache(maxsize=8)
def _runnable(grid: Grid, values: tuple[str, ...]) -> tuple[dict[str, RolloutPlan], dict[str, str]]:
    """The very same plans for every chunk of a point: the engine remembers what it has prepared for a plan."""
    return _scenario(grid, values)[0].runnable()


@dataclass(eq=False)
class Sweep:
    """What came out. It holds the store open: use it as a context, or close it.

    scenario  at the first point: its name and policies are those of all
    policies  as asked for; None: all
    asked     runs per policy at every point
    kept      chunks that were in the store already; `made` those that were computed now
    partial   interrupted: some points have fewer runs than asked for, or none
    """

    grid: Grid
    scenario: Scenario
    policies: tuple[str, ...] | None
    seed: int
    asked: int
    version: str
    work: AtPoint
    shelf: Shelf
    kept: int = 0
    made: int = 0
    seconds: float = 0.0
    partial: bool = False

    @property
    def said(self) -> list[str]:
        """What was found damaged or foreign in the store, and what became of it."""
        return self.shelf.said if isinstance(self.shelf, Store) else []

    def comparisons(self) -> Iterator[tuple[Point, Comparison]]:
        """Every point that has runs, as `compare` would have it; one point is in memory at a time.

        A chunk that turns out to be damaged is set aside and computed again, unless the sweep is partial.
        """
        for point in self.grid:
            comparison = self._comparison(point)
            if comparison.runs:
                yield point, comparison

    def given(self, chunk: Chunk) -> Given:
        """What a worker is given to compute this chunk."""
        return Given(chunk, self.grid.point(chunk.point).values)

    def close(self) -> None:
        """Let the store go."""
        self.shelf.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _comparison(self, point: Point) -> Comparison:
        grown: dict[str, Growing] = {}
        skipped: dict[str, str] = {}
        runs = 0
        for chunk in chunks_of(point.index, self.asked):
            part = self._part(chunk)
            if part is None:
                break
            for policy, table in part.tables.items():
                grown.setdefault(policy, Growing()).append(table)
            skipped, runs = part.skipped, chunk.last
        scenario, sha256 = _scenario(self.work.grid, point.values)
        return Comparison(
            scenario=scenario, sha256=sha256, seed=self.seed, asked=self.asked, runs=runs, only="all",
            version=self.version, seconds=0.0, tables={policy: one.table() for policy, one in grown.items()},
            skipped=skipped, partial=runs < self.asked,
        )

    def _part(self, chunk: Chunk) -> Part | None:
        if chunk in self.shelf:
            try:
                return self.shelf.read(chunk)
            except Damaged as why:
                self.shelf.set_aside(chunk, why)
        if self.partial:
            return None
        part = self.work(self.given(chunk))
        self.shelf.write(chunk, part)
        self.made += 1
        return part


def sweep(
    grid: Grid,
    *,
    policies: Sequence[str] | None = None,
    runs: int = 1000,
    seed: int = 1,
    jobs: Hands = None,
    store: Path | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    engine: Engine | None = None,
) -> Sweep:
    """Simulate runs 0 to `runs` - 1 of the study `seed` under every policy at every point.

    policies     names; None: all. One that the fleet of a point cannot run is skipped there, with the reason
    jobs         worker processes or a cluster, as in `compare`; the result does not depend on it, to the last bit
    store        a folder that keeps finished chunks: the same call again computes only what is missing, and one
                 with more runs adds to them. None: nothing outlasts the process
    on_progress  called as on_progress(runs finished over all points, all there are)

    An interrupt (Ctrl-C) returns what is finished, with `partial` true. Raises UnknownPolicy, OtherStudy and InUse
    (store.py), CannotWrite for a full disk: what was stored stays; the others as `compare`, and Lost as well.
    """
    began = perf_counter()
    refuse_unless_askable(runs, seed)
    bare = grid.bare()
    first, sha256 = _scenario(bare, grid.point(0).values)
    refuse_unknown(first, policies or ())
    named = None if policies is None else tuple(name for name in first.policies if name in policies)
    key = {
        "scenario": sha256, "seed": seed, "policies": named, "axes": [[axis.path, axis.values] for axis in grid.axes],
        "drawn": grid.drawn,
    }
    shelf = opened(store, key)
    work = AtPoint(bare, named, seed, engine)
    swept = Sweep(grid, first, named, seed, runs, __version__, work, shelf)
    try:
        _compute(swept, jobs, on_progress)
    except KeyboardInterrupt:
        swept.partial = True
    except BaseException:
        shelf.close()
        raise
    swept.seconds = perf_counter() - began
    return swept


def chunks_of(point: int, runs: int) -> Iterator[Chunk]:
    """The chunks of a point, in order of their runs."""
    return (Chunk(point, first, min(first + BLOCK, runs)) for first in range(0, runs, BLOCK))


def _compute(swept: Sweep, jobs: Hands, on_progress: Callable[[int, int], None] | None) -> None:
    """Compute and store what is missing, point by point."""
    asked, total = swept.asked, len(swept.grid) * swept.asked

    def chunks() -> Iterator[Chunk]:
        return (chunk for point in range(len(swept.grid)) for chunk in chunks_of(point, asked))

    done = 0
    for chunk in chunks():
        if chunk in swept.shelf:
            swept.kept += 1
            done += chunk.last - chunk.first
    # Asked for as workers come for more: memory does not grow with the number of points.
    todo = (swept.given(chunk) for chunk in chunks() if chunk not in swept.shelf)
    with closing(each_done(swept.work, todo, jobs)) as computed:
        for (chunk, _), part in computed:
            swept.shelf.write(chunk, part)
            swept.made += 1
            done += chunk.last - chunk.first
            if on_progress is not None:
                on_progress(done, total)
    if on_progress is not None:
        on_progress(done, total)
