"""Every change as a dot, a row a policy; over it the mean with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from sim.charts.looks import colours, decades, ink, readable, rows, tall


def spread(
    dots: Sequence[dict[str, Any]], means: Sequence[dict[str, Any]], policies: Sequence[str], title: str, *,
    log: bool, dark: bool,
) -> alt.LayerChart | alt.FacetChart:
    """The chart of one column.

    dots: {policy, value, run, fault, lift}; means: {policy, mean, low, high, n}, low and high may be None.
    log: a scale that spreads small numbers and still has a place for 0.
    """
    scale = alt.Scale(type="symlog", constant=1) if log else alt.Scale(zero=True)
    most = max((row["value"] for row in dots), default=0.0)
    axis = (
        alt.Axis(values=decades(most), labelExpr="format(datum.value, '~s')", labelOverlap=True)
        if log
        else alt.Axis(format=",~r", tickCount=6, labelOverlap=True)
    )
    across = alt.X("value:Q", title=title, scale=scale, axis=axis)
    shown = list(dict.fromkeys(row["policy"] for row in means))
    points = alt.Chart(alt.InlineData(values=list(dots))).mark_circle(size=22, opacity=0.45).encode(
        x=across,
        y=rows(shown),
        yOffset=alt.YOffset("lift:Q", scale=alt.Scale(domain=[0, 1])),
        color=colours(policies, dark=dark),
        tooltip=["policy:N", alt.Tooltip("value:Q", format=",~r", title=title), "run:Q", "fault:N"],
    )
    base = alt.Chart(alt.InlineData(values=list(means))).encode(y=rows(shown))
    told = [
        alt.Tooltip("mean:Q", format=",.4~r"), alt.Tooltip("low:Q", format=",.4~r"),
        alt.Tooltip("high:Q", format=",.4~r"), alt.Tooltip("n:Q", title="runs"),
    ]
    bars = base.mark_rule(strokeWidth=3, color=ink(dark)).encode(
        x=alt.X("low:Q", scale=scale), x2="high:Q", tooltip=["policy:N", *told]
    )
    middle = base.mark_point(shape="diamond", size=110, filled=True, color=ink(dark), opacity=1).encode(
        x=alt.X("mean:Q", scale=scale), tooltip=["policy:N", *told]
    )
    return readable(alt.layer(points, bars, middle).properties(height=tall(len(shown))), dark)
