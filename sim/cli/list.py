"""`coalmine list`: what there is to choose from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.ask import nearest
from sim.cli.errors import Refused
from sim.cli.options import Json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console
    from rich.table import Table


def list(  # noqa: A001 - the name of the command
    topic: Annotated[
        str, typer.Argument(metavar="TOPIC", help="scenarios, faults, strategies, judges or kinds (of change).")
    ] = "scenarios",
    json: Json = False,
) -> None:
    """Show the scenarios that come with Coalmine, or the words that a scenario may use, with their sources."""
    from sim.cli.output import console, print_json
    from sim.intake.vocabulary import ROWS

    if topic not in ROWS:
        raise Refused(f"list: {topic}, is no topic; {nearest(topic, ROWS)}")
    rows = ROWS[topic]()
    if json:
        print_json({topic: rows})
        return
    screen = console()
    if topic == "scenarios":
        screen.print(_table(rows))
        screen.print("coalmine compare NAME, coalmine run NAME, coalmine new FILE --from NAME")
    else:
        _entries(rows, screen)


def _table(rows: Sequence[dict[str, Any]]) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("name", no_wrap=True, style="bold")
    table.add_column("what", ratio=3)
    table.add_column("servers", justify="right")
    table.add_column("policies", ratio=2)
    for row in rows:
        table.add_row(*(Text(_said(value)) for value in row.values()))
    return table


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
