"""`coalmine list`: what there is to choose from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.ask import nearest
from sim.cli.errors import Refused
from sim.cli.options import Json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console


def list(  # noqa: A001 - the name of the command
    topic: Annotated[
        str, typer.Argument(metavar="TOPIC", help="scenarios, faults, strategies, judges or kinds (of change).")
    ] = "scenarios",
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Only this one, with all that is known of it.")
    ] = None,
    json: Json = False,
) -> None:
    """Show the scenarios that come with Coalmine, or the words that a scenario may use, with their sources."""
    from sim.cli.output import console, print_json
    from sim.intake.vocabulary import ROWS

    if topic not in ROWS:
        raise Refused(f"list: {topic}, is no topic; {nearest(topic, ROWS)}")
    rows = ROWS[topic]()
    if name is not None:
        known = [next(iter(row.values())) for row in rows]
        if name not in known:
            raise Refused(f"list: {name}, is none of the {topic}; {nearest(name, known)}")
        rows = [row for row in rows if next(iter(row.values())) == name]
    if json:
        print_json({topic: rows})
        return
    screen = console()
    if topic == "scenarios" and name is None:
        _shelves(rows, screen)
        screen.print("\nMore of one: coalmine list scenarios NAME")
        screen.print("Then: coalmine compare NAME, coalmine run NAME, coalmine new FILE --from NAME")
    else:
        _entries(rows, screen)


SHELVES = {
    "": "Services",
    "kinds": "Kinds of change, each minor and major",
    "incidents": "Real incidents, with their published numbers",
    "surprises": "Questions with surprising answers",
}
"""Folders of the library, in the order of the list, and what is in them; folders without a line here come last."""


def _shelves(rows: Sequence[dict[str, Any]], screen: Console) -> None:
    """The library, folder by folder."""
    folders = [str(row["name"]).rpartition("/")[0] for row in rows]
    known = [folder for folder in SHELVES if folder in folders]
    for place, folder in enumerate((*known, *sorted(set(folders) - set(known)))):
        if place:
            screen.print()
        screen.print(SHELVES.get(folder, folder))
        _lines([row for row, there in zip(rows, folders, strict=True) if there == folder], screen)


def _lines(rows: Sequence[dict[str, Any]], screen: Console) -> None:
    """A line each: the name, and what it is in as many words as the line holds."""
    from rich.text import Text

    names = [str(row["name"]) for row in rows]
    widest = max(map(len, names), default=0)
    for name, row in zip(names, rows, strict=True):
        said = Text(f"{name:<{widest}}  {_short(str(row['what']), screen.width - widest - 2)}")
        said.stylize("bold", 0, len(name))
        screen.print(said)


def _short(text: str, room: int) -> str:
    """The first sentence or question, up to the last comma that fits if it is too long.

    >>> _short("A website on one machine, with a standby. Old.", 30), _short("Five thousand servers in a row", 20)
    ('A website on one machine', 'Five thousand ...')
    """
    import textwrap

    said = re.split(r"(?<=[?]) |[.;:] ", text)[0].rstrip(".")
    while len(said) > room and ", " in said:
        said = said.rpartition(", ")[0]
    return textwrap.shorten(said, room, placeholder=" ...")


def _entries(rows: Sequence[dict[str, Any]], screen: Console) -> None:
    """Word by word: what it is, then the rest of what is known of it, set in."""
    import textwrap

    from rich.text import Text

    for row in rows:
        (_, word), (_, what), *rest = row.items()
        said = Text(textwrap.fill(f"{word}: {what}", screen.width, subsequent_indent="    "))
        said.stylize("bold", 0, len(word))
        screen.print(said)
        for label, value in rest:
            if value:
                text = f"{label}: {_said(value)}"
                screen.print(Text(textwrap.fill(text, screen.width, initial_indent="    ", subsequent_indent=" " * 8)))


def _said(value: Any) -> str:
    """A value as YAML would say it, without its outermost brackets."""
    if isinstance(value, dict):
        return ", ".join(f"{key}: {{{_said(item)}}}" if isinstance(item, dict) else f"{key}: {_said(item)}"
                         for key, item in value.items())
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(value) if isinstance(value, (tuple, type([]))) else str(value)
