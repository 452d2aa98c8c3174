"""Importance multiplies the outage part of a cost and changes nothing else: costs at another one need no new runs."""

from __future__ import annotations

from collections.abc import Mapping

from sim.study.estimate import Floats
from sim.study.tables import Table


def running_cost(table: Table, importance: float) -> Floats:
    """Per run, what a policy costs though nothing goes wrong: reserves and delay.

    importance: at which the runs of the table were made.
    """
    running: Floats = table["cost"] - importance * table["outage_cost"]
    return running


def costs_at(tables: Mapping[str, Table], made_at: float, importance: float) -> dict[str, Floats]:
    """Policy -> the cost of every run, had it been made at this importance instead of `made_at`."""
    if importance == made_at:
        return {policy: table["cost"] for policy, table in tables.items()}
    return {
        policy: importance * table["outage_cost"] + running_cost(table, made_at) for policy, table in tables.items()
    }
