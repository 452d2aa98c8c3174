"""One number for each of a few people: bars with their values written beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from sim.charts.looks import ink, readable


def scores(rows: Sequence[dict[str, Any]], colours: dict[str, str], title: str, *, dark: bool) -> Any:
    """rows: {who, value, said}; colours: who -> colour, in the order of the rows."""
    names = list(colours)
    room = 1.25 * max((row["value"] for row in rows), default=0) or 1     # for the values behind the bars
    base = alt.Chart(alt.InlineData(values=list(rows))).encode(
        y=alt.Y("who:N", sort=names, title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=140)),
        x=alt.X("value:Q", title=title, scale=alt.Scale(domain=[0, room], nice=False),
                axis=alt.Axis(labelExpr="format(datum.value, '~s')", tickCount=3, tickMinStep=1, labelOverlap=True)),
    )
    bars = base.mark_bar(height=20).encode(
        color=alt.Color("who:N", legend=None, scale=alt.Scale(domain=names, range=list(colours.values())))
    )
    values = base.mark_text(align="left", dx=5, color=ink(dark), fontWeight="bold").encode(text="said:N")
    return readable(alt.layer(bars, values).properties(height=32 * len(rows) + 50), dark)
