"""The page: a header, then one line a fact with its clock and elapsed time, hidden truth marked.

Marks in the first column, so that nothing is said by colour alone: `·` nobody could know this at
the time, `!` somebody is told that something is wrong.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from sim.cli.story.fold import facts
from sim.cli.story.kinds import wording
from sim.cli.story.teller import Teller
from sim.cli.words import amount, duration, some
from sim.model.plan import RolloutPlan
from sim.model.timeline import Timeline
from sim.scenario import Scenario
from sim.units import DAY, say_clock, say_rate, say_weekday_clock

if TYPE_CHECKING:
    from rich.console import Console

HIDDEN = "·"
WARNING = "!"
KNOWN = f"{HIDDEN} nobody could know this at the time"
LEFT_OUT = "the hidden truth is left out"
LATER = "the hidden truth comes at the end"
WARNINGS = frozenset(
    {"test_failed", "install_failed", "alarm", "page", "gave_up", "stopped", "ejected"}
)
STYLES = {"stage_started": "bold", "promoted": "bold green", "undone": "bold green"}
TEXT_AT = 22
"""Column at which sentences begin: mark, clock and elapsed time stand before it."""


class Line(NamedTuple):
    """One line of a page, and the style it has where there is colour."""

    text: str
    style: str = ""


def header(scenario: Scenario, policy: str, seed: int, run: int, hidden: str = KNOWN) -> list[Line]:
    """Which rollout this is, and how to read the page. hidden: what is said of the hidden truth."""
    fleet, service = scenario.fleet, scenario.service
    pools = [some(fleet.production.servers, "server")]
    pools += [f"{fleet.standby.servers:,} on standby"] if fleet.standby.servers else []
    pools += [f"{fleet.test.servers:,} for tests"] if fleet.test.servers else []
    rate = service.traffic.rate
    requests = f"{amount(rate)} requests/s" if rate >= 1 else f"{say_rate(rate)} requests"
    return [
        Line(f"{scenario.name}: policy {policy}, seed {seed}, run {run}", "bold"),
        *wrapped(
            f"{', '.join(pools)}; {requests} from {amount(service.users.count)} users. "
            f"{wording(scenario.change).title}, first step {say_weekday_clock(scenario.start)}. "
            f"In front of a line: {WARNING} a warning; {hidden}."
        ),
        Line(""),
    ]


def wrapped(text: str, indent: str = "", width: int = 80) -> list[Line]:
    """Prose in lines of at most `width` columns."""
    return [
        Line(line)
        for line in textwrap.wrap(
            text, width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
        )
    ]


def lines(
    timeline: Timeline,
    scenario: Scenario,
    plan: RolloutPlan,
    *,
    truth: bool = True,
    width: int = 80,
) -> Iterator[Line]:
    """The story itself. truth False leaves out what nobody could know."""
    today = int(scenario.start // DAY)
    first = True
    seen = [event for event in timeline.events if truth or not event.hidden]
    for fact in facts(seen, Teller.of(scenario, plan, timeline)):
        if fact.kind == "stage_started" and not first:
            yield Line("")
        first = False
        now = scenario.start + round(fact.t_s)
        if int(now // DAY) != today:
            today = int(now // DAY)
            yield Line(f"  {say_weekday_clock(today * DAY)[:3]}", "bold")
        mark = HIDDEN if fact.hidden else WARNING if fact.kind in WARNINGS else " "
        clock = say_clock(now % DAY)
        clock = clock if len(clock) > 5 else clock + ":00"
        before = f"{mark} {clock} {'+' + duration(round(fact.t_s)):>10} "
        style = "dim" if fact.hidden else "yellow" if mark == WARNING else STYLES.get(fact.kind, "")
        for n, part in enumerate(textwrap.wrap(fact.text, width - TEXT_AT, break_on_hyphens=False)):
            yield Line(before.ljust(TEXT_AT) + part if n == 0 else " " * TEXT_AT + part, style)


def show(console: Console, page: Iterable[Line]) -> None:
    """Print lines as they are: already wrapped, and without markup of their own."""
    for line in page:
        console.print(line.text, style=line.style or None, markup=False, soft_wrap=True)
