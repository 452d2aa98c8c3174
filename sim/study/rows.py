"""Every run as one row of text, with where it came from: what `compare --csv` writes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.model.outcome import COLUMNS
from sim.study.compare import Comparison
from sim.study.files import write_whole
from sim.study.identity import made_with
from sim.study.tables import FAULT, Table

PROVENANCE: tuple[str, ...] = ("scenario", "sha256", "seed", "version", "numpy")
AT_ONCE = 1000


def header() -> list[str]:
    """Names of the columns: policy, run and fault, the outcome's columns, then the provenance.

    >>> header()[:4], header()[-1]
    (['policy', 'run', 'fault', 'faulty'], 'numpy')
    """
    return ["policy", "run", FAULT, *COLUMNS, *PROVENANCE]


def rows(comparison: Comparison) -> Iterator[list[str]]:
    """One row a run and policy, policy by policy in order of run number, as text.

    Whole numbers have no point, others as many digits as they need to be read back the same, flags
    are 0 and 1, and what has no value in a run is empty. `numpy`: its distributions may change with
    its version, and with them the numbers of a seed.
    """
    source = [
        comparison.scenario.name, comparison.sha256, str(comparison.seed), comparison.version,
        str(np.__version__),
    ]
    for policy, table in comparison.tables.items():
        for first in range(0, len(table), AT_ONCE):
            part = table.between(first, min(first + AT_ONCE, len(table)))
            yield from ([policy, *row, *source] for row in zip(*_texts(part), strict=True))


def about(comparison: Comparison) -> dict[str, Any]:
    """What the rows were made from, as one object."""
    return {
        "scenario": {"name": comparison.scenario.name, "sha256": comparison.sha256}, "seed": comparison.seed,
        "runs": comparison.runs, "asked": comparison.asked, "only": comparison.only, "partial": comparison.partial,
        **made_with(),
    }


def write_csv(comparison: Comparison, path: str | Path) -> None:
    """Write header and rows to a file, whole or not at all. Raises CannotWrite (an OSError)."""
    write_whole(path, csv_text(comparison))


def csv_text(comparison: Comparison) -> Iterator[str]:
    """The CSV in pieces: RFC 4180 quoting, but lines end as Unix tools like them."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header())
    for number, row in enumerate(rows(comparison), 1):
        writer.writerow(row)
        if number % AT_ONCE == 0:
            yield text.getvalue()
            text.seek(0)
            text.truncate()
    yield text.getvalue()


def _texts(table: Table) -> list[list[str]]:
    """Columns run, fault and the outcome's, each as a list of text."""
    return [
        numbers_text(table.runs),
        *(
            table[name].tolist() if name in table.words else numbers_text(table[name])
            for name in (FAULT, *COLUMNS)
        ),
    ]


def numbers_text(values: NDArray[Any]) -> list[str]:
    """A column of numbers as `number_text` writes them."""
    if np.all(np.abs(values) < 2**53) and np.all(values == np.floor(values)):
        return list(map(str, values.astype(np.int64).tolist()))      # the usual, and sooner
    return [number_text(value) for value in values.tolist()]


def number_text(value: float) -> str:
    """A float as text that reads back the same; empty for NaN.

    >>> [number_text(x) for x in (3.0, 0.1, float("nan"), -0.0, 1e300)]
    ['3', '0.1', '', '0', '1e+300']
    """
    if value != value:
        return ""
    if abs(value) < 2**53 and value == int(value):
        return str(int(value))
    return repr(value)
