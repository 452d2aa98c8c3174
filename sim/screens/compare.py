"""Compare: all policies over many changes, how far they differ, and how sure that is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from sim.model.outcome import COLUMNS
from sim.screens import choose, exports, tables
from sim.screens.asked import MOST_RUNS, answer
from sim.screens.found import show
from sim.screens.guard import guarded
from sim.study.compare import Comparison
from sim.study.desk import FIRST_RUNS, Study
from sim.study.finding import finding
from sim.study.rows import csv_text
from sim.study.spread import spread_over_time
from sim.study.tables import FAULT

if TYPE_CHECKING:
    from sim.figures.rendered import Figure

USUAL_RUNS = 500
MORE = 1000


def more() -> None:
    st.session_state["runs"] = min(MOST_RUNS, st.session_state["runs"] + MORE)


def stop(study: Study) -> None:
    """Be content with what is done: a first answer at least, which is a moment's work."""
    st.session_state["runs"] = max(FIRST_RUNS, study.runs)


def page() -> None:
    row, progress = st.container(horizontal=True, vertical_alignment="bottom"), st.empty()
    with row:
        name, scenario = choose.the_scenario()
        title = st.selectbox("Compare", list(tables.TITLES), key="column", bind="query-params", width=230)
        runs = st.number_input(
            "Changes", FIRST_RUNS, MOST_RUNS, USUAL_RUNS, 50, key="runs", bind="query-params", width=150
        )
        seed = st.number_input("Seed", 0, choose.MOST_SEED, 1, 1, key="seed", bind="query-params", width=120)
    place, column = st.empty(), tables.TITLES[title]

    def shown(found: Comparison) -> None:
        with place.container():
            show(found, column)

    found = answer(scenario, int(seed), int(runs), progress=progress, show=shown, stop=stop)
    shown(found)
    with st.container(horizontal=True):
        st.button(
            f"{MORE:,} changes more", on_click=more, icon=":material/add:", disabled=int(runs) >= MOST_RUNS, key="more"
        )
        command = f"coalmine compare {choose.in_commands(name)} --runs {found.runs} --seed {seed}"
        exports.offer(files(found, command, exports.stem(choose.stem_of(name), "seed", seed)), "compare")
    st.caption("The same on the command line:")
    st.code(command, language="bash")


def files(found: Comparison, command: str, stem: str) -> list[exports.File]:
    """What can be taken away: every run, the picture of `coalmine compare --figure`, the scenario, a report."""
    where = exports.source(found.scenario, command, seed=found.seed, runs=found.runs)

    # CSV comes from the command's own writer, byte for byte.
    def runs() -> list[dict[str, Any]]:
        return [
            {"policy": policy, **dict(zip(("run", FAULT, *COLUMNS), row, strict=True))}
            for policy, table in found.tables.items()
            for row in zip(table.runs.tolist(), *(table[name].tolist() for name in (FAULT, *COLUMNS)), strict=True)
        ]

    def figure() -> Figure:
        from sim.figures.comparison import draw

        return draw(found, spread_over_time(found))

    def words() -> str:
        title = exports.paper_text(found.scenario.name)
        return f"# {title}\n\n{finding(found)}.\n\n{tables.price(found)}\n\n{tables.overview(found)}\n"

    return [
        exports.File("CSV (every run)", f"{stem}.csv", "text/csv", lambda: "".join(csv_text(found))),
        *exports.tables(runs, where, stem, "every run")[1:],
        *exports.pictures(figure, where, stem),
        exports.scenario_file(found.scenario, where, stem),
        exports.report(f"{found.scenario.name}: policies compared", words, where, stem, figure),
    ]


with guarded():
    page()
