"""`coalmine verify`: theory against simulation, case by case, each with its z."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.errors import EXPECTATION_FAILED
from sim.cli.options import MOST, Json, Quiet, Seed, whole

if TYPE_CHECKING:
    from sim.cli.report.layout import Titled
    from sim.study.verify import Case

NAME = 28
"""Columns for the name of a case: what the numbers leave of 80."""
FURTHEST = 4.0
"""Standard errors that luck may explain; who is nearer and still not ok is too blunt to tell."""


def verify(
    effort: Annotated[
        float,
        typer.Option(
            "--effort",
            min=0.001,
            max=100,
            metavar="FACTOR",
            help="Times the usual number of runs: 0.1 is quick and less sharp.",
        ),
    ] = 1.0,
    seed: Seed = "1",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Check the simulation against theory: closed forms beside runs, every z shown.

    z is the difference in standard errors: beyond 4 a case fails, and the exit code is 3. So does
    a blunt one, whose standard error would not notice a formula that is 5 % wrong.
    """
    root = whole("--seed", seed, 0, MOST)
    from sim.cli import output
    from sim.cli.report.page import Page
    from sim.study import verify as theory

    with output.progress("Simulating", quiet=quiet) as step:
        cases = theory.verify(factor=effort, seed=root, on_progress=step)
    squares, p = theory.overall(cases)
    failed = [case.name for case in cases if not case.ok]
    together = theory.likely(cases)
    if as_json:
        output.print_json(report(cases, squares, p, together, root, effort))
    else:
        page = Page(output.console())
        for titled in tables(cases, page.console.width):
            page.heading(titled.title)
            page.console.print(titled.table)
        page.listed("Formulas", formulas(cases))
        page.heading(conclusion(len(cases), failed, squares, p, together=together))
    if failed or not together:
        raise typer.Exit(EXPECTATION_FAILED)


def result(case: Case) -> str:
    """pass; FAIL: too far away; blunt: near, but the standard error is too large to tell."""
    return "pass" if case.ok else "FAIL" if abs(case.z) > FURTHEST else "blunt"


def report(
    cases: Sequence[Case], squares: float, p: float, together: bool, seed: int, effort: float
) -> dict[str, Any]:
    """What --json prints."""
    from sim import __version__

    return {
        "version": __version__,
        "seed": seed,
        "effort": effort,
        "cases": [asdict(case) | {"result": result(case)} for case in cases],
        "overall": {"z2_sum": squares, "cases": len(cases), "p": p, "ok": together},
    }


def tables(cases: Sequence[Case], width: int) -> Iterator[Titled]:
    """The numbers of every case, its name over as many lines as it needs."""
    import textwrap

    from sim.cli.report.layout import Column, tables
    from sim.cli.words import amount

    named = (f"{n}. {case.name}" for n, case in enumerate(cases, 1))
    rows = ["\n".join(textwrap.wrap(name, NAME, subsequent_indent="   ")) for name in named]
    columns = [
        Column("theory", [amount(case.theory, 5) for case in cases]),
        Column("simulation", [amount(case.simulated, 5) for case in cases]),
        Column("std. error", [amount(case.standard_error, 2) for case in cases]),
        Column("z", [f"{case.z:+.2f}" for case in cases]),
        Column(
            "",
            [said if (said := result(case)) != "FAIL" else "[bold red]FAIL[/]" for case in cases],
        ),
    ]
    yield from tables("Theory against simulation", "case", rows, columns, width, names=NAME)


def formulas(cases: Sequence[Case]) -> Iterator[str]:
    """Each formula and where it stands."""
    for n, case in enumerate(cases, 1):
        yield f"{n}. {case.formula}  [{case.source}]"


def conclusion(n: int, failed: Sequence[str], squares: float, p: float, *, together: bool) -> str:
    """All cases in one sentence."""
    said = f"together z² adds up to {squares:.1f} over {n} cases (p = {p:.2g})"
    if not together:
        said += ", which luck cannot explain"
    if failed:
        return f"{len(failed)} of {n} cases failed ({'; '.join(failed)}); {said}."
    return f"All {n} cases pass; {said}."
