"""Compare: all policies over many changes, how far they differ, and how sure that is."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any

import streamlit as st

from sim.charts.differences import differences
from sim.charts.spread import spread
from sim.model.outcome import COLUMNS
from sim.model.plan import Impossible
from sim.screens import choose, exports, tables
from sim.screens.growing import MOST_RUNS, Growing
from sim.screens.guard import guarded, plain
from sim.study.blocks import BLOCK
from sim.study.compare import Comparison
from sim.study.finding import finding
from sim.study.rows import csv_text
from sim.study.spread import spread_over_time
from sim.study.tables import FAULT

if TYPE_CHECKING:
    from sim.figures.rendered import Figure

FIRST_RUNS = 500
MORE = 1000
LOOK_S = 0.1                                  # a progress bar that moves oftener only costs


def more() -> None:
    st.session_state["runs"] = min(MOST_RUNS, st.session_state["runs"] + MORE)


def cancel() -> None:
    """Be content with what is done: at least one block, which is a moment's work."""
    state = st.session_state
    state["runs"] = max(BLOCK, state["study"].gathered.runs)
    state["study"].ask(state["runs"])


def the_study(name: str, seed: int, runs: int) -> Growing:
    """The visitor's study of this scenario and seed, as far as it has come; others are forgotten."""
    state = st.session_state
    if state.get("study of") != (name, seed):
        state["study"], state["study of"] = Growing(choose.scenario_named(name), seed, runs), (name, seed)
    study: Growing = state["study"]
    study.ask(runs)
    return study


def grown(study: Growing, place: Any) -> None:
    """Simulate what is missing, with progress and a way to stop it; what is done is kept whatever happens."""
    if not study.missing():
        return
    with place.container():
        st.button("Stop here and keep what is done", on_click=cancel, icon=":material/stop_circle:", key="stop")
        bar = st.progress(study.share_done, text="Simulating")
    began, before, looked = monotonic(), study.share_done, 0.0
    for runs in study.grow():
        now, share = monotonic(), study.share_done
        if now - looked >= LOOK_S and share > before:
            left = (now - began) * (1 - share) / (share - before)
            bar.progress(share, text=f"{runs:,} of {study.asked:,} changes under every policy; {left:.0f} s left")
            looked = now
    place.empty()


def page() -> None:
    row, progress = st.container(horizontal=True, vertical_alignment="bottom"), st.empty()
    with row:
        name, scenario = choose.the_scenario()
        title = st.selectbox("Compare", list(tables.TITLES), key="column", bind="query-params", width=230)
        runs = st.number_input(
            "Changes", BLOCK, MOST_RUNS, FIRST_RUNS, BLOCK, key="runs", bind="query-params", width=150
        )
        seed = st.number_input("Seed", 0, choose.MOST_SEED, 1, 1, key="seed", bind="query-params", width=120)
    if not scenario.runnable()[0]:
        raise Impossible("; ".join(scenario.runnable()[1].values()))
    study = the_study(name, int(seed), -(-int(runs) // BLOCK) * BLOCK)
    grown(study, progress)
    show(study.comparison(), tables.TITLES[title])
    with st.container(horizontal=True):
        st.button(
            f"{MORE:,} changes more", on_click=more, icon=":material/add:", disabled=int(runs) >= MOST_RUNS, key="more"
        )
        command = f"coalmine compare {name} --runs {study.gathered.runs} --seed {seed}"
        exports.offer(files(study.comparison(), command, exports.stem(name, "seed", seed)), "compare")
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


def show(found: Comparison, column: str) -> None:
    """Sentence, two charts and the table of one comparison."""
    what, dark = tables.COLUMNS[column], choose.is_dark()
    st.markdown(f"#### {finding(found)}.")
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


with guarded():
    page()
