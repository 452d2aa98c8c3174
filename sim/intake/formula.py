"""Small sums in a lesson, such as `1 - canary.faulty.users_hit.mean / direct.faulty.users_hit.mean`.

Only the four operations, brackets, numbers with units (5%, 10m, 2k, 500/s) and dotted names; nothing is ever run
as Python. What a name means is for the reader of the tree to say (`sim/study/lesson.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from sim import units

DEEPEST = 20
WORD = re.compile(
    r"\s*(?:(?P<number>\d[\w.%]*(?:/(?:s|min|m|h|d)\b)?)|(?P<name>[A-Za-z_]\w*(?:\.[\w-]+)+)|(?P<sign>[-+*/()]))"
)
SHAPE = "a sum of numbers and names like direct.faulty.users_hit.mean"
RELATIONS: dict[str, Callable[[float, float], bool]] = {
    "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
}


@dataclass(frozen=True)
class Formula:
    """A number, a name, or two formulas and a sign between them. sign: '' for a leaf."""

    sign: str = ""
    left: Formula | None = None
    right: Formula | None = None
    number: float = 0.0
    name: str = ""

    def names(self) -> Iterator[str]:
        """Every name in it, from left to right."""
        if self.name:
            yield self.name
        for part in (self.left, self.right):
            if part is not None:
                yield from part.names()

    def value(self, of: Callable[[str], float]) -> float:
        """The number that comes out when `of` says what names mean. Raises ValueError for a division by zero."""
        if self.name:
            return of(self.name)
        if self.left is None or self.right is None:
            return self.number
        a, b = self.left.value(of), self.right.value(of)
        if self.sign == "/":
            if b == 0:
                raise ValueError("the divisor is 0")
            return a / b
        return a + b if self.sign == "+" else a - b if self.sign == "-" else a * b


@dataclass(frozen=True)
class Condition:
    """Comparisons of two formulas each, all of which must hold."""

    parts: tuple[tuple[Formula, str, Formula], ...]

    def holds(self, of: Callable[[str], float]) -> bool:
        return all(RELATIONS[relation](left.value(of), right.value(of)) for left, relation, right in self.parts)

    def names(self) -> Iterator[str]:
        """Every name in it, from left to right."""
        for left, _, right in self.parts:
            yield from left.names()
            yield from right.names()


def formula(text: str) -> Formula:
    """Read a formula. Raises ValueError, saying at which word.

    >>> formula("2 * (direct.cost.mean - 1k)").value(lambda name: 1500.0)
    1000.0
    """
    words = _words(text)
    made = _sum(words, 0)
    if words:
        raise ValueError(f"{words[0]!r} is too much; wanted is {SHAPE}")
    return made


def condition(text: str) -> Condition:
    """Read `formula < formula`, several joined by `and`; relations are < <= > >=. Raises ValueError.

    >>> condition("a.x > 2 * b.x and a.x < 6").holds(lambda name: {"a.x": 5.0, "b.x": 2.0}[name])
    True
    """
    made = []
    for part in re.split(r"\band\b", text):
        words = re.split(r"(<=|>=|<|>)", part)
        if len(words) != 3:
            raise ValueError("a condition is `this < that`, with one of < <= > >=, several joined by `and`")
        made.append((formula(words[0]), words[1], formula(words[2])))
    return Condition(tuple(made))


def _words(text: str) -> list[str]:
    found, at = [], 0
    while text[at:].strip():
        match = WORD.match(text, at)
        if match is None:
            raise ValueError(f"{text[at:].strip()[:20]!r} is not understood; wanted is {SHAPE}")
        found.append(match[0].strip())
        at = match.end()
    if not found:
        raise ValueError(f"is empty; wanted is {SHAPE}")
    return found


def _sum(words: list[str], depth: int) -> Formula:
    made = _product(words, depth)
    while words and words[0] in "+-":
        made = Formula(words.pop(0), made, _product(words, depth))
    return made


def _product(words: list[str], depth: int) -> Formula:
    made = _leaf(words, depth)
    while words and words[0] in "*/":
        made = Formula(words.pop(0), made, _leaf(words, depth))
    return made


def _leaf(words: list[str], depth: int) -> Formula:
    if depth > DEEPEST:
        raise ValueError(f"has more than {DEEPEST} brackets inside each other")
    if not words:
        raise ValueError(f"ends too early; wanted is {SHAPE}")
    word = words.pop(0)
    if word == "(":
        made = _sum(words, depth + 1)
        if not words or words.pop(0) != ")":
            raise ValueError("a bracket is not closed")
        return made
    if word[0].isdigit():
        return Formula(number=_number(word))
    if word in "+-*/)":
        raise ValueError(f"{word!r} stands where a number or a name is wanted")
    return Formula(name=word)


def _number(word: str) -> float:
    for reader in (float, units.seconds, units.share, units.per_second, units.count):
        with suppress(ValueError):
            return float(reader(word))
    raise ValueError(f"{word!r} is no number; with units it is like 5%, 10m, 2k or 500/s")
