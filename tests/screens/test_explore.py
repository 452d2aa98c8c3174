"""Explore, without a browser: knobs that are bounded by the scenario, an answer to each, curves, maps, all fields."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from sim.intake.library import names
from sim.intake.link import packed
from sim.intake.scenario_file import read
from sim.intake.source import text_of
from sim.screens import points
from sim.screens.knobs import MIXED, knobs
from sim.study.compare import compare
from tests.screens.app import opened, text


def healthy(app: AppTest) -> bool:
    return not app.exception and not app.error


@pytest.mark.parametrize(
    "name", [name if name == "website" else pytest.param(name, marks=pytest.mark.slow) for name in names()]
)
def test_every_step_of_every_knob_is_a_scenario_and_the_usual_one_changes_nothing(name: str) -> None:
    scenario, said = read(name), text_of(names()[name])
    found = knobs(scenario, said)
    assert {"traffic", "servers", "importance", "reaction"} <= {knob.key for knob in found}
    for knob in found:
        assert knob.steps[knob.usual] == ()
        few = list(knob.steps.values())
        for settings in (few[0], few[-1]):
            read(name, settings)


def test_a_knob_turns_what_it_says() -> None:
    found = {knob.key: knob for knob in knobs(read("web_fleet"), text_of(names()["web_fleet"]))}
    bake = read("web_fleet", found["bake"].steps["20m"])
    assert {policy.bake for policy in (bake.policies["standby"], bake.policies["canary"])} == {1200.0}
    assert found["bake"].usual == "10m"
    assert "12h" not in found["bake"].steps, "longer than the horizon"
    assert found["errors"].usual == MIXED
    assert {fault.errors for fault in read("web_fleet", found["errors"].steps["50%"]).faults if fault.errors} == {0.5}
    more = read("web_fleet", found["servers"].steps["200"])
    assert (more.fleet.production.servers, more.fleet.standby.servers) == (200, 200)
    slow = read("web_fleet", found["reaction"].steps["20m"])
    assert (slow.people.acknowledge.median, slow.people.decide.median) == (600.0, 600.0)


def test_the_page_answers_and_says_its_command() -> None:
    app = opened("explore", scenario="website", traffic="15/s", seed="4")
    assert healthy(app)
    assert "#### " in text(app)
    assert "--seed 4 --set service.traffic.rate=15/s" in app.code[0].value


def test_without_prices_no_policy_is_worth_more_and_that_is_said() -> None:
    free = re.sub(r"  cost:.*\n", "", text_of(names()["website"]))
    app = opened("explore", scenario="your own", own=packed(free), more="Size and importance")
    assert healthy(app)
    assert "Nothing has a price" in app.info[0].value


@pytest.mark.slow
def test_turning_a_knob_changes_the_answer_and_back_again() -> None:
    app = opened("explore", scenario="website")
    before = text(app)
    app.select_slider(key="in_test").set_value("100%").run()
    assert healthy(app)
    assert text(app) != before
    assert "in_test=100%" in app.code[0].value
    next(button for button in app.button if button.label == "As the scenario says").click().run()
    assert text(app) == before


@pytest.mark.slow
def test_another_scenario_has_its_own_knobs() -> None:
    app = opened("explore", scenario="website", servers="20")
    app.selectbox(key="scenario").select("auth_servers").run()
    assert healthy(app)
    assert app.select_slider(key="servers").value == "4"


@pytest.mark.parametrize("link", [{"traffic": "<b>"}, {"bake": "99y"}, {"more": "nothing"}, {"along": "x"}])
def test_a_broken_link_still_answers(link: dict[str, str]) -> None:
    assert healthy(opened("explore", scenario="website", **link))


@pytest.mark.slow
@pytest.mark.parametrize("name", names())
def test_every_scenario_of_the_library_can_be_explored(name: str) -> None:
    assert healthy(opened("explore", scenario=name))


@pytest.mark.slow
@pytest.mark.parametrize("more", [
        "One field as a curve", "Two fields as a map", "Size and importance", "What matters most", "All fields"
    ])
def test_every_way_to_look_further_works(more: str) -> None:
    app = opened("explore", scenario="kinds/software_minor", more=more)
    assert healthy(app)


@pytest.mark.slow
def test_any_field_can_be_swept_and_what_is_wrong_is_said() -> None:
    link = {"more": "One field as a curve", "along": "any other field"}
    app = opened("explore", scenario="website", **link, **{"along path": "people.decide.median=1m,10m,20m"})
    assert healthy(app)
    app.text_input(key="along path").set_value("people.decide.meddian=1m,10m").run()
    assert not app.exception
    assert "did you mean median?" in app.error[0].value


def test_a_cell_names_the_policy_with_the_least_and_whether_it_is_decided() -> None:
    found = compare(read("web_fleet"), runs=200, jobs=1)
    cell = points.cell(("a", "b"), found, "users_hit")
    assert cell is not None
    means = {policy: table["users_hit"].mean() for policy, table in found.among("faulty").items()}
    assert cell["policy"] == min(means, key=lambda policy: means[policy])
    assert cell["mean"] == pytest.approx(min(means.values()))
    assert points.said_of_map([cell], points.Axis("X", {}), points.Axis("Y", {}), "users_hit").startswith(
        f"Least users hurt over X and Y, of 1 points: {cell['policy']} at 1; decided at "
    )


def test_too_many_points_are_refused_with_the_command_that_can() -> None:
    axis = points.written(text_of(names()["website"]), "importance=1..100:lin:40")
    with pytest.raises(ValueError, match=r"40 points are more than the 15 .* `coalmine sweep` does any number"):
        points.settings_of([axis], points.MOST_CURVE)


def test_importance_needs_no_runs_of_its_own() -> None:
    plain_one = compare(read("website"), runs=100, jobs=1)
    dear = compare(read("website", ["importance=100"]), runs=100, jobs=1)
    assert points.cell(("a", "b"), plain_one, "cost", 100.0) == points.cell(("a", "b"), dear, "cost")


def test_a_swing_is_the_paired_difference_to_the_present() -> None:
    found = {knob.key: knob for knob in knobs(read("website"), text_of(names()["website"]))}
    knob = found["in_test"]
    first, *_, last = knob.steps
    ends = first, last
    now = compare(read("website"), runs=150, jobs=1)
    low, high = (compare(read("website", knob.steps[end]), runs=100, jobs=1) for end in ends)
    made = points.swing(knob, ends, low, high, now, "test_first", "users_hit")
    assert [row["n"] for row in made] == [100, 100]
    gap = high.tables["test_first"]["users_hit"] - now.tables["test_first"]["users_hit"][:100]
    assert made[1]["mean"] == pytest.approx(gap.mean())
    assert made[1]["mean"] < 0 < made[0]["mean"], "a test that shows more lets fewer faults through"
    said = points.said_of_swings(made, "test_first", "users_hit")
    assert said.startswith("Under test_first, shows in test matters most: at its ")
