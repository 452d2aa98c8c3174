"""A lesson's text with its numbers put in, and what is said of a guess."""

from __future__ import annotations

from typing import Any

from sim.cli.words import amount, duration, money, percent
from sim.intake.lesson import Ask, Lesson, Number, Part, Prose
from sim.study.lesson import Truth, Value, Values, near

NO_VALUE = "(no value)"


def prose(part: Prose, values: Values) -> str:
    """Markdown with every number written out; pictures of other hosts are not asked for."""
    text = "".join(piece if isinstance(piece, str) else written(piece, values) for piece in part.pieces)
    return text.replace("![", "\\![")


def written(number: Number, values: Values) -> str:
    """One number as its format says, by its unit where it says nothing; what has no value says so."""
    try:
        return said(values.number(number), number.as_)
    except ValueError:
        return NO_VALUE


def said(value: Value, as_: str = "") -> str:
    """A value in words.

    >>> said(Value(0.931, unit="share")), said(Value(75.0, unit="s")), said(Value(12345.6)), said(Value(3.2), "times")
    ('93%', '1m15s', '12,346', '3.2 times')
    """
    if as_ == "interval":
        text = _plainly(value.value, value.unit)
        if value.low is None or value.high is None:
            return text
        low, high = (_plainly(edge, value.unit) for edge in (max(0.0, value.low), value.high))
        return f"{text} (95 % interval {low} to {high})"
    if as_ == "times":
        return f"{amount(value.value, 2)} times"
    by_format = {"percent": "share", "time": "s", "money": "money", "number": ""}
    return _plainly(value.value, by_format.get(as_, value.unit))


def _plainly(value: float, unit: str) -> str:
    if unit in ("share", "ratio", "share of budget"):
        return percent(value)
    if unit == "s":
        return duration(value)
    return money(value) if unit == "money" else amount(value)


def in_unit(value: float, unit: str) -> str:
    """A number of a question with its unit.

    >>> in_unit(93.1, "%"), in_unit(1234.0, "users")
    ('93.1 %', '1,234 users')
    """
    return f"{amount(value)} {unit}"


def answered(ask: Ask, guess: float, truth: Truth) -> tuple[bool, str]:
    """Whether a guess was good, and a sentence that sets it beside the simulation."""
    if ask.kind == "choice":
        right = ask.choices[int(truth.value)].said
        if guess == truth.value:
            return True, f"Your prediction was right: **{right}**"
        return False, f"You predicted: *{ask.choices[int(guess)].said}*. The simulation says: **{right}**"
    interval = ""
    if truth.low is not None and truth.high is not None:
        low, high = amount(max(0.0, truth.low)), amount(truth.high)
        interval = f" (95 % interval {low} to {high})"
    told = f"You said {in_unit(guess, ask.unit)}. The simulation says **{in_unit(truth.value, ask.unit)}**{interval}."
    if near(guess, truth):
        return True, f"{told} A good guess."
    return False, f"{told} {_off(guess, truth.value)}"


def _off(guess: float, value: float) -> str:
    """How far off, by a factor where that says more.

    >>> _off(10, 100), _off(100, 0)
    ('That is 10 times as much as you thought.', 'That is less than you thought.')
    """
    if guess > 0 and value > 0:
        factor = value / guess
        if factor >= 2:
            return f"That is {amount(factor, 2)} times as much as you thought."
        if factor <= 0.5:
            return f"You thought of {amount(1 / factor, 2)} times as much."
    return f"That is {'more' if value > guess else 'less'} than you thought."


def until_asked(parts: tuple[Part, ...], guessed: set[str]) -> tuple[Part, ...]:
    """The parts of a section that may be read: up to and with the first question without a guess."""
    shown: list[Part] = []
    for part in parts:
        shown.append(part)
        if isinstance(part, Ask) and part.id not in guessed:
            break
    return tuple(shown)


def guesses(lesson: Lesson, values: Values, kept: dict[str, float]) -> list[dict[str, Any]]:
    """A row a question that was answered: guess, simulation and interval, for the end of the lesson."""
    rows = []
    for ask in lesson.asks:
        if ask.id not in kept:
            continue
        truth, guess = values.truth(ask), kept[ask.id]
        good = answered(ask, guess, truth)[0]
        if ask.kind == "choice":
            row: dict[str, Any] = {
                "guess": ask.choices[int(guess)].said, "simulated": ask.choices[int(truth.value)].said,
                "low": None, "high": None, "unit": "",
            }
        else:
            row = {"guess": guess, "simulated": truth.value, "low": truth.low, "high": truth.high, "unit": ask.unit}
        rows.append({"question": ask.id, "asked": ask.asked, **row, "good": good})
    return rows
