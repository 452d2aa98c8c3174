"""Compare, without a browser: a finding, more runs, a link that restores the view, a stop that keeps what is done."""

from __future__ import annotations

import pytest

from sim.intake.scenario_file import read
from sim.screens import tables
from sim.screens.asked import MOST_RUNS, desk
from sim.study.compare import compare
from tests.screens.app import opened, text


def test_the_page_opens_with_a_finding_and_its_price() -> None:
    app = opened("compare", runs="200")
    assert not app.exception
    assert not app.error
    assert "canary hits" in text(app)
    assert "The price: a healthy change takes" in text(app)


@pytest.mark.slow
def test_more_runs_are_added_to_those_that_are_there() -> None:
    app = opened("compare", scenario="kinds/shutdown_service_major", runs="100")
    studies = list(desk().studies.values())
    next(button for button in app.button if button.key == "more").click().run()
    assert list(desk().studies.values()) == studies
    assert studies[-1].runs == 1100


@pytest.mark.parametrize("column", tables.COLUMNS)
def test_every_column_can_be_compared(column: str) -> None:
    app = opened("compare", scenario="website", runs="100", column=tables.COLUMNS[column].title)
    assert not app.exception
    assert not app.error
    assert f"**{tables.COLUMNS[column].title}**" in text(app)


def test_nobody_can_ask_for_a_million_runs() -> None:
    app = opened("compare", runs="1000000", scenario="website")
    assert not app.exception
    assert app.number_input(key="runs").value <= MOST_RUNS


def test_an_answer_that_cannot_be_had_is_a_sentence_and_a_way_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk(), "limit_s", 0.001)
    app = opened("compare", scenario="website", seed="77")
    assert not app.exception
    assert "50 changes" not in app.error[0].value
    assert "changes of this scenario cannot be simulated here" in app.error[0].value
    assert "Start again" in text(app)


def test_the_charts_are_said_in_words_too() -> None:
    found = compare(read("website"), runs=300, jobs=1)
    rows = tables.means(found, "users_hit")
    said = tables.said_of(rows, tables.COLUMNS["users_hit"])
    assert said.startswith("Users hurt in users on faulty changes: direct ")
    assert "95 % interval" in said
