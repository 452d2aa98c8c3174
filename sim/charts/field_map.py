"""Over two fields: which policy has the least of something, by colour and letter; pale where the runs do not decide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from sim.charts.looks import ink
from sim.figures.palette import styles


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
            "policy:N", legend=alt.Legend(orient="top", title=None, labelLimit=200),
            scale=alt.Scale(domain=list(policies), range=[looks[name].colour for name in policies]),
        ),
        opacity=alt.Opacity(
            "decided:N", legend=None, scale=alt.Scale(domain=["decided", "undecided"], range=[0.95, 0.35])
        ),
    )
    words = base.mark_text(color=ink(dark), fontSize=12).encode(text="said:N")
    return alt.layer(fill, words).properties(height=max(160, 56 * len(ys) + 70))
