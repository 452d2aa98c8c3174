"""What is kept of a study, for every command that has one: a store to go on from, tables, pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import typer

from sim.cli import ask, output
from sim.cli.errors import INTERNAL, Refused, say

PICTURES = (".png", ".svg", ".pdf")

Found = TypeVar("Found")


def picture(path: Path | None) -> None:
    """Refuse a --figure that cannot be written, or whose ending no drawing has. None is no figure."""
    ask.writable(path, "--figure")
    if path is not None and path.suffix.lower() not in PICTURES:
        raise Refused(f"--figure: {path} must end in one of {', '.join(PICTURES)}")


@contextmanager
def stored(store: Path | None) -> Iterator[None]:
    """Around a study that keeps itself in a folder: another study's is refused, a failure says what is left of it."""
    from sim.study.cluster import Lost
    from sim.study.files import CannotWrite
    from sim.study.store import InUse, OtherStudy
    from sim.study.workers import WorkerDied

    try:
        yield
    except (OtherStudy, InUse) as refused:
        raise Refused(f"--store: {refused}") from None
    except (CannotWrite, Lost, WorkerDied) as failed:
        say(f"coalmine: {failed}")
        if store is not None:
            say(f"What was finished is in {store}: the same command goes on from there.")
        raise typer.Exit(INTERNAL) from None


def written(found: Found, files: Mapping[Path | None, Callable[[Found, Path], None]], *, quiet: bool) -> bool:
    """Write the files that were asked for, each on its own; whether all could be. What was printed stays."""
    from sim.study.files import CannotWrite

    whole = True
    for path, write in files.items():
        if path is None:
            continue
        try:
            write(found, path)
        except OSError as error:
            say(f"coalmine: {error if isinstance(error, CannotWrite) else f'{path}: {error}'}")
            whole = False
        else:
            output.talk(f"Written: {path}", quiet=quiet)
    return whole
