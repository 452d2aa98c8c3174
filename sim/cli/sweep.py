"""`coalmine sweep`: all policies over a grid of settings, resumable."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli import ask, keep
from sim.cli.compare import RUNS, Jobs, Policies, Runs, shown_as
from sim.cli.errors import INTERNAL, Refused, interrupted_code, say
from sim.cli.options import MOST, Cluster, Json, ParquetFile, Quiet, ScenarioName, Seed, hands, whole

if TYPE_CHECKING:
    from sim.study.sweep import Sweep

MOST_SHOWN = 200
"""Rows on the screen; all of them are in the CSV."""
COLUMNS = {"users_hit": "users hit", "failed_requests": "failed requests", "cost": "cost"}

Axes = Annotated[
    list[str] | None,
    shown_as(
        "--set",
        "PATH=VALUES",
        "An axis: policies.canary.canaries=1%..25%:log:8, horizon=1h..5h:lin:5 or importance=1,10,100. One value: "
        "the same at every point. May be repeated.",
    ),
]
Hypercube = Annotated[
    str | None,
    shown_as("--lhs", "N", "N points of a Latin hypercube, not all combinations; ranges then end in :lin or :log."),
]
Folder = Annotated[
    Path | None,
    shown_as("--store", "DIR", "Keep what is finished here: killed and started again, it goes on where it was."),
]
CsvFile = Annotated[Path | None, shown_as("--csv", "FILE", "Write every point and policy as a row.")]


def sweep(
    scenario: ScenarioName,
    sets: Axes = None,
    lhs: Hypercube = None,
    policy: Policies = None,
    runs: Runs = None,
    seed: Seed = "1",
    jobs: Jobs = None,
    cluster: Cluster = None,
    store: Folder = None,
    csv: CsvFile = None,
    parquet: ParquetFile = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Compare the policies at every point of a grid of settings.

    All points meet the same changes. With --store it may be killed at any moment and started again with the same
    words; more --runs add to what is there. Ctrl-C ends it and prints what is known so far.
    """
    ask.writable(csv, "--csv")
    ask.parquet(parquet)
    most = RUNS if runs is None else whole("--runs", runs, 1, 100_000_000)
    root = whole("--seed", seed, 0, MOST)
    workers = hands(jobs, cluster)
    points = None if lhs is None else whole("--lhs", lhs, 1, 1_000_000)

    from sim.cli import output
    from sim.study import grid as grids
    from sim.study import sweep as study
    from sim.study import sweep_table
    from sim.study.axes import FORM

    grid = grids.read(scenario, sets or (), lhs=points, seed=root, runs=most)
    if not grid.axes:
        raise Refused(f"--set: there is nothing to sweep over; {FORM}, a list PATH=1,10,100")
    first = grid.scenario(grid.point(0).values)
    ask.policies(first, policy or ())
    with keep.stored(store), output.progress(f"Sweeping {first.name}", quiet=quiet) as step:
        found = study.sweep(
            grid, policies=policy, runs=most, seed=root, jobs=workers, store=store, on_progress=step
        )
    with found:
        for line in found.said:
            say(f"coalmine: {line}")
        if store is not None:
            chunks = f"{found.made:,} computed, {found.kept:,} there already"
            output.talk(f"Store {store}: {chunks} (chunks of up to 100 runs)", quiet=quiet)
        finish(found, {csv: sweep_table.write_csv, parquet: sweep_table.write_parquet}, as_json=as_json, quiet=quiet)


def finish(
    found: Sweep, files: dict[Path | None, Callable[[Sweep, Path], None]], *, as_json: bool, quiet: bool
) -> None:
    """Print and write the result; raises Exit with the code unless all is well."""
    import sys

    from sim.cli import output
    from sim.study import sweep_table

    before = len(found.said)
    if as_json:
        output.print_json(sweep_table.as_json(found))
    else:
        for line in page(found):
            output.console().print(line, markup=not isinstance(line, str), soft_wrap=isinstance(line, str))
    sys.stdout.flush()
    written = keep.written(found, files, quiet=quiet)
    for line in found.said[before:]:
        say(f"coalmine: {line}")
    if found.partial:
        raise typer.Exit(interrupted_code())
    if not written:
        raise typer.Exit(INTERNAL)


def page(found: Sweep) -> Iterator[Any]:
    """Lines and tables for the screen."""
    from sim.cli import output
    from sim.cli.report import layout
    from sim.cli.report.cells import cell
    from sim.cli.words import some
    from sim.model.outcome import UNITS
    from sim.study.summary import column_summary

    names = short([axis.path for axis in found.grid.axes])
    rows: list[str] = []
    cells: dict[str, list[str]] = {name: [] for name in ("policy", *COLUMNS)}
    left_out: dict[str, int] = {}
    points, runs = 0, []
    for point, comparison in found.comparisons():
        points += 1
        runs.append(comparison.runs)
        for policy, why in comparison.skipped.items():
            left_out[f"{policy}: {why}"] = left_out.get(f"{policy}: {why}", 0) + 1
        if len(rows) >= MOST_SHOWN:
            continue
        for policy, table in comparison.tables.items():
            rows.append(", ".join(point.values))
            cells["policy"].append(policy)
            for column in COLUMNS:
                cells[column].append(cell(column_summary(table, column), UNITS[column]).replace("\n", "  "))
    each = f"{min(runs):,}" if runs and min(runs) == max(runs) else f"up to {max(runs, default=0):,}"
    yield (
        f"{found.scenario.name}: {points:,} of {len(found.grid):,} points, {each} changes under each policy, "
        f"seed {found.seed}" + ("; interrupted, this is what is known" if found.partial else "")
    )
    yield ""
    columns = [layout.Column("policy", cells["policy"])]
    columns += [layout.Column(heading, cells[column]) for column, heading in COLUMNS.items()]
    width = output.console().width
    for titled in layout.tables("Means over all changes, 95% intervals", ", ".join(names), rows, columns, width):
        yield titled.title
        yield titled.table
    if points * max(1, len(found.scenario.policies)) > len(rows) >= MOST_SHOWN:
        yield f"The first {len(rows):,} rows; --csv FILE writes all of them."
    for what, times in left_out.items():
        yield f"Left out at {some(times, 'point')}: {what}"


def short(paths: list[str]) -> list[str]:
    """The last word of each path, and as many before it as tell them apart.

    >>> short(["policies.canary.bake", "policies.standby.bake", "importance & horizon"])
    ['canary.bake', 'standby.bake', 'importance & horizon']
    """
    from sim.study.axes import TIE

    parts = [path.split(".") for path in TIE.join(paths).split(TIE)]
    names = {}
    for part in parts:
        fewest = next(
            (n for n in range(1, len(part)) if sum(other[-n:] == part[-n:] for other in parts) == 1), len(part)
        )
        names[".".join(part)] = ".".join(part[-fewest:])
    return [TIE.join(names[path] for path in tied.split(TIE)) for tied in paths]
