"""What a visitor chose: scenario, seed and policies, kept in the link so that it shows the same to others."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from sim.intake import library
from sim.intake.scenario_file import read
from sim.scenario import Scenario

FIRST = "web_fleet"
MOST_SEED = 2**31 - 1


@st.cache_data(show_spinner=False)
def known() -> list[str]:
    """The names of all scenarios of the library, the one to open with first."""
    return [FIRST, *(name for name in library.names() if name != FIRST)]


@st.cache_resource(show_spinner=False, max_entries=64)
def scenario_named(name: str) -> Scenario:
    """A scenario of the library; read once for all visitors, because it is frozen."""
    return read(name)


def the_scenario(on_change: Callable[[], None] | None = None) -> tuple[str, Scenario]:
    """Ask for a scenario; its name and itself."""
    # Names and not titles: the link carries what is shown, and commands understand it too.
    name = st.selectbox(
        "Scenario", known(), key="scenario", bind="query-params", on_change=on_change or "rerun", width=270
    )
    return name, scenario_named(name)


def is_dark() -> bool:
    """Whether the visitor's theme is dark."""
    return st.context.theme.type == "dark"
