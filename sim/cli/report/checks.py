"""Published numbers beside simulated ones, and what the user expected of the result."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sim.cli.report.cells import NOTHING, saying
from sim.model.outcome import UNITS

if TYPE_CHECKING:
    from sim.cli.report.layout import Titled
    from sim.scenario import Expectation
    from sim.study.expectations import Checked, Replayed


def published(found: Sequence[Replayed], width: int) -> Iterator[Titled]:
    """The scenario's own `expect:` rows."""
    from sim.cli.report.layout import Column, tables

    wanted = [row.expectation for row in found]
    rows = [f"{w.of}\n{named(w)}\n{w.statistic}, {w.among}" for w in wanted]

    def said(value: float | None, column: str) -> str:
        return NOTHING if value is None else saying(UNITS.get(column, ""))(value, 0.0)

    columns = [
        Column("published", [said(w.value, w.column) for w in wanted]),
        Column("may differ\nby", [said(w.within, w.column) for w in wanted]),
        Column(
            "simulated",
            [said(r.simulated, r.expectation.column) + f"\n[dim]{r.n:,} runs[/dim]" for r in found],
        ),
        Column("role", [w.role for w in wanted]),
        Column("met", ["[bold red]NO[/]" if r.fails else "yes" if r.met else "no" for r in found]),
    ]
    yield from tables("Published numbers beside simulated ones", "of", rows, columns, width)


def named(wanted: Expectation) -> str:
    """The column, with the word that is counted where it holds words."""
    return wanted.column if wanted.word is None else f"{wanted.column}.{wanted.word}"


def sources(found: Iterable[Replayed]) -> Iterator[str]:
    """Where the published numbers come from, and why one is not met."""
    for row in found:
        wanted = row.expectation
        yield f"{wanted.of}, {named(wanted)}: {wanted.published} ({wanted.source})"
        if not row.met and row.reason:
            yield f"  not met: {row.reason}"
        if wanted.why:
            yield f"  beyond the model: {wanted.why}"


def claims(found: Iterable[Checked]) -> Iterator[str]:
    """One line for each --expect."""
    for checked in found:
        mark = "met    " if checked.passed else "NOT MET"
        value = "" if checked.value is None else f" (it is {checked.value:,.6g})"
        reason = f": {checked.reason}" if checked.reason else ""
        yield f"{mark}  {checked.claim.text}{value}{reason}"


def as_json(replayed: Sequence[Replayed], checked: Sequence[Checked]) -> dict[str, Any]:
    """Both for --json, under keys of their own."""
    from dataclasses import asdict

    return {
        "published": [
            {
                **asdict(r.expectation),
                "simulated": r.simulated,
                "n": r.n,
                "met": r.met,
                "reason": r.reason,
            }
            for r in replayed
        ],
        "expected": [
            {"claim": c.claim.text, "value": c.value, "passed": c.passed, "reason": c.reason}
            for c in checked
        ],
    }
