"""Points say what `--set` would say, and what is no grid is refused before anything runs."""

from __future__ import annotations

import numpy as np
import pytest

from sim.intake.problems import InputError
from sim.intake.scenario_file import parse, sha256
from sim.intake.words import dump
from sim.study.grid import Grid, Point, grid_of
from tests.study.fake_engine import scenario

TEXT = dump(scenario())


def made(*settings: str, **asked: int) -> Grid:
    return grid_of(TEXT, "dice.yaml", settings, **asked)


def refusal(*settings: str, **asked: int) -> str:
    with pytest.raises(InputError) as caught:
        made(*settings, **asked)
    return str(caught.value)


# --- values ---------------------------------------------------------------------------------------

@pytest.mark.parametrize(
    ("setting", "values"),
    [
        ("policies.canary.canaries=1%..25%:log:3", ("1%", "5%", "25%")),
        ("policies.canary.bake=10m..1h:lin:6", ("10m", "20m", "30m", "40m", "50m", "1h")),
        ("change.install.drain=0..1m:lin:3", ("0", "30s", "1m")),
        ("service.traffic.rate=500/s..50k/s:log:3", ("500/s", "5000/s", "50k/s")),
        ("service.users.count=1k..100k:log:3", ("1k", "10000", "100k")),
        ("importance=0.1..1000:log:5", ("0.1", "1", "10", "100", "1000")),
        ("importance=1,10, 100", ("1", "10", "100")),
        ("importance=[1, 10]", ("1", "10")),
        ("importance=[7]", ("7",)),
        ("policies.canary.batch=5 every 1m,10 every 2m", ("5 every 1m", "10 every 2m")),
    ],
)
def test_an_axis_says_its_values_as_a_file_would(setting: str, values: tuple[str, ...]) -> None:
    assert made(setting).axes[0].values == values


def test_whole_numbers_that_fall_together_are_one_value() -> None:
    assert made("fleet.production.servers=1..5:log:9").axes[0].values == ("1", "2", "3", "4", "5")


def test_near_values_get_as_many_digits_as_tell_them_apart() -> None:
    values = made("importance=1000..1000.001:lin:11").axes[0].values
    assert len(set(values)) == 11
    assert values[1] == "1000.0001"


@pytest.mark.parametrize(
    "setting",
    ["name=One, two", "importance=3", "change.faults=[{fault: errors, chance: 5%, errors: 2%}]", "about=1..2"],
)
def test_one_value_is_an_override_at_every_point(setting: str) -> None:
    grid = made(setting, "horizon=2h,3h")
    assert [axis.path for axis in grid.axes] == ["horizon"]
    wanted = parse(TEXT, set=[setting, "horizon=3h"])
    assert grid.scenario(["3h"]) == wanted


def test_a_list_of_lists_is_an_axis_over_a_list() -> None:
    grid = made("change.faults=[[], [{fault: errors, chance: 5%, errors: 2%}]]")
    assert [len(grid.scenario(point.values).change.faults) for point in grid] == [0, 1]


def test_fields_that_are_tied_move_together() -> None:
    grid = made("fleet.production.servers & service.traffic.rate=2..200:log:3 & 100/s..10k/s:log:3", "importance=1,2")
    assert len(grid) == 6
    assert grid.axes[0].values == ("2 & 100/s", "20 & 1000/s", "200 & 10k/s")
    assert grid.settings(grid.point(3).values) == [
        "fleet.production.servers=20", "service.traffic.rate=1000/s", "importance=2",
    ]


def test_tied_whole_numbers_that_fall_together_stay_with_their_partners() -> None:
    values = made("fleet.production.servers&importance=1..3:log:5&1..5:lin:5").axes[0].values
    assert values == ("1 & 1", "1 & 2", "2 & 3", "2 & 4", "3 & 5")


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("importance & horizon=1,2", "2 fields are tied and 1 sorts of values given"),
        ("importance & horizon=1,2 & 1h", "needs several values"),
        ("importance & horizon=1,2 & 1h,2h,3h", "importance has 2 values and horizon 3: as many of each"),
        ("importance & horizn=1,2 & 1h,2h", "did you mean horizon?"),
    ],
)
def test_what_cannot_be_tied_is_refused(setting: str, said: str) -> None:
    assert said in refusal(setting)


# --- points ---------------------------------------------------------------------------------------

