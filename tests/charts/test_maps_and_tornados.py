"""The app's map and tornado: valid charts that hold every cell and every assumption."""

from __future__ import annotations

import pytest

from sim.charts.tornado import tornado
from sim.charts.winner_map import winner_map
from sim.study.winners import winners
from tests.study.fake_engine import Dice
from tests.study.sweeps import grid
from tests.study.test_sensitivity import screened


@pytest.mark.parametrize("dark", [False, True])
def test_a_map_has_every_cell_with_its_letter(dark: bool) -> None:
    found = winners(grid("horizon=1h,2h", "importance=0.1,1,10"), runs=100, jobs=1, engine=Dice())
    made = winner_map(found, dark=dark).to_dict()
    rows = next(iter(made["datasets"].values()))
    assert [(row["x"], row["y"]) for row in rows] == [(cell.x, cell.y) for cell in found.cells]
    assert {row["letter"] for row in rows} == set(found.letters.values())


def test_a_tornado_has_both_ends_of_every_assumption() -> None:
    found = screened("importance=1..2", "service.cost.per_server_hour=0..1", trajectories=2)
    made = tornado(found, dark=False).to_dict()
    rows = next(iter(made["datasets"].values()))
    assert [(row["assumption"], row["end"]) for row in rows] == [
        (swing.assumed.path, end) for swing in found.swings for end in ("low end", "high end")
    ]
