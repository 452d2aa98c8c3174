"""What the numbers of a lesson are: names in its formulas -> values of its scenario, of one run, of a study.

    direct.faulty.users_hit.mean    the study of all policies: policy[.faulty|.healthy].column[.word].statistic
    run.direct.users_hit            the one run that the lesson shows
    scenario.service.users.count    a field of the scenario, as its file writes it

Nothing is simulated before a number asks for it, and the study only once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import is_dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim import measure
from sim.intake import lesson as written
from sim.intake import shape
from sim.intake.formula import Formula
from sim.intake.lesson import Ask, Lesson, Number, Prose
from sim.intake.problems import InputError, Problem, shown, suggest
from sim.model.outcome import COLUMNS, UNITS, WORDS, Outcome
from sim.study.compare import Comparison, compare
from sim.study.expectations import Named, read_name, value_of

SCALES = {"%": 100.0, "minutes": 1 / 60}
"""From the column's own unit to the one that a question is asked in."""
AVERAGES = ("mean", "share")
REDRAWS, REDRAWN = 500, 20190702
"""How often a study is drawn again for the interval of a formula, and with which seed: always the same interval."""
NEAR = 0.25
"""A guess within a quarter of the truth is a good one; people who guess by feel miss by factors."""


class Value(NamedTuple):
    """A number with its interval and the runs it is of, where it comes from a study."""

    value: float
    low: float | None = None
    high: float | None = None
    unit: str = ""


class Truth(NamedTuple):
    """What came out for a question. A number has value, low and high in its unit; a choice the right answer's place."""

    value: float
    low: float | None
    high: float | None


def read(path: Any) -> Lesson:
    """The lesson of a file, every name in it known. Raises InputError with all that is wrong."""
    return checked(written.read(path))


def parse(text: str, file: str = "<text>") -> Lesson:
    """The lesson that a text says, every name in it known. Raises InputError with all that is wrong."""
    return checked(written.parse(text, file))


def checked(lesson: Lesson) -> Lesson:
    """The same lesson. Raises InputError for names that mean nothing here, each with its line."""
    problems = []
    for field, line, names in _named(lesson):
        for name in names:
            try:
                known(lesson, name)
            except ValueError as error:
                problems.append(Problem(file=lesson.file, line=line, field=field, value=shown(name),
                                        message=str(error).removeprefix(f"{name!r}: ")))
    if problems:
        raise InputError(problems)
    return lesson


def _named(lesson: Lesson) -> Iterator[tuple[str, int, list[str]]]:
    """Field, line and names of every formula in a lesson."""
    for section in lesson.sections:
        for part in section.parts:
            if isinstance(part, Prose):
                for piece in part.pieces:
                    if isinstance(piece, Number):
                        yield "{{ }}", piece.line, list(piece.formula.names())
            if isinstance(part, Ask):
                if part.answer is not None:
                    yield "ask.answer", part.line, list(part.answer.names())
                for k, choice in enumerate(part.choices):
                    if choice.when is not None:
                        yield f"ask.choices.{k}.if", choice.line, list(choice.when.names())


def known(lesson: Lesson, name: str) -> str:
    """The unit of what a name means. Raises ValueError if it means nothing in this lesson."""
    first, _, rest = name.partition(".")
    if first == "scenario":
        field(lesson.scenario, rest)
        return ""
    if first == "run":
        _of_run(lesson, rest)
        return UNITS[rest.rpartition(".")[2]]
    said = read_name(name, name, lesson.policies)
    return _unit(said)


def _unit(said: Named) -> str:
    """The unit of a number of the study."""
    return {"n": "", "share": "share"}.get(said.statistic, UNITS[said.column])


def _of_run(lesson: Lesson, rest: str) -> tuple[str, str]:
    """Policy and column of `run.policy.column`."""
    policy, _, column = rest.rpartition(".")
    if policy not in lesson.policies:
        raise ValueError(f"policy {policy!r} is not known, {suggest(policy, lesson.policies)}")
    if column not in COLUMNS or column in WORDS:
        numbers = [name for name in COLUMNS if name not in WORDS]
        raise ValueError(f"column {column!r} is no number of a run, {suggest(column, numbers)}")
    return policy, column


def field(noun: Any, path: str) -> float:
    """The number at a dotted path of a scenario. Raises ValueError with the nearest right word."""
    here: Any = noun
    for key in path.split(".") if path else []:
        if is_dataclass(here) and not isinstance(here, type):
            names = shape.names_of(type(here))
            if key not in names:
                raise ValueError(f"field {key!r} is not known, {suggest(key, list(names))}")
            here = getattr(here, names[key])
        elif isinstance(here, Mapping) and key in here:
            here = here[key]
        elif isinstance(here, Sequence) and not isinstance(here, str) and key.isdecimal() and int(key) < len(here):
            here = here[int(key)]
        else:
            raise ValueError(f"field {key!r} is not there")
    if isinstance(here, bool) or not isinstance(here, (int, float)):
        raise ValueError("is no single number of the scenario; name a field below it, or another")
    return float(here)


