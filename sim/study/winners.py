"""A map: over two fields of a scenario, which policy has the least expected cost, and where the runs decide it.

Importance multiplies the outage part of a cost, which is a column, and changes nothing else: with importance on an
axis the other axis alone is simulated. Runs go where they are needed: a point that is decided gets no more, and a
policy that is out everywhere in its column neither.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from string import ascii_uppercase
from time import perf_counter
from typing import NamedTuple

import numpy as np

from sim import __version__
from sim.scenario import Scenario
from sim.study import race
from sim.study.best import Best
from sim.study.blocks import Engine
from sim.study.chunks import Chunk, Damaged, Part
from sim.study.compare import refuse_unknown, refuse_unless_askable
from sim.study.estimate import Floats
from sim.study.grid import Axis, Grid
from sim.study.growing import Growing
from sim.study.identity import scenario_sha256
from sim.study.importance import costs_at
from sim.study.store import Shelf, Store, opened
from sim.study.sweep import AtPoint, Given, chunks_of
from sim.study.tables import Table
from sim.study.workers import Hands, each_done

IMPORTANCE = "importance"
CONFIDENCE = 0.95
FIRST = 200
"""Runs of every policy before the first decision; from look to look they double."""


@dataclass(frozen=True)
class Cell:
    """One point of a map: the values of x and y, and the best policy there over so many runs.

    sha256   of the scenario, as `compare` at these settings says it; None where costs were re-weighted
    skipped  policy -> why the fleet of this point cannot run it
    """

    x: str
    y: str
    best: Best
    runs: int
    sha256: str | None
    skipped: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Map:
    """All cells, the x axis moving soonest; a point that was not reached, or where no policy can run, has none.

    asked      the most runs of a policy at a point; `simulated` rollouts that were made for all of it
    """

    scenario: Scenario
    x: Axis
    y: Axis
    cells: tuple[Cell, ...]
    seed: int
    asked: int
    simulated: int
    version: str
    seconds: float
    partial: bool
    said: tuple[str, ...]

    @property
    def policies(self) -> list[str]:
        """Those that are best somewhere, in the scenario's order."""
        won = {cell.best.policy for cell in self.cells}
        return [policy for policy in self.scenario.policies if policy in won]

    @property
    def letters(self) -> dict[str, str]:
        """A letter for each of them: neither a terminal nor a colour-blind reader has to go by colour."""
        return {policy: ascii_uppercase[n % 26] for n, policy in enumerate(self.policies)}

    def cell(self, x: str, y: str) -> Cell | None:
        """The cell of these values."""
        return next((cell for cell in self.cells if (cell.x, cell.y) == (x, y)), None)


class Task(NamedTuple):
    """A chunk of runs under some policies."""

    chunk: Chunk
    policies: tuple[str, ...]

    def __str__(self) -> str:
        return str(self.chunk)


@dataclass(frozen=True)
class Several:
    """What a worker does: `AtPoint` for the policies of each task."""

    grid: Grid
    seed: int
    engine: Engine | None

    def __call__(self, task: Task) -> Part:
        given = Given(task.chunk, self.grid.point(task.chunk.point).values)
        return AtPoint(self.grid, task.policies, self.seed, self.engine)(given)


class Column:
    """A point that is simulated, and the cells of the map that live on its runs."""

    def __init__(self, grid: Grid, index: int, policies: Sequence[str] | None, weights: Sequence[float | None]) -> None:
        self.index = index
        self.values = grid.point(index).values
        scenario = grid.scenario(self.values)
        self.importance, self.sha256 = scenario.importance, scenario_sha256(scenario)
        plans, skipped = scenario.runnable()
        self.names = [name for name in plans if policies is None or name in policies]
        self.skipped = {name: why for name, why in skipped.items() if policies is None or name in policies}
        self.may_fail = any(fault.chance for fault in scenario.faults)
        self.weights = weights
        self.left = [list(self.names) for _ in weights]
        self.grown = {name: Growing() for name in self.names}
        self.runs = dict.fromkeys(self.names, 0)

    @property
    def open(self) -> list[str]:
        """Policies that need more runs: those still in somewhere that is not decided."""
        wanted = {name for left in self.left if len(left) > 1 for name in left}
        return [name for name in self.names if name in wanted]

    def tables(self) -> dict[str, Table]:
        """What was simulated so far, policy by policy; those that are out have fewer runs."""
        return {name: grown.table() for name, grown in self.grown.items()}

    def costs(self, weight: float | None) -> dict[str, Floats]:
        return costs_at(self.tables(), self.importance, self.importance if weight is None else weight)

    def add(self, chunk: Chunk, part: Part, names: Sequence[str]) -> None:
        """Runs of these policies, in order."""
        for name in names:
            self.grown[name].append(part.tables[name])
            self.runs[name] = chunk.last

    def look(self, look: int) -> None:
        """Put out whom the runs put out."""
        if len(self.names) < 2:
            return
        faulty = max(int(np.count_nonzero(table.faulty)) for table in self.tables().values())
        if self.may_fail and faulty < race.FEWEST_FAULTY:
            return
        for at, weight in enumerate(self.weights):
            self.left[at] = race.still_in(self.costs(weight), self.left[at], look, CONFIDENCE)

    def cells(self) -> Iterator[tuple[float | None, Best]]:
        """Weight and best policy of every cell, if there are runs."""
        if self.names and min(self.runs.values()) >= 2:
            for weight, left in zip(self.weights, self.left, strict=True):
                yield weight, race.standing(self.costs(weight), left, CONFIDENCE)


