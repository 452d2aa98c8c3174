"""Curves and maps of Explore: every point is a study of the desk, shown as it comes and refined together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any

import streamlit as st

from sim.charts.curve import curve as draw_curve
from sim.charts.field_map import field_map as draw_map
from sim.screens import choose, points, tables
from sim.screens.asked import LOOK_S, Unanswered, desk, visitor
from sim.screens.guard import plain
from sim.screens.knobs import Knob
from sim.screens.points import Axis
from sim.study.compare import Comparison
from sim.study.desk import Study

OTHER = "any other field"
RUNS = 200
DRAWN_S = 1.5
"""So long at least a picture stands before a better one."""
FORM = "A path and its values, like policies.canary.watch_after=0s,10m,30m or change.one_of.1.errors=1%..50%:log:6"


def asked_axis(label: str, found: Sequence[Knob], first: int, name: str, key: str) -> Axis | None:
    """The field that a visitor wants along an axis: a knob, or any path."""
    labels = [knob.label for knob in found]
    chosen = st.selectbox(
        label, [*labels, OTHER], index=min(first, len(labels)), key=key, bind="query-params", width=230
    )
    if chosen != OTHER:
        return points.axis_of(found[labels.index(chosen)])
    setting = st.text_input(
        "Path and values", key=f"{key} path", bind="query-params", placeholder="policies.canary.watch_after=0s,10m,30m",
        help=plain(FORM), width=420, max_chars=300,
    )
    return points.written(choose.text_named(name), setting) if setting else None


def curve(name: str, found: Sequence[Knob], column: str, seed: int) -> None:
    """One field as a curve."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        axis = asked_axis("Along", found, 0, name, "along")
    if axis is None:
        st.caption(plain(FORM))
        return
    what, scenario = tables.COLUMNS[column], choose.scenario_named(name)
    place = st.empty()

    def draw(done: list[tuple[tuple[str, ...], Comparison]]) -> None:
        made = [row for values, comparison in done for row in points.rows(values[0], comparison, column)]
        with place.container():
            st.markdown(f"**{what.title}** on {what.among_words}, over *{plain(axis.label)}*; bands are 95 % intervals")
            st.altair_chart(
                draw_curve(
                    made, list(axis.steps), list(scenario.policies), axis.label, what.axis, log=what.log,
                    dark=choose.is_dark(),
                ),
                alt=points.said_of_curve(made, axis, column, scenario),
            )

    _all(name, points.settings_of([axis], points.MOST_CURVE), seed, draw)
    _command(name, [axis], seed)


def field_map(name: str, found: Sequence[Knob], column: str, seed: int) -> None:
    """Two fields as a map of which policy has least."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        x = asked_axis("Across", found, 1, name, "across")
        y = asked_axis("Up", found, len(found) - 1, name, "up")
    if x is None or y is None:
        st.caption(plain(FORM))
        return
    if x.label == y.label:
        st.info("Two different fields make a map.", icon=":material/grid_on:")
        return
    what, scenario = tables.COLUMNS[column], choose.scenario_named(name)
    x, y = _fewer(x, 7), _fewer(y, 6)
    place = st.empty()

    def draw(done: list[tuple[tuple[str, ...], Comparison]]) -> None:
        made = [one for values, comparison in done if (one := points.cell(values, comparison, column))]
        with place.container():
            st.markdown(
                f"Which policy has the least **{what.title.lower()}** ({what.axis}, mean on {what.among_words}); "
                "pale where the changes so far do not decide at 95 %"
            )
            st.altair_chart(
                draw_map(
                    made, list(x.steps), list(y.steps), list(scenario.policies), x.label, y.label,
                    dark=choose.is_dark(),
                ),
                alt=points.said_of_map(made, x, y, column),
            )
            st.caption(plain(points.said_of_map(made, x, y, column)))

    _all(name, points.settings_of([x, y], points.MOST_MAP), seed, draw)
    _command(name, [x, y], seed)


def _fewer(axis: Axis, most: int) -> Axis:
    """At most so many steps, evenly chosen, the first and the last among them."""
    if len(axis.steps) <= most:
        return axis
    keys = list(axis.steps)
    kept = [keys[round(k * (len(keys) - 1) / (most - 1))] for k in range(most)]
    return Axis(axis.label, {key: axis.steps[key] for key in kept})


def _all(
    name: str, wanted: list[tuple[tuple[str, ...], tuple[str, ...]]], seed: int,
    draw: Callable[[list[tuple[tuple[str, ...], Comparison]]], None],
) -> None:
    """Ask for every point, and draw what there is until all have their runs."""
    studies: list[tuple[tuple[str, ...], Study]] = []
    for values, settings in wanted:
        studies.append((values, desk().want(visitor(), choose.scenario_named(name, settings), seed, RUNS)))
    bar, drawn, shown = st.progress(0.0), 0.0, -1
    while True:
        for _, study in studies:
            desk().again(visitor(), study, RUNS)
        done = sum(min(study.runs, RUNS) for _, study in studies)
        over = all(study.runs >= RUNS or study.failed for _, study in studies)
        if over or (done > shown and monotonic() - drawn > DRAWN_S and any(study.runs for _, study in studies)):
            draw([(values, study.comparison(RUNS)) for values, study in studies if study.runs])
            drawn, shown = monotonic(), done
        if over:
            break
        total = RUNS * len(studies)
        bar.progress(done / total, text=f"{done:,} of {total:,} changes at {len(studies)} points under every policy")
        waited = next(study for _, study in studies if study.runs < RUNS and not study.failed)
        desk().wait(waited, RUNS, LOOK_S)
    bar.empty()
    failed = [(values, study.failed) for values, study in studies if study.failed]
    if len(failed) == len(studies):
        raise Unanswered(str(failed[0][1]))
    for values, why in failed:
        st.caption(f"At {plain(', '.join(values))}: {plain(str(why))}")


def _command(name: str, axes: list[Axis], seed: int) -> None:
    """The command that does the same, where each axis is one field."""
    said: list[Any] = []
    for axis in axes:
        settings = [step for step in axis.steps.values() if step]
        paths = {step[0].partition("=")[0] for step in settings}
        if any(len(step) != 1 for step in settings) or len(paths) != 1 or len(settings) < len(axis.steps) - 1:
            return
        values = [step[0].partition("=")[2] for step in settings]
        said.append(f" --set {paths.pop()}={','.join(values)}")
    st.caption("The same on the command line, without the value that the scenario has already:")
    st.code(f"coalmine sweep {choose.in_commands(name)}{''.join(said)} --runs {RUNS} --seed {seed}", language="bash")
