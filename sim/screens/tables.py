"""A comparison -> rows for charts, a table and the sentences beside them. Numbers come from `sim.study`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from sim.cli.words import amount, duration, percent
from sim.screens.guard import plain
from sim.study.compare import Comparison
from sim.study.estimate import bonferroni, mean_of, paired, paired_difference
from sim.study.shares import Share, share_of_flags

MOST_DOTS = 250
GOLDEN = 0.6180339887498949
"""Multiples of it, modulo 1, spread dots evenly without a random generator."""
CONFIDENCE = 0.95


class Column(NamedTuple):
    """A column of outcomes as the app shows it.

    factor: from the column's unit to that of `axis`; log: small numbers need room of their own.
    """

    title: str
    axis: str
    among: Literal["all", "faulty", "healthy"]
    factor: float = 1.0
    log: bool = True

    @property
    def among_words(self) -> str:
        return {"all": "all changes", "faulty": "faulty changes", "healthy": "healthy changes"}[self.among]


COLUMNS: dict[str, Column] = {
    "users_hit": Column("Users hurt", "users", "faulty"),
    "failed_requests": Column("Failed requests", "requests", "faulty"),
    "records_lost": Column("Records lost", "records", "faulty"),
    "time_to_detect_s": Column("Time to detect", "minutes", "faulty", 1 / 60, False),
    "time_to_restore_s": Column("Time to restore", "minutes", "faulty", 1 / 60, False),
    "lead_time_s": Column("Lead time", "minutes", "healthy", 1 / 60, False),
    "cost": Column("Cost", "money", "all"),
}
TITLES = {what.title: column for column, what in COLUMNS.items()}
"""What a visitor chooses by, and a link carries."""


def dots(found: Comparison, column: str) -> list[dict[str, Any]]:
    """The first runs that have a value, as many as a chart can show."""
    what, rows = COLUMNS[column], []
    for policy, table in found.among(what.among).items():
        kept = 0
        for value, run, fault in zip(table[column].tolist(), table.runs.tolist(), table["fault"].tolist(), strict=True):
            if value == value and kept < MOST_DOTS:
                lift = 0.15 + 0.7 * (kept * GOLDEN % 1)
                rows.append(
                    {"policy": policy, "value": value * what.factor, "run": run, "fault": fault, "lift": lift}
                )
                kept += 1
    return rows


def means(found: Comparison, column: str) -> list[dict[str, Any]]:
    """Mean and 95 % interval of every policy; None where too few runs have a value."""
    what = COLUMNS[column]
    rows = []
    for policy, table in found.among(what.among).items():
        mean = mean_of(table[column], CONFIDENCE)
        parts = {"mean": mean.mean, "low": mean.low, "high": mean.high}
        scaled = {name: None if part is None else part * what.factor for name, part in parts.items()}
        if scaled["low"] is not None:
            scaled["low"] = max(0.0, scaled["low"])
        rows.append({"policy": policy, **scaled, "n": mean.n})
    return rows


def base_of(found: Comparison) -> str:
    """What the others are compared with: the first policy with strategy `direct`, else the first."""
    policies = found.scenario.policies
    plain_ones = [policy for policy in found.tables if policies[policy].strategy == "direct"]
    return plain_ones[0] if plain_ones else next(iter(found.tables))


def gaps(found: Comparison, column: str, base: str) -> list[dict[str, Any]]:
    """Each other policy minus the base in runs where both have a value; all intervals together hold at 95 %."""
    what = COLUMNS[column]
    among = found.among(what.among)
    confidence = bonferroni(CONFIDENCE, max(1, len(among) - 1))
    rows = []
    for policy, table in among.items():
        mine, theirs = paired(table[column], among[base][column])
        if policy == base or len(mine) < 2:
            continue
        gap = paired_difference(mine, theirs, confidence)
        parts = {"mean": gap.mean, "low": gap.low, "high": gap.high}
        rows.append({"policy": policy, **{k: v * what.factor for k, v in parts.items()}, "n": len(mine)})
    return rows


def price(found: Comparison) -> str:
    """What safety costs: how much longer a healthy change takes than under the base, policy by policy."""
    base = base_of(found)
    longer = gaps(found, "lead_time_s", base)
    if not longer:
        return "Too few healthy changes were promoted under all policies to say how long they take."
    parts = [
        f"**{plain(row['policy'])}** {duration(abs(row['mean']) * 60)} {'longer' if row['mean'] >= 0 else 'less'}"
        for row in longer
    ]
    return f"The price: a healthy change takes {', '.join(parts)} than under **{plain(base)}**."


def said_of(rows: Sequence[dict[str, Any]], what: Column) -> str:
    """A chart in words, for those who cannot see it."""
    known = [row for row in rows if row["mean"] is not None]
    parts = [
        f"{row['policy']} {amount(row['mean'])}" + (
            f" (95 % interval {amount(row['low'])} to {amount(row['high'])})" if row["low"] is not None else ""
        )
        for row in known
    ]
    return f"{what.title} in {what.axis} on {what.among_words}: {'; '.join(parts) or 'no values'}."


def overview(found: Comparison) -> str:
    """The few numbers that decide, a policy a row, as a Markdown table."""
    faulty, healthy = found.among("faulty"), found.among("healthy")
    lines = [
        "| Policy | Users hurt, faulty change | Caught before users | Lead time, healthy change | False alarms "
        "| Cost, any change |",
        "|:--|--:|--:|--:|--:|--:|",
    ]
    for policy in found.tables:
        hit = mean_of(faulty[policy]["users_hit"])
        lead = mean_of(healthy[policy]["lead_time_s"])
        cost = mean_of(found.tables[policy]["cost"])
        cells = [
            f"**{plain(policy)}**", between(hit.mean, hit.low, hit.high),
            share_said(share_of_flags(faulty[policy]["caught_before_users"])),
            "–" if lead.mean is None else duration(lead.mean),
            share_said(share_of_flags(healthy[policy]["false_rollback"])),
            between(cost.mean, cost.low, cost.high),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    counts = f"{len(next(iter(faulty.values()))):,} faulty and {len(next(iter(healthy.values()))):,} healthy changes"
    return "\n".join([*lines, "", f"Means over {counts}, the same for every policy; in brackets 95 % intervals."])


def between(mean: float | None, low: float | None, high: float | None) -> str:
    """'1,234 (900 to 1,600)', or a dash."""
    if mean is None:
        return "–"
    if low is None or high is None:
        return amount(mean)
    return f"{amount(mean)} ({amount(max(0.0, low))} to {amount(high)})"


def share_said(share: Share) -> str:
    """'58% (50% to 66%)', or a dash where there was no run."""
    if share.share is None or share.low is None or share.high is None:
        return "–"
    return f"{percent(share.share)} ({percent(round(share.low, 3))} to {percent(round(share.high, 3))})"
