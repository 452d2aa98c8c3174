"""The study and the engine of this house together; all else here is tested on dice."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from sim import measure
from sim.figures.comparison import save
from sim.intake.scenario_file import read
from sim.model.outcome import COLUMNS
from sim.scenario import Scenario
from sim.study import workers
from sim.study.compare import Comparison, compare
from sim.study.spread import spread_over_time
from sim.study.tables import ALL

POLICIES = ("direct", "canary")


@pytest.fixture(scope="module")
def fleet() -> Scenario:
    return read("scenarios/web_fleet.yaml")


@pytest.fixture(scope="module")
def found(fleet: Scenario) -> Comparison:
    return compare(fleet, policies=POLICIES, runs=130, seed=11, jobs=1)


def test_one_worker_and_two_give_the_same_bytes(
    found: Comparison, fleet: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "START_UP_S", 0.0)
    two = compare(fleet, policies=POLICIES, runs=130, seed=11, jobs=2)
    for policy in POLICIES:
        for column in ALL:
            assert two.tables[policy][column].tobytes() == found.tables[policy][column].tobytes()


def test_only_faulty_draws_the_same_changes_as_all(found: Comparison, fleet: Scenario) -> None:
    part = compare(fleet, policies=POLICIES, runs=130, seed=11, jobs=1, only="faulty")
    for policy, table in found.among("faulty").items():
        assert part.tables[policy].runs.tolist() == table.runs.tolist()
        for column in ALL:
            assert part.tables[policy][column].tobytes() == table[column].tobytes()


def test_a_run_alone_is_the_run_of_the_study(found: Comparison, fleet: Scenario) -> None:
    for policy in POLICIES:
        for i in (0, 77, 129):
            alone = asdict(measure.run(fleet.plan(policy), fleet, 11, i))
            for column in COLUMNS:
                value = np.nan if alone[column] is None else alone[column]
                np.testing.assert_array_equal(found.tables[policy][column][i], value)


def test_policies_meet_the_same_changes(found: Comparison) -> None:
    direct, canary = (found.tables[policy] for policy in POLICIES)
    assert direct["fault"].tolist() == canary["fault"].tolist()
    assert direct["faulty"].tolist() == canary["faulty"].tolist()
    assert 0 < direct["faulty"].mean() < 1


def test_the_canary_spreads_less_and_the_picture_is_written(
    found: Comparison, tmp_path: Path
) -> None:
    spread = spread_over_time(found, most=15)
    early = (spread["direct"].t_s > 120) & (spread["direct"].t_s < 600)
    assert spread["direct"].median[early].mean() > 10 * spread["canary"].median[early].mean()
    save(found, tmp_path / "fleet.png", spread)
    assert (tmp_path / "fleet.png").stat().st_size > 10_000
