"""`coalmine verify`: theory against simulation, case by case, each with its z."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.errors import EXPECTATION_FAILED
from sim.cli.options import Json, Quiet, Seed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from sim.study.verify import Case


def verify(
    effort: Annotated[
        float,
        typer.Option(
            "--effort",
            min=0.01,
            max=100,
            metavar="FACTOR",
            help="Times the usual number of runs: 0.1 is quick and less sharp.",
        ),
    ] = 1.0,
    seed: Seed = 1,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Check the simulation against theory, every z shown.

    z is the difference in standard errors: beyond 4 a case fails, and the exit code is 3.
    """
    from sim.cli import output
    from sim.study import verify as theory

    with output.progress("Simulating", quiet=quiet) as step:
        cases = theory.verify(runs_factor=effort, seed=seed, on_progress=step)
    squares, p = theory.overall(cases)
    failed = [case.name for case in cases if not case.ok]
    if as_json:
        output.print_json(report(cases, squares, p, seed, effort))
    else:
        page = output.console()
        for table in tables(cases):
            page.print(table)
        page.print(conclusion(len(cases), failed, squares, p), markup=False)
    if failed:
        raise typer.Exit(EXPECTATION_FAILED)


def report(
    cases: Sequence[Case], squares: float, p: float, seed: int, effort: float
) -> dict[str, Any]:
    """What --json prints."""
    from sim import __version__

    return {
        "version": __version__,
        "seed": seed,
        "effort": effort,
        "cases": [asdict(case) for case in cases],
        "overall": {"z2_sum": squares, "cases": len(cases), "p": p, "ok": all(c.ok for c in cases)},
    }


def tables(cases: Sequence[Case]) -> list[Table]:
    """The numbers, then where each formula comes from."""
    from rich import box
    from rich.table import Table

    numbers = Table(
        title="Theory against simulation", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False
    )
    sources = Table(
        title="The formulas",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        show_header=False,
    )
    numbers.add_column("case", overflow="fold", ratio=1)
    for column in ("theory", "simulation", "std. error", "z", ""):
        numbers.add_column(column, justify="right", no_wrap=True)
    sources.add_column("case", overflow="fold", max_width=30)
    sources.add_column("formula", overflow="fold")
    for case in cases:
        numbers.add_row(
            case.name,
            f"{case.theory:,.5g}",
            f"{case.simulated:,.5g}",
            f"{case.standard_error:,.2g}",
            f"{case.z:+.2f}",
            "pass" if case.ok else "[bold red]FAIL[/]",
        )
        sources.add_row(case.name, case.formula)
    return [numbers, sources]


def conclusion(n: int, failed: Sequence[str], squares: float, p: float) -> str:
    """All cases in one sentence."""
    together = f"together z² adds up to {squares:.1f} over {n} cases (p = {p:.2g})"
    if failed:
        return f"{len(failed)} of {n} cases failed: {', '.join(failed)}; {together}."
    return f"All {n} cases pass; {together}."
