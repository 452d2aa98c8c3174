"""The front: what no other setting beats, and where the runs do not tell."""

from __future__ import annotations

import numpy as np
import pytest

from sim.study.front import Seen, front, ranked
from tests.study.fake_engine import Dice
from tests.study.sweeps import grid

LUCK = np.random.Generator(np.random.Philox(3)).lognormal(2, 1, size=400)


def seen(name: str, risk: float, lead: float, servers: float, noise: float = 0.0) -> Seen:
    own = np.random.Generator(np.random.Philox(sum(map(ord, name)))).normal(0, 1, size=400)
    return Seen((name,), LUCK + risk + noise * own, np.full(400, lead), servers)


def test_worse_in_everything_is_dominated_and_a_trade_is_not() -> None:
    found = ranked([seen("safe", 0, 100, 5), seen("quick", 3, 50, 5), seen("bad", 4, 120, 5), seen("cheap", 9, 99, 1)])
    assert [one.standing for one in found] == ["front", "front", "dominated", "front"]
    assert found[2].by == 0
    assert [one.by for one in found if one.standing == "front"] == [None] * 3


def test_the_pairing_tells_what_the_spread_would_hide_and_noise_makes_it_unclear() -> None:
    clear = ranked([seen("a", 0, 10, 0, 0.01), seen("b", 0.1, 10, 0, 0.01)])
    assert clear[1].standing == "dominated"
    assert clear[1].risk.low < clear[0].risk.high, "the intervals of the means overlap"  # type: ignore[operator]
    unclear = ranked([seen("a", 0, 10, 0, 5), seen("b", 0.1, 10, 0, 5)])
    assert {one.standing for one in unclear} == {"front", "unclear"}


def test_equal_settings_share_the_front() -> None:
    assert [one.standing for one in ranked([seen("a", 1, 10, 0), seen("a", 1, 10, 0)])] == ["front", "front"]


def test_a_setting_on_the_front_is_put_off_it_rarer_than_one_in_twenty() -> None:
    """Four settings of the same risk and lead time: none is surely beaten but by chance."""
    dice, wrong = np.random.Generator(np.random.Philox(4)), 0
    for _ in range(400):
        made = [Seen((str(n),), dice.normal(size=60), np.full(60, 10.0), 0.0) for n in range(4)]
        wrong += ranked(made)[0].standing == "dominated"
    assert wrong / 400 < 0.05


def test_it_takes_risk_from_all_changes_and_lead_time_from_healthy_ones() -> None:
    found = front(grid("policies.canary.bake=5m,10m"), "canary", risk="failed_requests", runs=100, jobs=1,
                  engine=Dice())
    assert [one.values for one in found.settings] == [("5m",), ("10m",)]
    assert found.settings[0].risk.n == 100
    assert found.settings[0].lead_s.mean == 3600
    faulty = front(grid("policies.canary.bake=5m,10m"), "canary", risk="failed_requests", faulty_only=True, runs=100,
                   jobs=1, engine=Dice())
    assert faulty.settings[0].risk.n < 50
    assert faulty.settings[0].risk.mean > 2 * found.settings[0].risk.mean  # type: ignore[operator]


def test_what_the_fleet_cannot_run_is_left_out_with_the_reason() -> None:
    found = front(grid("fleet.production.servers=1,5"), "canary", runs=20, jobs=1, engine=Dice())
    assert list(found.left_out) == [("1",)]
    assert "at least 2" in found.left_out["1",]


def test_an_unknown_column_is_refused() -> None:
    with pytest.raises(KeyError, match="riskiness"):
        front(grid(), "canary", risk="riskiness", runs=10, jobs=1, engine=Dice())
