"""What a monitor counted while a gate was open: new version, control and whole service."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sim.cli.words import percent
from sim.model.evidence import Counts, Evidence
from sim.units import DAY, say_clock

if TYPE_CHECKING:
    from sim.cli.report.layout import Titled

GROUPS = (("new version", "judged"), ("control", "control"), ("whole service", "whole"))
MOST_ROWS = 10
"""Windows are added up so that a gate's evidence fits on a screen."""


def evidence_tables(evidence: Sequence[Evidence], start: float, width: int) -> Iterator[Titled]:
    """Requests, failed and slow, by window and in all. start: of the rollout, since Monday 0:00."""
    from sim.cli.report.layout import Column, tables

    size = max(1, -(-len(evidence) // MOST_ROWS))
    parts = [evidence[at : at + size] for at in range(0, len(evidence), size)]
    rows = [say_clock((start + round(float(part[-1].end_s))) % DAY) for part in parts]
    if len(parts) > 1:
        parts, rows = [*parts, evidence], [*rows, "together"]
    columns = []
    for title, name in GROUPS:
        counts = [added(part, name) for part in parts]
        if name == "control" and not any(count.requests for count in counts):
            continue
        columns.append(Column(f"{title}\nrequests", [f"{count.requests:,}" for count in counts]))
        columns.append(Column("\nfailed", [failed(count) for count in counts]))
        if any(count.slow for count in counts):
            columns.append(Column("\nslow", [f"{count.slow:,}" for count in counts]))
    yield from tables("", "until", rows, columns, width)


def added(part: Sequence[Evidence], name: str) -> Counts:
    """The counts of one group over some windows."""
    windows = [getattr(evidence, name) for evidence in part]
    return Counts(
        *(sum(int(getattr(window, what)) for window in windows) for what in Counts._fields)
    )


def failed(count: Counts) -> str:
    """'12 (0.4%)', or only the number where there were no requests."""
    return f"{count.failed:,}" + (
        f" ({percent(count.failed / count.requests)})" if count.requests else ""
    )
