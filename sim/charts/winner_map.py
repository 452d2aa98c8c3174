"""A map of winners as a heat map: a cell a point, its policy's colour, pale where the runs do not decide."""

from __future__ import annotations

from typing import Any

import altair as alt

from sim.charts.looks import ink, readable
from sim.figures.palette import styles
from sim.study.axes import lead
from sim.study.map_finding import named
from sim.study.winners import Map

PALE = 0.35


def winner_map(found: Map, *, dark: bool) -> alt.LayerChart | alt.FacetChart:
    """Letters as well as colours; the tooltip says the costs of the best and of the next."""
    letters = found.letters
    rows = [
        {
            "x": lead(cell.x), "y": lead(cell.y), "policy": cell.best.policy, "letter": letters[cell.best.policy],
            "decided": "yes" if cell.best.decided else "no", "runs": cell.runs,
            "cost": cell.best.means[cell.best.policy].mean, "next": cell.best.runner_up or "-",
            "behind": cell.best.behind.mean if cell.best.behind else None,
        }
        for cell in found.cells
    ]
    looks = styles(found.scenario.policies, dark=dark)
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X("x:O", sort=[lead(value) for value in found.x.values], title=named(found.x.path),
                axis=alt.Axis(labelAngle=0, labelOverlap=True, ticks=False)),
        y=alt.Y("y:O", sort=[lead(value) for value in reversed(found.y.values)], title=named(found.y.path),
                axis=alt.Axis(labelOverlap=True, ticks=False)),
    )
    colour = alt.Color(
        "policy:N", title=None,
        scale=alt.Scale(domain=found.policies, range=[looks[policy].colour for policy in found.policies]),
    )
    told: list[Any] = [
        "policy:N", "decided:N", alt.Tooltip("cost:Q", format=",.4~r"), "next:N",
        alt.Tooltip("behind:Q", format=",.4~r", title="next is behind by"), "runs:Q",
    ]
    opacity = alt.Opacity(
        "decided:N", title="decided at 95 %", scale=alt.Scale(domain=["yes", "no"], range=[1.0, PALE])
    )
    cells = base.mark_rect().encode(color=colour, opacity=opacity, tooltip=told)
    letter = base.mark_text(fontSize=10, color=ink(dark)).encode(text="letter:N", tooltip=told)
    return readable(alt.layer(cells, letter).properties(height=max(220, 20 * len(found.y.values))), dark)
