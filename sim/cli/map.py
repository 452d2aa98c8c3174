"""`coalmine map`: which policy has the least expected cost, over two fields of a scenario."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli import ask, keep
from sim.cli.compare import Jobs, Policies, shown_as
from sim.cli.errors import INTERNAL, Refused, interrupted_code, say
from sim.cli.options import MOST, Cluster, Json, Quiet, ScenarioName, Seed, Sets, hands, whole
from sim.cli.sweep import Folder, short

if TYPE_CHECKING:
    from sim.study.winners import Map

MOST_RUNS = 4000
SIZES = "size=1,2,3,5,7,10,15,20,30,50,70,100,150,200,300,500,700,1000,2000,5000"
IMPORTANCES = "importance=0.001..100:log:21"

Across = Annotated[
    str,
    shown_as("--x", "PATH=VALUES", "The field across, and its values. Without it: size, from one server to 5,000."),
]
Up = Annotated[
    str, shown_as("--y", "PATH=VALUES", "The field up. Without it: importance, which costs no more runs.")
]
Runs = Annotated[
    str | None, shown_as("--runs", "N", f"Most changes under each policy at a point ({MOST_RUNS:,} unless given).")
]
CsvFile = Annotated[Path | None, shown_as("--csv", "FILE", "Write every point and policy as a row.")]
Picture = Annotated[Path | None, shown_as("--figure", "FILE", "Draw the map: .png, .svg or .pdf.")]


def map(  # noqa: A001 - the command's own name
    scenario: ScenarioName,
    x: Across = SIZES,
    y: Up = IMPORTANCES,
    sets: Sets = None,
    policy: Policies = None,
    runs: Runs = None,
    seed: Seed = "1",
    jobs: Jobs = None,
    cluster: Cluster = None,
    store: Folder = None,
    csv: CsvFile = None,
    figure: Picture = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show which policy has the least expected cost over two fields.

    Without --x and --y: how large the service is (size=N sets the servers and all that grows with them), and how much
    it matters that it stays up. Every point is decided at 95 % (paired differences, Bonferroni over the policies and
    the looks, not before 30 faulty changes) or shown as undecided, and gets no more runs than that takes. With --store
    it goes on where it was.
    """
    ask.writable(csv, "--csv")
    keep.picture(figure)
    most = MOST_RUNS if runs is None else whole("--runs", runs, 2, 100_000_000)
    root = whole("--seed", seed, 0, MOST)
    workers = hands(jobs, cluster)

    from sim.cli import output
    from sim.study import grid as grids
    from sim.study import winners as study
    from sim.study.map_table import write_csv

    grid = grids.read(scenario, [*(sets or ()), x, y], runs=most)
    paths = [text.partition("=")[0].strip() for text in (x, y)]
    if [axis.path for axis in grid.axes] != paths:
        raise Refused("--x and --y must each have several values, like importance=0.1..10:log:5, and --set one")
    first = grid.scenario(grid.point(0).values)
    ask.policies(first, policy or ())
    ask.priced(first, moved=paths)
    with keep.stored(store), output.progress(f"Mapping {first.name}", quiet=quiet) as step:
        found = study.winners(
            grid, policies=policy, runs=most, seed=root, jobs=workers, store=store, on_progress=step
        )
    for line in found.said:
        say(f"coalmine: {line}")
    if as_json:
        output.print_json(as_object(found))
    else:
        for line in page(found, output.console().width):
            output.console().print(line, markup=False, soft_wrap=True)
    if not keep.written(found, {csv: write_csv, figure: draw}, quiet=quiet):
        raise typer.Exit(INTERNAL)
    if found.partial:
        raise typer.Exit(interrupted_code())


def draw(found: Map, path: Path) -> None:
    from sim.figures import map as pictures

    pictures.save(found, path)


def page(found: Map, width: int) -> Iterator[str]:
    """The map in letters, y upwards, and what the letters mean."""
    from sim.study.axes import TIE, lead
    from sim.study.map_finding import sentences

    names = found.letters

    across, up = short([found.x.path, found.y.path])
    decided = sum(cell.best.decided for cell in found.cells)
    yield (
        f"{found.scenario.name}: the policy with the least expected cost, up to {found.asked:,} changes a point, "
        f"seed {found.seed}" + ("; interrupted, this is what is known" if found.partial else "")
    )
    yield f"{decided} of {len(found.cells)} points are decided at 95 %; the others are in brackets."
    yield ""
    across, up = lead(across), lead(up)
    margin = max(len(up), *(len(lead(value)) for value in found.y.values)) + 1
    wide = max(3, *(len(lead(value)) for value in found.x.values)) + 1
    for first in range(0, len(found.x.values), many := max(1, (width - margin) // wide)):
        columns = found.x.values[first : first + many]
        yield up.rjust(margin - 1)
        for value in reversed(found.y.values):
            cells = [found.cell(column, value) for column in columns]
            signs = [
                "-" if cell is None else names[cell.best.policy] if cell.best.decided
                else f"({names[cell.best.policy]})"
                for cell in cells
            ]
            yield lead(value).rjust(margin - 1) + " " + "".join(sign.rjust(wide) for sign in signs)
        yield " " * margin + "".join(lead(column).rjust(wide) for column in columns) + f"  {across}"
        yield ""
    for axis in (found.x, found.y):
        if TIE in axis.path:
            yield f"Together: {axis.path} from {axis.values[0]} to {axis.values[-1]}"
    for policy, letter in names.items():
        won = sum(cell.best.policy == policy for cell in found.cells)
        sure = sum(cell.best.policy == policy and cell.best.decided for cell in found.cells)
        yield f"{letter}  {policy}: least at {won} points, decided at {sure}"
    yield from left_out(found)
    if found.cells:
        yield ""
        yield from sentences(found)


def left_out(found: Map) -> Iterator[str]:
    """Which policies cannot run where, and why."""
    from sim.cli.words import some

    reasons: dict[str, set[tuple[str, str]]] = {}
    for cell in found.cells:
        for policy, why in cell.skipped.items():
            reasons.setdefault(f"{policy}: {why}", set()).add((cell.x, cell.y))
    for what, points in reasons.items():
        yield f"Left out at {some(len(points), 'point')}: {what}"


def as_object(found: Map) -> dict[str, Any]:
    """What --json prints."""
    return {
        "scenario": {"name": found.scenario.name},
        "seed": found.seed,
        "asked": found.asked,
        "version": found.version,
        "seconds": found.seconds,
        "rollouts": found.simulated,
        "partial": found.partial,
        "x": {"path": found.x.path, "values": list(found.x.values)},
        "y": {"path": found.y.path, "values": list(found.y.values)},
        "confidence": 0.95,
        "cells": [
            {
                "x": cell.x,
                "y": cell.y,
                "best": cell.best.policy,
                "decided": cell.best.decided,
                "runner_up": cell.best.runner_up,
                "behind": cell.best.behind and cell.best.behind._asdict(),
                "cost": {policy: mean._asdict() for policy, mean in cell.best.means.items()},
                "runs": cell.runs,
                "skipped": cell.skipped,
            }
            for cell in found.cells
        ],
    }
