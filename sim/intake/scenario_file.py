"""The door for scenarios: text -> Scenario and back, found by path or by library name.

Whatever is wrong comes out as one `InputError` with a line for each problem; nothing else escapes.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from sim.intake.complaints import problem_at, understood
from sim.intake.identity import canonical, sha256
from sim.intake.library import Entry, find, library
from sim.intake.overrides import overridden
from sim.intake.place import at_path
from sim.intake.problems import InputError, Problem
from sim.intake.relations import relations
from sim.intake.source import text_of
from sim.intake.tree import Node, grow
from sim.intake.words import dump
from sim.scenario import Scenario

__all__ = [
    "Entry", "InputError", "Problem", "canonical", "dump", "find", "library", "parse", "read", "read_with_lines",
    "scenario_of", "sha256",
]


def read(path: str | os.PathLike[str], set: Sequence[str] = ()) -> Scenario:  # noqa: A002 - the option's own name
    """The scenario of a file or of a library name, with the overrides of `--set`.

    Raises InputError with all that is wrong.
    """
    found = find(path)
    return parse(text_of(found), str(found), set)


def parse(text: str, source: str = "<text>", set: Sequence[str] = ()) -> Scenario:  # noqa: A002
    """The scenario that a text says. source: what messages call the text; set: `path=value`, in order."""
    return read_with_lines(text, source, set)[0]


def read_with_lines(text: str, source: str, settings: Sequence[str] = ()) -> tuple[Scenario, Node]:
    """The scenario and the tree it came from, so that `at_path` can say in which line a field stands."""
    grown = grow(text, source)
    root = grown.root
    if settings:
        if not isinstance(root.value, dict):
            raise InputError([*grown.problems, *understood(root)[1]])
        root = overridden(root, settings)
    return scenario_of(root, grown.problems), root


def scenario_of(root: Node, found: Sequence[Problem] = ()) -> Scenario:
    """The scenario that a tree says. found: problems known already; they are raised with all others."""
    problems = list(found)
    scenario, wrong = understood(root)
    # What was said of a field already is not said again in other words.
    told = {problem.field for problem in problems}
    problems += [problem for problem in wrong if problem.field not in told]
    if scenario is not None:
        problems += [problem_at(at_path(root, field), message) for field, message in relations(scenario)]
    if scenario is None or problems:
        raise InputError(sorted(problems, key=lambda problem: problem.line or 0))
    return scenario
