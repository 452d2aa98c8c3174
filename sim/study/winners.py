"""A map: over two fields of a scenario, which policy has the least expected cost, and where the runs decide it.

Importance multiplies the outage part of a cost and changes nothing else, so that a run's cost at any importance w is
c(0) + w (c(1) - c(0)): with importance on an axis two importances are simulated, however many the map has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import ascii_uppercase

from sim.scenario import Scenario
from sim.study.best import Best, best_of
from sim.study.blocks import Engine
from sim.study.compare import Comparison
from sim.study.estimate import Floats
from sim.study.files import write_whole
from sim.study.grid import Axis, Grid, Point
from sim.study.rows import number_text
from sim.study.sweep import Sweep, sweep
from sim.units import number

IMPORTANCE = "importance"
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Cell:
    """One point of a map: the values of x and y, and the best policy there over so many runs.

    sha256: of the scenario, as `compare` at these settings says it; None where costs were re-weighted.
    """

    x: str
    y: str
    best: Best
    runs: int
    sha256: str | None


@dataclass(frozen=True, eq=False)
class Map:
    """All cells, the x axis moving soonest; a point that was not reached, or where no policy can run, has none."""

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


def winners(
    grid: Grid,
    *,
    policies: Sequence[str] | None = None,
    runs: int = 1000,
    seed: int = 1,
    jobs: int | None = None,
    store: Path | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    engine: Engine | None = None,
) -> Map:
    """The map over a grid of two axes, the first is x. Everything else is as in `sweep`, errors too.

    Raises ValueError unless the grid has two axes and all their combinations.
    """
    if len(grid.axes) != 2 or grid.drawn is not None:
        raise ValueError(f"axes(={len(grid.axes)}) must be two, and no hypercube: a map has an x and a y")
    x, y = grid.axes
    weighted = next((axis for axis in grid.axes if axis.path == IMPORTANCE), None)
    simulated = grid
    if weighted is not None:
        other = y if weighted is x else x
        simulated = Grid(grid.root, grid.source, (other, Axis(IMPORTANCE, ("0", "1"))))
    with sweep(
        simulated, policies=policies, runs=runs, seed=seed, jobs=jobs, store=store, on_progress=on_progress,
        engine=engine,
    ) as swept:
        found = _plain(swept) if weighted is None else _reweighted(swept, weighted, other is x)
        order = {(b, a): n for n, (b, a) in enumerate((b, a) for b in y.values for a in x.values)}
        cells = sorted(found, key=lambda cell: order[cell.y, cell.x])
        rollouts = sum(cell.runs * len(cell.best.means) for cell in cells)
        if weighted is not None:
            rollouts = 2 * rollouts // len(weighted.values)
        return Map(
            scenario=grid.scenario(grid.point(0).values), x=x, y=y, cells=tuple(cells), seed=seed, asked=runs,
            simulated=rollouts, version=swept.version, seconds=swept.seconds, partial=swept.partial,
            said=tuple(swept.said),
        )


def _plain(swept: Sweep) -> Iterator[Cell]:
    for point, comparison in swept.comparisons():
        costs = _costs(comparison)
        if costs and comparison.runs > 1:
            x, y = point.values
            yield Cell(x, y, best_of(costs, CONFIDENCE), comparison.runs, comparison.sha256)


def _reweighted(swept: Sweep, weighted: Axis, first_is_x: bool) -> Iterator[Cell]:
    """From the two importances of every value of the other axis, all that the map has."""
    zero: tuple[Point, Comparison] | None = None
    for point, comparison in swept.comparisons():
        if point.index % 2 == 0:
            zero = point, comparison
            continue
        if zero is None or zero[0].index != point.index - 1:
            continue
        runs = min(comparison.runs, zero[1].runs)
        without, with_it = _costs(zero[1]), _costs(comparison)
        if runs < 2 or not with_it:
            continue
        for value in weighted.values:
            weight = number(float(value))
            costs = {
                policy: without[policy][:runs] + weight * (with_it[policy][:runs] - without[policy][:runs])
                for policy in with_it
            }
            x, y = (point.values[0], value) if first_is_x else (value, point.values[0])
            yield Cell(x, y, best_of(costs, CONFIDENCE), runs, None)


def _costs(comparison: Comparison) -> dict[str, Floats]:
    return {policy: table["cost"] for policy, table in comparison.tables.items()}


def write_csv(found: Map, path: str | Path) -> None:
    """A row a cell and policy: is it the best, its mean cost, and by how much the runner-up is behind."""
    write_whole(path, csv_text(found))


def csv_text(found: Map) -> Iterator[str]:
    """The CSV, line by line; the same bytes whenever the map is the same."""
    yield (
        f"{found.x.path},{found.y.path},policy,best,decided,cost_mean,cost_low,cost_high,behind_low,behind_mean,"
        "behind_high,runs,seed,version\n"
    )
    for cell in found.cells:
        for policy, mean in cell.best.means.items():
            won = policy == cell.best.policy
            behind = cell.best.behind if policy == cell.best.runner_up else None
            values = (*(mean.mean, mean.low, mean.high), *(behind or (None, None, None)))
            said = [_quoted(cell.x), _quoted(cell.y), _quoted(policy), str(int(won)), str(int(cell.best.decided))]
            said += ["" if value is None else number_text(value) for value in values]
            yield ",".join((*said, str(cell.runs), str(found.seed), found.version)) + "\n"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if set(text) & set(',"\n') else text
