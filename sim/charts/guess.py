"""A guess beside what the simulation says, with its interval."""

from __future__ import annotations

import altair as alt

from sim.charts.looks import ink, readable

GUESS, TRUTH = "your guess", "simulation"


def guess(
    guessed: float, value: float, low: float | None, high: float | None, unit: str, *, dark: bool
) -> alt.LayerChart | alt.FacetChart:
    """Two rows: the guess as a circle, the simulation as a diamond on its interval."""
    rows = [{"who": GUESS, "at": guessed}, {"who": TRUTH, "at": value}]
    axis = alt.Axis(labelExpr="format(datum.value, '~s')", tickCount=6, labelOverlap=True)
    y = alt.Y("who:N", sort=[GUESS, TRUTH], title=None, axis=alt.Axis(ticks=False, domain=False))
    points = alt.Chart(alt.InlineData(values=rows)).mark_point(size=150, filled=True, opacity=1).encode(
        x=alt.X("at:Q", title=unit, axis=axis, scale=alt.Scale(zero=True, nice=True)), y=y,
        shape=alt.Shape("who:N", legend=None, scale=alt.Scale(domain=[GUESS, TRUTH], range=["circle", "diamond"])),
        color=alt.Color("who:N", legend=None, scale=alt.Scale(
            domain=[GUESS, TRUTH], range=["#EE8A00" if not dark else "#FFB14A", "#1F5FA8" if not dark else "#7FB8F0"]
        )),
        tooltip=["who:N", alt.Tooltip("at:Q", format=",.4~r", title=unit)],
    )
    if low is None or high is None:
        return readable(alt.layer(points).properties(height=130), dark)
    bar = alt.Chart(alt.InlineData(values=[{"who": TRUTH, "low": max(0.0, low), "high": high}])).mark_rule(
        strokeWidth=3, color=ink(dark)
    ).encode(x="low:Q", x2="high:Q", y=y)
    return readable(alt.layer(bar, points).properties(height=130), dark)
