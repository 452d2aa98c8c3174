"""What is wrong with an input: `file:line: field: value, message`, one line a problem, all at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

MOST_SHOWN = 50
WIDEST_VALUE = 40


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One mistake. `line` counts from 1, None where there is none (a whole file, an override)."""

    file: str
    line: int | None = None
    field: str = ""
    value: str = ""
    message: str

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        said = f"{self.value}, {self.message}" if self.value else self.message
        return ": ".join(on_one_line(part) for part in (where, self.field, said) if part)


class InputError(ValueError):
    """The user's input is wrong; `problems` holds everything that is wrong with it, by file and line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        super().__init__(self._text())

    def _text(self) -> str:
        lines = [str(problem) for problem in self.problems[:MOST_SHOWN]]
        more = len(self.problems) - len(lines)
        return "\n".join(lines + ([f"... and {more} more problems"] if more else []))


def on_one_line(text: str) -> str:
    """Keys, values and anchors may hold letters that break lines or move the cursor; one problem is one line.

    >>> print(on_one_line("a\\u2028b"))
    a\\u2028b
    """
    return text if text.isprintable() else repr(text)[1:-1]


def shown(value: object) -> str:
    """A value as one short printable line.

    >>> shown("5%"), shown("a" * 50), shown("two\\nlines")
    ('5%', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...', "'two\\\\nlines'")
    """
    text = str(value)[: 4 * WIDEST_VALUE]
    if not text.isprintable():
        text = repr(text)
    return text if len(text) <= WIDEST_VALUE else text[: WIDEST_VALUE - 3] + "..."


def closest(word: str, known: Iterable[str]) -> str | None:
    """The word of `known` that was most likely meant, None if none is near.

    >>> closest("bakes", ["bake", "batch"]), closest("zzz", ["bake"])
    ('bake', None)
    """
    words = list(known)
    lower = {name.lower(): name for name in words}
    plain = word.strip().lower().replace("-", "_").replace(" ", "_")
    if plain in lower:
        return lower[plain]
    # One name inside the other, such as `error_rate` for `errors`, counts when nothing is closer.
    near = get_close_matches(plain, lower, n=1, cutoff=0.6)
    return lower[near[0]] if near else None


def suggest(word: str, known: Sequence[str]) -> str:
    """'did you mean x?' when something is near, else the known words."""
    near = closest(word, known)
    return f"did you mean {near}?" if near else f"known here: {', '.join(known)}"
