"""Watch, without a browser: the result is said, every choice works, nothing is empty, no exception reaches anybody."""

from __future__ import annotations

import pytest

from sim.intake.library import names
from sim.screens.asked import desk
from tests.screens.app import opened, text


def test_the_first_page_shows_a_run_and_says_who_hurt_whom() -> None:
    app = opened()
    assert not app.exception
    assert "**canary** hurt 196" in text(app)
    assert "of 200,000 users" in text(app)


def test_new_luck_is_another_change_with_the_same_fault() -> None:
    app = opened()
    before = text(app)
    app.button[0].click().run()
    assert app.session_state["run"] > 22
    assert "fault *errors*" in text(app)
    assert text(app) != before


def test_a_healthy_change_hurts_nobody_and_the_way_back_is_there() -> None:
    app = opened()
    next(button for button in app.button if button.label == "Healthy change").click().run()
    assert "nothing was wrong with it" in text(app)
    next(button for button in app.button if button.label == "Faulty change").click().run()
    assert app.session_state["run"] == 22


def test_another_fault_is_looked_for_in_the_study() -> None:
    app = opened()
    fault = next(box for box in app.selectbox if box.label == "What goes wrong")
    fault.select("leak").run()
    assert "fault *leak*" in text(app)


def test_a_link_restores_scenario_seed_run_and_policies() -> None:
    app = opened(scenario="auth_servers", seed="3", run="7", policies="rolling")
    assert not app.exception
    assert (app.selectbox[0].value, app.session_state["seed"], app.session_state["run"]) == ("auth_servers", 3, 7)
    assert app.session_state["policies"] == ["rolling"]
    assert "--policy rolling --seed 3 --run 7" in text(app)


@pytest.mark.parametrize(
    "link", [{"scenario": "<script>"}, {"seed": "-1"}, {"run": "x"}, {"run": "999999999999"}, {"policies": "nobody"}]
)
def test_a_broken_link_still_shows_a_run(link: dict[str, str]) -> None:
    app = opened(**link)
    assert not app.exception
    assert not app.error
    assert " change" in app.markdown[0].value


@pytest.mark.parametrize(
    "name", ["website", "large_fleet", "kinds/shutdown_service_major", "incidents/cloudflare_2019"]
)
def test_a_scenario_of_the_library_is_shown(name: str) -> None:
    app = opened(scenario=name)
    assert not app.exception
    assert not app.error
    assert "fault *" in text(app)


@pytest.mark.slow
@pytest.mark.parametrize("name", names())
def test_every_scenario_of_the_library_is_shown(name: str) -> None:
    app = opened(scenario=name)
    assert not app.exception
    assert not app.error


def test_choosing_another_scenario_brings_its_own_policies() -> None:
    app = opened()
    app.selectbox[0].select("large_fleet").run()
    assert not app.error
    assert app.session_state["policies"] == ["direct", "test_first", "canary"]


def test_what_goes_wrong_inside_is_a_sentence_and_a_way_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(desk(), "do", broken)
    app = opened(run="23")
    assert not app.exception
    assert "our mistake" in app.error[0].value
    assert "secret detail" not in app.error[0].value
