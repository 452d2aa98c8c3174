"""Points of a sweep: fields of a scenario, by the paths of `--set`, and the values that they take.

`policies.canary.canaries=1%..25%:log:8`, `horizon=1h..5h:lin:5`, `importance=1,10,100` or `[1, 10, 100]` are axes;
a setting with one value is an override at every point. Values stay text until a point is made, and are read then
as `--set` reads them: a point is exactly what `compare` makes of the same settings.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, get_origin

import numpy as np

from sim.intake import shape
from sim.intake.library import find
from sim.intake.overrides import overridden
from sim.intake.place import Place
from sim.intake.problems import InputError, Problem
from sim.intake.scenario_file import scenario_of
from sim.intake.source import text_of
from sim.intake.tree import Node, grow
from sim.scenario import Scenario
from sim.units import count, factor, per_second, say_rate, say_seconds, say_share, seconds

MOST_POINTS = 1_000_000
MOST_CHECKED = 2_000
"""Up to so many points all are read before the first run (1.5 ms each); of more, every value once and the last."""
ROLLOUT_S = 0.001
ROLLOUT_BYTES = 20
"""For the estimate that comes with a refusal: a rollout of `web_fleet.yaml` on one core, and its row in a store."""
RANGE = re.compile(r"(?P<low>.+?)\.\.(?P<high>[^:]+)(?::(?P<step>[^:]*)(?::(?P<many>[^:]*))?)?")
FORM = "a range is FROM..TO:lin:N or FROM..TO:log:N, like 1%..25%:log:8"
DIGITS = (4, 6, 9, 12, 17)
OPENING = dict(zip("[{(", "]})", strict=True))


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
        return [f"{axis.path}={value}" for axis, value in zip(self.axes, values, strict=True)]

    def scenario(self, values: Sequence[str]) -> Scenario:
        """The scenario with these values of the axes. Raises InputError, the values in its text."""
        settings = self.settings(values)
        try:
            return scenario_of(overridden(self.root, settings))
        except InputError as error:
            here = f" (at the point {', '.join(settings)})" if settings else ""
            raise InputError(_at(problem, here) for problem in error.problems) from None

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

    settings  `path=value`, `path=a,b,c`, `path=a..b:log:8`, in order
    lhs       so many points of a Latin hypercube, from `seed`, instead of all combinations; ranges then say no
              number: `path=a..b:log`. Each axis is cut into `lhs` strata of equal chance, each drawn from once
    runs      per policy at a point; only for the estimate with which too many points are refused

    Raises InputError: an unknown path with the nearest right one, an empty or reversed range, more than 10^6
    points with an estimate of time and size, and whatever is wrong with a point.
    """
    grown = grow(text, source)
    if grown.problems or not isinstance(grown.root.value, dict):
        scenario_of(grown.root, grown.problems)
    root = overridden(grown.root, [setting for setting in settings if _spread(grown.root, setting) is None])
    wanted: list[_Wanted] = []
    for setting in settings:
        path, text_of_values = _parts(setting)
        if (found := _spread(grown.root, setting)) is None:
            continue
        if any(path == other.path for other in wanted):
            raise _refused(setting, f"{path} is an axis already: give all its values in one --set")
        overridden(root, [f"{path}={found.trial}"])                # is there such a path?
        wanted.append(_Wanted(path, text_of_values, found))
    if lhs is None:
        _refuse_too_many(math.prod(len(one.found) for one in wanted), runs, source)
        axes = tuple(Axis(one.path, one.found.values(f"{one.path}={one.text}")) for one in wanted)
        grid = Grid(root, source, axes)
    else:
        grid = Grid(root, source, *_hypercube(wanted, lhs, seed, runs, source))
    grid.check()
    return grid


# ---- what a setting says ------------------------------------------------------------------------


