"""A lesson: Markdown with a head that names a scenario, and blocks that ask, show a run or draw a chart.

    ---
    title: Just push it
    scenario: web_fleet
    policies: [direct]
    ---
    What is read first, with a number of the simulation: {{ direct.faulty.users_hit.mean }}.

    ## Guess
    ```ask
    kind: number
    ask: How many users does a faulty change hurt?
    unit: users
    answer: direct.faulty.users_hit.mean
    ```
    What is read when the guess was given.

Every mistake is told with file, line and field. `docs/howto/write_a_lesson.md` explains all of it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sim.intake.formula import Condition, Formula, condition, formula
from sim.intake.lesson_fields import Fields
from sim.intake.problems import InputError, Problem, shown
from sim.intake.scenario_file import read_with_lines, scenario_of
from sim.intake.source import text_of
from sim.intake.tree import Node, grow
from sim.scenario import Scenario

HEAD = ("title", "about", "minutes", "goals", "scenario", "set", "seed", "runs", "run", "policies")
UNITS = ("users", "requests", "records", "servers", "changes", "money", "times", "%", "seconds", "minutes")
FORMATS = ("number", "percent", "time", "times", "money", "interval")
CHARTED = (
    "users_hit", "failed_requests", "records_lost", "time_to_detect_s", "time_to_restore_s", "lead_time_s", "cost"
)
BLOCKS = ("ask", "watch", "chart")
MOST_RUNS, MOST_SEED, LARGEST = 2000, 2**31 - 1, 200_000
FENCE = re.compile(r"^(```+|~~~+)\s*(\w*)\s*$")
PLACE = re.compile(r"\{\{(.*?)\}\}")


@dataclass(frozen=True)
class Number:
    """A number that stands in the text. line: where; as_: how it is written, empty for the unit's own way."""

    formula: Formula
    as_: str
    line: int


@dataclass(frozen=True)
class Prose:
    """Markdown with numbers in it: pieces of text and numbers in turn."""

    pieces: tuple[str | Number, ...]
    line: int


@dataclass(frozen=True)
class Choice:
    """One answer to choose; right when its condition holds, or, without one, when no other's does."""

    said: str
    when: Condition | None
    line: int


@dataclass(frozen=True)
class Ask:
    """A question. A number has `answer` and `unit`, a choice has `choices`."""

    id: str
    kind: Literal["number", "choice"]
    asked: str
    unit: str
    answer: Formula | None
    choices: tuple[Choice, ...]
    line: int


@dataclass(frozen=True)
class Watch:
    """The moving picture of one run under some policies."""

    run: int
    policies: tuple[str, ...]
    line: int


@dataclass(frozen=True)
class Chart:
    """One column under all policies of the lesson: every change a dot, means with intervals."""

    column: str
    line: int


Part = Prose | Ask | Watch | Chart


@dataclass(frozen=True)
class Section:
    """A step: its heading (empty for what stands before the first) and what is in it, in order."""

    title: str
    parts: tuple[Part, ...]

    @property
    def asks(self) -> tuple[Ask, ...]:
        return tuple(part for part in self.parts if isinstance(part, Ask))


@dataclass(frozen=True)
class Lesson:
    """A lesson as its file says it.

    scenario_name: of the library, empty for one written in the lesson or changed by `set`.
    run: the one that `run.` in formulas means; key: changes with every letter of the file.
    """

    title: str
    about: str
    minutes: int
    goals: tuple[str, ...]
    scenario: Scenario
    scenario_name: str
    seed: int
    runs: int
    run: int
    policies: tuple[str, ...]
    sections: tuple[Section, ...]
    file: str
    key: str

    @property
    def asks(self) -> tuple[Ask, ...]:
        """All questions in order."""
        return tuple(ask for section in self.sections for ask in section.asks)


def read(path: Path) -> Lesson:
    """The lesson of a file. Raises InputError with all that is wrong in it."""
    return parse(text_of(path), str(path))


