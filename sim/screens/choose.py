"""What a visitor chose: scenario, seed and policies, kept in the link so that it shows the same to others.

A scenario of one's own goes through all pages by a name that holds all of it (`own:` and the code of `intake/link`).
"""

from __future__ import annotations

import re
from collections.abc import Callable

import streamlit as st

from sim.intake import library, link
from sim.intake.scenario_file import parse, read
from sim.intake.source import text_of
from sim.scenario import Scenario
from sim.screens.limits import bounded

FIRST = "web_fleet"
MOST_SEED = 2**31 - 1
OWN = "your own"
"""What the list of scenarios, and the link, call the visitor's own one; its text is in the link under `own`."""
_HOLDS = "own:"


@st.cache_data(show_spinner=False)
def known() -> list[str]:
    """The names of all scenarios of the library, the one to open with first."""
    return [FIRST, *(name for name in library.names() if name != FIRST)]


@st.cache_resource(show_spinner=False, max_entries=256)
def scenario_named(name: str, settings: tuple[str, ...] = ()) -> Scenario:
    """A scenario by its name, some fields set as `--set` does; read once for all visitors, because it is frozen."""
    if name.startswith(_HOLDS):
        return bounded(parse(text_named(name), link.SOURCE, settings))
    return read(name, settings)


def text_named(name: str) -> str:
    """The YAML of a scenario."""
    return link.unpacked(name.removeprefix(_HOLDS)) if name.startswith(_HOLDS) else text_of(library.find(name))


def own() -> str | None:
    """The code of the visitor's own scenario, from the link or from before; None if there is none."""
    code = st.query_params.get("own") or st.session_state.get("own")
    st.session_state["own"] = code
    return code


def make_own(code: str) -> None:
    """From now on the visitor's own scenario is this one, and chosen."""
    st.session_state["own"], st.session_state["scenario"] = code, OWN
    st.query_params["own"] = code


def named() -> str:
    """The name of the scenario that is chosen now."""
    chosen, code = st.session_state.get("scenario", FIRST), own()
    return _HOLDS + code if chosen == OWN and code else str(chosen)


def the_scenario(on_change: Callable[[], None] | None = None, first: str = FIRST) -> tuple[str, Scenario]:
    """Ask for a scenario; its name and itself. Raises InputError for a link that holds a broken one.

    first: the one to open with.
    """
    code = own()
    # Names and not titles: the link carries what is shown, and commands understand it too.
    st.selectbox(
        "Scenario", [*known(), OWN] if code else known(), known().index(first), key="scenario", bind="query-params",
        on_change=on_change or "rerun", width=270,
    )
    name = named()
    if code and name.startswith(_HOLDS) and st.query_params.get("own") != code:
        st.query_params["own"] = code                    # on the way here another page took it out of the link
    return name, scenario_named(name)


def in_commands(name: str) -> str:
    """How a command names this scenario: a name of the library, or the file that it is downloaded as."""
    return file_of(name) if name.startswith(_HOLDS) else name


def stem_of(name: str) -> str:
    """The first part of the names of files that come from this scenario."""
    return in_commands(name).removesuffix(".yaml").replace("/", "-")


def file_of(name: str) -> str:
    """The name of a file for this scenario: letters, digits and _ of its own name."""
    words = re.sub(r"\W+", "_", scenario_named(name).name, flags=re.ASCII).strip("_").lower()
    return f"{words[:60] or 'scenario'}.yaml"


def is_dark() -> bool:
    """Whether the visitor's theme is dark."""
    return st.context.theme.type == "dark"