def winners(
    grid: Grid,
    *,
    policies: Sequence[str] | None = None,
    runs: int = 1000,
    seed: int = 1,
    jobs: Hands = None,
    store: Path | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    engine: Engine | None = None,
) -> Map:
    """The map over a grid of two axes, the first is x.

    runs         the most of each policy at a point; points that are decided sooner get fewer (`race.py`)
    on_progress  called as on_progress(rollouts finished, the most there can still be)

    Everything else is as in `sweep`, errors too. Raises ValueError unless the grid has two axes and all their
    combinations.
    """
    if len(grid.axes) != 2 or grid.drawn is not None:
        raise ValueError(f"axes(={len(grid.axes)}) must be two, and no hypercube: a map has an x and a y")
    began = perf_counter()
    refuse_unless_askable(runs, seed)
    first = grid.scenario(grid.point(0).values)
    refuse_unknown(first, policies or ())
    x, y = grid.axes
    weighted = next((axis for axis in grid.axes if axis.path == IMPORTANCE), None)
    simulated, weights = grid, list[float | None]([None])
    if weighted is not None:
        simulated = Grid(grid.root, grid.source, (y if weighted is x else x,))
        weights = [float(value) for value in weighted.values]
    columns = [Column(simulated, index, policies, weights) for index in range(len(simulated))]
    shelf = opened(store, _key(simulated, seed, policies, first))
    try:
        partial = _raced(columns, shelf, Several(simulated, seed, engine), runs, jobs, on_progress)
    finally:
        shelf.close()
    at = dict(zip(weights, weighted.values, strict=True)) if weighted is not None else {}
    cells = {
        (cell.x, cell.y): cell
        for column in columns
        for weight, best in column.cells()
        for cell in [_cell(column, best, None if weighted is None else at[weight], first_is_x=weighted is not x)]
    }
    return Map(
        scenario=first, x=x, y=y, cells=tuple(cells[a, b] for b in y.values for a in x.values if (a, b) in cells),
        seed=seed, asked=runs, simulated=sum(sum(column.runs.values()) for column in columns), version=__version__,
        seconds=perf_counter() - began, partial=partial,
        said=tuple(shelf.said if isinstance(shelf, Store) else ()),
    )


def _cell(column: Column, best: Best, weight: str | None, *, first_is_x: bool) -> Cell:
    if weight is None:
        x, y = column.values
    else:
        x, y = (column.values[0], weight) if first_is_x else (weight, column.values[0])
    sha256 = column.sha256 if weight is None else None
    return Cell(x, y, best, max(column.runs.values()), sha256, column.skipped)


def _key(grid: Grid, seed: int, policies: Sequence[str] | None, first: Scenario) -> dict[str, object]:
    """What a store of this map must be of; the values of importance, and how many runs, are not part of it."""
    named = None if policies is None else [name for name in first.policies if name in policies]
    return {
        "map": True, "scenario": scenario_sha256(grid.scenario(grid.point(0).values)), "seed": seed, "policies": named,
        "axes": [[axis.path, axis.values] for axis in grid.axes], "drawn": None,
    }


def _raced(
    columns: Sequence[Column], shelf: Shelf, work: Several, runs: int, jobs: Hands,
    on_progress: Callable[[int, int], None] | None,
) -> bool:
    """Add runs look by look until all is decided or `runs` are made; whether it was interrupted before that.

    A look is taken at whole rounds only, so that neither workers nor an interrupt can matter to a decision.
    """
    look = made = done = 0
    try:
        while done < runs:
            look += 1
            upto = min(FIRST * 2 ** (look - 1), runs)
            racing = [(column, tuple(column.open if look > 1 else column.names)) for column in columns]
            racing = [(column, names) for column, names in racing if names]
            if not racing:
                break
            tasks = [
                Task(chunk, names) for column, names in racing for chunk in chunks_of(column.index, upto)
                if chunk.first >= done
            ]
            still = sum(len(names) for _, names in racing) * (runs - upto)
            parts: dict[Task, Part] = {}
            more = sum((task.chunk.last - task.chunk.first) * len(task.policies) for task in tasks)
            for task, part in _parts(tasks, shelf, work, jobs):
                parts[task] = part
                made += (task.chunk.last - task.chunk.first) * len(task.policies)
                more -= (task.chunk.last - task.chunk.first) * len(task.policies)
                if on_progress is not None:
                    on_progress(made, made + more + still)
            by_index = {column.index: column for column, _ in racing}
            for task in tasks:
                by_index[task.chunk.point].add(task.chunk, parts[task], task.policies)
            for column, _ in racing:
                column.look(look)
            done = upto
    except KeyboardInterrupt:
        return True
    if on_progress is not None:
        on_progress(made, made)
    return False


def _parts(tasks: Sequence[Task], shelf: Shelf, work: Several, jobs: Hands) -> Iterator[tuple[Task, Part]]:
    """Every task with what it came to: from the shelf where it has all the policies, else computed and shelved."""
    missing = []
    for task in tasks:
        kept = _kept(task, shelf)
        if kept is None:
            missing.append(task)
        else:
            yield task, kept
    with closing(each_done(work, missing, jobs)) as computed:
        for task, part in computed:
            if task.chunk not in shelf:
                shelf.write(task.chunk, part)
            yield task, part


def _kept(task: Task, shelf: Shelf) -> Part | None:
    if task.chunk not in shelf:
        return None
    try:
        part = shelf.read(task.chunk)
    except Damaged as why:
        shelf.set_aside(task.chunk, why)
        return None
    return part if set(task.policies) <= set(part.tables) else None
