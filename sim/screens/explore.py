"""Explore: turn the few inputs that matter and see the answer at once; sweep any field; reach every other one."""

from __future__ import annotations

import streamlit as st

from sim.intake.problems import InputError
from sim.screens import choose, fields, sweeping, tables
from sim.screens.asked import answer
from sim.screens.found import show
from sim.screens.guard import guarded, plain
from sim.screens.knobs import Knob, knobs
from sim.study.compare import Comparison

NARROW = 180
"""Pixels of a knob: two beside each other on a phone."""
RUNS = 300
"""Changes of an answer; the first one is shown from 50 on."""


@st.cache_resource(show_spinner=False, max_entries=64)
def knobs_of(name: str) -> list[Knob]:
    return knobs(choose.scenario_named(name), choose.text_named(name))


def as_it_is() -> None:
    """All knobs back to what the scenario says."""
    for knob in knobs_of(choose.named()):
        st.session_state[knob.key] = knob.usual


def page() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name, _ = choose.the_scenario(as_it_is)
        title = st.selectbox("Compare", list(tables.TITLES), key="column", bind="query-params", width=230)
        seed = int(st.number_input("Seed", 0, choose.MOST_SEED, 1, 1, key="seed", bind="query-params", width=120))
        st.button("As the scenario says", on_click=as_it_is, icon=":material/restart_alt:")
    turned(name, tables.TITLES[title], seed)
    st.divider()
    what = st.segmented_control("Look further", list(PARTS), key="more", bind="query-params")
    if what:
        with guarded():
            PARTS[what](name, tables.TITLES[title], seed)


def turned(name: str, column: str, seed: int) -> None:
    """The knobs, and the answer to what they say.

    No fragment: the next turn of a knob would wait until one is done, to its last change, and not just stop it.
    """
    with guarded():
        found, changed = knobs_of(name), []
        with st.container(horizontal=True, gap="small"):
            for knob in found:
                if st.session_state.get(knob.key) not in knob.steps:
                    st.session_state.pop(knob.key, None)
                step = st.select_slider(
                    knob.label, list(knob.steps), value=knob.usual, key=knob.key, bind="query-params", width=NARROW,
                    help=plain(knob.about),
                )
                changed += list(knob.steps[step])
        settings = tuple(changed)
        try:
            scenario = choose.scenario_named(name, settings)
        except InputError as error:
            st.warning(f"These do not go together: {plain(error.problems[0].message)}.", icon=":material/block:")
            return
        progress, place = st.empty(), st.empty()

        def better(found: Comparison) -> None:
            with place.container():
                show(found, column)

        found_now = answer(scenario, seed, RUNS, progress=progress, show=better)
        better(found_now)
        st.caption("The same on the command line:")
        command = f"coalmine compare {choose.in_commands(name)} --runs {found_now.runs} --seed {seed}"
        st.code(command + "".join(f" --set {quoted(setting)}" for setting in settings), language="bash")


def quoted(setting: str) -> str:
    return f"'{setting}'" if set(setting) & set(" {}[]&|;<>()$*?#~\"\\") else setting


def curve(name: str, column: str, seed: int) -> None:
    sweeping.curve(name, knobs_of(name), column, seed)


def field_map(name: str, column: str, seed: int) -> None:
    sweeping.field_map(name, knobs_of(name), column, seed)


def size_map(name: str, column: str, seed: int) -> None:
    sweeping.size_map(name, seed)


def matters(name: str, column: str, seed: int) -> None:
    sweeping.matters(name, knobs_of(name), column, seed)


def all_fields(name: str, column: str, seed: int) -> None:
    """Every field; a change makes the scenario the visitor's own."""
    st.caption("What you change here makes the scenario your own: the answer above, other pages and the link follow.")
    draft = fields.the_draft(name)
    wrong = fields.problems_of(draft)
    if wrong:
        st.warning(
            f"Not yet a scenario; the answer above is about the last one that was: {plain(wrong[0].field)}: "
            f"{plain(wrong[0].message)}", icon=":material/edit_note:",
        )
    fields.panel(draft, wrong)


PARTS = {
    "One field as a curve": curve, "Two fields as a map": field_map, "Size and importance": size_map,
    "What matters most": matters, "All fields": all_fields,
}


with guarded():
    page()