def parse(text: str, file: str = "<text>") -> Lesson:
    """The lesson that a text says. Raises InputError with all that is wrong."""
    if len(text) > LARGEST:
        raise InputError([Problem(file=file, message=f"is longer than {LARGEST // 1000} kB: a lesson is a few pages")])
    head, body, first = _split(text, file)
    grown = grow(head, file, line=2)
    fields = Fields(grown.root, "", HEAD)
    problems = fields.problems
    problems += grown.problems
    scenario, name = _scenario(fields)
    run = fields.count("run", 0, 0, MOST_SEED)
    policies = fields.words("policies")
    if scenario is not None:
        runnable = list(scenario.runnable()[0])
        wrong = [policy for policy in policies if policy not in runnable]
        if wrong:
            fields.refuse("policies", f"{shown(wrong[0])} is no policy that this fleet can run; it has "
                                      f"{', '.join(runnable)}")
        policies = tuple(policy for policy in runnable if policy in policies or not policies)
    sections, wrong_parts = _body(body, first, file, run, policies)
    problems += wrong_parts
    lesson = dict(
        title=fields.text("title"), about=fields.text("about", ""), minutes=fields.count("minutes", 15, 1, 240),
        goals=fields.words("goals"), seed=fields.count("seed", 1, 0, MOST_SEED),
        runs=fields.count("runs", 300, 20, MOST_RUNS),
    )
    if problems or scenario is None:
        raise InputError(sorted(problems, key=lambda problem: problem.line or 0))
    return Lesson(
        **lesson, scenario=scenario, scenario_name=name, run=run, policies=policies,  # type: ignore[arg-type]
        sections=sections, file=file, key=hashlib.sha256(text.encode()).hexdigest()[:16],
    )


def _split(text: str, file: str) -> tuple[str, list[str], int]:
    """Head, lines of the body, and the number of the body's first line."""
    lines = text.removeprefix("\ufeff").splitlines()
    if not lines or lines[0].strip() != "---":
        message = "a lesson begins with a line `---`, then title: and scenario:, then `---` again"
        raise InputError([Problem(file=file, line=1, message=message)])
    for number, line in enumerate(lines[1:], 2):
        if line.strip() == "---":
            return "\n".join(lines[1 : number - 1]), lines[number:], number + 1
    raise InputError([Problem(file=file, line=1, message="the head that begins here has no second `---`")])


def _scenario(fields: Fields) -> tuple[Scenario | None, str]:
    """The scenario, and its library name where it is one unchanged."""
    node, sets = fields.inside.get("scenario"), fields.words("set")
    if node is None:
        fields.text("scenario")
        return None, ""
    try:
        if isinstance(node.value, dict):
            if sets:
                fields.refuse("set", "belongs to a named scenario; change the one written here itself")
            return scenario_of(node), ""
        from sim.intake.library import find

        name = fields.text("scenario")
        path = find(name)
        scenario, _ = read_with_lines(text_of(path), str(path), sets)
        return scenario, "" if sets else name
    except InputError as error:
        own = isinstance(node.value, dict)
        for problem in error.problems:
            if own:
                fields.problems.append(Problem(
                    file=problem.file, line=problem.line, value=problem.value, message=problem.message,
                    field=f"scenario.{problem.field}".rstrip("."),
                ))
            else:
                key = "set" if problem.file.startswith("--set") else "scenario"
                where = f"{problem.field}: " if problem.field else ""
                fields.refuse(key, f"{where}{problem.message}")
        return None, ""


def _body(
    lines: Sequence[str], first: int, file: str, run: int, policies: tuple[str, ...]
) -> tuple[tuple[Section, ...], list[Problem]]:
    problems: list[Problem] = []
    sections: list[tuple[str, list[Part]]] = [("", [])]
    ids: set[str] = set()
    for kind, at, said in _pieces(lines, first, file, problems):
        if kind == "heading":
            sections.append((said[0], []))
        elif kind == "prose":
            if any(line.strip() for line in said):
                sections[-1][1].append(_prose(said, at, file, problems))
        else:
            part = _block(kind, said, at, file, run, policies, problems)
            if isinstance(part, Ask):
                name = part.id or f"question {len(ids) + 1}"
                if name in ids:
                    problems.append(Problem(file=file, line=at, field="ask.id", value=shown(name),
                                            message="given twice: every question needs its own"))
                ids.add(name)
                part = Ask(name, part.kind, part.asked, part.unit, part.answer, part.choices, part.line)
            if part is not None:
                sections[-1][1].append(part)
    kept = tuple(Section(title, tuple(parts)) for title, parts in sections if parts or title)
    if not kept and not problems:
        problems.append(Problem(file=file, line=first, message="there is no text after the head"))
    return kept, problems


