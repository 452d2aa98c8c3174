"""The base of every noun, and the small nouns that several others share."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, ConfigDict, WithJsonSchema

from sim.units import (
    DAY,
    Clock,
    Count,
    Seconds,
    clock,
    count,
    factor,
    say_clock,
    say_seconds,
    say_share,
    seconds,
    share,
)


class Term:
    """A noun of the vocabulary: a frozen dataclass in which a misspelt key is an error."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


def refuse(condition: bool, message: str) -> None:
    """Raise ValueError(message) when the condition holds: the invariants of `__post_init__` in one line each."""
    if condition:
        raise ValueError(message)


@dataclass(frozen=True)
class Portion(Term):
    """Some of a pool: a share ('5%', rounded up) or a count (5). Exactly one is given."""

    share: float | None = None
    count: int | None = None

    def __post_init__(self) -> None:
        refuse((self.share is None) == (self.count is None), "a portion is either a share or a count")
        refuse(self.share is not None and not 0 <= self.share <= 1, "a share is from 0% to 100%")
        refuse(self.count is not None and self.count < 0, "a count is from 0 up")

    def of(self, n: int, *, most: int | None = None) -> int:
        """How many of n: shares round up, at least 1; never above `most` (n unless given).

        >>> Portion(share=0.05).of(100), Portion(share=0.05).of(7), Portion(count=12).of(10)
        (5, 1, 10)
        """
        wanted = self.count if self.count is not None else math.ceil(round((self.share or 0.0) * n, 9))
        return max(0, min(max(1, wanted), n if most is None else most))

    def __str__(self) -> str:
        return say_share(self.share) if self.share is not None else str(self.count)


@dataclass(frozen=True)
class Batch(Term):
    """How many servers at once, and how often: '5 every 1m', '10% every 2m', or 'all'."""

    size: Portion = Portion(share=1.0)
    every: Seconds = 0.0

    def __str__(self) -> str:
        whole = self.size.share == 1.0 and not self.every
        return "all" if whole else f"{self.size} every {say_seconds(self.every)}"


@dataclass(frozen=True)
class Delay(Term):
    """A time that varies: lognormal with this median and 95th percentile; constant without `p95`."""

    median: Seconds
    p95: Seconds | None = None

    def __post_init__(self) -> None:
        refuse(self.p95 is not None and self.p95 < self.median, "p95 must be at least the median")
        refuse(self.p95 is not None and self.median <= 0, "median must be above 0 where p95 is given")

    @property
    def sigma(self) -> float:
        """Standard deviation of the logarithm; 0 when constant. 1.6448536 is the normal's 95th percentile."""
        return 0.0 if self.p95 is None else math.log(self.p95 / self.median) / 1.6448536269514722

    @property
    def mean(self) -> float:
        """Expected delay in seconds."""
        return self.median * math.exp(self.sigma**2 / 2)

    def __str__(self) -> str:
        if self.p95 is None:
            return say_seconds(self.median)
        return f"{say_seconds(self.median)} (95 % within {say_seconds(self.p95)})"


@dataclass(frozen=True)
class KInT(Term):
    """'20 in 10m': the k-th event inside a sliding window."""

    k: Count
    within: Seconds

    def __post_init__(self) -> None:
        refuse(not 1 <= self.k <= 100_000, f"k(={self.k}) must be from 1 to 100000")
        refuse(self.within <= 0, "the window must be longer than 0s")

    def __str__(self) -> str:
        return f"{self.k} in {say_seconds(self.within)}"


@dataclass(frozen=True)
class ClockWindow(Term):
    """A window of the day: from 18:00 to 22:00, or over midnight. Without `until` it never closes again."""

    start: Clock
    until: Clock | None = None

    def __post_init__(self) -> None:
        refuse(self.start == self.until, "a window must not close when it opens")

    def __str__(self) -> str:
        return say_clock(self.start) + ("" if self.until is None else f"-{say_clock(self.until)}")


