"""One set of runs has the costs of every importance in it."""

from __future__ import annotations

import numpy as np
import pytest

from sim.intake.scenario_file import read
from sim.study.compare import compare
from sim.study.importance import costs_at, running_cost
from sim.units import DAY, HOUR


@pytest.mark.parametrize("importance", ["0", "1", "0.05", "40"])
def test_costs_are_reweighted_as_a_simulation_would_have_them(importance: str) -> None:
    made = compare(read("website"), runs=60, jobs=1)
    wanted = compare(read("website", set=[f"importance={importance}"]), runs=60, jobs=1)
    for policy, costs in costs_at(made.tables, 1.0, float(importance)).items():
        assert costs == pytest.approx(wanted.tables[policy]["cost"], rel=1e-12)
    assert (made.tables["direct"]["outage_cost"] == wanted.tables["direct"]["outage_cost"]).all()
    assert made.tables["direct"]["outage_cost"].max() > 0


def test_what_remains_is_paid_for_reserves_and_delay() -> None:
    scenario = read("website", set=["importance=7", "service.cost.per_day_of_delay=0"])
    table = compare(scenario, runs=40, jobs=1).tables["test_and_standby"]
    standing = 2 * 30 * DAY / 8 / HOUR * 0.10
    assert running_cost(table, 7.0) == pytest.approx(np.full(40, standing), rel=1e-9)
