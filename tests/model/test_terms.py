"""The small nouns: how a text becomes one, what is refused, and that the text of a noun reads back."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from sim.model import terms
from sim.model.terms import Batch, ClockWindow, Delay, KInT, Portion


def read(annotation: Any, value: Any) -> Any:
    return TypeAdapter(annotation).validate_python(value)


@pytest.mark.parametrize(
    ("annotation", "value", "noun"),
    [
        (terms.Servers, 5, Portion(count=5)),
        (terms.Servers, "5%", Portion(share=0.05)),
        (terms.Servers, "2k", Portion(count=2000)),
        (terms.Batches, "all", Batch()),
        (terms.Batches, "5 every 1m", Batch(Portion(count=5), 60.0)),
        (terms.Batches, "10%  every  2m", Batch(Portion(share=0.1), 120.0)),
        (terms.Delays, "5m", Delay(300.0)),
        (terms.Delays, {"median": "5m", "p95": "20m"}, Delay(300.0, 1200.0)),
        (terms.PageRule, "20 in 10m", KInT(20, 600.0)),
        (terms.Window, "18:00-22:00", ClockWindow(64800.0, 79200.0)),
        (terms.Window, "18:00 - 22:00", ClockWindow(64800.0, 79200.0)),
        (terms.Window, "12:00", ClockWindow(43200.0)),
        (terms.Profile, "flat", ((0.0, 1.0),)),
        (terms.Profile, {"20:00": "50%", "08:00": "100%"}, ((28800.0, 1.0), (72000.0, 0.5))),
    ],
)
def test_a_text_becomes_its_noun(annotation: Any, value: Any, noun: Any) -> None:
    assert read(annotation, value) == noun


@pytest.mark.parametrize(
    ("annotation", "value", "said"),
    [
        (terms.Servers, 0, "a number of servers must be above 0"),
        (terms.Servers, "0%", "a number of servers must be above 0"),
        (terms.Servers, 0.05, "a number of servers is a count or a share, like 5 or 5%: did you mean '5%'?"),
        (terms.Servers, "some", "a number of servers is a count or a share, like 5 or 5%"),
        (terms.Servers, "150%", "a share must be at most 100%"),
        (terms.Servers, {"share": 0.05}, "a number of servers is a count or a share, like 5 or 5%"),
        (terms.Batches, "5", "a batch is 'all' or 'n every t', like 5 every 1m or 10% every 2m"),
        (terms.Batches, "0 every 1m", "a number of servers must be above 0"),
        (terms.Batches, "5 every 1", "a duration needs a unit: did you mean '1s' or '1m'?"),
        (terms.Batches, {"size": 5}, "a batch is 'all' or 'n every t', like 5 every 1m or 10% every 2m"),
        (terms.Delays, {"median": "5m", "p95": "1m"}, "p95 must be at least the median"),
        (terms.Delays, {"median": 0, "p95": "1m"}, "median must be above 0 where p95 is given"),
        (terms.PageRule, "20", "a page rule is 'k in t', like 20 in 10m"),
        (terms.PageRule, "0 in 10m", "k(=0) must be from 1 to 100000"),
        (terms.PageRule, {"k": 1, "within": 5}, "a page rule is 'k in t', like 20 in 10m"),
        (terms.Window, "18:00-", 'a clock time is hours and minutes in quotes, like "18:30"'),
        (terms.Window, "18:00-18:00", "a window must not close when it opens"),
        (terms.Profile, [[0, 1]], 'a profile is flat, or factors by clock time like {"00:00": 40%, "08:00": 100%}'),
        (terms.Profile, {}, 'a profile is flat, or factors by clock time like {"00:00": 40%, "08:00": 100%}'),
        (terms.Profile, {"8:00": "1%", "08:00": "2%"}, "the times of a profile must differ"),
        (terms.Profile, {"24:00": "1%"}, 'the times of a profile are from "00:00" to "23:59"'),
    ],
)
def test_a_text_that_is_no_such_noun_is_refused_in_words(annotation: Any, value: Any, said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        read(annotation, value)
    assert [error["msg"] for error in refused.value.errors()] == [f"Value error, {said}"]


portions = st.one_of(
    st.integers(1, 10_000).map(lambda n: Portion(count=n)),
    st.integers(1, 10_000).map(lambda n: Portion(share=n / 10_000)),
)
durations = st.integers(1, 10**9).map(lambda us: us / 1000)


@given(portions)
def test_a_portion_reads_back(portion: Portion) -> None:
    assert read(terms.Servers, str(portion)) == portion


@given(portions, durations)
def test_a_batch_reads_back(size: Portion, every: float) -> None:
    assert read(terms.Batches, str(Batch(size, every))) == Batch(size, every)


def test_the_whole_at_once_is_called_all() -> None:
    assert str(Batch()) == "all"


@given(st.integers(1, 100_000), durations)
def test_a_page_rule_reads_back(k: int, within: float) -> None:
    assert read(terms.PageRule, str(KInT(k, within))) == KInT(k, within)


@given(st.integers(0, 1439), st.none() | st.integers(0, 1439))
def test_a_window_of_the_day_reads_back(start: int, until: int | None) -> None:
    if start == until:
        return
    window = ClockWindow(start * 60.0, None if until is None else until * 60.0)
    assert read(terms.Window, str(window)) == window


@given(portions, st.integers(1, 1000))
def test_a_portion_of_a_pool_is_at_least_one_and_at_most_all(portion: Portion, n: int) -> None:
    assert 1 <= portion.of(n) <= n
    assert portion.of(n, most=n - 1) <= n - 1


@pytest.mark.parametrize(("n", "five_percent"), [(1, 1), (19, 1), (20, 1), (21, 2), (100, 5), (5000, 250)])
def test_shares_of_servers_round_up(n: int, five_percent: int) -> None:
    assert Portion(share=0.05).of(n) == five_percent


def test_a_lognormal_delay_has_its_median_and_its_95th_percentile() -> None:
    delay = Delay(300.0, 1200.0)
    assert delay.mean > delay.median
    assert delay.median * 2.718281828459045 ** (1.6448536269514722 * delay.sigma) == pytest.approx(1200.0)


def test_a_misspelt_key_of_a_delay_is_an_error() -> None:
    with pytest.raises(ValidationError, match="Unexpected keyword argument"):
        read(terms.Delays, {"median": "5m", "p90": "20m"})
