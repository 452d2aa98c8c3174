"""Claims about a comparison: those of `--expect`, and a scenario's published `expect:` rows."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, NamedTuple

from sim import units
from sim.model.outcome import COLUMNS, FLAGS, UNITS, VALUES, WORDS
from sim.scenario import Expectation
from sim.study.compare import Among, Comparison
from sim.study.quantiles import fewest_runs
from sim.study.summary import column_summary

NUMBER_STATISTICS = ("mean", "low", "high", "p50", "p95", "n")
SHARE_STATISTICS = ("share", "low", "high", "n")
HOLDS: dict[str, Callable[[float, float], bool]] = {
    "<": lambda value, bound: value < bound,
    "<=": lambda value, bound: value <= bound,
    ">": lambda value, bound: value > bound,
    ">=": lambda value, bound: value >= bound,
}
SHAPE = "policy.column.statistic < value, as in canary.users_hit.mean < 2000"
SHARES = ("share", "share by value", "share of budget", "ratio")
"""Units in which 5% is a number; in all others 2k is, and 10m where the unit is s."""


@dataclass(frozen=True)
class Claim:
    """One comparison with a bound; `word` for columns of words: canary.ended.promoted.share."""

    text: str
    policy: str
    among: Among
    column: str
    word: str | None
    statistic: str
    relation: str
    bound: float


class Named(NamedTuple):
    """One number of a comparison's summary."""

    policy: str
    among: Among
    column: str
    word: str | None
    statistic: str


@dataclass(frozen=True)
class Checked:
    """A claim and what came out. `value` None: not decided, which is no pass; `reason` says why."""

    claim: Claim
    value: float | None
    passed: bool
    reason: str | None = None


@dataclass(frozen=True)
class Replayed:
    """A published number beside the simulated one.

    met: within its tolerance. fails: not met though the model should; what is `beyond` it may differ.
    simulated None (with the reason): its policy was not compared, or there were too few runs.
    n: runs that the simulated number is of.
    """

    expectation: Expectation
    simulated: float | None
    n: int
    met: bool
    reason: str | None = None

    @property
    def fails(self) -> bool:
        return not self.met and self.expectation.role != "beyond"


def read_claim(text: str, policies: Iterable[str]) -> Claim:
    """Read `policy[.faulty|.healthy].column[.word].statistic < bound`.

    Relations are < <= > >=; the bound is a plain number in the column's unit, or 10m for seconds,
    5% for shares, 2k for counts. Raises ValueError with the nearest right word.

    >>> claim = read_claim("canary.faulty.time_to_restore_s.p50 <= 10m", ["direct", "canary"])
    >>> claim.among, claim.column, claim.statistic, claim.relation, claim.bound
    ('faulty', 'time_to_restore_s', 'p50', '<=', 600.0)
    """
    match = re.fullmatch(r"\s*([^<>=]+?)\s*(<=|>=|<|>)\s*([^<>=]+?)\s*", text)
    if not match:
        raise ValueError(f"{text!r}: an expectation is {SHAPE}; relations are < <= > >=")
    path, relation, bound = match.groups()
    said = read_name(text, path, list(policies))
    limit = _bound(text, bound, "runs" if said.statistic == "n" else UNITS[said.column])
    return Claim(text.strip(), *said, relation, limit)


def read_name(text: str, path: str, policies: Sequence[str]) -> Named:
    """Read `policy[.faulty|.healthy].column[.word].statistic`. Raises ValueError, which begins with `text`.

    >>> read_name("", "canary.faulty.users_hit.mean", ["canary"])
    Named(policy='canary', among='faulty', column='users_hit', word=None, statistic='mean')
    """
    policy, rest = _policy(text, path, policies)
    among: Among = "all"
    # `canary.faulty.share` is the flag; with more behind it, `faulty` says which changes.
    if rest[0] in ("faulty", "healthy", "all") and len(rest) > 2:
        among, rest = rest[0], rest[1:]         # type: ignore[assignment]  # one of the three words
    column = _known(text, "column", rest[0], COLUMNS)
    word, rest = None, rest[1:]
    if column in WORDS:
        if not rest:
            raise ValueError(f"{text!r}: {column} needs a word, like {column}.{VALUES[column][0]}")
        word, rest = _known(text, f"value of {column}", rest[0], VALUES[column]), rest[1:]
    allowed = SHARE_STATISTICS if column in (*WORDS, *FLAGS) else NUMBER_STATISTICS
    if len(rest) != 1:
        raise ValueError(f"{text!r}: one statistic must end it: {', '.join(allowed)}")
    statistic = _known(text, f"statistic of {column}", rest[0], allowed)
    return Named(policy, among, column, word, statistic)


