"""A column over the values of one field: a line a policy, with the 95 % interval of every mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from sim.charts.looks import decades, readable
from sim.figures.palette import styles


def curve(
    rows: Sequence[dict[str, Any]], values: Sequence[str], policies: Sequence[str], field: str, title: str, *,
    log: bool, dark: bool,
) -> alt.LayerChart | alt.FacetChart:
    """rows: {value, policy, mean, low, high, n}, means may be None; values: the field's, in order."""
    looks = styles(policies, dark=dark)
    most = max((row["high"] or row["mean"] or 0.0 for row in rows), default=0.0)
    scale = alt.Scale(type="symlog", constant=1) if log else alt.Scale(zero=True)
    axis = (
        alt.Axis(values=decades(most), labelExpr="format(datum.value, '~s')", labelOverlap=True)
        if log else alt.Axis(format="~s", tickCount=6, labelOverlap=True)
    )
    colour = alt.Color(
        "policy:N", legend=alt.Legend(orient="top", title=None, labelLimit=200, columns=4),
        scale=alt.Scale(domain=list(policies), range=[looks[name].colour for name in policies]),
    )
    base = alt.Chart(alt.InlineData(values=[row for row in rows if row["mean"] is not None])).encode(
        x=alt.X(
            "value:O", sort=list(values), title=field, axis=alt.Axis(labelAngle=0, labelOverlap=True),
            scale=alt.Scale(type="point", padding=0.3),
        ),
        color=colour,
        tooltip=[
            "policy:N", alt.Tooltip("value:O", title=field), alt.Tooltip("mean:Q", format=",.4~r", title=title),
            alt.Tooltip("low:Q", format=",.4~r"), alt.Tooltip("high:Q", format=",.4~r"),
            alt.Tooltip("n:Q", title="runs"),
        ],
    )
    band = base.mark_area(opacity=0.18).encode(y=alt.Y("low:Q", title=title, scale=scale, axis=axis), y2="high:Q")
    line = base.mark_line(strokeWidth=2).encode(
        y=alt.Y("mean:Q", title=title, scale=scale, axis=axis),
        # Not by colour alone.
        strokeDash=alt.StrokeDash("policy:N", legend=None, sort=list(policies)),
    )
    dots = base.mark_point(size=60, filled=True, opacity=1).encode(
        y=alt.Y("mean:Q", scale=scale, axis=axis),
        shape=alt.Shape("policy:N", sort=list(policies), legend=None),
    )
    return readable(alt.layer(band, line, dots).properties(height=360), dark)
