"""A small table that a notebook shows as one, and a terminal as aligned columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape


class Table:
    """Headings and rows of text, under a sentence.

    >>> Table("Two rows.", ["policy", "users hit"], [["direct", "100k"], ["canary", "6k"]])
    Two rows.
    policy  users hit
    direct  100k
    canary  6k
    """

    def __init__(self, said: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        self.said = said
        self.heads = list(heads)
        self.rows = [[str(cell) for cell in row] for row in rows]

    def __repr__(self) -> str:
        widths = [max(map(len, column)) for column in zip(self.heads, *self.rows, strict=True)]
        lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
                 for row in [self.heads, *self.rows])
        return "\n".join([self.said, *lines])

    def _repr_html_(self) -> str:
        def line(cells: Sequence[str], tag: str) -> str:
            begin = f'<{tag} style="text-align:left">'
            return "<tr>" + "".join(f"{begin}{escape(cell)}</{tag}>" for cell in cells) + "</tr>"

        body = "".join(line(row, "td") for row in self.rows)
        return f"<p>{escape(self.said)}</p><table>{line(self.heads, 'th')}{body}</table>"
