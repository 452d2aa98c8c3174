"""A comparison as pages show it: a sentence, what safety costs, two charts with intervals, a table."""

from __future__ import annotations

import streamlit as st

from sim.charts.differences import differences
from sim.charts.spread import spread
from sim.screens import choose, tables
from sim.screens.guard import plain
from sim.study.compare import Comparison
from sim.study.finding import finding


def show(found: Comparison, column: str) -> None:
    """Sentence, two charts and the table of one comparison."""
    what, dark = tables.COLUMNS[column], choose.is_dark()
    st.markdown(f"#### {plain(finding(found))}.")
    st.markdown(tables.price(found))
    means = tables.means(found, column)
    policies = list(found.scenario.policies)
    left, right = st.columns([3, 2])
    with left:
        st.markdown(f"**{what.title}** on {what.among_words}: every change a dot, ◆ the mean and its 95 % interval")
        st.altair_chart(
            spread(tables.dots(found, column), means, policies, what.axis, log=what.log, dark=dark),
            alt=tables.said_of(means, what),
        )
    with right:
        base = tables.base_of(found)
        gaps = tables.gaps(found, column, base)
        st.markdown(f"**Difference to {plain(base)}** in the same changes, with intervals that hold together at 95 %")
        if gaps:
            st.altair_chart(
                differences(gaps, policies, f"{what.axis}, less or more than {base}", dark=dark),
                alt=tables.said_of(gaps, what),
            )
        else:
            st.markdown("Too few changes have a value to say.")
    st.markdown(tables.overview(found))
    for policy, why in found.skipped.items():
        st.caption(f"{plain(policy)} cannot run here: {plain(why)}")
