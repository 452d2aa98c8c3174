"""Curves and maps of Explore: every point is a study of the desk, shown as it comes and refined together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from time import monotonic
from typing import Any

import streamlit as st

from sim.charts.curve import curve as draw_curve
from sim.charts.field_map import field_map as draw_map
from sim.charts.swings import swings
from sim.model.plan import Impossible
from sim.screens import choose, points, tables
from sim.screens.asked import LOOK_S, Unanswered, desk, visitor
from sim.screens.guard import plain
from sim.screens.knobs import MIXED, Knob, knobs, size
from sim.screens.points import Axis
from sim.study.compare import Comparison
from sim.study.desk import Study

IMPORTANCE = "importance"
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
    elif x.label == y.label:
        st.info("Two different fields make a map.", icon=":material/grid_on:")
    else:
        _map(name, _fewer(x, 7), _fewer(y, 6), column, seed)
        _command(name, [x, y], seed)


def size_map(name: str, seed: int) -> None:
    """How large the service is, and how important that it stays up: which policy is worth its price."""
    text, scenario = choose.text_named(name), choose.scenario_named(name)
    if not any(scenario.service.cost.all):
        st.info(
            "Nothing has a price in this scenario, so every policy costs the same. *All fields* has the prices: "
            "service, cost.", icon=":material/payments:",
        )
        return
    importance = next(knob for knob in knobs(scenario, text) if knob.key == IMPORTANCE)
    st.markdown("How large the service is, and how important it is that it stays up: which policy is worth its price?")
    _map(name, points.axis_of(size(scenario, text)), points.axis_of(importance), "cost", seed)
    st.caption("The same on the command line, with as many changes as each point needs:")
    st.code(f"coalmine map {choose.in_commands(name)} --seed {seed}", language="bash")


def _map(name: str, x: Axis, y: Axis, column: str, seed: int) -> None:
    """The map; importance on an axis needs no runs of its own, and is about the cost alone."""
    weighted = next((axis for axis in (x, y) if axis.label == "Importance"), None)
    column = "cost" if weighted else column
    what, scenario = tables.COLUMNS[column], choose.scenario_named(name)
    axes = [axis for axis in (x, y) if axis is not weighted]
    place = st.empty()

    def cells(done: list[tuple[tuple[str, ...], Comparison]]) -> Iterator[dict[str, Any] | None]:
        for values, comparison in done:
            if weighted is None:
                yield points.cell(values, comparison, column)
                continue
            for step in weighted.steps:
                both = (step, values[0]) if weighted is x else (values[0], step)
                yield points.cell(both, comparison, column, float(step))

    def draw(done: list[tuple[tuple[str, ...], Comparison]]) -> None:
        made = [one for one in cells(done) if one is not None]
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

    _all(name, points.settings_of(axes, points.MOST_MAP), seed, draw)


def matters(name: str, found: Sequence[Knob], column: str, seed: int) -> None:
    """Which assumption matters most: each knob at both its ends, the others as they are."""
    scenario, what = choose.scenario_named(name), tables.COLUMNS[column]
    policies = list(scenario.runnable()[0])
    policy = st.selectbox("Under", policies, index=len(policies) - 1, key="under", bind="query-params", width=230)
    moved = [knob for knob in found if knob.key != IMPORTANCE or column == "cost"]
    ends = {knob.key: [step for step in knob.steps if step != MIXED] for knob in moved}
    wanted: list[tuple[tuple[str, ...], tuple[str, ...]]] = [(("now",), ())]
    for knob in moved:
        wanted += [((knob.key, end), knob.steps[end]) for end in (ends[knob.key][0], ends[knob.key][-1])]
    place = st.empty()

    def draw(done: list[tuple[tuple[str, ...], Comparison]]) -> None:
        there = dict(done)
        made: list[dict[str, Any]] = []
        for knob in moved:
            low, high = ((knob.key, ends[knob.key][at]) for at in (0, -1))
            if ("now",) in there and low in there and high in there:
                made += points.swing(
                    knob, (low[1], high[1]), there[low], there[high], there[("now",)], policy, column
                )
        if not made:
            return                                       # the bar below says how far it is
        with place.container():
            st.markdown(f"**{plain(points.said_of_swings(made, policy, column))}**")
            st.altair_chart(
                swings(made, f"{what.axis} a change, more or less than now", dark=choose.is_dark()),
                alt=points.said_of_swings(made, policy, column),
            )
            st.caption(
                "Each is moved alone, as far as its knob above goes. Bars are means over all changes, paired run by "
                "run with the scenario as it is; thin lines are 95 % intervals. What two together do is not shown."
            )

    _all(name, wanted, seed, draw)


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
        with suppress(Impossible):                       # a point where this fleet can run no policy stays empty
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
        for study in [study for _, study in studies if study.runs < RUNS and not study.failed][:1]:
            desk().wait(study, RUNS, LOOK_S)
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