class _List(NamedTuple):
    items: tuple[str, ...]

    @property
    def trial(self) -> str:
        return self.items[0]

    def __len__(self) -> int:
        return len(self.items)

    def values(self, setting: str) -> tuple[str, ...]:
        for item in self.items:
            if not item:
                raise _refused(setting, "an empty place in the list of values")
            if self.items.count(item) > 1:
                raise _refused(setting, f"{item} is in the list twice")
        return self.items

    def drawn(self, shares: Sequence[float], setting: str) -> list[str]:
        items = self.values(setting)
        return [items[int(share * len(items))] for share in shares]


@dataclass(frozen=True)
class _Range:
    """low..high:step:many, as written; `whole`: the field, or both ends, are whole numbers."""

    low: str
    high: str
    step: str
    many: str | None
    field_is_float: bool

    @property
    def trial(self) -> str:
        return self.low

    def __len__(self) -> int:
        return int(self.many) if self.many and self.many.isdecimal() and len(self.many) < 19 else 1

    def values(self, setting: str) -> tuple[str, ...]:
        if self.many is None:
            raise _refused(setting, f"how many values? {FORM}")
        if not self.many.isdecimal() or int(self.many) < 2:
            raise _refused(setting, f"{self.many!r} values: must be a whole number from 2 up; {FORM}")
        at, say = self._scale(setting)
        many = int(self.many)
        inner = [at(k / (many - 1)) for k in range(1, many - 1)]
        for digits in DIGITS:
            said = [self.low, *(say(value, digits) for value in inner), self.high]
            if len(set(said)) == many:
                break
        return tuple(dict.fromkeys(said))                          # whole numbers may fall together: each once

    def drawn(self, shares: Sequence[float], setting: str) -> list[str]:
        if self.many is not None:
            raise _refused(setting, "with --lhs N a range has no number of its own: FROM..TO:lin or FROM..TO:log")
        at, say = self._scale(setting)
        return [say(at(share), DIGITS[1]) for share in shares]

    def _scale(self, setting: str) -> tuple[Callable[[float], float], Callable[[float, int], str]]:
        """The value at a share of the way, and how it is written."""
        if self.step not in ("lin", "log"):
            raise _refused(setting, f"step {self.step!r} must be lin or log; {FORM}")
        low, high, say = _ends(self.low, self.high, setting, self.field_is_float)
        if low == high:
            raise _refused(setting, f"the range {self.low}..{self.high} is empty")
        if low > high:
            raise _refused(setting, f"the range runs backwards: did you mean {self.high}..{self.low}?")
        if self.step == "log":
            if low <= 0:
                raise _refused(setting, f"a range with log steps cannot begin at {self.low}: give a start above 0")
            return lambda share: low * (high / low) ** share, say
        return lambda share: low + (high - low) * share, say


class _Wanted(NamedTuple):
    path: str
    text: str
    found: _List | _Range


def _parts(setting: str) -> tuple[str, str]:
    path, _, text = setting.partition("=")
    return path.strip(), text.strip()


def _spread(root: Node, setting: str) -> _List | _Range | None:
    """The several values that a setting says; None if it says one. Raises InputError for a range that is none."""
    path, text = _parts(setting)
    if not path or not text:
        return None
    wanted = _annotation(root, path)
    inner = shape.bare(wanted)
    if inner is str:
        return None                                                # a name may have commas and dots in it
    if text[0] not in "[{'\"" and ".." in text:
        match = RANGE.fullmatch(text)
        if not match:
            raise _refused(setting, FORM)
        low, high, step, many = (part and part.strip() for part in match.group("low", "high", "step", "many"))
        return _Range(low, high, step or "", many, inner is float)
    listed = text.startswith("[") and text.endswith("]")
    items = _split(text[1:-1] if listed else text)
    if listed and get_origin(inner) is tuple and not all(item.startswith("[") for item in items):
        return None                                                # the field itself is a list
    return _List(tuple(items)) if listed or len(items) > 1 else None


