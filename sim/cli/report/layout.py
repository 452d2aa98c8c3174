"""Columns -> as many tables as the width needs. Nothing is ever cut off: a wide table becomes two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

BETWEEN = 2
"""Spaces between columns."""
WIDEST_NAME = 24
"""Longer names of rows are folded."""


@dataclass(frozen=True)
class Column:
    """A heading (lines may be split by newlines) and one cell a row, with Rich's markup."""

    heading: str
    cells: Sequence[str]

    @property
    def width(self) -> int:
        from rich.text import Text

        texts = [self.heading, *(Text.from_markup(cell).plain for cell in self.cells)]
        return max(len(line) for text in texts for line in text.split("\n"))


def split(rows: Sequence[str], columns: Sequence[Column], width: int) -> Iterator[list[Column]]:
    """Columns that fit beside the names of the rows, group by group; a too wide one stands alone."""
    names = min(WIDEST_NAME, max((len(row) for row in rows), default=0))
    group: list[Column] = []
    used = names
    for column in columns:
        if group and used + BETWEEN + column.width > width:
            yield group
            group, used = [], names
        group.append(column)
        used += BETWEEN + column.width
    if group:
        yield group


def tables(
    title: str, head: str, rows: Sequence[str], columns: Sequence[Column], width: int
) -> Iterator[Table]:
    """Rich tables of at most `width` columns: `head` over the names of the rows, title on the first."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    for n, group in enumerate(split(rows, columns, width)):
        table = Table(
            title=f"[bold]{title}[/bold]" + (" (continued)" if n else ""), title_justify="left",
            title_style="", box=box.Box(" -- \n    \n -- \n    \n    \n    \n    \n    \n"), show_edge=False,
            padding=(0, BETWEEN, 0, 0), pad_edge=False, header_style="",
        )
        table.add_column(f"\n{head}" if "\n" in group[0].heading else head, overflow="fold",
                         max_width=WIDEST_NAME, vertical="top")
        for column in group:
            table.add_column(column.heading, justify="right", overflow="fold", vertical="top")
        for at, row in enumerate(rows):
            table.add_row(escape(row), *(column.cells[at] for column in group))
        yield table
