"""What all charts of the app share: colours of policies, and axes that read well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
from altair.utils import schemapi

from sim.figures.palette import styles

# The checks of Altair at every step take most of the time of a page; the tests check each chart once.
schemapi.DEBUG_MODE = False

ROW, FOOT = 54, 74
"""Pixels a policy, and what axis and title need below the rows: Streamlit counts them in."""


def colours(policies: Sequence[str], *, dark: bool) -> Any:
    """The colour of each policy; the axis names them, so no legend.

    policies: all of the scenario, so that a subset keeps its colours.
    """
    looks = styles(policies, dark=dark)
    return alt.Color(
        "policy:N", legend=None, scale=alt.Scale(domain=list(policies), range=[looks[name].colour for name in policies])
    )


def rows(policies: Sequence[str]) -> Any:
    """One row a policy, in the scenario's order."""
    axis = alt.Axis(labelLimit=130, labelOverlap=False, ticks=False, domain=False)
    return alt.Y("policy:N", sort=list(policies), title=None, axis=axis)


def tall(count: int) -> int:
    """The height of a chart with so many rows."""
    return max(1, count) * ROW + FOOT


def decades(most: float) -> list[int]:
    """Where a symlog axis has its ticks: zero and every power of ten that is reached.

    >>> decades(250), decades(0)
    ([0, 1, 10, 100], [0, 1])
    """
    ticks = [0, 1]
    while ticks[-1] * 10 <= most:
        ticks.append(ticks[-1] * 10)
    return ticks


def ink(dark: bool) -> str:
    return "#ECEFF3" if dark else "#222222"


def readable(chart: alt.LayerChart | alt.FacetChart, dark: bool) -> alt.LayerChart | alt.FacetChart:
    """The chart with words in the colour of the page's text: Streamlit's own grey is 3.7 : 1 on white."""
    words = ink(dark)
    made: alt.LayerChart | alt.FacetChart = chart.configure_axis(labelColor=words, titleColor=words).configure_legend(
        labelColor=words, titleColor=words
    )
    return made


def spec(chart: alt.LayerChart | alt.FacetChart) -> dict[str, Any]:
    """The chart as plain Vega-Lite, unchecked, with no size of its own where the page gives it one."""
    made: dict[str, Any] = chart.to_dict(validate=False)
    made.get("config", {}).pop("view", None)
    return made
