"""The people: who acknowledges a page, decides, and keeps office hours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, WithJsonSchema

from sim.model.terms import Delay, Delays, Term, refuse
from sim.units import DAY, MINUTE, WEEK, clock


@dataclass(frozen=True, kw_only=True)
class Hours(Term):
    """Office hours, Monday to Friday between two clock times (seconds after midnight)."""

    start: float
    until: float

    def __post_init__(self) -> None:
        refuse(not 0 <= self.start < self.until <= DAY, "office hours must open before they close")

    def opens_in(self, week_s: float) -> float:
        """Seconds from this moment (since Monday 00:00) until somebody is in the office; 0 when open.

        >>> Hours(start=9 * 3600, until=17 * 3600).opens_in(8 * 3600)
        3600.0
        """
        for ahead in range(8):
            day, at = divmod(week_s % WEEK + (ahead * DAY if ahead else 0), DAY)
            if day % 7 >= 5:
                continue
            if ahead == 0:
                if at < self.until:
                    return max(0.0, self.start - at)
            else:
                return ahead * DAY - (at - self.start)
        raise AssertionError("a week has five working days")  # pragma: no cover


def _hours(value: Any) -> Any:
    if value == "always" or value is None:
        return None
    if value == "office":
        return Hours(start=clock("9:00"), until=clock("17:00"))
    if isinstance(value, Hours):
        return value
    refuse(not isinstance(value, str), "hours are always, office, or like 09:00-17:00")
    first, dash, last = str(value).partition("-")
    refuse(not dash, "hours are always, office, or like 09:00-17:00")
    return Hours(start=clock(first), until=clock(last))


OfficeHours = Annotated[
    Hours | None,
    BeforeValidator(_hours),
    WithJsonSchema(
        {"anyOf": [{"enum": ["always", "office"]}, {"type": "string", "pattern": r"^\d{1,2}:\d{2}-\d{1,2}:\d{2}$"}]}
    ),
]


@dataclass(frozen=True, kw_only=True)
class People(Term):
    """The operator: from a page to the start of the undo pass acknowledge + decide, inside `hours`."""

    acknowledge: Delays = Delay(5 * MINUTE, 20 * MINUTE)
    decide: Delays = Delay(5 * MINUTE, 15 * MINUTE)
    hours: OfficeHours = None


Reaction = Literal["page", "undo"]
"""What an alarm does: page the operator, or undo at once."""
