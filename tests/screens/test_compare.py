"""Compare, without a browser: a finding, more runs, a link that restores the view, a stop that keeps what is done."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from sim.intake.scenario_file import read
from sim.screens import tables
from sim.screens.growing import MOST_RUNS, Growing
from sim.study.compare import compare
from tests.screens.app import opened, text


def test_the_page_opens_with_a_finding_and_its_price() -> None:
    app = opened("compare", runs="200")
    assert not app.exception
    assert not app.error
    assert "canary hits" in text(app)
    assert "The price: a healthy change takes" in text(app)


def test_more_runs_are_added_to_those_that_are_there() -> None:
    app = opened("compare", scenario="kinds/shutdown_service_major", runs="100")
    study = app.session_state["study"]
    next(button for button in app.button if button.key == "more").click().run()
    assert app.session_state["study"] is study
    assert study.gathered.runs == 1100


@pytest.mark.parametrize("column", tables.COLUMNS)
def test_every_column_can_be_compared(column: str) -> None:
    app = opened("compare", scenario="website", runs="100", column=tables.COLUMNS[column].title)
    assert not app.exception
    assert not app.error
    assert f"**{tables.COLUMNS[column].title}**" in text(app)


def test_a_study_that_is_left_and_goes_on_is_the_study_of_the_command_line() -> None:
    scenario = read("website")
    study = Growing(scenario, 1, 300)
    list(islice(study.grow(), 5))                            # four policies: one block of each, and one more
    assert study.comparison().runs == 100
    assert study.comparison().partial
    study.ask(200)
    list(study.grow())
    whole = compare(scenario, runs=200, seed=1, jobs=1)
    for policy, table in study.comparison().tables.items():
        for column in ("users_hit", "cost", "lead_time_s"):
            np.testing.assert_array_equal(table[column], whole.tables[policy][column])


def test_stopping_keeps_what_all_policies_have() -> None:
    study = Growing(read("website"), 1, 500)
    list(islice(study.grow(), 9))
    study.ask(study.gathered.runs)
    assert study.missing() == []
    assert study.share_done == 1.0
    assert study.comparison().runs == 200


def test_nobody_can_ask_for_a_million_runs() -> None:
    study = Growing(read("website"), 1, 100)
    study.ask(1_000_000)
    assert study.asked == MOST_RUNS
    app = opened("compare", runs="1000000", scenario="website")
    assert app.session_state["study"].asked <= MOST_RUNS


def test_the_charts_are_said_in_words_too() -> None:
    found = Growing(read("website"), 1, 300)
    list(found.grow())
    rows = tables.means(found.comparison(), "users_hit")
    said = tables.said_of(rows, tables.COLUMNS["users_hit"])
    assert said.startswith("Users hurt in users on faulty changes: direct ")
    assert "95 % interval" in said
