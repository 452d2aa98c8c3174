"""Columns -> as many tables as the width needs: nothing is ever cut off."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from rich.table import Table

BETWEEN = 2
"""Spaces between columns; one of them is the box's own."""
WIDEST_NAME = 24
"""Longer names of rows are folded."""
MOST_FOLDED = 2
"""So many columns may have their intervals over two lines if that saves a table."""
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


    @property
    def folded(self) -> Column:
        """With each interval over two lines, which needs about half of the width."""
        return replace(self, cells=[re.sub(r"(?<=\w|%)–(?=\w)", "–\n", cell) for cell in self.cells])


def split(
    rows: Sequence[str], columns: Sequence[Column], width: int, names: int = WIDEST_NAME
) -> list[list[Column]]:
    """Groups of columns that fit beside the names of the rows; a too wide one stands alone.

    As few groups as possible, about equally wide; a column or two are folded where that saves one,
    those first that get narrowest by it.
    """
    widest = max((len(line) for row in rows for line in row.split("\n")), default=0)
    room = width - min(names, widest)
    fewest = least_groups(columns, room)
    kept = list(columns)
    gains = {at: column.width - column.folded.width for at, column in enumerate(columns)}
    for at in sorted(gains, key=lambda at: -gains[at])[:MOST_FOLDED]:
        kept[at] = kept[at].folded
        if (saved := least_groups(kept, room)) < fewest:
            return balanced(kept, saved)
    return balanced(columns, fewest)


def least_groups(columns: Sequence[Column], room: int) -> int:
    """How many tables these columns need, filled from the left."""
    groups, used = 0, room + 1
    for column in columns:
        used += BETWEEN + column.width
        if used > room:
            groups, used = groups + 1, BETWEEN + column.width
    return groups


def balanced(columns: Sequence[Column], groups: int) -> list[list[Column]]:
    """So many groups in order, the widest as narrow as possible, the earlier ones rather longer."""
    if not columns:
        return []
    cuts = min(
        combinations(range(1, len(columns)), groups - 1),
        key=lambda cuts: (max(map(wide, parted(columns, cuts))), [-cut for cut in cuts]),
    )
    return parted(columns, cuts)


def parted(columns: Sequence[Column], cuts: Sequence[int]) -> list[list[Column]]:
    return [
        list(columns[first:last])
        for first, last in zip((0, *cuts), (*cuts, len(columns)), strict=True)
    ]


def wide(group: Sequence[Column]) -> int:
    return sum(BETWEEN + column.width for column in group)


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
