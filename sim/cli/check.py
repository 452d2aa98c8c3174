"""`coalmine check`: is the file right, and what will hurt?"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.errors import BAD_INPUT
from sim.cli.options import Json, Sets, complete_scenario

if TYPE_CHECKING:
    from rich.console import Console

    from sim.intake.checked import Checked


def check(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE",
            help="Scenario files, names from `coalmine list`, or lessons (.md).",
            autocompletion=complete_scenario,
            show_default=False,
        ),
    ],
    sets: Sets = None,
    json: Json = False,
) -> None:
    """Say what is wrong with scenario files or lessons, and what will hurt in scenarios that are right.

    Errors name file, line, field, value, bound and the nearest right word; then the exit code is 2.
    Warnings leave it at 0.
    """
    from sim.cli.output import console, print_json
    from sim.intake.checked import checked
    from sim.intake.problems import InputError

    if any(name.endswith(".md") for name in files):
        lessons(files, sets, json)
        return
    results = [checked(name, tuple(sets or ())) for name in files]
    problems = [problem for result in results for problem in result.problems]
    if json:
        print_json({"files": [result.as_data() for result in results]})
        raise typer.Exit(BAD_INPUT if problems else 0)
    screen = console()
    for result in results:
        _tell(result, screen)
    if problems:
        raise InputError(problems)


def lessons(files: list[str], sets: list[str] | None, as_json: bool) -> None:
    """Check lessons: the same words for what is wrong, a line for what is right."""
    from pathlib import Path

    from sim.cli.errors import Refused
    from sim.cli.output import console, print_json
    from sim.cli.words import some
    from sim.intake.problems import InputError
    from sim.study import lesson

    strangers = [name for name in files if not name.endswith(".md")]
    if strangers:
        raise Refused(f"check: {strangers[0]} is no lesson (.md); check lessons and scenarios one after the other")
    if sets:
        raise Refused("check: --set changes scenarios; a lesson has `set:` in its head")
    problems, told = [], []
    for name in files:
        try:
            read = lesson.read(Path(name))
        except InputError as error:
            problems += error.problems
        else:
            parts = f"{some(len(read.sections), 'step')}, {some(len(read.asks), 'question')}"
            told.append((name, f"{read.title}: {parts}"))
    if as_json:
        from dataclasses import asdict

        print_json({"lessons": [{"file": name, "about": about} for name, about in told],
                    "errors": [{**asdict(problem), "text": str(problem)} for problem in problems]})
        raise typer.Exit(BAD_INPUT if problems else 0)
    for name, about in told:
        _say(console(), f"{name}: {about}")
    if problems:
        raise InputError(problems)


def _tell(result: Checked, screen: Console) -> None:
    from sim.intake.checked import told

    if result.scenario is None:
        return
    warnings = len(result.findings)
    count = "no warnings" if not warnings else "1 warning" if warnings == 1 else f"{warnings} warnings"
    for line, finding in result.findings:
        where = f"{result.file}:{line}: " if line else f"{result.file}: "
        _say(screen, f"{where}{finding.field}: {finding.text}", style="yellow")
        _say(screen, finding.why, label="    why: ")
        _say(screen, finding.advice, label="    try: ")
    _say(screen, f"{result.file}: {told(result.scenario)}; {count}")


def _say(screen: Console, text: str, *, label: str = "", style: str = "") -> None:
    """Text broken at the screen's width, its later lines set in; a path or a value is never broken inside."""
    from rich.text import Text

    lines = textwrap.fill(
        text,
        width=screen.width,
        initial_indent=label,
        subsequent_indent=" " * (len(label) or 4),
        break_long_words=False,
        break_on_hyphens=False,
    )
    # Text, because a scenario's name may hold what Rich takes for markup.
    screen.print(Text(lines, style=style), soft_wrap=True)
