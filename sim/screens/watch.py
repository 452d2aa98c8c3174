"""Watch: one change, the same luck, under several policies side by side and in step."""

from __future__ import annotations

from typing import Any

import streamlit as st

from sim.model.plan import Impossible, RolloutPlan
from sim.scenario import Scenario
from sim.screens import casting, choose, exports, fleet, sentences, watch_files
from sim.screens.asked import desk, visitor
from sim.screens.guard import guarded, plain
from sim.screens.limits import drawable
from sim.screens.pictured import pictured

# Comments, not strings: Streamlit writes a page's bare strings on the page.
FAMOUS = ("direct", "test_first", "standby", "canary")    # what everybody should see, where a scenario has them
LATER = "standby"                             # of four the one to add by hand: why it hurts more needs reading
MOST_POLICIES = 4
OPENING = 22                                  # of seed 1 of the web fleet: a fault that the test did not show


def usual(names: list[str]) -> list[str]:
    """The policies to open with: three famous ones, else the first, the last and one between.

    >>> usual(["direct", "test_first", "standby", "canary"]), usual(["a", "b"])
    (['direct', 'test_first', 'canary'], ['a', 'b'])
    """
    famous = [name for name in names if name in FAMOUS]
    if len(famous) >= 2:
        return famous if len(famous) < len(FAMOUS) else [name for name in famous if name != LATER]
    return list(dict.fromkeys([*names[:1], *names[len(names) // 2 : len(names) // 2 + 1], *names[-1:]]))


@st.cache_data(show_spinner=False, max_entries=128)
def shown(name: str, seed: int, run: int, policies: tuple[str, ...], dark: bool) -> tuple[str, dict[str, Any]]:
    """The headline and the film of one run under some policies."""
    scenario = choose.scenario_named(name)
    drawable(scenario)
    made: tuple[str, dict[str, Any]] = desk().do(visitor(), pictured, scenario, seed, run, policies, dark)
    return made


def look_for(fault: str, after: int) -> None:
    """Go to the next run with this fault; where there is none, stay and say so."""
    state = st.session_state
    found = casting.next_run(choose.scenario_named(choose.named()), state["seed"], fault, after)
    if found is None:
        state["no_such_run"] = fault
    else:
        state["run"] = found


def another_scenario() -> None:
    """Its own policies, and the first faulty change of its study."""
    state = st.session_state
    scenario = choose.scenario_named(choose.named())
    state["policies"] = usual(list(scenario.runnable()[0]))
    state["run"] = opening(choose.named(), int(state["seed"]))


def opening(name: str, seed: int) -> int:
    """The run to open with: a famous one, or the first of the study whose change is faulty."""
    if (name, seed) == (choose.FIRST, 1):
        return OPENING
    return casting.first_faulty(choose.scenario_named(name), seed) or 0


def any_fault() -> None:
    """Back to a faulty change of the present study."""
    st.session_state["run"] = opening(choose.named(), int(st.session_state["seed"]))


def which(
    row: Any, place: Any, name: str, scenario: Scenario, plans: dict[str, RolloutPlan]
) -> tuple[int, int, list[str]]:
    """Ask for seed, run and policies; a link has them, a first visit the usual ones."""
    state, link = st.session_state, st.query_params
    if ("policies" not in state and "policies" not in link) or not set(state.get("policies", plans)) <= set(plans):
        state["policies"] = usual(list(plans))
    with row:
        asked_for = st.pills(
            "Policies side by side", list(plans), key="policies", selection_mode="multi", bind="query-params"
        )
    chosen = [policy for policy in plans if policy in asked_for][:MOST_POLICIES] or usual(list(plans))
    with place:
        left, right = st.columns(2)
        seed = int(left.number_input("Seed of the study", 0, choose.MOST_SEED, 1, 1, key="seed", bind="query-params"))
        if "run" not in state and "run" not in link:
            state["run"] = opening(name, seed)
        # No default: the link leaves defaults out, and run 0 is a run like any other.
        asked = right.number_input("Run of the study", 0, choose.MOST_SEED, None, 1, key="run", bind="query-params")
        run = opening(name, seed) if asked is None else int(asked)
        reasons = scenario.runnable()[1]
        if reasons:
            st.caption("; ".join(f"{plain(policy)} cannot run here: {plain(why)}" for policy, why in reasons.items()))
        # No `st.code` on the first page that a visitor sees: its highlighter is a third of all that is loaded for it.
        st.markdown(f"The same in words, on the command line: `{command(name, chosen[0], seed, run)}`")
    return seed, run, chosen


def command(name: str, policy: str, seed: int, run: int) -> str:
    """What tells the same run on the command line."""
    return f"coalmine run {choose.in_commands(name)} --policy {policy} --seed {seed} --run {run}"


def what_goes_wrong(place: Any, name: str, scenario: Scenario, seed: int, run: int) -> None:
    """The fault of the present change, and the ways to another change."""
    asked, faults = casting.carried(scenario, seed, run).split("+")[0], casting.choices(scenario)
    key = f"fault of {name} {seed} {run}"
    with place:
        st.selectbox(
            "What goes wrong", faults, index=faults.index(asked), key=key, width=230,
            format_func=sentences.wrong,
            on_change=lambda: look_for(st.session_state[key], -1),
        )
        st.button(
            "New luck", icon=":material/casino:", on_click=look_for, args=(asked, run), width="content",
            help="The next change with the same fault: other servers, other people, other requests",
        )
        if asked == casting.HEALTHY:
            st.button("Faulty change", icon=":material/bug_report:", on_click=any_fault, width="content")
        else:
            st.button(
                "Healthy change", icon=":material/favorite:", on_click=look_for, args=(casting.HEALTHY, -1),
                help="The same policies with a change that has nothing wrong with it", width="content",
            )


def page() -> None:
    top, row = st.container(), st.container(horizontal=True, vertical_alignment="bottom")
    choice, picture = st.container(horizontal=True, vertical_alignment="bottom"), st.container()
    more = st.expander("Seed, run and the command line", icon=":material/tune:")
    with row:
        name, scenario = choose.the_scenario(another_scenario)
    plans, reasons = scenario.runnable()
    if not plans:
        raise Impossible("; ".join(reasons.values()))
    seed, run, chosen = which(choice, more, name, scenario, plans)
    what_goes_wrong(row, name, scenario, seed, run)
    missing = st.session_state.pop("no_such_run", None)
    if missing:
        top.info(f"No later change within reach carries {sentences.named(missing)}; here is the one from before.")
    headline, data = shown(name, seed, run, tuple(chosen), choose.is_dark())
    top.markdown(f"#### {headline}")
    with picture:
        fleet.show(data)
    with choice:
        told = command(name, chosen[0], seed, run)
        exports.offer(watch_files.files(scenario, told, seed, run, chosen, choose.stem_of(name)), "watch")


with guarded():
    page()