# Nouns that a file writes as one text are read from that text only: a mapping such as
# {share: 0.05} would be a second way to say the same, without a unit.


def _portion(value: Any) -> Any:
    if isinstance(value, Portion):
        return value
    if isinstance(value, str) and value.strip().endswith("%"):
        read = Portion(share=share(value))
    else:
        try:
            read = Portion(count=count(value))
        except ValueError:
            hint = f": did you mean '{value * 100:g}%'?" if isinstance(value, float) and 0 < value < 1 else ""
            raise ValueError(f"a number of servers is a count or a share, like 5 or 5%{hint}") from None
    refuse(not (read.share or read.count), "a number of servers must be above 0")
    return read


def _batch(value: Any) -> Any:
    if isinstance(value, Batch):
        return value
    text = str(value).strip()
    if text == "all":
        return Batch()
    match = re.fullmatch(r"(\S+)\s+every\s+(\S+)", text)
    if not match:
        raise ValueError("a batch is 'all' or 'n every t', like 5 every 1m or 10% every 2m")
    return Batch(_portion(match[1]), seconds(match[2]))


def _delay(value: Any) -> Any:
    return value if isinstance(value, (dict, Delay)) else Delay(seconds(value))


def _k_in_t(value: Any) -> Any:
    if isinstance(value, KInT):
        return value
    match = re.fullmatch(r"(\S+)\s+in\s+(\S+)", str(value).strip())
    if not match:
        raise ValueError("a page rule is 'k in t', like 20 in 10m")
    return KInT(count(match[1]), seconds(match[2]))


def _clock_window(value: Any) -> Any:
    if isinstance(value, ClockWindow):
        return value
    first, dash, last = str(value).partition("-")
    return ClockWindow(clock(first), clock(last) if dash else None)


def _profile(value: Any) -> Any:
    if value == "flat":
        return ((0.0, 1.0),)
    if isinstance(value, tuple):
        return value
    if not isinstance(value, dict) or not value:
        raise ValueError('a profile is flat, or factors by clock time like {"00:00": 40%, "08:00": 100%}')
    steps = sorted((clock(at), factor(by)) for at, by in value.items())
    refuse(steps[-1][0] >= DAY, 'the times of a profile are from "00:00" to "23:59"')
    refuse(len({at for at, _ in steps}) < len(steps), "the times of a profile must differ")
    return tuple(steps)


def _text(pattern: str, example: str, *more: dict[str, Any]) -> Any:
    return WithJsonSchema({"anyOf": [{"type": "string", "pattern": pattern, "examples": [example]}, *more]})


Servers = Annotated[Portion, BeforeValidator(_portion), _text(r"^\d+(\.\d+)?%?$", "5%", {"type": "integer"})]
Batches = Annotated[Batch, BeforeValidator(_batch), _text(r"^(all|\S+ +every +\S+)$", "5 every 1m")]
Delays = Annotated[
    Delay,
    BeforeValidator(_delay),
    _text(
        r"^(\d+(\.\d+)?(us|ms|s|m|h|d|w))+$",
        "5m",
        {
            "type": "object",
            "properties": {"median": {"type": "string"}, "p95": {"type": "string"}},
            "required": ["median"],
            "additionalProperties": False,
        },
    ),
]
PageRule = Annotated[KInT, BeforeValidator(_k_in_t), _text(r"^\S+ +in +\S+$", "20 in 10m")]
Window = Annotated[
    ClockWindow, BeforeValidator(_clock_window), _text(r"^\d{1,2}:\d{2}(-\d{1,2}:\d{2})?$", "18:00-22:00")
]
Profile = Annotated[
    tuple[tuple[float, float], ...],
    BeforeValidator(_profile),
    WithJsonSchema({"anyOf": [{"const": "flat"}, {"type": "object", "additionalProperties": {"type": "string"}}]}),
]
"""Steps (seconds after midnight, factor on the rate), repeated every day; flat is one step of 1."""
