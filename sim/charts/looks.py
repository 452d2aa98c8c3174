"""What all charts of the app share: colours of policies, and axes that read well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from sim.figures.palette import styles

ROW = 56
"""Pixels a policy."""


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
    return alt.Y("policy:N", sort=list(policies), title=None, axis=alt.Axis(labelLimit=130, ticks=False, domain=False))


def ink(dark: bool) -> str:
    return "#ECEFF3" if dark else "#222222"
