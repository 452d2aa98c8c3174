"""Over two fields: which policy has the least of something, by colour and letter; pale where the runs do not decide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from sim.charts.looks import ink, readable
from sim.figures.palette import styles

LONGEST = 84
"""Pixels of a name in a cell."""


def field_map(
    cells: Sequence[dict[str, Any]], xs: Sequence[str], ys: Sequence[str], policies: Sequence[str], x: str, y: str, *,
    dark: bool,
) -> alt.LayerChart | alt.FacetChart:
    """cells: {x, y, policy, decided, said, mean}; xs and ys in order, the first y at the bottom."""
    looks = styles(policies, dark=dark)
    base = alt.Chart(alt.InlineData(values=list(cells))).encode(
        x=alt.X("x:O", sort=list(xs), title=x, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
        y=alt.Y("y:O", sort=list(reversed(ys)), title=y),
        tooltip=["policy:N", alt.Tooltip("said:N", title="mean"), "decided:N", alt.Tooltip("x:O", title=x),
                 alt.Tooltip("y:O", title=y)],
    )
    fill = base.mark_rect(stroke=ink(dark), strokeWidth=0.5).encode(
        color=alt.Color(
            "policy:N", legend=None,
            scale=alt.Scale(domain=list(policies), range=[looks[name].colour for name in policies]),
        ),
        opacity=alt.Opacity(
            "decided:N", legend=None, scale=alt.Scale(domain=["decided", "undecided"], range=[0.55, 0.15])
        ),
    )
    # Names in the cells: neither a legend nor colours are needed to read it.
    text = base.mark_text(color=ink(dark), fontSize=11)
    names = text.mark_text(fontWeight="bold", dy=-8, limit=LONGEST, color=ink(dark)).encode(text="policy:N")
    means = text.mark_text(dy=8, color=ink(dark)).encode(text="said:N")
    return readable(alt.layer(fill, names, means).properties(height=max(160, 50 * len(ys) + 70)), dark)
