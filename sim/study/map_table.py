"""A map as rows: a row a cell and policy."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from sim.study.files import write_whole
from sim.study.rows import number_text
from sim.study.winners import Map

HEADER = (
    "policy", "best", "decided", "cost_mean", "cost_low", "cost_high", "behind_low", "behind_mean", "behind_high",
    "runs", "seed", "version",
)


def write_csv(found: Map, path: str | Path) -> None:
    """Is it the best, its mean cost, and by how much the runner-up is behind. Raises CannotWrite (an OSError)."""
    write_whole(path, csv_text(found))


def csv_text(found: Map) -> Iterator[str]:
    """The CSV, line by line; the same bytes whenever the map is the same."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow((found.x.path, found.y.path, *HEADER))
    for cell in found.cells:
        for policy, mean in cell.best.means.items():
            behind = cell.best.behind if policy == cell.best.runner_up else None
            values = (mean.mean, mean.low, mean.high, *(behind or (None, None, None)))
            writer.writerow((
                cell.x, cell.y, policy, int(policy == cell.best.policy), int(cell.best.decided),
                *("" if value is None else number_text(value) for value in values),
                mean.n, found.seed, found.version,
            ))
    yield text.getvalue()
