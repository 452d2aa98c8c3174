"""Sensitivity: which assumption matters most for the difference between two policies, or for any column of one.

All points meet the same changes (common random numbers), so that what moves between points is the assumption. What
noise is left is measured, and said as its share of the variance between the points.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.intake.assumptions import chance_of_any, mean_in_test
from sim.intake.overrides import overridden
from sim.intake.problems import InputError
from sim.intake.scenario_file import scenario_of
from sim.intake.tree import Node
from sim.scenario import Scenario
from sim.study.advice import most_traffic
from sim.study.axes import Listed, Range, parts, refused, spread
from sim.study.blocks import Engine
from sim.study.compare import Comparison, UnknownPolicy, compare
from sim.study.estimate import Interval, mean_of, paired, paired_difference
from sim.study.grid import ROLLOUT_S, Axis, Grid
from sim.study.indices import Cube, Effect, Index, morris, sobol
from sim.study.store import OtherStudy, names_in
from sim.study.sweep import sweep
from sim.study.tables import NUMBERS
from sim.units import say_rate, say_seconds, say_share

MOST_ROLLOUTS = 1_000_000_000
"""Of each policy; more is refused with an estimate of the time."""
STEP = "screening-"
"""What the folders in a store of a screening begin with: one holds the points that are asked for at once."""

class Assumed(NamedTuple):
    """An assumption and the range that it may have, as --set would say them; `scale` lin or log."""

    path: str
    low: str
    high: str
    scale: str = "lin"


class Swing(NamedTuple):
    """What comes out with one assumption at either end of its range and the others as they are, with 95 % intervals."""

    assumed: Assumed
    at_low: Interval
    at_high: Interval

    @property
    def width(self) -> float:
        return abs(self.at_high.mean - self.at_low.mean)


@dataclass(frozen=True)
class Sensitivity:
    """What came out. Unit: that of the column.

    a, b     policies: a's column minus b's; b None: the column under a alone
    base     what comes out with all assumptions as they are; `swings` one a bar of the tornado, the widest first
    effects  Morris, the largest first; `indices` Sobol over the first of these; empty where not asked for
    noise    share of the variance between the points of Morris that is noise of the runs, 0 to 1
    points   scenarios that were simulated, `runs` changes under each policy at each
    """

    scenario: str
    a: str
    b: str | None
    column: str
    runs: int
    seed: int
    base: Interval
    swings: tuple[Swing, ...]
    effects: tuple[Effect, ...]
    indices: tuple[Index, ...]
    noise: float
    points: int


@dataclass
class Model:
    """The simulation as a function on the unit cube; a point is simulated once, with a store once for all times."""

    root: Node
    assumed: tuple[Assumed, ...]
    a: str
    b: str | None
    column: str
    runs: int
    seed: int
    jobs: int | None
    store: Path | None = None
    engine: Engine | None = None
    on_progress: Callable[[int, int], None] | None = None
    known: dict[tuple[str, ...], Interval] = field(default_factory=dict)

    @property
    def policies(self) -> list[str]:
        """Those that are simulated."""
        return [self.a] if self.b is None else [self.a, self.b]

    def texts(self, cube: Cube) -> list[tuple[str, ...]]:
        """The values at every point, as --set takes them."""
        columns = [
            Range(one.low, one.high, one.scale, None, _is_float(self.root, one)).drawn(
                cube[:, n].tolist(), f"{one.path}={one.low}..{one.high}"
            )
            for n, one in enumerate(self.assumed)
        ]
        return list(zip(*columns, strict=True))

    def at(self, points: Sequence[tuple[str, ...]]) -> list[Interval]:
        """What comes out at these values. Raises InputError for a point that is no scenario."""
        fresh = tuple(dict.fromkeys(point for point in points if point not in self.known))
        if fresh:
            axes = tuple(
                Axis(one.path, tuple(dict.fromkeys(point[n] for point in fresh))) for n, one in enumerate(self.assumed)
            )
            grid = Grid(self.root, "<sensitivity>", axes, fresh)
            with sweep(
                grid, policies=self.policies, runs=self.runs, seed=self.seed, jobs=self.jobs, engine=self.engine,
                store=self._folder(fresh), on_progress=self.on_progress,
            ) as swept:
                if swept.partial:
                    raise KeyboardInterrupt
                for point, comparison in swept.comparisons():
                    self.known[point.values] = output(comparison, self.a, self.b, self.column)
        return [self.known[point] for point in points]

    def _folder(self, points: Sequence[tuple[str, ...]]) -> Path | None:
        """Where these points are kept; a sweep of others has a folder of its own."""
        if self.store is None:
            return None
        asked = repr(([one.path for one in self.assumed], points, self.policies))
        return self.store / f"{STEP}{hashlib.sha256(asked.encode()).hexdigest()[:12]}"

    def __call__(self, cube: Cube) -> NDArray[np.float64]:
        return np.array([found.mean for found in self.at(self.texts(cube))])

    def among(self, names: Sequence[str]) -> Callable[[Cube], NDArray[np.float64]]:
        """The same function of some assumptions only; the others stay in the middle of their ranges."""
        places = [next(n for n, one in enumerate(self.assumed) if one.path == name) for name in names]

        def evaluate(cube: Cube) -> NDArray[np.float64]:
            whole = np.full((len(cube), len(self.assumed)), 0.5)
            whole[:, places] = cube
            return self(whole)

        return evaluate


def screen(
    root: Node,
    a: str,
    b: str | None = None,
    *,
    column: str = "cost",
    ranges: Sequence[str] = (),
    runs: int = 200,
    trajectories: int = 10,
    points: int = 0,
    most: int = 3,
    seed: int = 1,
    jobs: int | None = None,
    store: Path | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    engine: Engine | None = None,
) -> Sensitivity:
    """Morris over all assumptions, then Sobol with `points` over the `most` that matter most; 0 points: none.

    root    a scenario's tree (`scenario_file.read_with_lines`)
    ranges  `path=low..high`, or `path=low..high:log`; none: `usual`
    column  a column of numbers or a flag (sim/model/outcome.py)
    store   a folder that keeps what is finished: the same call again goes on from there

    Raises UnknownPolicy, InputError (unknown path with the nearest right one, empty or reversed range), NoSALib,
    ValueError for an unknown column or too many rollouts, what `sweep` raises for a store, and KeyboardInterrupt as
    it comes: half a screening says nothing.
    """
    scenario = scenario_of(root)
    for name in (a, *([] if b is None else [b])):
        if name not in scenario.policies:
            raise UnknownPolicy(f"policy {name!r} is not one of {', '.join(scenario.policies)}")
        scenario.plan(name)
    if column not in NUMBERS:
        raise ValueError(f"column {column!r} is not one of {', '.join(NUMBERS)}")
    if store is not None:
        refuse_another(store)
    assumed = tuple(read_range(root, text) for text in ranges) if ranges else usual(scenario)
    refuse_too_much(len(assumed), runs=runs, trajectories=trajectories, points=points, most=most)
    model = Model(root, assumed, a, b, column, runs, seed, jobs, store, engine, on_progress)
    names = [one.path for one in assumed]
    effects = morris(names, model, trajectories=trajectories, seed=seed)
    noise = noise_share(list(model.known.values()))
    indices: list[Index] = []
    if points:
        first = [effect.name for effect in effects[:most]]
        indices = sobol(first, model.among(first), points=points, seed=seed)
    swings = []
    for one in assumed:
        alone = Model(root, (one,), a, b, column, runs, seed, jobs, store, engine)
        swings.append(Swing(one, *alone.at([(one.low,), (one.high,)])))
    as_it_is = compare(scenario, policies=model.policies, runs=runs, seed=seed, jobs=jobs, engine=engine)
    if as_it_is.partial:
        raise KeyboardInterrupt
    base = output(as_it_is, a, b, column)
    return Sensitivity(
        scenario.name, a, b, column, runs, seed, base, tuple(sorted(swings, key=lambda swing: -swing.width)),
        tuple(effects), tuple(indices), noise, len(model.known) + 2 * len(assumed) + 1,
    )


def refuse_another(store: Path) -> None:
    """Raise OtherStudy for a folder with anything else in it than screenings."""
    if foreign := [name for name in names_in(store) if not name.startswith(STEP)]:
        raise OtherStudy(
            f"{store}: is not empty and is not a store of a screening (it has {foreign[0]} in it); name another folder"
        )


def refuse_too_much(assumptions: int, *, runs: int, trajectories: int, points: int, most: int = 3) -> None:
    """Raise ValueError, with an estimate of the time, for a screening of more rollouts than `MOST_ROLLOUTS`.

    >>> refuse_too_much(6, runs=200, trajectories=10, points=64)
    >>> refuse_too_much(6, runs=10**7, trajectories=10, points=10**6)
    Traceback (most recent call last):
        ...
    ValueError: 5,000,083 points at 10,000,000 runs each are more than ... 13,889,119 hours on one core ...
    """
    places = trajectories * (assumptions + 1) + points * (most + 2) + 2 * assumptions + 1
    if places * runs > MOST_ROLLOUTS:
        hours = places * runs * ROLLOUT_S / 3600
        raise ValueError(
            f"{places:,} points at {runs:,} runs each are more than {MOST_ROLLOUTS:,} rollouts of each policy: about "
            f"{hours:,.0f} hours on one core for each; take fewer runs, trajectories or points"
        )


def output(comparison: Comparison, a: str, b: str | None, column: str) -> Interval:
    """The column's mean under a, or a's minus b's in the same runs; NaN where fewer than two runs have a value."""
    mine = comparison.tables[a][column]
    if b is None:
        mean = mean_of(mine)
        return Interval(*(math.nan if part is None else part for part in (mean.low, mean.mean, mean.high)))
    first, second = paired(mine, comparison.tables[b][column])
    return paired_difference(first, second) if len(first) > 1 else Interval(math.nan, math.nan, math.nan)


