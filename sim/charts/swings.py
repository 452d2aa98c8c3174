"""How far a number moves when one assumption goes to either end, the others staying: the widest on top."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from sim.charts.looks import ink, readable

LOW, HIGH = "#0072B2", "#D55E00"


def swings(made: Sequence[dict[str, Any]], title: str, *, dark: bool) -> alt.LayerChart | alt.FacetChart:
    """made: {knob, end, side, mean, low, high, n}; a bar an end from the present at 0, with its 95 % interval."""
    reach: dict[str, float] = {}
    for row in made:
        reach[row["knob"]] = max(reach.get(row["knob"], 0.0), abs(row["mean"]))
    order = sorted(reach, key=lambda knob: -reach[knob])
    base = alt.Chart(alt.InlineData(values=list(made))).encode(
        y=alt.Y("knob:N", sort=order, title=None, axis=alt.Axis(labelLimit=210, ticks=False, domain=False)),
        yOffset=alt.YOffset("side:N", sort=["lowest", "highest"]),
        tooltip=[
            "knob:N", "end:N", alt.Tooltip("mean:Q", format=",.4~r"), alt.Tooltip("low:Q", format=",.4~r"),
            alt.Tooltip("high:Q", format=",.4~r"), alt.Tooltip("n:Q", title="runs"),
        ],
    )
    axis = alt.Axis(labelExpr="format(datum.value, '~s')", tickCount=6, labelOverlap=True)
    bars = base.mark_bar().encode(
        x=alt.X("mean:Q", title=title, axis=axis),
        color=alt.Color(
            "side:N", legend=alt.Legend(orient="top", title="At its"),
            scale=alt.Scale(domain=["lowest", "highest"], range=[LOW, HIGH]),
        ),
    )
    errors = base.mark_rule(color=ink(dark), strokeWidth=1.5).encode(x="low:Q", x2="high:Q")
    return readable(alt.layer(bars, errors).properties(height=max(1, len(order)) * 46 + 90), dark)
