"""Data to stdout, talk to stderr. Rich is imported when something is drawn, not before."""

from __future__ import annotations

import codecs
import io
import json
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

PLAIN = {"–": "-", "−": "-", "·": ".", "×": "x", "²": "2", "λ": "lambda", "é": "e"}
"""What a terminal without these characters gets in their place; others become question marks."""
NARROWEST = 80
WIDEST = 120
"""Lines longer than this are hard to read, however wide the window is."""


def console(*, stderr: bool = False) -> Console:
    """A Rich console: as wide as the terminal, or 80 columns in a pipe, where it has no colour.

    A window narrower than 80 columns gets 80: the terminal then wraps, but nothing is cut off.
    """
    from rich.console import Console

    made = Console(stderr=stderr, highlight=False, soft_wrap=False, emoji=False)
    made.width = min(max(made.width, NARROWEST), WIDEST)
    return made


def write_plainly() -> None:
    """A terminal or pipe without Unicode gets the nearest ASCII from here on, not a traceback."""
    codecs.register_error("plainly", _plainly)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="plainly")


def _plainly(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(PLAIN.get(c, "?") for c in error.object[error.start : error.end]), error.end


def plain(value: Any) -> Any:
    """Data as JSON can say it: NumPy numbers become Python's, NaN and infinity become null."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def print_json(value: Any) -> None:
    """One object on stdout, readable by people as well."""
    print(json.dumps(plain(value), indent=2, ensure_ascii=False, allow_nan=False))


def is_terminal(stream: IO[str]) -> bool:
    """Whether a person sits at this stream; a closed one has nobody."""
    try:
        return stream.isatty()
    except ValueError:
        return False


def talk(text: str, *, quiet: bool = False) -> None:
    """A line for the person, on stderr; nothing when quiet."""
    if not quiet:
        console(stderr=True).print(text, markup=False, soft_wrap=True)


@contextmanager
def progress(what: str, *, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """A bar with time left on stderr, as a callback (done, of); None where nobody would see it."""
    if quiet or not is_terminal(sys.stderr):
        yield None
        return
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("time left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)

        def step(done: int, of: int) -> None:
            bar.update(task, completed=done, total=of)

        yield step
