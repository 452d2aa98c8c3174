"""Which runs to look at, by number, so that `run --run I` replays them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.study.compare import Comparison
from sim.study.tables import Table


class Notable(NamedTuple):
    """Run numbers under one policy."""

    worst: int
    median: int


def notable(comparison: Comparison) -> dict[str, Notable | None]:
    """Per policy the worst and the median of its runs with a faulty change; None without any."""
    return {policy: notable_of(table) for policy, table in comparison.among("faulty").items()}


def notable_of(table: Table) -> Notable | None:
    """Runs ordered by failed requests, then cost, then run number: the last one and the middle one.

    Of an even number of runs the middle is the lower of the two: a run that happened, not a mean.
    """
    if not len(table):
        return None
    # The last key sorts first. Among equals the worst is the first run number, hence the minus.
    order = np.lexsort((-table.runs, table["cost"], table["failed_requests"]))
    return Notable(int(table.runs[order[-1]]), int(table.runs[order[(len(order) - 1) // 2]]))