def _pieces(
    lines: Sequence[str], first: int, file: str, problems: list[Problem]
) -> Iterator[tuple[str, int, list[str]]]:
    """(kind, line number, lines) of every heading, stretch of prose and block."""
    prose: list[str] = []
    begun, k = first, 0
    while k < len(lines):
        line = lines[k]
        fence = FENCE.match(line)
        if line.startswith("## ") or (fence and fence[2] in BLOCKS):
            yield "prose", begun, prose
            prose = []
        if line.startswith("## "):
            yield "heading", first + k, [line[3:].strip()]
        elif fence:
            end = next((j for j in range(k + 1, len(lines)) if lines[j].strip() == fence[1]), None)
            if end is None:
                problems.append(Problem(file=file, line=first + k, message="a block that is not closed"))
                return
            if fence[2] in BLOCKS:
                yield fence[2], first + k + 1, list(lines[k + 1 : end])
            else:
                prose += lines[k : end + 1]
            k = end
        else:
            prose.append(line)
        k += 1
        if not prose:
            begun = first + k
    yield "prose", begun, prose


def _prose(lines: Sequence[str], first: int, file: str, problems: list[Problem]) -> Prose:
    pieces: list[str | Number] = []
    for number, line in enumerate(lines, first):
        at = 0
        for place in PLACE.finditer(line):
            pieces.append(line[at : place.start()])
            at = place.end()
            said, _, as_ = (part.strip() for part in place[1].partition("|"))
            try:
                if as_ and as_ not in FORMATS:
                    raise ValueError(f"{as_!r} is no way to write a number: {', '.join(FORMATS)}")
                pieces.append(Number(formula(said), as_, number))
            except ValueError as error:
                problems.append(Problem(file=file, line=number, field="{{ }}", value=shown(said), message=str(error)))
        pieces.append(line[at:] + "\n")
    return Prose(tuple(pieces), first)


def _block(
    kind: str, lines: Sequence[str], at: int, file: str, run: int, policies: tuple[str, ...], problems: list[Problem]
) -> Part | None:
    try:
        grown = grow("\n".join(lines), file, line=at)
    except InputError as error:
        problems += error.problems
        return None
    problems += grown.problems
    if kind == "watch":
        fields = Fields(grown.root, kind, ("run", "policies"))
        chosen = fields.words("policies") or policies
        strangers = [policy for policy in chosen if policy not in policies]
        if strangers:
            fields.refuse("policies", f"{shown(strangers[0])} is none of the lesson's policies: {', '.join(policies)}")
        made: Part | None = Watch(fields.count("run", run, 0, MOST_SEED), chosen, at)
    elif kind == "chart":
        fields = Fields(grown.root, kind, ("column",))
        made = Chart(fields.word("column", CHARTED), at)
    else:
        fields = Fields(grown.root, kind, ("id", "kind", "ask", "unit", "answer", "choices"))
        made = _ask(fields, grown.root, at)
    problems += fields.problems
    return made


def _ask(fields: Fields, root: Node, at: int) -> Ask | None:
    kind = fields.word("kind", ("number", "choice"))
    asked, name = fields.text("ask"), fields.text("id", "")
    if kind == "number":
        if "choices" in fields.inside:
            fields.refuse("choices", "belong to kind: choice")
        answer = fields.read("answer", formula)
        return Ask(name, "number", asked, fields.word("unit", UNITS), answer, (), at)
    for key in ("answer", "unit"):
        if key in fields.inside:
            fields.refuse(key, "belongs to kind: number")
    node = fields.inside.get("choices")
    items = node.value if node is not None and isinstance(node.value, list) else []
    if not 2 <= len(items) <= 9:
        fields.refuse("choices", "a list of two to nine answers is wanted, each with say: and, but for one, if:")
    choices, open_ones = [], 0
    for k, item in enumerate(items):
        one = Fields(item, f"ask.choices.{k}", ("say", "if"))
        when = one.read("if", condition) if "if" in one.inside else None
        open_ones += "if" not in one.inside
        choices.append(Choice(one.text("say"), when, item.line or at))
        fields.problems += one.problems
    if open_ones > 1:
        fields.refuse("choices", "only one may be without if: the one that is right when no other is")
    return Ask(name, "choice", asked, "", None, tuple(choices), at)
