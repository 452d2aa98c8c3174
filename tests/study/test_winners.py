"""A map says which policy costs least, says it wrongly at most once in twenty, and re-weights without new runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.figures import map as pictures
from sim.study import race
from sim.study import store as stores
from sim.study.best import best_of
from sim.study.compare import compare
from sim.study.estimate import paired_difference
from sim.study.grid import Grid
from sim.study.map_table import csv_text
from sim.study.sweep import sweep
from sim.study.winners import Map, winners
from tests.study import sweeps
from tests.study.fake_engine import Dice
from tests.study.sweeps import grid

WEIGHTS = ("0.001", "0.01", "1", "100")


class Priced(Dice):
    """Dice whose direct is free of delay and costs by importance, and whose canary has a price that stands."""

    def run_many(self, plan: Any, of: Any, seed: int, runs: Any) -> dict[str, Any]:
        made = super().run_many(plan, of, seed, runs)
        standing = 2.0 if plan == of.plan("canary") else 0.0
        return made | {"cost": of.importance * made["failed_requests"] * 0.01 + standing}


def mapped(points: Grid | None = None, **asked: Any) -> Map:
    points = points or grid("horizon=1h,2h,3h", f"importance={','.join(WEIGHTS)}")
    return winners(points, **{"runs": 300, "seed": 3, "jobs": 1, "engine": Priced()} | asked)


# --- the decision ---------------------------------------------------------------------------------

def test_the_best_is_decided_only_when_it_beats_all_others() -> None:
    dice = np.random.Generator(np.random.Philox(1))
    noise = dice.normal(size=100)
    near, far = noise + 0.001 * dice.normal(size=100), noise + 5
    assert best_of({"near": near, "far": far, "alone": noise + 4}).decided
    assert not best_of({"one": near, "two": noise + 0.001 * dice.normal(size=100), "far": far}).decided
    assert not best_of({"one": noise, "same": noise}).decided, "a tie is no decision"
    assert best_of({"only": noise}) [:4] == ("only", True, None, None)


def test_the_pairing_decides_what_the_spread_would_hide() -> None:
    dice = np.random.Generator(np.random.Philox(2))
    luck = dice.lognormal(3, 2, size=200)
    found = best_of({"dear": luck + 1, "cheap": luck + dice.normal(0, 0.1, size=200)})
    assert (found.policy, found.decided, found.runner_up) == ("cheap", True, "dear")
    cheap, dear = found.means["cheap"], found.means["dear"]
    assert cheap.high > dear.low, "the intervals of the means overlap widely"


@pytest.mark.parametrize("policies", [2, 5])
def test_a_wrong_decision_is_rarer_than_one_in_twenty(policies: int) -> None:
    """All policies but one are equal, the best is better by a hair: the hardest case."""
    dice, wrong, trials = np.random.Generator(np.random.Philox(3)), 0, 1500
    for _ in range(trials):
        columns = {str(n): dice.normal(0 if n else -1e-6, 1, size=25) for n in range(policies)}
        found = best_of(columns)
        wrong += found.decided and found.policy != "0"
    assert wrong / trials < 0.05


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({}, "at least one policy"),
        ({"a": np.ones(3), "b": np.ones(2)}, "shapes"),
        ({"a": np.ones(1), "b": np.ones(1)}, "runs"),
    ],
)
def test_what_decides_nothing_is_refused(columns: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        best_of(columns)


# --- the race -------------------------------------------------------------------------------------

def test_all_looks_together_spend_what_one_may() -> None:
    spent = [(1 - race.confidence_of(look, 4)) * 3 for look in range(1, 2000)]
    assert spent[0] == pytest.approx(0.025)
    assert 0.0499 < sum(spent) < 0.05


def test_the_best_is_put_out_rarer_than_one_in_twenty_though_it_is_looked_at_six_times() -> None:
    """Four policies of equal cost but one, better by a hair, on skewed costs: looks that spend 5 % each err oftener."""
    dice, wrong, naive, trials = np.random.Generator(np.random.Philox(4)), 0, 0, 150
    for _ in range(trials):
        columns = {str(n): dice.gamma(2, 1, size=800) + (0 if n else -1e-6) for n in range(4)}
        left, fixed = list(columns), list(columns)
        for look in range(1, 7):
            seen = {name: column[: 25 * 2 ** (look - 1)] for name, column in columns.items()}
            left, fixed = race.still_in(seen, left, look), race.still_in(seen, fixed, 1, 0.9)
        wrong, naive = wrong + ("0" not in left), naive + ("0" not in fixed)
    assert wrong / trials < 0.05
    assert naive > 2 * max(1, wrong), "the first look spends half of 10 %"


def test_a_best_without_disasters_is_not_put_out_by_those_that_had_none_yet() -> None:
    """One change in 50 is a disaster under all policies but one, which costs as much every time: plain t errs."""
    dice, wrong, plain, trials = np.random.Generator(np.random.Philox(6)), 0, 0, 400
    for _ in range(trials):
        dear = {str(n): (dice.random(600) < 0.02) * dice.gamma(4, 12.5, size=600) for n in range(1, 4)}
        columns = {"steady": dice.normal(1 - 1e-6, 0.1, size=600), **dear}
        wrong += "steady" not in race.still_in(columns, list(columns), 1)
        leader = columns[race.least(columns, list(columns))]
        plain += paired_difference(columns["steady"], leader, race.confidence_of(1, 4)).low > 0
    assert wrong / trials < 0.05
    assert plain / trials > 0.05


def test_what_is_out_stays_out_and_needs_no_more_runs() -> None:
    dice = np.random.Generator(np.random.Philox(5))
    luck = dice.normal(size=400)
    columns = {"near": luck, "far": luck[:100] + 9, "other": luck + 0.01 * dice.normal(size=400)}
    assert race.still_in(columns, ["near", "far", "other"], 1) == ["near", "other"]
    found = race.standing(columns, ["near", "other"])
    assert not found.decided
    assert "far" not in (found.policy, found.runner_up), "of those that are out none is the runner-up"
    assert race.standing(columns, ["near"]).decided


def test_nobody_is_out_before_enough_faulty_changes_were_seen() -> None:
    """Three in ten changes of the dice are faulty: 90 runs have fewer than 30, 300 have more."""
    short, whole = mapped(runs=60), mapped(runs=300)
    assert not any(cell.best.decided for cell in short.cells)
    assert any(cell.best.decided for cell in whole.cells)


# --- maps -----------------------------------------------------------------------------------------

def test_every_combination_has_its_cell_and_the_cheapest_changes_with_importance() -> None:
    found = mapped()
    assert [(cell.x, cell.y) for cell in found.cells][:4] == [
        ("1h", "0.001"), ("2h", "0.001"), ("3h", "0.001"), ("1h", "0.01"),
    ]
    assert len(found.cells) == 12
    assert [found.cell("2h", weight).best.policy for weight in ("0.001", "100")] == ["direct", "canary"]  # type: ignore[union-attr]
    assert (found.policies, found.letters) == (["direct", "canary"], {"direct": "A", "canary": "B"})


@pytest.mark.parametrize("axes", [("horizon=1h,3h", f"importance={','.join(WEIGHTS)}"),
                                  (f"importance={','.join(WEIGHTS)}", "horizon=1h,3h")])
def test_importance_is_reweighted_as_a_simulation_would_have_it(axes: tuple[str, str]) -> None:
    points = grid(*axes)
    found = mapped(points)
    for point in points:
        alone = compare(points.scenario(point.values), runs=300, seed=3, jobs=1, engine=Priced())
        costs = {policy: table["cost"] for policy, table in alone.tables.items()}
        cell, wanted = found.cell(*point.values), best_of(costs)
        assert cell is not None
        assert cell.best.policy == wanted.policy
        for policy, mean in cell.best.means.items():
            assert mean.mean == pytest.approx(costs[policy][: mean.n].mean(), rel=1e-9)


def test_more_importances_cost_no_more_runs() -> None:
    """Only a column that is undecided somewhere gets all the runs; none gets more, however many weights it has."""
    many = mapped(grid("horizon=1h,3h", "importance=0.001..1000:log:30"))
    assert many.simulated <= 2 * 2 * 300, "columns x policies x runs"
    assert len(many.cells) == 60


def test_a_map_without_importance_simulates_every_point() -> None:
    points = grid("horizon=1h,3h", "policies.canary.bake=5m,10m")
    found = mapped(points)
    with sweep(points, runs=300, seed=3, jobs=1, engine=Priced()) as swept:
        for point, comparison in swept.comparisons():
            cell = found.cell(*point.values)
            assert cell is not None
            costs = {policy: table["cost"][: cell.runs] for policy, table in comparison.tables.items()}
            assert cell.best.means == best_of(costs).means
            assert cell.sha256 == comparison.sha256


def test_a_store_is_gone_on_with_and_an_interrupt_keeps_whole_points(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "made_with", sweeps.made_by_a_test)
    def interrupt(done: int, total: int) -> None:
        if done >= 1300:
            raise KeyboardInterrupt
    part = mapped(store=tmp_path / "s", on_progress=interrupt)
    assert part.partial
    assert {cell.runs for cell in part.cells} == {200}, "the round in hand is not looked at: it is half"
    assert "".join(csv_text(mapped(store=tmp_path / "s"))) == "".join(csv_text(mapped()))


@pytest.mark.parametrize("more", [(), ("horizon=1h,2h", "policies.canary.bake=5m,6m")])
def test_a_map_has_two_axes(more: tuple[str, ...]) -> None:
    axes = ("importance=1,2", *more)
    with pytest.raises(ValueError, match="must be two"):
        mapped(grid(*axes))


@pytest.mark.parametrize("ending", ["png", *(pytest.param(e, marks=pytest.mark.slow) for e in ("svg", "pdf"))])
def test_a_map_is_drawn_the_same_each_time(tmp_path: Path, ending: str) -> None:
    found = mapped()
    for name in ("a", "b"):
        pictures.save(found, tmp_path / f"{name}.{ending}")
    assert (tmp_path / f"a.{ending}").read_bytes() == (tmp_path / f"b.{ending}").read_bytes()


def test_a_drawing_has_a_letter_in_every_cell_and_brackets_where_it_is_not_decided() -> None:
    found = mapped(runs=12)
    texts = [text.get_text() for text in pictures.draw(found).axes[0].texts]
    wanted = [
        found.letters[cell.best.policy] if cell.best.decided else f"({found.letters[cell.best.policy]})"
        for cell in found.cells
    ]
    assert texts[: len(wanted)] == wanted
    assert any(text.startswith("(") for text in wanted)
