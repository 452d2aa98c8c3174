"""Cells, columns and sentences of a report, without a study."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from sim.cli.report.cells import NOTHING, cell, number, over, place, share
from sim.cli.report.layout import BETWEEN, Column, split, tables
from sim.cli.report.sentences import COMPARED, difference
from sim.cli.report.tables import budget_of
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


@pytest.mark.parametrize(
    ("mean", "low", "high", "unit", "said"),
    [
        (14.9, 14.873, 14.931, "s", "14.87s–14.93s"),  # equal at three digits
        (0.018515, 0.0185133, 0.0185169, "share", "1.851–1.852%"),
        (539_960, 539_860, 540_060, "requests", "539.9k–540.1k"),
        (123_456, 121_234, 125_678, "requests", "121k–126k"),
        (0.9997, 0.9995, 0.9999, "share", "99.95–99.99%"),
        (0.999_985, 0.999_971, 0.999_994, "share", "99.9971–99.9994%"),  # never 100%
        (3975, 3961, 3989, "s", "1h6m–1h6m30s"),
    ],
)
def test_the_ends_of_an_interval_have_few_digits(
    mean: float, low: float, high: float, unit: str, said: str
) -> None:
    assert f"[dim]{said}[/dim]" in cell({"mean": mean, "low": low, "high": high}, unit)


def test_ends_that_four_digits_do_not_keep_apart_are_one_number() -> None:
    assert cell({"mean": 540_003, "low": 539_999, "high": 540_007}, "requests") == "540.0k"
    [users] = [one for one in COMPARED if one.column == "users_hit"]
    said = difference(users, Interval(-540_007, -540_003, -539_999))
    assert said == "540.0k fewer users hit by a faulty change"


def test_the_error_budget_is_headed_with_its_period() -> None:
    assert budget_of(7 * 86400.0) == "of 7 days'\nbudget"


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


def test_groups_of_columns_are_about_equally_wide() -> None:
    columns = [Column("x" * 10, [""]) for _ in range(7)]
    assert [len(group) for group in split(["ten chars."], columns, 80)] == [4, 3]


def test_one_wide_cell_is_folded_rather_than_given_a_table() -> None:
    narrow = [Column("x" * 10, ["1–2"]) for _ in range(5)]
    wide = Column("restore", ["27m\n[dim]26m20s–28m50s[/dim]\nover 43"])
    [group] = split(["ten chars."], [*narrow, wide], 80)
    assert group[:5] == narrow
    assert group[5].cells == ["27m\n[dim]26m20s–\n28m50s[/dim]\nover 43"]


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
