"""A tornado: what each assumption does to the result, one at a time, with intervals."""

from __future__ import annotations

import altair as alt

from sim.charts.looks import ink, readable
from sim.figures.palette import POLICIES, POLICIES_AT_NIGHT
from sim.study.sensitivity import Sensitivity

ROW, FOOT = 40, 70


def tornado(found: Sensitivity, *, dark: bool) -> alt.LayerChart | alt.FacetChart:
    """A bar from the result as it is to the result at either end of each range, the widest on top."""
    rows = [
        {
            "assumption": swing.assumed.path, "end": end, "value": value, "base": found.base.mean,
            "mean": one.mean, "low": one.low, "high": one.high,
        }
        for swing in found.swings
        for end, value, one in (
            ("low end", swing.assumed.low, swing.at_low), ("high end", swing.assumed.high, swing.at_high),
        )
    ]
    palette = POLICIES_AT_NIGHT if dark else POLICIES
    title = f"{found.column} of {found.a}" + (f" minus that of {found.b}" if found.b else "")
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("assumption:N", sort=[swing.assumed.path for swing in found.swings], title=None,
                axis=alt.Axis(labelLimit=220, ticks=False)),
        tooltip=[
            "assumption:N", "value:N",
            *(alt.Tooltip(f"{part}:Q", format=",.4~r") for part in ("mean", "low", "high")),
        ],
    )
    bars = base.mark_bar(height=18, opacity=0.85).encode(
        x=alt.X("base:Q", title=title), x2="mean:Q",
        color=alt.Color(
            "end:N", title=None, scale=alt.Scale(domain=["low end", "high end"], range=[palette[1], palette[0]])
        ),
    )
    lines = base.mark_rule(color=ink(dark)).encode(
        x="low:Q", x2="high:Q", yOffset=alt.YOffset("end:N", scale=alt.Scale(range=[16, 24]))
    )
    return readable(alt.layer(bars, lines).properties(height=ROW * len(found.swings) + FOOT), dark)