def check(claim: Claim, comparison: Comparison) -> Checked:
    """Whether the claim holds. A value that is null decides nothing, so it does not pass."""
    value, _, reason = value_of(
        comparison, claim.policy, claim.among, claim.column, claim.statistic, claim.word
    )
    if value is None:
        return Checked(claim, None, False, f"not decided: {reason}")
    passed = HOLDS[claim.relation](value, claim.bound)
    return Checked(claim, value, passed)


def replay(comparison: Comparison) -> list[Replayed]:
    """The scenario's `expect:` rows, each beside what was simulated; met: within its tolerance."""
    found = []
    for row in comparison.scenario.expect:
        value, n, reason = value_of(comparison, row.of, row.among, row.column, row.statistic, row.word)
        met = value is not None and abs(value - row.value) <= row.within
        found.append(Replayed(row, value, n, met, reason))
    return found


def value_of(
    comparison: Comparison,
    policy: str,
    among: Among,
    column: str,
    statistic: str,
    word: str | None = None,
) -> tuple[float | None, int, str | None]:
    """A number of the summary, the runs it is of, and where it is None the reason."""
    if policy in comparison.skipped:
        return None, 0, f"policy {policy!r} was skipped: {comparison.skipped[policy]}"
    if policy not in comparison.tables:
        return None, 0, f"policy {policy!r} was not compared"
    if column not in COLUMNS:
        return None, 0, f"there is no column {column!r}"
    entry: dict[str, Any] = column_summary(comparison.among(among)[policy], column)
    if word is not None:
        entry = entry[word]
    if statistic not in entry:
        return None, 0, f"{column} has no {statistic}"
    n = int(entry["n"])
    value = entry[statistic]
    if value is not None:
        return float(value), n, None
    quantile = {"p50": 0.5, "p95": 0.95}.get(statistic)
    if quantile is not None:
        needed = f"{statistic} needs {fewest_runs(quantile)} runs with a value"
    else:
        needed = f"{statistic} needs {1 if statistic in ('mean', 'share') else 2} of them"
    changes = "changes" if among == "all" else f"{among} changes"
    return None, n, f"{n} runs on {changes} have a value, and {needed}"


def _policy(text: str, path: str, policies: Sequence[str]) -> tuple[str, list[str]]:
    """The policy that the path begins with, and the words after it. Names may hold dots."""
    for name in sorted(policies, key=len, reverse=True):
        if path.startswith(f"{name}."):
            return name, path[len(name) + 1 :].split(".")
    first = path.split(".")[0]
    if first in policies or "." not in path:
        raise ValueError(f"{text!r}: an expectation is {SHAPE}")
    return _known(text, "policy", first, policies), []


def _known(text: str, what: str, word: str, known: Sequence[str]) -> str:
    if word in known:
        return word
    near = get_close_matches(word, known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
    raise ValueError(f"{text!r}: {what} {word!r} is not known: {hint}")


def _bound(text: str, bound: str, unit: str) -> float:
    """The bound in the column's unit. Raises ValueError for a unit that does not belong to it."""
    if unit == "s":
        read, example = units.seconds, "600 or 10m"
    elif unit in SHARES:
        read, example = units.factor, "0.05 or 5%"
    else:
        read, example = units.count, "2000 or 2k"
    for reader in (float, read):
        with suppress(ValueError):
            number = float(reader(bound))
            if math.isfinite(number):
                return number
    raise ValueError(f"{text!r}: {bound!r} is not a number of {unit}, like {example}")
