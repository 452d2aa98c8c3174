"""A comparison as pages show it: a sentence, what safety costs, two charts with intervals, a table."""

from __future__ import annotations

from typing import Any, NamedTuple

import streamlit as st

from sim.charts.differences import differences
from sim.charts.looks import spec
from sim.charts.spread import spread
from sim.screens import choose, tables
from sim.screens.guard import plain
from sim.study.compare import Comparison
from sim.study.finding import finding


class Told(NamedTuple):
    """A comparison in words and two charts, ready to be sent."""

    finding: str
    price: str
    spread: dict[str, Any]
    spread_said: str
    base: str
    gaps: dict[str, Any] | None
    gaps_said: str
    overview: str


@st.cache_data(show_spinner=False, max_entries=256)
def told(key: tuple[Any, ...], column: str, dark: bool, _found: Comparison) -> Told:
    """What a comparison says of a column, made once for a whole class. key: all that can change it."""
    what = tables.COLUMNS[column]
    means, policies = tables.means(_found, column), list(_found.scenario.policies)
    base = tables.base_of(_found)
    gaps = tables.gaps(_found, column, base)
    return Told(
        finding(_found), tables.price(_found),
        spec(spread(tables.dots(_found, column), means, policies, what.axis, log=what.log, dark=dark)),
        tables.said_of(means, what), base,
        spec(differences(gaps, policies, f"{what.axis}, less or more than {base}", dark=dark)) if gaps else None,
        tables.said_of(gaps, what), tables.overview(_found),
    )


def show(found: Comparison, column: str) -> None:
    """Sentence, two charts and the table of one comparison."""
    what = tables.COLUMNS[column]
    key = found.sha256, found.scenario.name, found.seed, found.runs, found.version
    said = told(key, column, choose.is_dark(), found)
    st.markdown(f"#### {plain(said.finding)}.")
    st.markdown(said.price)
    left, right = st.columns([3, 2])
    with left:
        st.markdown(f"**{what.title}** on {what.among_words}: every change a dot, ◆ the mean and its 95 % interval")
        st.vega_lite_chart(said.spread, alt=said.spread_said)
    with right:
        st.markdown(
            f"**Difference to {plain(said.base)}** in the same changes, with intervals that hold together at 95 %"
        )
        if said.gaps is not None:
            st.vega_lite_chart(said.gaps, alt=said.gaps_said)
        else:
            st.markdown("Too few changes have a value to say.")
    st.markdown(said.overview)
    for policy, why in found.skipped.items():
        st.caption(f"{plain(policy)} cannot run here: {plain(why)}")
