"""Evidence, timeline and outcome: what a run leaves behind, and who may see it."""

from __future__ import annotations

import re

import pytest

from sim.model import outcome, timeline
from sim.model.evidence import Counts, Evidence, Setting, Verdict
from sim.model.outcome import COLUMNS, FLAGS, UNITS, WORDS, Outcome
from sim.model.timeline import HIDDEN, Event, Timeline


def test_of_several_verdicts_the_most_careful_wins() -> None:
    assert Verdict.PROMOTE < Verdict.HOLD < Verdict.ROLL_BACK
    assert max(Verdict.PROMOTE, Verdict.ROLL_BACK, Verdict.HOLD) == Verdict.ROLL_BACK


def test_a_judge_is_shown_no_fault() -> None:
    """The types forbid cheating: nothing in evidence or setting can carry a fault."""
    fields = {*Counts._fields, *Evidence._fields, *Setting._fields}
    assert fields == {
        *("requests", "failed", "slow"),
        *("end_s", "width_s", "judged", "control", "whole", "before"),
        *("scrape_s", "availability", "prior"),
    }


def test_a_group_that_did_not_exist_has_no_prior() -> None:
    assert Setting(10.0, 0.999).prior == Counts(0.0, 0.0, 0.0)


def test_every_column_has_its_unit_and_a_line_in_the_docstring() -> None:
    assert set(UNITS) == set(COLUMNS)
    assert Outcome.__doc__ is not None
    told = set(re.findall(r"^    (\w+) +\S", Outcome.__doc__, re.MULTILINE))
    assert told >= set(COLUMNS)


def test_words_and_flags_are_columns() -> None:
    assert set(WORDS) | set(FLAGS) <= set(COLUMNS)
    assert {UNITS[word] for word in WORDS} == {"share by value"}


@pytest.mark.parametrize("column", [c for c in COLUMNS if c.endswith("_s")])
def test_a_suffix_never_lies(column: str) -> None:
    assert UNITS[column] == "s"


def test_hidden_truth_is_marked_as_hidden() -> None:
    assert Event(1.0, "first_harm", {}).hidden
    assert not Event(1.0, "page", {}).hidden
    assert "page" not in HIDDEN


def test_a_timeline_keeps_events_in_the_order_they_are_written() -> None:
    story = Timeline()
    story.add(1.0, "page", by="alert")
    story.add(2.0, "acknowledged")
    assert [(e.t_s, e.kind, e.data) for e in story.events] == [
        (1.0, "page", {"by": "alert"}),
        (2.0, "acknowledged", {}),
    ]
    assert Timeline().events == [], "no list is shared"


def test_the_modules_say_what_they_are_for() -> None:
    assert outcome.__doc__
    assert timeline.__doc__
