"""Faults that nothing in this scenario can show, or that no undo takes back."""

from __future__ import annotations

import math
from collections.abc import Iterator
from statistics import NormalDist
from typing import Any

from sim.intake.lint.finding import Finding
from sim.intake.lint.sizes import bakes, faults, percent, plans, touched
from sim.model.terms import Delay
from sim.scenario import Scenario
from sim.units import DAY, say_clock, say_seconds

HOPELESS = 1e-6
"""Chance of catching anything below which a test is called blind."""


def shown_by(delay: Delay, within_s: float) -> float:
    """P(a lognormal delay is over within so long).

    >>> round(shown_by(Delay(600.0, 1200.0), 600.0), 3), shown_by(Delay(600.0), 599.0)
    (0.5, 0.0)
    """
    if within_s <= 0:
        return 0.0
    if not delay.sigma:
        return float(delay.median <= within_s)
    return NormalDist().cdf(math.log(within_s / delay.median) / delay.sigma)


def ends_before_onset(scenario: Scenario) -> Iterator[Finding]:
    """The first bake of a policy is over before a fault usually shows."""
    late = [(fault.key, fault.after.median) for _, fault in faults(scenario) if fault.after is not None]
    for name, _, plan in plans(scenario):
        first = next((bake for bake in bakes(plan, scenario) if bake.stage.name != "mirror"), None)
        missed = [(key, after) for key, after in late if first and after > first.length_s]
        if first and missed:
            told = ", ".join(f"{key!r} (after {say_seconds(after)})" for key, after in missed)
            longest = max(after for _, after in missed)
            yield Finding(
                f"policies.{name}.{first.knob}",
                f"ends after {say_seconds(first.length_s)}, before {told} usually shows",
                "the change goes on to the other servers before there is anything to see",
                f"bake {say_seconds(2 * longest)}, or leave it to the alerts and see what that costs",
            )


def never_shows(scenario: Scenario) -> Iterator[Finding]:
    """A fault that acts only after the horizon, or at an hour that it does not reach."""
    for field, fault in faults(scenario):
        if fault.after is not None and shown_by(fault.after, scenario.horizon) < 0.05:
            yield Finding(
                f"{field}.after",
                f"{fault.key!r} shows after {say_seconds(fault.after.median)}: hardly ever before the horizon",
                f"harm is counted for {say_seconds(scenario.horizon)} and then no more",
                "a longer `horizon`, or an earlier fault",
            )
        if fault.at is not None and not _reached(scenario, fault.at):
            yield Finding(
                f"{field}.at",
                f"the fault {fault.key!r} acts at {fault.at}: not between the start and the horizon",
                f"from {say_clock(scenario.start % DAY)} on, for {say_seconds(scenario.horizon)}",
                "another `start`, a longer `horizon`, or another hour",
            )


def _reached(scenario: Scenario, window: Any) -> bool:
    begins = (window.start - scenario.start) % DAY
    if begins < scenario.horizon:
        return True
    # It may be open already when the rollout starts.
    until = DAY if window.until is None else (window.until - window.start) % DAY
    return bool(begins + until > DAY)


def tests_that_see_nothing(scenario: Scenario) -> Iterator[Finding]:
    """A test stage that can catch none of the faults: time and servers for nothing."""
    harmful = list(faults(scenario))
    if not harmful:
        return
    for name, policy, _ in plans(scenario):
        test = policy.test
        if test is None or not scenario.fleet.test.servers:
            continue
        chances = [_caught(scenario, fault, test) for _, fault in harmful]
        if max(chances) < HOPELESS:
            yield Finding(
                f"policies.{name}.test",
                f"cannot catch any of the {len(harmful)} faults: it takes {say_seconds(test.length)} for nothing",
                "none is visible in a test (in_test, coverage), or each needs load, users or more time than it has",
                "leave the test out, or give a fault a share of `in_test`",
            )


def _caught(scenario: Scenario, fault: Any, test: Any) -> float:
    """Upper bound of the chance that this test catches this fault."""
    if not fault.shows_in_test:
        return 0.0
    requests = test.rate * scenario.fleet.test.servers * test.length
    bad = 1.0 if fault.crash or fault.slow > 1.0 else max(fault.errors, fault.corrupt)
    seen = -math.expm1(-requests * bad * fault.users * touched(scenario, fault))
    onset = shown_by(fault.after, test.length) if fault.after is not None else 1.0
    return float(fault.in_test * test.coverage * onset * seen)


def undo_takes_not_back(scenario: Scenario) -> Iterator[Finding]:
    """Harm that stays when the old version is back."""
    for field, fault in faults(scenario):
        if fault.corrupt > 0:
            yield Finding(
                f"{field}.corrupt",
                f"no undo takes back what {fault.key!r} damages, {percent(fault.corrupt)} of the requests it meets",
                "the answers look right; only a test, reports or luck stop it early",
                "compare `records_lost`, not only failed requests; slower is not safer here",
            )
        if fault.heals == "repair" and fault.repaired_after is not None:
            yield Finding(
                f"{field}.heals",
                f"the undo does not heal {fault.key!r}: it stays until repaired, {fault.repaired_after} later",
                "the harm goes on with the old version",
                "compare `time_to_restore_s`: a faster undo hardly shortens it",
            )
    deadline = scenario.change.deleted_after
    people = scenario.people.acknowledge.median + scenario.people.decide.median
    if deadline is not None and deadline < people:
        yield Finding(
            "change.deleted_after",
            f"nothing can be started again after {say_seconds(deadline)}, before people have usually decided",
            f"they need about {say_seconds(people)} from the page to the undo",
            "keep what was switched off for longer",
        )
