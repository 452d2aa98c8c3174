"""Who catches what: for each fault and policy, when the rollout of a faulty change was ended."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.study.compare import Comparison
from sim.study.shares import Share, share_of
from sim.study.tables import FAULT, HEALTHY, Table

SEPARATOR = "+"
"""Between the names of faults that one change carries together."""


class Caught(NamedTuple):
    """Shares of runs with a faulty change, by who ended the rollout; the four add up to 1.

    before_users  by a test or smoke run, or by whatever before any request was harmed
    by_gate       by the judge of a gate, after some users were hit: the canaries' purpose
    later         by an alert, health checks, reports or the operator, after some users were hit
    never         by nobody until the horizon
    """

    before_users: Share
    by_gate: Share
    later: Share
    never: Share

    @property
    def n(self) -> int:
        """Runs that the shares are of."""
        return self.never.n


def caught(table: Table) -> Caught:
    """Shares among the faulty runs of a table; all None, with n = 0, when it has none."""
    table = table.pick(table.faulty)
    by = table["detected_by"]
    nobody = by == "none"
    before = ~nobody & ((table["caught_before_users"] == 1) | (by == "test") | (by == "smoke"))
    gate = ~before & (by == "gate")
    later = ~(nobody | before | gate)
    n = len(table)
    return Caught(*(share_of(int(mask.sum()), n) for mask in (before, gate, later, nobody)))


def by_fault(comparison: Comparison) -> dict[str, dict[str, Caught]]:
    """Fault -> policy -> Caught, faults in the scenario's order.

    A run whose change carries two faults counts under each: who caught the change caught both.
    Faults that no run met are left out.
    """
    tables = comparison.among("faulty")
    met = {name for table in tables.values() for name in faults_of(table)}
    order = [fault.key for fault in comparison.scenario.faults]
    return {
        fault: {name: caught(table.pick(carriers(table, fault))) for name, table in tables.items()}
        for fault in sorted(met, key=lambda name: (name not in order, (*order, name).index(name)))
    }


def faults_of(table: Table) -> set[str]:
    """Names of the faults that changes of this table carry."""
    words = (table.words[FAULT][code] for code in np.unique(table.codes(FAULT)))
    return {name for word in words for name in word.split(SEPARATOR)} - {HEALTHY}


def carriers(table: Table, fault: str) -> NDArray[np.bool_]:
    """Mask of the runs whose change carries the fault."""
    codes = [c for c, word in enumerate(table.words[FAULT]) if fault in word.split(SEPARATOR)]
    return np.isin(table.codes(FAULT), codes)
