"""Cells, columns and sentences of a report, without a study."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from sim.cli.report.cells import NOTHING, cell, number, over, place, share
from sim.cli.report.layout import BETWEEN, Column, split, tables
from sim.cli.report.sentences import COMPARED, difference
from sim.study.estimate import Interval


def test_a_mean_is_rounded_to_what_its_interval_supports() -> None:
    estimate = {"mean": 12345.6, "low": 11100.0, "high": 13590.0}
    assert cell(estimate, "requests") == "12.3k\n[dim]11.1k–13.6k[/dim]"


def test_no_hit_in_a_hundred_runs_is_an_upper_bound_not_a_zero() -> None:
    assert (
        cell({"share": 0.0, "low": 0.0, "high": 0.0362, "n": 100}, "share") == "0%\n[dim]0–4%[/dim]"
    )


@pytest.mark.parametrize("estimate", [None, {}, {"mean": None, "low": None, "high": None, "n": 0}])
def test_what_no_run_has_is_a_dash(estimate: dict[str, float] | None) -> None:
    assert cell(estimate, "s") == NOTHING


def test_a_mean_over_fewer_runs_says_over_how_many() -> None:
    assert (over({"n": 71}, 147), over({"n": 147}, 147)) == ("over 71", "")


@pytest.mark.parametrize("half", [1e-6, 0.03, 1.0, 7.0, 250.0, 99999.0])
def test_rounding_hides_at_most_a_part_of_the_interval(half: float) -> None:
    assert 10 ** place(half) / 2 <= half / 2


@pytest.mark.parametrize("value", [0.3, 9.99, 99.6, 999.7, 9_999.9, 999_960, 1.2e7, 3.4e12])
def test_numbers_never_take_more_than_eight_characters(value: float) -> None:
    assert max(len(number(value, value / divisor)) for divisor in (2, 7, 30, 400)) <= 8


def test_shares_near_nothing_keep_their_digits() -> None:
    assert (share(0.0000123, 0.000002), share(1.0, 0.1), share(0.0)) == ("0.00123%", "100%", "0%")


def test_every_column_of_a_wide_table_is_printed_whole() -> None:
    rows = ["direct", "a policy with a name longer than the column of names"]
    columns = [
        Column(f"heading {i}", ["1,234,567", "12.3k\n[dim]11k–13k[/dim]"]) for i in range(12)
    ]
    sink = io.StringIO()
    console = Console(file=sink, width=80)
    for titled in tables("Title", "policy", rows, columns, 80):
        console.print(titled.table)
    text = sink.getvalue()
    assert all(f"heading {i}" in text for i in range(12))
    assert text.count("1,234,567") == 12
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= 80


def test_columns_are_split_where_they_would_not_fit() -> None:
    columns = [Column("x" * 20, [""]) for _ in range(5)]
    groups = list(split(["ten chars."], columns, 80))
    assert [len(group) for group in groups] == [3, 2]
    assert 10 + 3 * (BETWEEN + 20) <= 80


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Interval(-90.0, -60.0, -30.0), "cost 60 less a change (30 to 90)"),
        (Interval(30.0, 60.0, 90.0), "cost 60 more a change (30 to 90)"),
        (
            Interval(-30.0, 10.0, 50.0),
            "no sure difference in the cost of a change (30 less to 50 more)",
        ),
        (Interval(0.0, 0.0, 0.0), "no difference in the cost of a change"),
        (Interval(5.0, 5.0, 5.0), "cost 5 more a change"),
    ],
)
def test_a_difference_in_words(found: Interval, words: str) -> None:
    [cost] = [one for one in COMPARED if one.column == "cost"]
    assert difference(cost, found) == words
