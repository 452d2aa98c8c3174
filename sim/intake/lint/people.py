"""Pages that nobody reads in time, and horizons far beyond everything that happens."""

from __future__ import annotations

from collections.abc import Iterator

from sim.intake.lint.finding import Finding
from sim.intake.lint.sizes import about, faults, longest
from sim.scenario import Scenario
from sim.units import DAY, HOUR, WEEK, say_seconds, say_weekday_clock

PATIENCE_S = HOUR
"""A page that waits longer than this for somebody to come in is worth a warning."""

FAR = 20.0
"""Horizons so many times longer than everything in them cost time and dilute the shares."""


def out_of_hours(scenario: Scenario) -> Iterator[Finding]:
    """An alarm during a rollout that meets an empty office."""
    hours = scenario.people.hours
    pages = [judge for judge in scenario.watch.alerts if judge.then != "undo"]
    reports = scenario.watch.reports
    if hours is None or not (pages or (reports and reports.then == "page")):
        return
    ends = scenario.start + longest(scenario)
    moments = [scenario.start, ends]
    # The worst moment is just after closing time, on any day of the rollout.
    closing = hours.until + DAY * int(scenario.start // DAY)
    while closing <= ends:
        moments.append(closing)
        closing += DAY
    waits = [(hours.opens_in(moment % WEEK), moment) for moment in moments if scenario.start <= moment <= ends]
    wait, moment = max(waits)
    if wait > PATIENCE_S:
        yield Finding(
            "people.hours",
            f"a page on {say_weekday_clock(moment % WEEK)} is read {about(wait)} later",
            f"rollouts start on {say_weekday_clock(scenario.start)} and take up to {about(longest(scenario))}",
            "start earlier in the day or the week, keep people on call (always), or undo at once (`then: undo`)",
        )


def far_horizon(scenario: Scenario) -> Iterator[Finding]:
    """A horizon far beyond the slowest plan and the latest fault."""
    latest = max((fault.after.p95 or fault.after.median for _, fault in faults(scenario) if fault.after), default=0.0)
    people = scenario.people.acknowledge.mean + scenario.people.decide.mean
    needed = longest(scenario) + latest + people
    if scenario.horizon > DAY and scenario.horizon > FAR * needed:
        yield Finding(
            "horizon",
            f"is {say_seconds(scenario.horizon)}; everything has usually happened after {about(needed)}",
            "slowest plan + latest fault + people; every run simulates the rest as well",
            f"a horizon of {about(5 * needed)} shows the same, sooner",
        )
