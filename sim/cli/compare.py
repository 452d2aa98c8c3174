"""`coalmine compare`: the same changes under every policy, side by side."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from sim.cli import ask, keep
from sim.cli.errors import EXPECTATION_FAILED, INTERNAL, Refused, interrupted_code, say
from sim.cli.options import MOST, Cluster, Json, ParquetFile, Quiet, ScenarioName, Seed, Sets, hands, whole

if TYPE_CHECKING:
    from sim.study.compare import Comparison
    from sim.study.expectations import Claim

RUNS = 1000
MOST_RUNS_FOR_PRECISION = 100_000


def shown_as(flag: str, metavar: str, about: str) -> Any:
    """An option whose default is said in its help."""
    return typer.Option(flag, metavar=metavar, show_default=False, help=about)


Policies = Annotated[
    list[str] | None,
    shown_as("--policy", "NAME", "Only this policy; may be repeated. Without it: all of them."),
]
Runs = Annotated[
    str | None,
    shown_as("--runs", "N", f"Changes drawn, each under every policy ({RUNS:,} unless given)."),
]
Goal = Annotated[
    str | None,
    shown_as(
        "--precision",
        "COLUMN=5%",
        "Run until this column's mean is known to 5%, at most --runs times; users_hit=5%,10: a "
        "half-width of 10 is good enough.",
    ),
]
Jobs = Annotated[
    str | None,
    shown_as("--jobs", "N", "Worker processes; the result is the same. Without it: what helps."),
]
Only = Annotated[
    Literal["all", "faulty"], typer.Option("--only", help="Simulate only faulty changes.")
]
By = Annotated[
    Literal["fault"] | None,
    typer.Option("--by", show_default=False, help="For every fault: who catches it when."),
]
Full = Annotated[
    bool,
    typer.Option("--full", help="More tables: who found them, how they ended, cost, strain."),
]
CsvFile = Annotated[Path | None, shown_as("--csv", "FILE", "Write every run as a row.")]
Picture = Annotated[
    Path | None, shown_as("--figure", "FILE", "Draw the comparison: .png, .svg or .pdf.")
]
Claims = Annotated[
    list[str] | None,
    shown_as(
        "--expect",
        "CLAIM",
        "Exit 3 unless it holds: 'canary.users_hit.mean < 2000'. May be repeated.",
    ),
]


def compare(
    scenario: ScenarioName,
    policy: Policies = None,
    runs: Runs = None,
    precision: Goal = None,
    seed: Seed = "1",
    jobs: Jobs = None,
    cluster: Cluster = None,
    sets: Sets = None,
    only: Only = "all",
    by: By = None,
    as_json: Json = False,
    full: Full = False,
    csv: CsvFile = None,
    parquet: ParquetFile = None,
    figure: Picture = None,
    expect: Claims = None,
    quiet: Quiet = False,
) -> None:
    """Compare the policies of a scenario on the same changes.

    Faulty and healthy changes apart: blast radius, detection, lead time. --full adds all the rest.
    Ctrl-C ends it and prints what is known so far.
    """
    ask.writable(csv, "--csv")
    ask.parquet(parquet)
    keep.picture(figure)
    goal = the_precision(precision)
    usual = MOST_RUNS_FOR_PRECISION if goal else RUNS
    most = usual if runs is None else whole("--runs", runs, 1, 100_000_000)
    root = whole("--seed", seed, 0, MOST)
    workers = hands(jobs, cluster)
    said = ask.scenario(scenario, sets)
    for name in policy or ():
        ask.plan(said, name)
    claims = the_claims(expect, policy or list(said.runnable()[0]))

    from sim.cli import output
    from sim.study import compare as study

    with output.progress(f"Comparing {said.name}", quiet=quiet) as step:
        found = study.compare(
            said,
            policies=policy,
            runs=most,
            seed=root,
            jobs=workers,
            only=only,
            precision=goal,
            on_progress=step,
        )
    if found.lost:
        say(f"coalmine: {found.lost}")
    ending = INTERNAL if found.lost else interrupted_code()
    if found.partial and not found.runs:
        say("coalmine: ended before the first runs were finished: nothing is known yet")
        raise typer.Exit(ending)
    met = shown(found, scenario, sets or (), claims, by=by, full=full, as_json=as_json)
    written = keep.written(found, {csv: write_csv, parquet: write_parquet}, quiet=quiet)
    if found.partial:
        raise typer.Exit(ending)
    if not (keep.written(found, {figure: draw}, quiet=quiet) and written):
        raise typer.Exit(INTERNAL)
    if not met:
        raise typer.Exit(EXPECTATION_FAILED)


def shown(
    found: Comparison,
    source: str,
    sets: Sequence[str],
    claims: Sequence[Claim],
    *,
    by: str | None,
    full: bool,
    as_json: bool,
) -> bool:
    """Print the result; whether every expectation is met."""
    import sys

    from sim.cli import output
    from sim.cli.report import checks
    from sim.cli.report.page import report
    from sim.study import expectations
    from sim.study.by_fault import by_fault
    from sim.study.summary import summary

    replayed = expectations.replay(found)
    checked = [expectations.check(claim, found) for claim in claims]
    if as_json:
        made = summary(found) | checks.as_json(replayed, checked)
        if by == "fault":
            made["by_fault"] = {
                fault: {
                    name: {part: share._asdict() for part, share in caught._asdict().items()}
                    for name, caught in row.items()
                }
                for fault, row in by_fault(found).items()
            }
        output.print_json(made)
    else:
        page = output.console()
        report(page, found, source, sets, by=by, replayed=replayed, checked=checked, full=full)
    # What was printed must not depend on the files that are written next.
    sys.stdout.flush()
    return not any(row.fails for row in replayed) and all(one.passed for one in checked)


def the_precision(text: str | None) -> tuple[str, float, float] | None:
    """'users_hit=5%', or 'users_hit=5%,10' where a half-width of 10 is always good enough."""
    if text is None:
        return None
    from sim.study.stopping import Precision, checked
    from sim.study.tables import NUMBERS
    from sim.units import share

    match = re.fullmatch(r"\s*(\w+)\s*=\s*([^,]+?)\s*(?:,\s*(\S+)\s*)?", text)
    if not match:
        raise Refused(f"--precision: {text!r} must be COLUMN=SHARE, like users_hit=5%")
    column, relative, floor = match.groups()
    if column not in NUMBERS:
        raise Refused(f"--precision: unknown column {column!r}; {ask.nearest(column, NUMBERS)}")
    try:
        return checked(Precision(column, share(relative), float(floor or 0)), NUMBERS)
    except ValueError as error:
        raise Refused(f"--precision: {text!r}: {error}") from None


def the_claims(texts: Sequence[str] | None, policies: Sequence[str]) -> list[Claim]:
    """The --expect options, understood before anything runs."""
    if not texts:
        return []
    from sim.study.expectations import read_claim

    try:
        return [read_claim(text, policies) for text in texts]
    except ValueError as error:
        raise Refused(f"--expect: {error}") from None


def write_csv(found: Comparison, path: Path) -> None:
    from sim.study import rows

    rows.write_csv(found, path)


def write_parquet(found: Comparison, path: Path) -> None:
    from sim.study import parquet, rows

    parquet.write_parquet(rows.header(), rows.rows(found), path, rows.about(found))


def draw(found: Comparison, path: Path) -> None:
    from sim.figures import comparison
    from sim.study.spread import spread_over_time

    comparison.save(found, path, spread=spread_over_time(found))
