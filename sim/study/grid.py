"""Points of a sweep: fields of a scenario, by the paths of `--set`, and the values that they take.

`policies.canary.canaries=1%..25%:log:8`, `horizon=1h..5h:lin:5`, `importance=1,10,100` or `[1, 10, 100]` are axes;
a setting with one value is an override at every point. Fields that move together are one axis: `a & b=1,2 & 5%,9%`.
Values stay text until a point is made, and are read then as `--set` reads them: a point is exactly what `compare`
makes of the same settings.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sim.intake.library import find
from sim.intake.overrides import overridden
from sim.intake.problems import InputError, Problem
from sim.intake.scenario_file import scenario_of
from sim.intake.source import text_of
from sim.intake.tree import Node, grow
from sim.scenario import Scenario
from sim.study.axes import FORM, TIE, Wanted, parts, refused, spread, untied

MOST_POINTS = 1_000_000
MOST_CHECKED = 2_000
"""Up to so many points all are read before the first run (1.5 ms each); of more, every value once and the last."""
ROLLOUT_S = 0.001
ROLLOUT_BYTES = 20
"""For the estimate that comes with a refusal: a rollout of `web_fleet.yaml` on one core, and its row in a store."""


@dataclass(frozen=True)
class Axis:
    """A field and the values that it takes, as a file would say them."""

    path: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Point:
    """Place number `index` of a grid: one value for every axis, in their order."""

    index: int
    values: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Grid:
    """All points of a sweep. It can be pickled, and a point costs nothing until it is asked for.

    root    the scenario's tree, the settings of one value in it; `source` is what messages call it
    axes    empty: the one point that `root` is
    drawn   the points of a Latin hypercube; None: every combination, the last axis moving soonest
    """

    root: Node
    source: str
    axes: tuple[Axis, ...]
    drawn: tuple[tuple[str, ...], ...] | None = None

    def __len__(self) -> int:
        return math.prod(len(axis.values) for axis in self.axes) if self.drawn is None else len(self.drawn)

    def __iter__(self) -> Iterator[Point]:
        return map(self.point, range(len(self)))

    def bare(self) -> Grid:
        """What it takes to make a scenario of values, and no more: so much travels to workers with each task."""
        return Grid(self.root, self.source, tuple(Axis(axis.path, ()) for axis in self.axes))

    def point(self, index: int) -> Point:
        """Point number `index`. Raises IndexError if there is none."""
        if not 0 <= index < len(self):
            raise IndexError(f"point {index} is not one of {len(self)}")
        if self.drawn is not None:
            return Point(index, self.drawn[index])
        values, left = [], index
        for axis in reversed(self.axes):
            left, at = divmod(left, len(axis.values))
            values.append(axis.values[at])
        return Point(index, tuple(reversed(values)))

    def settings(self, values: Sequence[str]) -> list[str]:
        """The values as `--set` takes them."""
        return [
            setting for axis, value in zip(self.axes, values, strict=True) for setting in untied(axis.path, value)
        ]

    def scenario(self, values: Sequence[str]) -> Scenario:
        """The scenario with these values of the axes. Raises InputError, the values in its text."""
        settings = self.settings(values)
        try:
            return scenario_of(overridden(self.root, settings))
        except InputError as error:
            here = f" (at the point {', '.join(settings)})" if settings else ""
            raise InputError(
                replace(problem, message=problem.message + here) for problem in error.problems
            ) from None

    def check(self) -> None:
        """Read every point, or of a large grid every value once and the last point. Raises InputError."""
        if len(self) <= MOST_CHECKED or self.drawn is not None:
            for point in map(self.point, range(min(len(self), MOST_CHECKED))):
                self.scenario(point.values)
            return
        first = [axis.values[0] for axis in self.axes]
        for at, axis in enumerate(self.axes):
            for value in axis.values[:MOST_CHECKED]:
                self.scenario([*first[:at], value, *first[at + 1 :]])
        self.scenario(self.point(len(self) - 1).values)


def read(
    scenario: str | os.PathLike[str], settings: Sequence[str] = (), *, lhs: int | None = None, seed: int = 1,
    runs: int = 1000,
) -> Grid:
    """The grid over a scenario file or library name. Arguments and errors as `grid_of`."""
    found = find(scenario)
    return grid_of(text_of(found), str(found), settings, lhs=lhs, seed=seed, runs=runs)


def grid_of(
    text: str, source: str = "<text>", settings: Sequence[str] = (), *, lhs: int | None = None, seed: int = 1,
    runs: int = 1000,
) -> Grid:
    """The grid over a scenario's text.

    settings  `path=value`, `path=a,b,c`, `path=a..b:log:8`, in order; `one & two=a,b & c,d` moves both together
    lhs       so many points of a Latin hypercube, from `seed`, instead of all combinations; ranges then say no
              number: `path=a..b:log`. Each axis is cut into `lhs` strata of equal chance, each drawn from once
    runs      per policy at a point; only for the estimate with which too many points are refused

    Raises InputError: an unknown path with the nearest right one, an empty or reversed range, more than 10^6
    points with an estimate of time and size, and whatever is wrong with a point.
    """
    grown = grow(text, source)
    if grown.problems or not isinstance(grown.root.value, dict):
        scenario_of(grown.root, grown.problems)
    root = overridden(grown.root, [setting for setting in settings if spread(grown.root, setting) is None])
    wanted: list[Wanted] = []
    for setting in settings:
        path, text_of_values = parts(setting)
        if (found := spread(grown.root, setting)) is None:
            continue
        for one in path.split(TIE):
            if any(one in other.path.split(TIE) for other in wanted):
                raise refused(setting, f"{one} is an axis already: give all its values in one --set")
        overridden(root, untied(path, found.trial))                # is there such a path?
        wanted.append(Wanted(path, text_of_values, found))
    if lhs is None:
        _refuse_too_many(math.prod(len(one.found) for one in wanted), runs, source)
        axes = tuple(Axis(one.path, one.found.values(f"{one.path}={one.text}")) for one in wanted)
        grid = Grid(root, source, axes)
    else:
        grid = Grid(root, source, *_hypercube(wanted, lhs, seed, runs, source))
    grid.check()
    return grid


def _hypercube(
    wanted: Sequence[Wanted], points: int, seed: int, runs: int, source: str
) -> tuple[tuple[Axis, ...], tuple[tuple[str, ...], ...]]:
    """Axes and points of a Latin hypercube. Source: McKay, Beckman, Conover, Technometrics 21 (1979) 239."""
    if points < 1:
        raise InputError([Problem(file=f"--lhs {points}", message="must be at least 1 point")])
    if not wanted:
        raise InputError([Problem(file=f"--lhs {points}", message=f"there is no range to draw from; {FORM}")])
    _refuse_too_many(points, runs, source)
    dice = np.random.Generator(np.random.Philox(np.random.SeedSequence(seed)))
    columns = []
    for one in wanted:
        shares = (dice.permutation(points) + dice.random(points)) / points
        columns.append(one.found.drawn(shares.tolist(), f"{one.path}={one.text}"))
    axes = tuple(
        Axis(one.path, tuple(dict.fromkeys(column))) for one, column in zip(wanted, columns, strict=True)
    )
    return axes, tuple(zip(*columns, strict=True))


def _refuse_too_many(points: int, runs: int, source: str) -> None:
    if points > MOST_POINTS:
        hours, size = points * runs * ROLLOUT_S / 3600, points * runs * ROLLOUT_BYTES / 1e9
        said = (
            f"{points:,} points are more than {MOST_POINTS:,}: at {runs:,} runs a point, each policy would take about "
            f"{hours:,.0f} hours on one core and {size:,.0f} GB of disk; take fewer values, or --lhs N"
        )
        raise InputError([Problem(file=source, message=said)])
