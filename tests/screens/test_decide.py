"""Decide, without a browser: only evidence before, truth and rule after, ten changes, a link restores them."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from sim.intake.scenario_file import read
from sim.model.evidence import Verdict
from sim.screens import decide_words
from sim.study import deciding
from tests.screens.app import opened, text


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click()
    return app.run()


def test_the_evidence_comes_first_and_the_truth_only_after_the_answer() -> None:
    app = opened("decide")
    assert not app.exception
    assert "Change 1 of 10: you decide" in text(app)
    assert [metric.label for metric in app.metric] == ["Failed, new version", "Failed, old version", "Usual here"]
    assert "Nothing was wrong" not in text(app)
    assert "ill" not in text(app).split()
    press(app, "Roll back")
    assert app.warning[0].value.startswith("**Nothing was wrong with it.**")     # run 5 of seed 1 is good
    assert "you said **roll back**" in text(app)
    assert "What the evidence was worth" in text(app)
    press(app, "Next change")
    assert "Change 2 of 10" in text(app)


def test_to_hold_asks_again_one_bake_later() -> None:
    app = opened("decide")
    before = text(app)
    press(app, "Hold")
    assert "Change 1 of 10" in text(app)
    assert text(app) != before


@pytest.mark.slow
def test_ten_decisions_end_in_a_score_and_a_lesson() -> None:
    app = opened("decide")
    for _ in range(60):
        labels = [button.label for button in app.button]
        if "Another ten" in labels:
            break
        press(app, next(label for label in ("Next change", "See what came of all ten", "Promote") if label in labels))
    assert not app.exception
    assert "What to take home" in text(app)
    assert "always saying promote would have hurt" in text(app)
    press(app, "Another ten")
    assert app.session_state["seed"] == 2
    assert "Change 1 of 10" in text(app)


def test_a_link_restores_service_policy_and_seed() -> None:
    app = opened("decide", scenario="web_fleet", policy="standby", seed="3")
    assert not app.exception
    assert not app.error
    assert "coalmine run web_fleet --policy standby --seed 3" in app.code[0].value


@pytest.mark.parametrize("link", [{"scenario": "<x>"}, {"policy": "nobody"}, {"seed": "x"}])
def test_a_broken_link_still_asks(link: dict[str, str]) -> None:
    app = opened("decide", **link)
    assert not app.exception
    assert not app.error
    assert "you decide" in text(app)


def test_what_good_changes_do_by_luck_is_the_poisson_tail() -> None:
    scenario = read("thin_evidence")
    plan = scenario.plan("canary")
    question = deciding.play(plan, scenario, 1, 5, ()).question
    assert question is not None
    failed, requests = decide_words.seen(question.evidence)["new version"]
    said = decide_words.odds(question, scenario)
    assert said.startswith(f"{failed} of {requests:,} requests had failed, where {round(requests * 0.008)} are usual")


@pytest.mark.parametrize(
    ("run", "answers", "good", "said"),
    [
        (5, (Verdict.PROMOTE, Verdict.PROMOTE), True, "you let it pass"),
        (5, (Verdict.ROLL_BACK,), False, "A false alarm"),
        (4, (Verdict.PROMOTE, Verdict.PROMOTE), False, "You let it through"),
        (4, (Verdict.ROLL_BACK,), True, "It was taken back"),
    ],
)
def test_a_decision_is_judged_by_the_truth(run: int, answers: tuple[Verdict, ...], good: bool, said: str) -> None:
    scenario = read("thin_evidence")
    found = deciding.ends(scenario.plan("canary"), scenario, 1, run, answers)
    assert found is not None
    judged = decide_words.judgement(found, "small_errors" if found.person.outcome.faulty else "none")
    assert (judged[0], said in judged[1]) == (good, True)
