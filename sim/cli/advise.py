"""`coalmine advise`: one paragraph with numbers: which policy, and what would have to be true for another to win."""

from __future__ import annotations

import textwrap
from typing import Annotated

import typer

from sim.cli import ask
from sim.cli.compare import RUNS, Jobs, Policies, shown_as
from sim.cli.errors import interrupted_code
from sim.cli.options import MOST, Json, Quiet, ScenarioName, Seed, Sets, whole

Runs = Annotated[
    str | None, shown_as("--runs", "N", f"Changes under each policy, and at every value that is tried ({RUNS:,}).")
]


def advise(
    scenario: ScenarioName,
    policy: Policies = None,
    runs: Runs = None,
    seed: Seed = "1",
    jobs: Jobs = None,
    sets: Sets = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say in one paragraph which policy to take, and why.

    What it buys and costs, and what would have to be true for the runner-up to win: importance, the share of faulty
    changes, what a test can show, and traffic are moved until the difference turns.
    """
    most = RUNS if runs is None else whole("--runs", runs, 2, 10_000_000)
    root_seed = whole("--seed", seed, 0, MOST)
    workers = None if jobs is None else whole("--jobs", jobs, 1, 1024)

    from sim.cli import output
    from sim.intake.library import find
    from sim.intake.scenario_file import read_with_lines
    from sim.intake.source import text_of
    from sim.study import advice as study
    from sim.study.advice_text import sentences

    file = find(scenario)
    said, root = read_with_lines(text_of(file), str(file), tuple(sets or ()))
    for name in policy or ():
        ask.plan(said, name)
    ask.priced(said)
    with output.progress(f"Asking {said.name}", quiet=quiet) as step:
        found = study.advise(
            root, policies=policy, runs=most, seed=root_seed, jobs=workers, on_progress=step
        )
    if as_json:
        output.print_json(found.as_object() | {"text": " ".join(sentences(found))})
    else:
        width = output.console().width
        print(textwrap.fill(" ".join(sentences(found)), width, break_on_hyphens=False, break_long_words=False))
    for name, why in found.skipped.items():
        output.talk(f"Left out: {name}: {why}", quiet=quiet)
    if found.partial:
        raise typer.Exit(interrupted_code())
