"""What one column looks like on faulty changes: values, middle, tail, and how often none."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.study.compare import Comparison
from sim.study.estimate import Floats, Mean, mean_of, valued
from sim.study.quantiles import Quantile, quantile_of
from sim.study.shares import Share, share_of


class Harm(NamedTuple):
    """A column over the faulty changes of one policy.

    values  those that are not NaN, in order of run number
    none    share of the runs that did no harm: the column is 0, and no record was lost
    mean, median, p95   over all of them, zeros included
    """

    values: Floats
    none: Share
    mean: Mean
    median: Quantile
    p95: Quantile


def harm(comparison: Comparison, column: str = "failed_requests") -> dict[str, Harm]:
    """Policy -> Harm. Raises KeyError if the column does not exist."""
    found = {}
    for policy, table in comparison.among("faulty").items():
        values = valued(table[column])
        harmless = (table[column] == 0) & (table["records_lost"] == 0)
        found[policy] = Harm(
            values,
            share_of(int(np.count_nonzero(harmless)), len(values)),
            mean_of(values),
            quantile_of(values, 0.5),
            quantile_of(values, 0.95),
        )
    return found