def noise_share(found: Sequence[Interval]) -> float:
    """Mean squared standard error of the points / variance between them, at most 1. Common random numbers make the
    noise of all points alike, so that this is the most that noise can have done."""
    means = np.array([one.mean for one in found])
    errors = np.array([(one.high - one.low) / 2 / 1.96 for one in found])
    between = float(means.var())
    return min(1.0, float((errors**2).mean()) / between) if between > 0 else 1.0


def usual(scenario: Scenario) -> tuple[Assumed, ...]:
    """What is guessed in most scenarios, from half to twice; traffic and tests as far as they can go."""
    service, people = scenario.service, scenario.people
    found = []
    chance, tests = chance_of_any(scenario), mean_in_test(scenario)
    if 0 < chance < 1:
        found.append(Assumed("fault_chance", _share(chance / 2), _share(min(1.0, 2 * chance)), "log"))
    if tests is not None:
        found.append(Assumed("in_test", _share(tests / 2), _share((1 + tests) / 2)))
    pause = people.acknowledge.median + people.decide.median
    if pause:
        found.append(Assumed("reaction", say_seconds(round(pause / 2)), say_seconds(round(2 * pause)), "log"))
    if service.base_errors:
        low, high = service.base_errors / 2, min(0.5, 2 * service.base_errors)
        found.append(Assumed("service.base_errors", _share(low), _share(high), "log"))
    rate = service.traffic.rate
    most = max(rate * 1.01, min(2 * rate, most_traffic(scenario)))
    found.append(Assumed("service.traffic.rate", say_rate(_digits(rate / 2)), say_rate(_digits(most)), "log"))
    if scenario.importance:
        found.append(Assumed("importance", _plain(scenario.importance / 2), _plain(2 * scenario.importance), "log"))
    for price in ("per_server_hour", "per_day_of_delay"):
        now = getattr(service.cost, price)
        if now:
            found.append(Assumed(f"service.cost.{price}", _plain(now / 2), _plain(2 * now), "log"))
    return tuple(found)


def read_range(root: Node, text: str) -> Assumed:
    """`path=low..high` as an assumption. Raises InputError as `--set` does, and for what is no range."""
    path, value = parts(text)
    stepped = value if value.endswith((":lin", ":log")) else f"{value}:lin"
    found = spread(root, f"{path}={stepped}") if ".." in value else None
    if not isinstance(found, Range) or isinstance(found, Listed):
        raise refused(text, "must be a range FROM..TO, like 5%..20%, or FROM..TO:log")
    ends = found.drawn([0.0, 1.0], text)
    for end in ends:
        try:
            scenario_of(overridden(root, [f"{path}={end}"]))
        except InputError as error:
            raise InputError(error.problems) from None
    return Assumed(path, ends[0], ends[1], found.step)


def _is_float(root: Node, one: Assumed) -> bool:
    found = spread(root, f"{one.path}={one.low}..{one.high}:{one.scale}")
    return isinstance(found, Range) and found.field_is_float


def _digits(value: float) -> float:
    return float(f"{value:.4g}")


def _share(value: float) -> str:
    return say_share(_digits(value))


def _plain(value: float) -> str:
    return f"{_digits(value):.12f}".rstrip("0").rstrip(".")
