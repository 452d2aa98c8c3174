"""What the tables do not say: which difference is sure, which runs to replay, what was left out."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sim.cli.report.cells import half_width, legible, saying
from sim.model.outcome import UNITS
from sim.study.compare import Among, Comparison
from sim.study.estimate import Interval, bonferroni, paired, paired_difference
from sim.study.notable import notable

LIMITS = (
    "Limits: Poisson requests, like servers, steady between events; no retries, caches or "
    "dependencies. Intervals cover chance, not what the scenario assumes."
)

MORE = (
    "--full adds who found the faulty changes, how they ended, the cost of all changes, and the "
    "strain on the fleet; --by fault tells who catches which fault."
)


class Compared(NamedTuple):
    """A column that differences are told of: over which changes, and in which words."""

    column: str
    among: Among
    less: str
    more: str
    unsure: str


COMPARED = (
    Compared(
        "users_hit",
        "faulty",
        "{} fewer users hit by a faulty change",
        "{} more users hit by a faulty change",
        "users hit by a faulty change",
    ),
    Compared(
        "failed_requests",
        "faulty",
        "{} fewer failed requests",
        "{} more failed requests",
        "failed requests",
    ),
    Compared(
        "lead_time_s",
        "healthy",
        "a healthy change is out {} sooner",
        "a healthy change is out {} later",
        "the lead time of a healthy change",
    ),
    Compared(
        "cost", "all", "cost {} less a change", "cost {} more a change", "the cost of a change"
    ),
)


def opening(comparison: Comparison) -> str:
    """What was compared."""
    policies = len(comparison.tables)
    one = next(iter(comparison.tables.values()))
    under = (
        f"each of {policies} policies"
        if policies > 1
        else f"policy {next(iter(comparison.tables))}"
    )
    return (
        f"{comparison.scenario.name}: {comparison.runs:,} changes under {under}, "
        f"seed {comparison.seed}; {int(one.faulty.sum()):,} of them are faulty."
    )


def counterfactual(comparison: Comparison) -> str | None:
    """Which policies nobody used; None where all are plans of the reader's own."""
    names = comparison.counterfactual
    if not names:
        return None
    return f"Counterfactual, what nobody did: {', '.join(names)}."


def partial(comparison: Comparison) -> str | None:
    """The mark of an interrupted study."""
    if not comparison.partial:
        return None
    done, asked = comparison.runs, comparison.asked
    return f"PARTIAL: interrupted after {done:,} of {asked:,} runs of each policy."


def differences(comparison: Comparison) -> Iterator[tuple[str, list[str]]]:
    """For every policy but the first: what changes with it in its place.

    Paired by run; a column's intervals hold for all policies together with 95 % (Bonferroni).
    """
    base, *others = comparison.tables
    for other in others:
        said = [
            difference(one, found)
            for one in COMPARED
            if (found := interval(comparison, other, base, one, len(others))) is not None
        ]
        if said:
            mark = " (counterfactual)" if other in comparison.counterfactual else ""
            yield other + mark, said


def interval(
    comparison: Comparison, other: str, base: str, one: Compared, comparisons: int
) -> Interval | None:
    """Mean of other - base with its interval; None when fewer than two runs have both values."""
    tables = comparison.among(one.among)
    first, second = tables[other][one.column], tables[base][one.column]
    if len(paired(first, second)[0]) < 2:
        return None
    return paired_difference(first, second, bonferroni(0.95, comparisons))


def difference(one: Compared, found: Interval) -> str:
    """One difference in words, its interval in brackets.

    >>> difference(COMPARED[0], Interval(-1350.0, -1200.0, -1050.0))
    '1,200 fewer users hit by a faulty change (1,050 to 1,350)'
    >>> difference(COMPARED[3], Interval(-3.0, 1.0, 5.0))
    'no sure difference in the cost of a change (3 less to 5 more)'
    """
    low, mean, high = found
    say, half = saying(UNITS[one.column]), half_width(mean, low, high)
    if half == 0 and mean == 0:
        return f"no difference in {one.unsure}"
    if half:
        half = legible(half, low, high, say)
    if low <= 0 <= high:
        return (
            f"no sure difference in {one.unsure} ({say(-low, half)} less to {say(high, half)} more)"
        )
    near, far = sorted((abs(low), abs(high)))
    words = (one.less if mean < 0 else one.more).format(say(abs(mean), half))
    ends = say(near, half), say(far, half)
    return words if half == 0 or ends[0] == ends[1] else f"{words} ({ends[0]} to {ends[1]})"


def replays(comparison: Comparison, what: str, source: str, sets: Sequence[str]) -> Iterator[str]:
    """The exact command that tells the `worst` or the `median` faulty run of each policy."""
    seed = [] if comparison.seed == 1 else ["--seed", str(comparison.seed)]
    options = [word for one in sets for word in ("--set", one)]
    for policy, runs in notable(comparison).items():
        if runs is not None:
            number = str(getattr(runs, what))
            command = ["coalmine", "run", source, "--policy", policy, *seed, "--run", number]
            yield shlex.join([*command, *options])


def skipped(comparison: Comparison) -> Iterator[str]:
    """Policies that this fleet cannot run."""
    for policy, reason in comparison.skipped.items():
        yield f"{policy} is left out: {reason}."
