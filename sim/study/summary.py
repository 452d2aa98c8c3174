"""A comparison as one JSON object: means, quantiles, shares, paired differences."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np

from sim.model.outcome import COLUMNS, FLAGS, UNITS, VALUES, WORDS
from sim.study.compare import Among, Comparison
from sim.study.estimate import (
    bonferroni,
    gain_of_common_numbers,
    mean_of,
    paired,
    paired_difference,
    plain,
    valued,
)
from sim.study.notable import notable
from sim.study.quantiles import quantile_of_sorted
from sim.study.shares import Share, beats, share_of, share_of_flags
from sim.study.tables import Table

CONFIDENCE = 0.95
MEASURED: tuple[str, ...] = tuple(name for name in COLUMNS if name not in (*WORDS, *FLAGS))
"""Columns that have a mean; the others are shares."""


def summary(comparison: Comparison) -> dict[str, Any]:
    """The object that `compare --json` prints, plain dicts, lists, numbers.

    `policies` -> policy -> column -> what `column_summary` says, over all changes; the same under
    `faulty` and `healthy`. `differences`: every pair of policies and every measured column, paired,
    over all changes; `confidence` is that of the one interval, so that all pairs of a column hold
    together with 95 % (Bonferroni). `duels`: how often a beats b on cost in the same run, and how
    many times fewer runs the pairing needs. `notable`: the numbers of runs to replay.
    `counterfactual`: the policies that nobody used, in the replay of an incident.
    null is what too few runs support, or what no run had.
    """
    return {
        "scenario": {"name": comparison.scenario.name, "sha256": comparison.sha256},
        "seed": comparison.seed,
        "runs": comparison.runs,
        "asked": comparison.asked,
        "only": comparison.only,
        "partial": comparison.partial,
        "version": comparison.version,
        "seconds": comparison.seconds,
        "policies": summaries(comparison, "all"),
        "faulty": summaries(comparison, "faulty"),
        "healthy": summaries(comparison, "healthy"),
        "differences": differences(comparison),
        "duels": duels(comparison),
        "notable": {
            name: found and {"worst": found.worst, "median": found.median}
            for name, found in notable(comparison).items()
        },
        "skipped": comparison.skipped,
        "counterfactual": list(comparison.counterfactual),
    }


def summaries(comparison: Comparison, among: Among) -> dict[str, dict[str, Any]]:
    """Policy -> column -> `column_summary`, over all, faulty or healthy changes."""
    return {
        policy: {column: column_summary(table, column) for column in COLUMNS}
        for policy, table in comparison.among(among).items()
    }


def column_summary(table: Table, column: str) -> dict[str, Any]:
    """What a column says: a mean with interval and quantiles, a share, or a share for every word.

    Numbers: {mean, low, high, p50, p95, n, unit}, n the runs that have a value. Flags: {share, low,
    high, n}. Words: word -> {share, low, high, n}, for words never seen as well: their `high` says
    how often they may happen. Raises KeyError for what is not a column.

    >>> column_summary(Table.empty(), "cost")["mean"] is None
    True
    """
    if column in WORDS:
        n = len(table)
        return {word: said(share_of(table.count(column, word), n)) for word in VALUES[column]}
    if column in FLAGS:
        return said(share_of_flags(table[column]))
    values = np.sort(valued(table[column]))
    mean = mean_of(values, CONFIDENCE)
    return {
        "mean": mean.mean,
        "low": mean.low,
        "high": mean.high,
        "p50": quantile_of_sorted(values, 0.5, CONFIDENCE).value,
        "p95": quantile_of_sorted(values, 0.95, CONFIDENCE).value,
        "n": mean.n,
        "unit": UNITS[column],
    }


def said(share: Share) -> dict[str, Any]:
    """A share as a plain dict."""
    return dict(share._asdict())


def differences(comparison: Comparison, among: Among = "all") -> list[dict[str, Any]]:
    """a - b for every pair of policies and every measured column, in runs where both have a value.

    {a, b, column, mean, low, high, n, confidence}; mean and interval are null below two such runs.
    """
    tables = comparison.among(among)
    pairs = list(combinations(tables, 2))
    confidence = bonferroni(CONFIDENCE, max(1, len(pairs)))
    rows: list[dict[str, Any]] = []
    for column in MEASURED:
        for a, b in pairs:
            first, second = paired(tables[a][column], tables[b][column])
            row: dict[str, Any] = {"a": a, "b": b, "column": column}
            row |= dict.fromkeys(("mean", "low", "high"))
            if len(first) >= 2:
                interval = paired_difference(first, second, confidence)
                row |= {"mean": interval.mean, "low": interval.low, "high": interval.high}
            rows.append(row | {"n": len(first), "confidence": confidence})
    return rows


def duels(comparison: Comparison, column: str = "cost") -> list[dict[str, Any]]:
    """For every pair: the share of runs in which a has less of the column than b (a tie is half).

    {a, b, column, share, low, high, n, confidence, gain}; gain of the pairing: see
    `estimate.gain_of_common_numbers`, null where it has no finite value.
    """
    pairs = list(combinations(comparison.tables, 2))
    confidence = bonferroni(CONFIDENCE, max(1, len(pairs)))
    return [
        {"a": a, "b": b, "column": column}
        | said(beats(comparison.tables[a][column], comparison.tables[b][column], confidence))
        | {
            "confidence": confidence,
            "gain": plain(
                gain_of_common_numbers(comparison.tables[a][column], comparison.tables[b][column])
            ),
        }
        for a, b in pairs
    ]