def test_every_combination_is_a_point_and_the_last_axis_moves_soonest() -> None:
    grid = made("importance=1,2", "horizon=1h,2h,3h")
    assert list(grid)[:4] == [
        Point(0, ("1", "1h")), Point(1, ("1", "2h")), Point(2, ("1", "3h")), Point(3, ("2", "1h")),
    ]
    assert len(grid) == 6
    with pytest.raises(IndexError, match="point 6 is not one of 6"):
        grid.point(6)


def test_a_point_is_what_set_makes_of_it() -> None:
    grid = made("policies.canary.canaries=1%..25%:log:4", "change.install.drain=0..1m:lin:3")
    for point in grid:
        wanted = parse(TEXT, set=grid.settings(point.values))
        assert sha256(grid.scenario(point.values)) == sha256(wanted)


def test_a_hypercube_has_one_point_in_every_stratum_of_every_axis() -> None:
    grid = made("importance=1..1000:log", "policies.canary.canaries=10%..30%:lin", lhs=40, seed=5)
    weights = np.log10([float(point.values[0]) for point in grid]) / 3
    shares = (np.array([float(point.values[1].rstrip("%")) for point in grid]) - 10) / 20
    for along in (weights, shares):
        assert sorted(np.minimum(along * 40, 39.999).astype(int)) == list(range(40))


def test_a_hypercube_is_that_of_its_seed() -> None:
    def points(seed: int) -> list[Point]:
        return list(made("importance=1..1000:log", "horizon=1h,2h", lhs=8, seed=seed))
    assert points(1) == points(1) != points(2)
    assert [point.values[1] for point in points(1)].count("1h") == 4


# --- refusals -------------------------------------------------------------------------------------

@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("policies.canry.bake=1m..2m:lin:3", "policies.canry: is unknown, did you mean canary?"),
        ("policies.canary.bakes=1m,2m", "policies.canary.bakes: is unknown, did you mean bake?"),
        ("importance=5..1:lin:3", "runs backwards: did you mean 1..5?"),
        ("importance=5..5:lin:3", "the range 5..5 is empty"),
        ("importance=1..5", "how many values? a range is FROM..TO:lin:N"),
        ("importance=1..5:lin:1", "'1' values: must be a whole number from 2 up"),
        ("importance=1..5:lin:x", "'x' values: must be a whole number"),
        ("importance=1..5:cubic:3", "step 'cubic' must be lin or log"),
        ("importance=0..5:log:3", "cannot begin at 0"),
        ("importance=1m..5:lin:3", "'1m' and '5' must be numbers of one kind"),
        ("importance=..5:lin:3", "a range is FROM..TO"),
        ("importance=1,,2", "an empty place in the list"),
        ("importance=1,2,1", "1 is in the list twice"),
        ("importance=1,two", "two, "),
        ("policies.canary.bake=10m,9h", "9h, must be at most the horizon"),
        ("importance", "must be path=value"),
    ],
)
def test_what_is_no_axis_is_refused_with_the_setting(setting: str, said: str) -> None:
    text = refusal(setting)
    assert said in text
    assert "--set" in text


def test_an_axis_given_twice_is_refused() -> None:
    assert "importance is an axis already" in refusal("importance=1,2", "importance=3,4")


def test_a_point_that_is_no_scenario_is_named() -> None:
    text = refusal("policies.canary.bake=10m,50m", "horizon=30m,2h")
    assert "(at the point policies.canary.bake=50m, horizon=30m)" in text


@pytest.mark.parametrize("many", ["1000000000", "9" * 30])
def test_too_many_points_are_refused_with_time_and_size_and_cost_nothing(many: str) -> None:
    text = refusal(f"importance=1..5:lin:{many}", runs=500)
    assert "points are more than 1,000,000: at 500 runs a point, each policy would take about" in text
    assert "hours on one core and" in text
    assert "GB of disk" in text


def test_a_hypercube_needs_ranges_without_a_number() -> None:
    assert "a range has no number of its own" in refusal("importance=1..5:log:7", lhs=3)
    assert "there is no range to draw from" in refusal(lhs=3)
    assert "must be at least 1 point" in refusal("importance=1..5:log", lhs=0)


def test_a_broken_file_is_refused_as_everywhere() -> None:
    with pytest.raises(InputError, match="given twice"):
        grid_of("name: a\nname: b\n", "x.yaml", ["importance=1,2"])
