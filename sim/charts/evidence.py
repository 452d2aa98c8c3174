"""What could be seen at a gate: the share of failed requests of each group, scrape by scrape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from sim.charts.looks import ink, readable

LEGEND = alt.Legend(orient="top", symbolType="stroke", symbolStrokeWidth=3)


def evidence(rows: Sequence[dict[str, Any]], colour: str, *, dark: bool) -> alt.LayerChart | alt.FacetChart:
    """rows: {minute, group, share, failed, requests}; the first group is the one that is judged, in `colour`."""
    groups = list(dict.fromkeys(row["group"] for row in rows))
    style = alt.Scale(domain=groups, range=[colour, ink(dark), "#888888"][: len(groups)])
    dashes = alt.Scale(domain=groups, range=[[1, 0], [4, 4], [1, 3]][: len(groups)])
    base = alt.Chart(alt.InlineData(values=list(rows))).encode(
        x=alt.X("minute:Q", title="minutes since the start", axis=alt.Axis(tickCount=8), scale=alt.Scale(zero=False)),
        y=alt.Y("share:Q", title="requests that failed", axis=alt.Axis(format="%", tickCount=5),
                scale=alt.Scale(zero=True)),
        color=alt.Color("group:N", title=None, scale=style, legend=LEGEND),
        strokeDash=alt.StrokeDash("group:N", title=None, scale=dashes, legend=None),
        tooltip=["group:N", "minute:Q", "failed:Q", "requests:Q", alt.Tooltip("share:Q", format=".2%")],
    )
    points = base.transform_filter(alt.FieldEqualPredicate(field="group", equal=groups[0])).mark_point(
        size=35, filled=True, opacity=1
    )
    return readable(alt.layer(base.mark_line(strokeWidth=2), points).properties(height=240), dark)
