"""The Pareto front of a strategy's knobs: risk against lead time against extra servers, with what the runs cannot tell.

A setting is dominated by another that is not worse in any of the three and better in one. Differences are paired, in
the same changes; where the runs do not tell the risk of two settings apart, that is said.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from sim.study.blocks import Engine
from sim.study.estimate import Floats, Interval, Mean, bonferroni, mean_of, paired, paired_difference
from sim.study.grid import Grid
from sim.study.sweep import sweep

CONFIDENCE = 0.95
Standing = Literal["front", "dominated", "unclear"]


class Setting(NamedTuple):
    """One setting of the knobs.

    values   one a knob, in the order of `knobs`
    risk     mean of the risk column; `lead_s` mean lead time of healthy changes, s; `servers` extra server-seconds
    standing front: no other setting is better or equal in all three. dominated: `by` surely is. unclear: `by` is not
             worse in any mean, but the runs do not tell the two apart
    """

    values: tuple[str, ...]
    risk: Mean
    lead_s: Mean
    servers: Mean
    standing: Standing
    by: int | None


@dataclass(frozen=True)
class Front:
    """All settings, in the order of the grid. `left_out`: settings that the fleet cannot run, and why."""

    scenario: str
    sha256: str
    policy: str
    risk: str
    knobs: tuple[str, ...]
    settings: tuple[Setting, ...]
    left_out: dict[tuple[str, ...], str]
    runs: int
    seed: int
    partial: bool


class Seen(NamedTuple):
    """What is kept of a setting: the risk of every change that counts, and the lead time of every healthy one."""

    values: tuple[str, ...]
    risk: Floats
    lead_s: Floats
    servers: float


def front(
    grid: Grid,
    policy: str,
    *,
    risk: str = "outage_cost",
    faulty_only: bool = False,
    runs: int = 1000,
    seed: int = 1,
    jobs: int | None = None,
    store: Path | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    engine: Engine | None = None,
) -> Front:
    """The front over a grid of knobs.

    risk         a column of numbers: the cost of outage unless told otherwise, users_hit, failed_requests ...
    faulty_only  count it on faulty changes only; lead time always on healthy ones

    Everything else is as in `sweep`, errors too. KeyError for an unknown column.
    """
    seen: list[Seen] = []
    left_out: dict[tuple[str, ...], str] = {}
    with sweep(
        grid, policies=[policy], runs=runs, seed=seed, jobs=jobs, store=store, on_progress=on_progress, engine=engine
    ) as swept:
        sha256 = ""
        for point, comparison in swept.comparisons():
            sha256 = sha256 or comparison.sha256
            if policy not in comparison.tables:
                left_out[point.values] = comparison.skipped.get(policy, "")
                continue
            table = comparison.among("faulty" if faulty_only else "all")[policy]
            healthy = comparison.among("healthy")[policy]
            reserves = float(comparison.tables[policy]["extra_server_seconds"][0])
            seen.append(Seen(point.values, table[risk], healthy["lead_time_s"], reserves))
        name, partial = swept.scenario.name, swept.partial
    shortest = min((len(one.risk) for one in seen), default=0)
    if partial:                                       # only what all have in common can be compared
        seen = [one for one in seen if len(one.risk) == shortest]
    return Front(
        name, sha256, policy, risk, tuple(axis.path for axis in grid.axes), tuple(ranked(seen)), left_out, runs, seed,
        partial,
    )


def ranked(seen: Sequence[Seen]) -> list[Setting]:
    """Every setting with its place: on the front, dominated, or too near to tell."""
    others = max(1, len(seen) - 1)
    each = bonferroni(CONFIDENCE, 2 * others)         # risk and lead time, against every other setting
    found = []
    for n, one in enumerate(seen):
        standing: Standing = "front"
        by: int | None = None
        for m, other in enumerate(seen):
            if m == n:
                continue
            sure = _dominates(other, one, each)
            if sure or (by is None and sure is not None):
                standing, by = ("dominated", m) if sure else ("unclear", m)
            if sure:
                break
        found.append(
            Setting(one.values, mean_of(one.risk), mean_of(one.lead_s), Mean(one.servers, one.servers, one.servers,
                    len(one.risk)), standing, by)
        )
    return found


def _dominates(a: Seen, b: Seen, confidence: float) -> bool | None:
    """Whether a is surely not worse than b in anything and better in something; None where it is worse by some mean."""
    apart = [_apart(a.risk, b.risk, confidence), _apart(a.lead_s, b.lead_s, confidence)]
    apart.append(Interval(*[a.servers - b.servers] * 3))
    if any(math.isnan(one.mean) or one.mean > 0 for one in apart) or all(one.mean == 0 for one in apart):
        return None
    return all(one.high <= 0 for one in apart) and any(one.high < 0 for one in apart)


def _apart(a: Floats, b: Floats, confidence: float) -> Interval:
    first, second = paired(a, b)
    return paired_difference(first, second, confidence) if len(first) > 1 else Interval(math.nan, math.nan, math.nan)
