"""Scenarios from the library, from files or from text; what is doubtful in them; the story of one rollout."""

from __future__ import annotations

import io
import os
import sys

from sim.intake import scenario_file
from sim.scenario import Scenario

WIDTH = 100
"""Columns of a story: what a notebook's cell shows without wrapping."""


def load(name: str | os.PathLike[str], *settings: str) -> Scenario:
    """A scenario of the library ("web_fleet") or of a file, with fields set: "policies.canary.bake=20m".

    Raises InputError (sim.intake.problems), whose text names file, line, field, value and nearest right word.
    """
    return scenario_file.read(name, set=settings)


def written(text: str, *settings: str) -> Scenario:
    """The scenario that a text says, as a file would."""
    return scenario_file.parse(text, "your scenario", settings)


def check(scenario: Scenario) -> list[str]:
    """What will hurt, or not show what was meant: a few lines each; empty where nothing will."""
    from sim.intake.lint import lint

    return [f"{found.field}: {found.text}\n    why: {found.why}\n    try: {found.advice}" for found in lint(scenario)]


def story(scenario: Scenario, policy: str, run: int = 0, seed: int = 1, *, truth: bool = True) -> None:
    """Print what happened in one rollout. truth=False leaves out what nobody could know at the time."""
    from rich.console import Console

    from sim import measure
    from sim.cli import story as words
    from sim.lab.study import known
    from sim.model.timeline import Timeline

    plan, timeline = scenario.plan(known(policy, list(scenario.policies))), Timeline()
    outcome = measure.run(plan, scenario, seed, run, timeline=timeline)
    told = io.StringIO()                                 # in one piece: a notebook shows every write by itself
    page = Console(file=told, width=WIDTH, highlight=False, emoji=False, force_jupyter=False, color_system=None)
    words.show(page, words.header(scenario, policy, seed, run, words.KNOWN if truth else words.LEFT_OUT))
    words.show(page, words.lines(timeline, scenario, plan, truth=truth, width=WIDTH))
    words.show(page, words.ending(outcome, timeline, scenario, truth=truth, width=WIDTH))
    sys.stdout.write(told.getvalue())
