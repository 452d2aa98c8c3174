"""The cost of one run, part by part: price x quantity, as `measure` adds it up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sim.cli.words import amount, duration, some
from sim.model.outcome import Outcome
from sim.scenario import Scenario
from sim.units import DAY, HOUR


class Part(NamedTuple):
    """One price times one quantity."""

    cost: float
    what: str


def bill(outcome: Outcome, scenario: Scenario) -> list[Part]:
    """All parts; they add up to `outcome.cost`. The time down is in no column: it is what is left."""
    parts = list(counted(outcome, scenario))
    left = outcome.cost - sum(part.cost for part in parts)
    price = scenario.service.cost.per_minute_down * scenario.importance
    if price and left > 1e-9 * max(1.0, outcome.cost):
        parts.append(Part(left, f"{duration(60 * left / price)} with at least half of the requests failing"))
    return parts


def counted(outcome: Outcome, scenario: Scenario) -> Iterator[Part]:
    """The parts whose quantity is a column of the outcome."""
    price, weight = scenario.service.cost, scenario.importance
    yield Part(price.per_failed_request * weight * outcome.failed_requests, some(outcome.failed_requests, "failed request"))
    yield Part(price.per_user_hit * weight * outcome.users_hit, some(outcome.users_hit, "user") + " hit")
    yield Part(price.per_record_lost * weight * outcome.records_lost, some(outcome.records_lost, "record") + " lost")
    hours = outcome.extra_server_seconds / HOUR
    yield Part(price.per_server_hour * hours, f"{amount(hours)} server-hours of reserves")
    if outcome.lead_time_s is not None:
        days = outcome.lead_time_s / DAY
        yield Part(price.per_day_of_delay * days, f"{duration(outcome.lead_time_s)} of delay")
