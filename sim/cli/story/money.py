"""The cost of one run, part by part: price x quantity, as `measure` adds it up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sim.cli.words import amount, duration, some
from sim.model.outcome import Outcome
from sim.model.timeline import Timeline
from sim.scenario import Scenario
from sim.units import DAY, HOUR


class Part(NamedTuple):
    """One price times one quantity."""

    cost: float
    what: str


def bill(outcome: Outcome, timeline: Timeline, scenario: Scenario) -> list[Part]:
    """All parts, adding up to `outcome.cost`. The time down is in no column: it is the rest."""
    parts = list(counted(outcome, timeline, scenario))
    left = outcome.cost - sum(part.cost for part in parts)
    price = scenario.service.cost.per_minute_down * scenario.importance
    if price and left > 1e-9 * max(1.0, outcome.cost):
        down = duration(60 * left / price)
        parts.append(Part(left, f"{down} with at least half of the requests failing"))
    return parts


def busy_s(timeline: Timeline, scenario: Scenario) -> float:
    """Seconds until the rollout was promoted, else undone, else stopped: its delay is paid for."""
    at = {event.kind: event.t_s for event in reversed(timeline.events)}
    ends = (at[kind] for kind in ("promoted", "undone", "stopped") if kind in at)
    return next(ends, scenario.horizon)


def counted(outcome: Outcome, timeline: Timeline, scenario: Scenario) -> Iterator[Part]:
    """The parts whose quantity is known."""
    price, weight = scenario.service.cost, scenario.importance
    for each, count, what in (
        (price.per_failed_request, outcome.failed_requests, "failed request"),
        (price.per_user_hit, outcome.users_hit, "user hit"),
        (price.per_record_lost, outcome.records_lost, "record lost"),
    ):
        noun, _, verb = what.partition(" ") if what != "failed request" else (what, "", "")
        yield Part(each * weight * count, f"{some(count, noun)} {verb}".rstrip())
    hours = outcome.extra_server_seconds / HOUR
    yield Part(price.per_server_hour * hours, f"{amount(hours)} server-hours of reserves")
    busy = busy_s(timeline, scenario)
    yield Part(price.per_day_of_delay * busy / DAY, f"{duration(busy)} of delay")
