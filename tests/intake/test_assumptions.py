"""Words of --set that stand for several fields: each moves what it says, exactly, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from sim.intake.assumptions import chance_of_any, mean_in_test
from sim.intake.problems import InputError
from sim.intake.scenario_file import read
from sim.units import MINUTE

COINS = "change={faults: [{fault: errors, chance: 20%, in_test: 30%}, {fault: slow, chance: 5%, in_test: 90%}]}"


def test_size_moves_what_grows_with_the_service() -> None:
    one, many = read("any_size"), read("any_size", set=["size=500"])
    assert (many.fleet.production.servers, many.fleet.standby.servers) == (500, 500)  # type: ignore[union-attr]
    assert (many.service.traffic.rate, many.service.users.count) == (10_000, 10_000_000)
    assert many.service.cost.per_minute_down == 500 * one.service.cost.per_minute_down
    assert many.watch.reports.chance * 500 == pytest.approx(one.watch.reports.chance)  # type: ignore[union-attr]
    assert (many.fleet.test, many.change, many.policies) == (one.fleet.test, one.change, one.policies)


def test_sizes_are_reached_from_anywhere() -> None:
    assert read("web_fleet", set=["size=400", "size=100"]) == read("web_fleet")
    assert read("large_fleet", set=["size=500"]).change.install.max_failed_installs == 1


def test_any_size_is_the_website_but_for_its_policies() -> None:
    site, any_size = read("website"), read("any_size")
    for part in ("service", "fleet", "change", "watch", "people", "start", "horizon", "importance"):
        assert getattr(any_size, part) == getattr(site, part), part


@given(some.integers(1, 999))
@settings(max_examples=15, deadline=None)
@pytest.mark.parametrize("base", [(), (COINS,)])
def test_the_fault_chance_and_the_test_are_as_asked(base: tuple[str, ...], tenths: int) -> None:
    made = read("web_fleet", set=[*base, f"fault_chance={tenths / 10}%", f"in_test={tenths / 10}%"])
    assert chance_of_any(made) == pytest.approx(tenths / 1000)
    assert mean_in_test(made) == pytest.approx(tenths / 1000)


def test_faults_keep_their_proportions_and_people_their_spread() -> None:
    made = read("web_fleet", set=["fault_chance=30%", "reaction=40m"])
    assert made.faults[0].chance / made.faults[1].chance == pytest.approx(2)
    people = made.people
    assert (people.acknowledge.median, people.decide.median) == (20 * MINUTE, 20 * MINUTE)
    assert (people.acknowledge.p95, people.decide.p95) == (80 * MINUTE, 60 * MINUTE)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("size=0", "size: 0, must be from 1 to 1,000,000 servers"),
        ("sise=3", "did you mean size?"),
        ("fault_chance=120%", "fault_chance: 120%, a share must be at most 100%"),
        ("reaction=0s", "must be longer than 0s"),
        ("in_test=half", "in_test: half"),
    ],
)
def test_what_they_cannot_be_is_refused(setting: str, said: str) -> None:
    with pytest.raises(InputError, match=said.replace("(", r"\(")):
        read("web_fleet", set=[setting])
