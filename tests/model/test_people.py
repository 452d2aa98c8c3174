"""Office hours: when somebody is there to react."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from sim.model.people import Hours, OfficeHours, People
from sim.units import DAY, HOUR, WEEK, clock, weekday_clock

NINE_TO_FIVE = Hours(start=9 * HOUR, until=17 * HOUR)


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("Mon 00:00", "Mon 09:00"),
        ("Mon 09:00", "Mon 09:00"),
        ("Mon 16:59", "Mon 16:59"),
        ("Mon 17:00", "Tue 09:00"),
        ("Thu 23:00", "Fri 09:00"),
    ],
)
def test_somebody_is_in_the_office_from_then_on(now: str, opens: str) -> None:
    assert NINE_TO_FIVE.opens_in(weekday_clock(now)) == weekday_clock(opens) - weekday_clock(now)


@pytest.mark.parametrize(("now", "hours"), [("Fri 17:00", 64), ("Sat 12:00", 45), ("Sun 23:00", 10)])
def test_a_weekend_is_waited_for(now: str, hours: int) -> None:
    assert NINE_TO_FIVE.opens_in(weekday_clock(now)) == hours * HOUR


@given(week_s=st.floats(0, 3 * WEEK), start=st.integers(0, 23), length=st.integers(1, 24))
def test_at_the_time_it_names_the_office_is_open_on_a_weekday(week_s: float, start: int, length: int) -> None:
    hours = Hours(start=start * HOUR, until=min(24, start + length) * HOUR)
    wait = hours.opens_in(week_s)
    assert 0 <= wait <= 3 * DAY
    then = (week_s + wait) % WEEK
    day, at = divmod(round(then, 3) % WEEK, DAY)
    assert day < 5
    assert hours.start <= at < hours.until


def test_hours_that_close_before_they_open_are_refused() -> None:
    for start, until in ((17 * HOUR, 9 * HOUR), (9 * HOUR, 9 * HOUR), (9 * HOUR, 25 * HOUR)):
        with pytest.raises(ValueError, match="open before they close"):
            Hours(start=start, until=until)


def test_hours_are_read_as_people_write_them() -> None:
    reads: TypeAdapter[Hours | None] = TypeAdapter(OfficeHours)
    assert reads.validate_python("always") is None
    assert reads.validate_python("office") == NINE_TO_FIVE
    assert reads.validate_python("08:30-12:00") == Hours(start=clock("8:30"), until=clock("12:00"))
    with pytest.raises(ValidationError, match="always, office, or like"):
        reads.validate_python("nine to five")


def test_people_are_there_at_any_hour_unless_said() -> None:
    assert People().hours is None
