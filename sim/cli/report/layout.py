"""Columns -> as many tables as the width needs: nothing is ever cut off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from rich.table import Table

BETWEEN = 2
"""Spaces between columns; one of them is the box's own."""
WIDEST_NAME = 24
"""Longer names of rows are folded."""
RULED = "    \n    \n -- \n    \n    \n    \n    \n    \n"
"""Rich's box of one line under the heading, in ASCII: right in every terminal and pipe."""


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


def split(
    rows: Sequence[str], columns: Sequence[Column], width: int, names: int = WIDEST_NAME
) -> Iterator[list[Column]]:
    """Groups of columns that fit beside the names of the rows; a too wide one stands alone."""
    widest = max((len(line) for row in rows for line in row.split("\n")), default=0)
    names = min(names, widest)
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


class Titled(NamedTuple):
    """A table and the line above it; the line is not the table's, which may be narrower."""

    title: str
    table: Table


def tables(
    title: str,
    head: str,
    rows: Sequence[str],
    columns: Sequence[Column],
    width: int,
    *,
    names: int = WIDEST_NAME,
) -> Iterator[Titled]:
    """Tables of at most `width` columns, `head` over the names of the rows, `names` wide."""
    from rich.box import Box
    from rich.markup import escape
    from rich.table import Table

    ruled = Box(RULED)
    for n, group in enumerate(split(rows, columns, width, names)):
        table = Table(
            box=ruled,
            show_edge=False,
            padding=(0, BETWEEN - 1, 0, 0),
            pad_edge=False,
            header_style="",
        )
        table.add_column(
            f"\n{head}" if "\n" in group[0].heading else head,
            overflow="fold",
            max_width=names,
            vertical="top",
        )
        for column in group:
            table.add_column(column.heading, justify="right", overflow="fold", vertical="top")
        for at, row in enumerate(rows):
            table.add_row(
                escape(row),
                *(column.cells[at] for column in group),
                style="bold" if not any(column.cells[at] for column in columns) else None,
            )
        yield Titled(title + (" (continued)" if n else ""), table)