class Values:
    """The numbers of one lesson, each computed when it is first asked for. engine: what compares, for tests."""

    def __init__(self, lesson: Lesson, compared: Callable[[], Comparison] | None = None) -> None:
        self.lesson = lesson
        self._compared = compared
        self._runs: dict[str, Outcome] = {}

    @cached_property
    def comparison(self) -> Comparison:
        """The study behind the lesson: all its policies, over its runs and seed."""
        if self._compared is not None:
            return self._compared()
        lesson = self.lesson
        return compare(lesson.scenario, policies=lesson.policies, runs=lesson.runs, seed=lesson.seed, jobs=1)

    def of(self, name: str) -> Value:
        """What a name means. Raises ValueError where the simulation gave it no value."""
        first, _, rest = name.partition(".")
        if first == "scenario":
            return Value(field(self.lesson.scenario, rest))
        if first == "run":
            return self._of_run(*_of_run(self.lesson, rest))
        return self._of_study(name, read_name(name, name, self.lesson.policies))

    def _of_run(self, policy: str, column: str) -> Value:
        if policy not in self._runs:
            lesson = self.lesson
            plan = lesson.scenario.plan(policy)
            self._runs[policy] = measure.run(plan, lesson.scenario, lesson.seed, lesson.run)
        value = getattr(self._runs[policy], column)
        if value is None:
            raise ValueError(f"run.{policy}.{column} has no value in run {self.lesson.run}")
        return Value(float(value), unit=UNITS[column])

    def _of_study(self, name: str, said: Named) -> Value:
        def part(statistic: str) -> tuple[float | None, str | None]:
            value, _, why = value_of(
                self.comparison, said.policy, said.among, said.column, statistic, said.word
            )
            return value, why

        value, why = part(said.statistic)
        if value is None:
            raise ValueError(f"{name} has no value: {why}")
        if said.statistic not in AVERAGES:
            return Value(value, unit=_unit(said))
        return Value(value, part("low")[0], part("high")[0], _unit(said))

    def number(self, number: Number) -> Value:
        """What a number in the text is; with its interval where it is one name alone."""
        return self.worked_out(number.formula)

    def worked_out(self, formula: Formula) -> Value:
        """What a formula gives; its interval where all its names of the study are averages."""
        if formula.name:
            return self.of(formula.name)
        return Value(formula.value(lambda name: self.of(name).value), *self._interval(formula))

    def _interval(self, formula: Formula) -> tuple[float | None, float | None]:
        """A 95 % interval by drawing the same runs again with replacement, under all policies together.

        Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, section 13.3 (percentiles).
        """
        policies = self.lesson.policies
        studied = [name for name in formula.names() if name.partition(".")[0] not in ("run", "scenario")]
        named = {name: read_name(name, name, policies) for name in studied}
        if not named or any(said.statistic not in AVERAGES for said in named.values()):
            return None, None
        weights = np.random.default_rng(REDRAWN).multinomial(
            self.comparison.runs, np.full(self.comparison.runs, 1 / self.comparison.runs), size=REDRAWS
        )
        means = {name: self._redrawn(said, weights) for name, said in named.items()}
        drawn = []
        for k in range(REDRAWS):
            with suppress(ValueError):                       # a draw without a run to divide by
                drawn.append(formula.value(
                    lambda name, k=k: float(means[name][k]) if name in means else self.of(name).value  # type: ignore[misc]
                ))
        finite = [value for value in drawn if value == value]
        if len(finite) < REDRAWS / 2:
            return None, None
        low, high = np.quantile(finite, (0.025, 0.975))
        return float(low), float(high)

    def _redrawn(self, said: Named, weights: NDArray[np.int64]) -> NDArray[np.float64]:
        """The average of a column in every redrawn study; NaN where no run has a value."""
        table = self.comparison.tables[said.policy]
        values = np.asarray(table[said.column] == said.word if said.word else table[said.column], dtype=float)
        counts = ~np.isnan(values)
        if said.among != "all":
            counts &= table.faulty if said.among == "faulty" else ~table.faulty
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(weights @ np.where(counts, values, 0.0) / (weights @ counts), dtype=np.float64)

    def truth(self, ask: Ask) -> Truth:
        """The answer to a question. Raises ValueError where no choice is right."""
        if ask.answer is not None:
            scale = SCALES.get(ask.unit, 1.0)
            found = self.worked_out(ask.answer)
            low, high = (None if edge is None else edge * scale for edge in (found.low, found.high))
            return Truth(found.value * scale, low, high)
        for place, choice in enumerate(ask.choices):
            if choice.when is not None and choice.when.holds(lambda name: self.of(name).value):
                return Truth(place, None, None)
        for place, choice in enumerate(ask.choices):
            if choice.when is None:
                return Truth(place, None, None)
        raise ValueError(f"question {ask.id}: no answer is right by its conditions")


def near(guess: float, truth: Truth) -> bool:
    """Whether a guess of a number is a good one: inside the interval, or within a quarter of the value."""
    if truth.low is not None and truth.high is not None and truth.low <= guess <= truth.high:
        return True
    return abs(guess - truth.value) <= NEAR * abs(truth.value)
