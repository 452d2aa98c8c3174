"""A number with its interval, in its unit: the shape of every answer."""

from __future__ import annotations

from dataclasses import dataclass

from sim.cli.report.cells import NOTHING, half_width, legible, saying
from sim.study.estimate import Interval

PLAIN = ("share", "share by value", "share of budget", "ratio", "s", "money", "")
"""Units that the number itself shows, or that it has not."""


@dataclass(frozen=True)
class Answer:
    """A mean, a share or a difference with its 95 % interval.

    value, low, high   in `unit`; None where no run had a value, or too few for an interval
    unit               of sim/model/outcome.py: requests, users, s, share, money ...
    n                  runs that it is from

    >>> Answer(0.57, 0.49, 0.65, "share", 151)
    57% (95% interval: 49% to 65%; 151 runs)
    """

    value: float | None
    low: float | None
    high: float | None
    unit: str
    n: int

    def __repr__(self) -> str:
        """As people read it, with as many digits as the interval supports."""
        runs = f"{self.n:,} {'run' if self.n == 1 else 'runs'}"
        if self.value is None:
            return f"{NOTHING} (no value that {runs} support)"
        if not self._half or self.low is None or self.high is None:
            return f"{self.said} ({runs})"
        low, high = self._said(self.low, self._half), self._said(self.high, self._half)
        return f"{self.said} (95% interval: {low} to {high}; {runs})"

    @property
    def said(self) -> str:
        """The value alone, in its unit."""
        unit = "" if self.unit in PLAIN else f" {self.unit}"
        return NOTHING if self.value is None else f"{self._said(self.value, self._half)}{unit}"

    @property
    def short(self) -> str:
        """The value and its interval alone: 57% (49% to 65%)."""
        if not self._half or self.low is None or self.high is None:
            return self.said
        return f"{self.said} ({self._said(self.low, self._half)} to {self._said(self.high, self._half)})"

    @property
    def _half(self) -> float:
        """The half-width to round with; 0 without an interval, or with one of no width."""
        half = half_width(self.value, self.low, self.high)
        if not half or self.low is None or self.high is None:
            return 0.0
        return legible(half, abs(self.low), abs(self.high), saying(self.unit))

    def _said(self, value: float, half: float) -> str:
        """A value; differences may be below zero, which the words for times do not know."""
        text = saying(self.unit)(abs(value), half)
        if not text.strip("0.%s"):                       # rounded away: 0%, not -0.0000%
            return saying(self.unit)(0.0, 0.0)
        return f"-{text}" if value < 0 else text

    @property
    def interval(self) -> Interval:
        """The three numbers. Raises ValueError where there is no interval."""
        if self.value is None or self.low is None or self.high is None:
            raise ValueError(f"{self!r} has no interval: ask for more runs")
        return Interval(self.low, self.value, self.high)

    @property
    def decided(self) -> bool:
        """Whether the interval leaves out zero: a difference that chance alone would not make."""
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high

    def against(self, guess: float) -> str:
        """What a guess in the same unit was worth, in a sentence.

        >>> Answer(0.57, 0.49, 0.65, "share", 151).against(0.9)
        'You said 90%. It is 57%: less than you thought.'
        """
        if self.value is None:
            return "No run has a value, so no guess is wrong."
        said, found = self._said(guess, 0.0), self._said(self.value, self._half)
        inside = self.low is not None and self.high is not None and self.low <= guess <= self.high
        near = "well guessed" if inside else "less than you thought" if guess > self.value else "more than you thought"
        return f"You said {said}. It is {found}: {near}."
