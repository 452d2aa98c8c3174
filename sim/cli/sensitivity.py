"""`coalmine sensitivity`: which assumption matters most, for the difference between two policies or for a column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli import ask, keep
from sim.cli.compare import Jobs, shown_as
from sim.cli.errors import INTERNAL, Refused, interrupted_code, say
from sim.cli.options import MOST, Json, Quiet, ScenarioName, Seed, whole
from sim.cli.sweep import Folder

if TYPE_CHECKING:
    from sim.scenario import Scenario
    from sim.study.sensitivity import Sensitivity

RUNS, TRAJECTORIES, POINTS = 200, 10, 32

Two = Annotated[
    list[str] | None,
    shown_as("--policy", "NAME", "Twice: the first minus the second. Once: it alone. Without: the two cheapest."),
]
Ranges = Annotated[
    list[str] | None,
    shown_as(
        "--set", "PATH=LOW..HIGH",
        "An assumption and its range, like in_test=20%..80% or fault_chance=1%..30%:log. One value: fixed. Without "
        "ranges: the usual guesses, from half to twice.",
    ),
]
Column = Annotated[str, typer.Option("--column", metavar="COLUMN", help="What comes out.")]
Runs = Annotated[str | None, shown_as("--runs", "N", f"Changes under each policy at each point ({RUNS}).")]
Trajectories = Annotated[str | None, shown_as("--trajectories", "N", f"Of the Morris screening ({TRAJECTORIES}).")]
Points = Annotated[
    str | None,
    shown_as("--points", "N", f"Of Sobol over the three that matter most, best a power of two ({POINTS}; 0: none)."),
]
Picture = Annotated[Path | None, shown_as("--figure", "FILE", "Draw the tornado: .png, .svg or .pdf.")]


def sensitivity(
    scenario: ScenarioName,
    policy: Two = None,
    sets: Ranges = None,
    column: Column = "cost",
    runs: Runs = None,
    trajectories: Trajectories = None,
    points: Points = None,
    seed: Seed = "1",
    jobs: Jobs = None,
    store: Folder = None,
    figure: Picture = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say which assumption matters most.

    Screened by Morris' method, the first three then by Sobol's (the extra `sensitivity`). All points meet the same
    changes; the share of what is left of the noise is said. With --store it goes on where it was.
    """
    keep.picture(figure)
    many = RUNS if runs is None else whole("--runs", runs, 2, 10_000_000)
    paths = TRAJECTORIES if trajectories is None else whole("--trajectories", trajectories, 2, 10_000)
    more = POINTS if points is None else whole("--points", points, 0, 1_000_000)
    root_seed = whole("--seed", seed, 0, MOST)
    workers = None if jobs is None else whole("--jobs", jobs, 1, 1024)
    if len(policy or ()) > 2:
        raise Refused("--policy: at most two, whose difference is looked at")

    from sim.cli import output
    from sim.intake.library import find
    from sim.intake.scenario_file import read_with_lines
    from sim.intake.source import text_of
    from sim.study import sensitivity as study
    from sim.study.indices import NoSALib

    file = find(scenario)
    ranges = [text for text in sets or () if ".." in text.partition("=")[2]]
    said, root = read_with_lines(text_of(file), str(file), [text for text in sets or () if text not in ranges])
    refuse_unless_askable(said, policy or (), column, ranges)
    try:
        study.refuse_too_much(
            len(ranges) or len(study.usual(said)), runs=many, trajectories=paths, points=more
        )
    except ValueError as error:
        raise Refused(str(error)) from None
    try:
        a, b = the_two(policy or [], said, many, root_seed, workers)
        with keep.stored(store), output.progress(f"Varying {said.name}", quiet=quiet) as step:
            found = study.screen(
                root, a, b, column=column, ranges=ranges, runs=many, trajectories=paths, points=more, seed=root_seed,
                jobs=workers, store=store, on_progress=step,
            )
    except NoSALib as missing:
        raise Refused(str(missing)) from None
    except KeyboardInterrupt:
        kept = "--store FOLDER would have kept it" if store is None else f"it is in {store}: the same command goes on"
        say(f"coalmine: interrupted. Half a screening says nothing; {kept}")
        raise typer.Exit(interrupted_code()) from None
    if as_json:
        output.print_json(as_object(found))
    else:
        for line in page(found):
            output.console().print(line, markup=False, soft_wrap=True)
    if not keep.written(found, {figure: draw}, quiet=quiet):
        raise typer.Exit(INTERNAL)


