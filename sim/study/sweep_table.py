"""A sweep as rows and as one JSON object: a row a point, policy and sort of change, every column with its interval."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import numpy as np

from sim.model.outcome import COLUMNS, FLAGS, VALUES, WORDS
from sim.study.compare import Among, Comparison
from sim.study.files import write_whole
from sim.study.grid import Point
from sim.study.identity import made_with, scenario_sha256
from sim.study.rows import PROVENANCE, number_text
from sim.study.summary import column_summary
from sim.study.sweep import Sweep

MEAN = ("mean", "low", "high", "p50", "p95", "n")
SHARE = ("share", "low", "high", "n")


def header(sweep: Sweep) -> list[str]:
    """Names of the columns: point, a column for every axis, policy, among, runs, the outcome's, the provenance.

    `users_hit` becomes users_hit_mean, _low, _high, _p50, _p95, _n; a flag or word faulty_share, _low, _high, _n,
    ended_promoted_share and so on.
    """
    measured = [f"{name}_{part}" for name, parts in _columns() for part in parts]
    return ["point", *(axis.path for axis in sweep.grid.axes), "policy", "among", "runs", *measured, *PROVENANCE]


def rows(sweep: Sweep) -> Iterator[list[str]]:
    """The rows as text, point by point; `among` is all, faulty or healthy changes, `runs` how many of them.

    A policy that cannot run at a point has no rows there; what too few runs support is empty. `sha256` is that of
    the scenario at the point: `compare` with the same settings and seed says the same.
    """
    for point, comparison in sweep.comparisons():
        source = [
            comparison.scenario.name, comparison.sha256, str(comparison.seed), comparison.version, np.__version__,
        ]
        for among in get_args(Among):
            for policy, table in comparison.among(among).items():
                found = [text for name, _ in _wholes() for text in _texts(name, column_summary(table, name))]
                yield [str(point.index), *point.values, policy, among, str(len(table)), *found, *source]


def csv_text(sweep: Sweep) -> Iterator[str]:
    """The CSV in pieces, as `rows.csv_text` writes it; the same bytes whenever the sweep is the same."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header(sweep))
    for row in rows(sweep):
        writer.writerow(row)
        yield text.getvalue()
        text.seek(0)
        text.truncate()
    yield text.getvalue()


def write_csv(sweep: Sweep, path: str | Path) -> None:
    """Write header and rows to a file, whole or not at all. Raises CannotWrite (an OSError)."""
    write_whole(path, csv_text(sweep))


def write_parquet(sweep: Sweep, path: str | Path) -> None:
    """The same rows as Parquet, whole or not at all. Raises CannotWrite (an OSError), NoParquet."""
    from sim.study import parquet

    axes = [axis.path for axis in sweep.grid.axes]
    about = {
        "scenario": {"name": sweep.scenario.name, "sha256": scenario_sha256(sweep.scenario)}, "seed": sweep.seed,
        "asked": sweep.asked, "partial": sweep.partial, "axes": axes, **made_with(),
    }
    parquet.write_parquet(header(sweep), rows(sweep), path, about, axes)


def as_json(sweep: Sweep) -> dict[str, Any]:
    """What `sweep --json` prints: the axes, and at every point what `compare --json` says of its policies."""
    return {
        "scenario": {"name": sweep.scenario.name},
        "seed": sweep.seed,
        "asked": sweep.asked,
        "partial": sweep.partial,
        "version": sweep.version,
        "numpy": np.__version__,
        "seconds": sweep.seconds,
        "axes": [{"path": axis.path, "values": list(axis.values)} for axis in sweep.grid.axes],
        "points": [_said(sweep, point, comparison) for point, comparison in sweep.comparisons()],
    }


def _said(sweep: Sweep, point: Point, comparison: Comparison) -> dict[str, Any]:
    from sim.study.summary import differences, summaries

    return {
        "point": point.index,
        "set": {axis.path: value for axis, value in zip(sweep.grid.axes, point.values, strict=True)},
        "sha256": comparison.sha256,
        "runs": comparison.runs,
        "policies": summaries(comparison, "all"),
        "faulty": summaries(comparison, "faulty"),
        "healthy": summaries(comparison, "healthy"),
        "differences": [row for row in differences(comparison) if row["column"] == "cost"],
        "skipped": comparison.skipped,
    }


def _wholes() -> Iterator[tuple[str, tuple[str, ...]]]:
    return ((name, SHARE if name in (*FLAGS, *WORDS) else MEAN) for name in COLUMNS)


def _columns() -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, parts in _wholes():
        yield from ((f"{name}_{word}", parts) for word in VALUES[name]) if name in WORDS else [(name, parts)]


def _texts(name: str, summary: Mapping[str, Any]) -> Iterator[str]:
    if name in WORDS:
        for word in VALUES[name]:
            yield from (_text(summary[word][part]) for part in SHARE)
    else:
        yield from (_text(summary[part]) for part in (SHARE if name in FLAGS else MEAN))


def _text(value: float | None) -> str:
    return "" if value is None else number_text(float(value))
