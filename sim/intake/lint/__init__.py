"""Warnings of `coalmine check`: a scenario that is valid, and that will hurt or not show what was meant.

Each rule is a small pure function over a Scenario; this is the register. A new rule is one function and its
line here. Numbers in the texts come from the closed forms in `theory/`, never from a run.

finding    what a rule says
sizes      rates, shares and sizes that several rules need
capacity   servers that are missing while the others work
judges     gates and alerts that cannot see, or see too much
comparing  judges that compare with nothing, or with themselves
faults     faults that nothing in this scenario can show or take back
idle       knobs that change nothing where they stand
people     pages that nobody reads, horizons that are too long
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sim.intake.lint.capacity import (
    busy_already,
    impossible_policies,
    overloaded_canaries,
    overloaded_without,
    restarts_everything,
    small_standby,
)
from sim.intake.lint.comparing import in_its_own_baseline, nothing_to_compare
from sim.intake.lint.faults import (
    ends_before_onset,
    never_shows,
    tests_that_see_nothing,
    undo_takes_not_back,
)
from sim.intake.lint.finding import Finding
from sim.intake.lint.idle import room_that_nobody_keeps
from sim.intake.lint.judges import (
    blind_bakes,
    canaries_without_it,
    coin_flips,
    false_alarms,
    nobody_watches,
    one_failure_is_too_many,
    too_few_windows,
)
from sim.intake.lint.people import far_horizon, out_of_hours
from sim.scenario import Scenario

Rule = Callable[[Scenario], Iterable[Finding]]

RULES: tuple[Rule, ...] = (
    impossible_policies,
    busy_already,
    restarts_everything,
    overloaded_without,
    overloaded_canaries,
    small_standby,
    too_few_windows,
    one_failure_is_too_many,
    false_alarms,
    coin_flips,
    canaries_without_it,
    blind_bakes,
    nobody_watches,
    nothing_to_compare,
    in_its_own_baseline,
    ends_before_onset,
    never_shows,
    tests_that_see_nothing,
    undo_takes_not_back,
    room_that_nobody_keeps,
    out_of_hours,
    far_horizon,
)

__all__ = ["RULES", "Finding", "Rule", "lint"]


def lint(scenario: Scenario) -> list[Finding]:
    """Everything that the rules find, in their order; empty for a scenario without surprises."""
    return [finding for rule in RULES for finding in rule(scenario)]
