"""What the moving picture is fed with agrees with the run's own outcome, for every scenario and policy."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sim.intake.library import names
from sim.intake.scenario_file import read
from sim.screens import casting, cells, curves, film
from sim.screens.illness import illnesses
from sim.screens.sentences import headline, verdict

SOME = ("web_fleet", "auth_servers", "website", "kinds/os_update_major", "kinds/shutdown_service_major")


def faulty(name: str, seed: int = 1) -> Any:
    """Scenario, its first run with each fault that comes soon, and the takes of all its policies."""
    scenario = read(name)
    for fault in casting.choices(scenario)[:-1]:
        run = casting.next_run(scenario, seed, fault)
        if run is not None:
            yield scenario, run, film.takes(scenario, seed, run, list(scenario.runnable()[0]))


@pytest.mark.parametrize("name", SOME)
def test_who_is_ill_in_the_picture_is_whom_the_outcome_counts(name: str) -> None:
    for scenario, run, made in faulty(name):
        for take in made:
            ill = illnesses(scenario, take.plan, take.timeline, 1, run)
            lasting = {
                (one.side, one.position) for one in ill if min(one.until, scenario.horizon) - one.since >= 1
            }
            present = casting.carried(scenario, 1, run).split("+")
            if any(fault.crash for fault in scenario.faults if fault.key in present):
                continue                       # who crashes while being installed is out, and never shown ill
            if any(fault.above_load for fault in scenario.faults if fault.key in present):
                continue                       # the timeline does not tell who falls ill by load
            with_standby = any(one.side == "standby" for one in ill)
            told = (present, take.policy, run, len(lasting), take.outcome.servers_hit)
            # An ill server without users hits nobody.
            assert (take.outcome.servers_hit <= len(lasting)) if with_standby else (
                take.outcome.servers_hit == len(lasting)
            ), told


@pytest.mark.parametrize("name", SOME)
def test_the_curve_of_harm_ends_at_the_outcomes_own_count(name: str) -> None:
    for scenario, _, made in faulty(name):
        for take in made:
            curve = curves.harm(take.timeline, take.outcome, scenario, scenario.horizon)
            truth = curves.harmed_requests(take.outcome, scenario)
            assert curve["n"] == sorted(curve["n"])
            assert curve["n"][-1] in (0, pytest.approx(truth, abs=0.06))


def test_cells_of_groups_cover_the_fleet_once() -> None:
    scenario = read("web_fleet")
    groups = cells.groups_of(scenario, scenario.plan("canary"))
    assert [(group.role, group.first, group.n) for group in groups] == [
        ("canary", 0, 5), ("production", 5, 95), ("test", 200, 2)
    ]
    assert [group.role for group in cells.groups_of(scenario, scenario.plan("standby"))] == [
        "production", "standby", "test"
    ]


def test_after_a_roll_back_every_changed_cell_says_so() -> None:
    scenario = read("web_fleet")
    [take] = film.takes(scenario, 1, 22, ["canary"])
    rows = cells.rows_of(scenario, take.plan, take.timeline, illnesses(scenario, take.plan, take.timeline, 1, 22))
    last = {}
    for row in rows:
        for cell in range(row.first, row.last):
            last[cell, row.layer] = row.value
    assert {last[cell, cells.BASE] for cell in range(5)} == {cells.BACK}
    assert {last[cell, cells.ILL] for cell in range(5)} == {0}
    assert (50, cells.BASE) not in last


def test_a_film_is_plain_json_and_small_at_ten_thousand_servers() -> None:
    scenario = read("large_fleet", ["fleet.production.servers=10000"])
    run = casting.next_run(scenario, 1, "some_servers")
    assert run is not None
    made = film.takes(scenario, 1, run, ["direct", "canary"])
    packed = json.dumps(film.film(scenario, 1, run, made), allow_nan=False)
    assert len(packed) < 1_000_000


def test_it_opens_at_a_moment_when_users_are_harmed() -> None:
    scenario = read("web_fleet")
    made = film.takes(scenario, 1, 22, ["direct", "test_first", "canary"])
    at = film.telling_moment(made, film.length(made, scenario.horizon))
    assert 675 < at < 690                      # canaries and the others are ill at once only here


def test_a_run_in_one_line_and_all_in_one_sentence() -> None:
    scenario = read("web_fleet")
    made = film.takes(scenario, 1, 22, ["direct", "canary"])
    assert verdict(made[1].outcome) == "196 users hurt; found by the gate after 15s; rolled back"
    said = headline(scenario, {take.policy: take.outcome for take in made}, "errors")
    assert said.endswith("**canary** hurt 196. That is 99.82% fewer under canary.")


def test_a_run_with_a_fault_is_found_without_simulating() -> None:
    scenario = read("web_fleet")
    assert casting.next_run(scenario, 1, "errors") == 22
    assert casting.carried(scenario, 1, 22) == "errors"
    assert casting.next_run(scenario, 1, "no such fault") is None


@pytest.mark.slow
@pytest.mark.parametrize("name", names())
def test_every_scenario_has_its_film(name: str) -> None:
    for scenario, run, made in faulty(name):
        json.dumps(film.film(scenario, 1, run, made[:4]), allow_nan=False)
