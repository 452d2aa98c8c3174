"""How much less, or more, of something each policy has than one of them, in the same runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from sim.charts.looks import colours, ink, readable, rows, tall


def differences(
    found: Sequence[dict[str, Any]], policies: Sequence[str], title: str, *, dark: bool
) -> alt.LayerChart | alt.FacetChart:
    """A point and its interval a policy, and a line at zero. found: {policy, mean, low, high, n}."""
    base = alt.Chart(alt.InlineData(values=list(found))).encode(y=rows([row["policy"] for row in found]))
    told = [
        "policy:N", alt.Tooltip("mean:Q", format=",.4~r"), alt.Tooltip("low:Q", format=",.4~r"),
        alt.Tooltip("high:Q", format=",.4~r"), alt.Tooltip("n:Q", title="runs"),
    ]
    axis = alt.Axis(labelExpr="format(datum.value, '~s')", tickCount=6, labelOverlap=True)
    colour = colours(policies, dark=dark)
    bars = base.mark_rule(strokeWidth=4).encode(
        x=alt.X("low:Q", title=title, axis=axis), x2="high:Q", color=colour, tooltip=told
    )
    points = base.mark_point(shape="diamond", size=120, filled=True, opacity=1).encode(
        x="mean:Q", color=colour, tooltip=told
    )
    zero = alt.Chart(alt.InlineData(values=[{"at": 0}])).mark_rule(color=ink(dark), strokeDash=[4, 3]).encode(x="at:Q")
    return readable(alt.layer(zero, bars, points).properties(height=tall(len(found))), dark)
