"""Numbers and their words: what is read, what is refused and how, and that saying reads back exactly."""

import math
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim import units


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90.0), ("10m", 600.0), ("1h30m", 5400.0), ("1h 30m", 5400.0), ("500ms", 0.5), ("250us", 0.00025),
        ("1.5h", 5400.0), ("7d", 604800.0), ("1w", 604800.0), (0, 0.0), ("0s", 0.0), ("366d", 366 * 86400.0),
    ],
)
def test_a_duration_is_read_in_seconds(text: object, seconds: float) -> None:
    assert units.seconds(text) == seconds


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (15, "a duration needs a unit: did you mean '15s' or '15m'?"),
        (1.5, "a duration needs a unit: did you mean '1.5s' or '1.5m'?"),
        ("15", "a duration needs a unit: did you mean '15s' or '15m'?"),
        ("10 minutes", "did you mean '10m'?"),
        ("10 Min", "did you mean '10m'?"),
        ("3hrs", "did you mean '3h'?"),
        ("2 sec", "did you mean '2s'?"),
        ("5M", "did you mean '5m'?"),
        ("soon", "a duration is a number and a unit (us, ms, s, m, h, d, w), like 90s, 10m or 1h30m"),
        ("1:30", "a duration is a number and a unit (us, ms, s, m, h, d, w), like 90s, 10m or 1h30m"),
        (-5, "a duration must not be negative, and must be finite"),
        (math.nan, "a duration must not be negative, and must be finite"),
        (math.inf, "a duration must not be negative, and must be finite"),
        ("367d", "a duration must be at most 366d: longer ones are not one rollout"),
        (True, "a duration is a number and a unit (us, ms, s, m, h, d, w), like 90s, 10m or 1h30m"),
        (None, "a duration is a number and a unit (us, ms, s, m, h, d, w), like 90s, 10m or 1h30m"),
    ],
)
def test_a_duration_that_is_none_is_refused_with_the_nearest_right_one(value: object, said: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        units.seconds(value)


@pytest.mark.parametrize(
    ("read", "value", "said"),
    [
        (units.share, 0.05, "a share needs a percent sign: did you mean '5%' or '0.05%'?"),
        (units.share, 5, "a share needs a percent sign: did you mean '5%'?"),
        (units.share, "150%", "a share must be at most 100%"),
        (units.share, -0.1, "a share must not be negative, and must be finite"),
        (units.share, math.nan, "a share must not be negative, and must be finite"),
        (units.share, "5", "a share is a number and a percent sign, like 5% or 99.95%, from 0% up"),
        (units.share, True, "a share is a number and a percent sign, like 5% or 99.95%, from 0% up"),
        (units.factor, "200000%", "a share must be at most 100000%"),
        (units.per_second, 100, "a rate is a number per time (/s, /m, /h, /d), like 5000/s or 30/m"),
        (units.per_second, "10G/s", "a rate must be at most 1G/s"),
        (units.count, 1.5, "a count is a whole number from 0 up, like 100 or 200k"),
        (units.count, True, "a count is a whole number, like 100 or 200k"),
        (units.count, -3, "a count is a whole number from 0 up, like 100 or 200k"),
        (units.count, "1e400", "a count is a whole number from 0 up, like 100 or 200k"),
        (units.count, 10**16, "a count must be at most 10^15"),
        (units.number, True, "a plain number from 0 to 1e15 is wanted"),
        (units.number, math.nan, "a plain number from 0 to 1e15 is wanted"),
        (units.number, "5", "a plain number from 0 to 1e15 is wanted"),
        (units.multiple, 0.5, "a factor must be from 1 (no effect) to 1000000"),
        (units.clock, "9", 'a clock time is hours and minutes in quotes, like "18:30"'),
        (units.clock, "24:01", 'a clock time is at most "24:00"'),
        (units.clock, 1110, 'a clock time is hours and minutes in quotes, like "18:30"'),
        (
            units.weekday_clock, "Monday 10:00",
            "a start is a weekday and a clock time, like Mon 10:00; weekdays are Mon Tue Wed Thu Fri Sat Sun",
        ),
    ],
)
def test_what_is_no_quantity_is_refused_in_words(read, value: object, said: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        read(value)


def test_percents_are_divided_as_decimals() -> None:
    assert units.share("99.9%") == 0.999, "99.9 / 100 in binary is 0.9990000000000001"


def test_the_end_of_a_week_is_its_beginning() -> None:
    assert units.weekday_clock("Sun 24:00") == units.weekday_clock("Mon 00:00") == 0.0


written = st.decimals(min_value=0, max_value=300, places=6, allow_nan=False, allow_infinity=False)


@given(written, st.sampled_from(["us", "ms", "s", "m", "h", "d"]))
def test_a_duration_said_again_is_the_same_number(number: Decimal, unit: str) -> None:
    seconds = units.seconds(f"{number:f}{unit}")
    assert units.seconds(units.say_seconds(seconds)) == seconds


@given(st.floats(min_value=1e-9, max_value=366 * 86400.0))
def test_any_number_of_seconds_can_be_said(seconds: float) -> None:
    assert units.seconds(units.say_seconds(seconds)) == seconds


@given(st.floats(min_value=0, max_value=1))
def test_a_share_said_again_is_the_same_number(share: float) -> None:
    assert units.share(units.say_share(share)) == share


@given(st.floats(min_value=1e-6, max_value=1e9))
def test_a_rate_said_again_is_the_same_number(rate: float) -> None:
    assert units.per_second(units.say_rate(rate)) == rate


@given(written, st.sampled_from(["/s", "/m", "/min", "/h", "/d", "k/s", "k/h", "M/d"]))
def test_a_written_rate_said_again_is_the_same_number(number: Decimal, unit: str) -> None:
    rate = units.per_second(f"{number:f}{unit}")
    assert units.per_second(units.say_rate(rate)) == rate


@given(st.integers(min_value=0, max_value=10**15))
def test_a_count_said_again_is_the_same_number(count: int) -> None:
    assert units.count(units.say_count(count)) == count


@given(st.integers(min_value=0, max_value=86400))
def test_a_clock_time_said_again_is_the_same(at: int) -> None:
    assert units.clock(units.say_clock(at)) == at


@given(st.integers(min_value=0, max_value=7 * 86400 - 1))
def test_a_weekday_and_clock_time_said_again_is_the_same(at: int) -> None:
    assert units.weekday_clock(units.say_weekday_clock(at)) == at


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (units.say_seconds(5400), "1h30m"), (units.say_seconds(0.0), "0s"), (units.say_seconds(0.0015), "1500us"),
        (units.say_seconds(90.3), "1m30.3s"), (units.say_seconds(-60), "-1m"), (units.say_seconds(1e-7), "0.1us"),
        (units.say_share(0.0002), "0.02%"), (units.say_share(1.0), "100%"), (units.say_share(2.5), "250%"),
        (units.say_rate(12345.67), "12345.67/s"), (units.say_rate(0.5), "30/m"), (units.say_rate(1e9), "1G/s"),
        (units.say_count(200_000), "200k"), (units.say_count(9_000), "9000"), (units.say_count(0), "0"),
        (units.say_clock(66600), "18:30"), (units.say_clock(66601), "18:30:01"),
        (units.say_weekday_clock(90000.0), "Tue 01:00"),
    ],
)
def test_quantities_are_said_as_a_person_would(said: str, words: str) -> None:
    assert said == words