def refuse_unless_askable(said: Scenario, policies: Sequence[str], column: str, ranges: Sequence[str]) -> None:
    """Refuse names that are not known, a cost without a price, and a range that has nothing beside it."""
    from sim.study.tables import NUMBERS

    for name in policies:
        ask.plan(said, name)
    if column not in NUMBERS:
        raise Refused(f"--column: unknown column {column!r}; {ask.nearest(column, NUMBERS)}")
    ask.priced(said, column, ranges)
    if len(ranges) == 1:
        raise Refused("--set: one range alone has nothing to be compared with: give two or more, or none")


def draw(found: Sensitivity, path: Path) -> None:
    from sim.figures import tornado

    tornado.save(found, path)


def the_two(named: list[str], said: Scenario, runs: int, seed: int, jobs: int | None) -> tuple[str, str | None]:
    """The policies that were named, or the cheapest and the next of all that can run."""
    if named:
        return named[0], named[1] if len(named) > 1 else None
    from sim.study.best import best_of
    from sim.study.compare import compare

    found = compare(said, runs=runs, seed=seed, jobs=jobs)
    if found.partial:
        raise KeyboardInterrupt
    best = best_of({name: table["cost"] for name, table in found.tables.items()})
    return best.policy, best.runner_up


def page(found: Sensitivity) -> Iterator[str]:
    """The tornado in letters, then Morris and Sobol."""
    from sim.cli.words import amount, percent

    what = found.column.replace("_", " ")
    about = f"{what} of {found.a}" + (f" minus that of {found.b}" if found.b else "")
    yield f"{found.scenario}: {about} is {amount(found.base.mean)} ({spread(found.base)})."
    first = found.effects[0]
    yield f"{first.name} matters most." if first.mean_size > 0 else "No assumption matters in its range."
    yield ""
    yield "One at a time, the others as they are"
    name = max(len(swing.assumed.path) for swing in found.swings)
    for swing in found.swings:
        ends = [
            f"{amount(one.mean)} ({spread(one)}) at {value}"
            for one, value in ((swing.at_low, swing.assumed.low), (swing.at_high, swing.assumed.high))
        ]
        yield f"  {swing.assumed.path.ljust(name)}  {ends[0]}"
        yield f"  {' ' * name}  {ends[1]}"
    yield ""
    yield "All together, by Morris: mean size of an effect over the range, and how much it varies"
    for effect in found.effects:
        size = f"{amount(effect.mean_size)} ± {amount(effect.half_width)}"
        yield f"  {effect.name.ljust(name)}  {size.rjust(16)}   varies by {amount(effect.spread)}"
    if found.indices:
        yield ""
        yield "Of these, by Sobol: share of the variance it has a part in, and what it does alone"
        for index in found.indices:
            total = f"{percent(index.total)} ± {percent(index.total_half)}"
            yield f"  {index.name.ljust(name)}  {total.rjust(16)}   alone {percent(index.first)}"
    yield ""
    yield (
        f"{found.points:,} settings, {found.runs:,} changes at each, seed {found.seed}; at most {percent(found.noise)} "
        "of what moves between them is noise" + (": ask for more --runs." if found.noise > 0.2 else ".")
    )


def spread(one: Any) -> str:
    from sim.cli.words import amount

    return f"{amount(one.low)} to {amount(one.high)}"


def as_object(found: Sensitivity) -> dict[str, Any]:
    """What --json prints."""
    made = asdict(found)
    made["base"] = found.base._asdict()
    made["swings"] = [
        {**swing.assumed._asdict(), "at_low": swing.at_low._asdict(), "at_high": swing.at_high._asdict()}
        for swing in found.swings
    ]
    made["effects"] = [effect._asdict() for effect in found.effects]
    made["indices"] = [index._asdict() for index in found.indices]
    return made