def _annotation(root: Node, path: str) -> object:
    """What may stand under a path, though the file may have left it out; None for a path that leads nowhere."""
    place = Place(root)
    for part in path.split("."):
        key: str | int = int(part) if isinstance(place.node.value, list) and part.isdecimal() else part
        if place.has(key):
            place = place.step(key)
        else:
            below = shape.below(place.annotation, place.node, key)
            place = Place(Node({}, None, ""), below, (*place.path, key), place)
    return place.annotation


def _split(text: str) -> list[str]:
    """Items between commas that stand outside of brackets and quotes.

    >>> _split("1, [2, 3], 'a, b'")
    ['1', '[2, 3]', "'a, b'"]
    """
    items, item, closing, quote = [], "", "", ""
    for letter in text:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter in OPENING:
            closing += OPENING[letter]
        elif closing and letter == closing[-1]:
            closing = closing[:-1]
        elif letter == "," and not closing:
            items.append(item.strip())
            item = ""
            continue
        item += letter
    return [*items, item.strip()]


def _ends(
    low: str, high: str, setting: str, field_is_float: bool
) -> tuple[float, float, Callable[[float, int], str]]:
    """Both ends as numbers of one kind, and how a number between them is written."""
    kinds: list[tuple[Callable[[str], float], Callable[[float, int], str]]] = [
        (lambda text: _plain(text, field_is_float), _say_plain if field_is_float else _say_whole),
        (_plain_or_fraction, _say_plain),
        (_zero_or(factor), lambda value, digits: say_share(_rounded(value, digits))),
        (_zero_or(seconds), lambda value, digits: say_seconds(_rounded(value, digits))),
        (_zero_or(per_second), lambda value, digits: say_rate(_rounded(value, digits))),
    ]
    for read_one, say in kinds:
        try:
            return read_one(low), read_one(high), say
        except ValueError:
            continue
    raise _refused(setting, f"{low!r} and {high!r} must be numbers of one kind, like 1%..25%, 10m..2h or 10..1k")


def _plain(text: str, field_is_float: bool) -> float:
    if field_is_float and not re.fullmatch(r"\d+(\.\d+)?", text):
        raise ValueError(text)                                     # such a field knows no 10k
    return float(text) if field_is_float else count(text)


def _plain_or_fraction(text: str) -> float:
    if not re.fullmatch(r"\d+(\.\d+)?", text):
        raise ValueError(text)
    return float(text)


def _zero_or(read_one: Callable[[str], float]) -> Callable[[str], float]:
    return lambda text: 0.0 if text == "0" else read_one(text)


def _rounded(value: float, digits: int) -> float:
    return float(f"{value:.{digits}g}")


def _say_plain(value: float, digits: int) -> str:
    return f"{Decimal(repr(_rounded(value, digits))).normalize():f}"


def _say_whole(value: float, digits: int) -> str:
    return str(round(value))


def _hypercube(
    wanted: Sequence[_Wanted], points: int, seed: int, runs: int, source: str
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


# ---- refusals -----------------------------------------------------------------------------------


def _refuse_too_many(points: int, runs: int, source: str) -> None:
    if points > MOST_POINTS:
        hours, size = points * runs * ROLLOUT_S / 3600, points * runs * ROLLOUT_BYTES / 1e9
        said = (
            f"{points:,} points are more than {MOST_POINTS:,}: at {runs:,} runs a point, each policy would take about "
            f"{hours:,.0f} hours on one core and {size:,.0f} GB of disk; take fewer values, or --lhs N"
        )
        raise InputError([Problem(file=source, message=said)])


def _refused(setting: str, message: str) -> InputError:
    return InputError([Problem(file=f"--set {setting}", message=message)])


def _at(problem: Problem, here: str) -> Problem:
    return Problem(
        file=problem.file, line=problem.line, field=problem.field, value=problem.value, message=problem.message + here
    )
