"""Answers of the desk, as pages wait for them: a first one from 50 changes, then better ones, until enough."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any
from uuid import uuid4

import streamlit as st

from sim.scenario import Scenario
from sim.study.compare import Comparison
from sim.study.desk import FIRST_RUNS, Desk, Study

MOST_RUNS = 20_000
"""Changes that a visitor may ask for; a million is for the command line."""
LOOK_S = 0.1
"""A progress bar that moves oftener only costs."""
BETTER = 3
"""A picture is drawn anew when it has so many times the changes of the one before."""


class Unanswered(RuntimeError):
    """A study that cannot go on; the message is a sentence."""


@st.cache_resource(show_spinner=False)
def desk() -> Desk:
    """The one desk of this server, with its worker processes."""
    return Desk()


def visitor() -> str:
    """This tab; two tabs of one person are two visitors."""
    name: str = st.session_state.setdefault("visitor", uuid4().hex)
    return name


def ask(scenario: Scenario, seed: int, runs: int) -> Study:
    """Want so many runs of a scenario; other visitors' equal requests are the same study."""
    return desk().want(visitor(), scenario, seed, min(runs, MOST_RUNS))


def answer(
    scenario: Scenario, seed: int, runs: int, *, progress: Any, show: Callable[[Comparison], None],
    stop: Callable[[Study], None] | None = None,
) -> Comparison:
    """Wait for a study: `show` every better answer until it has so many runs, and return that.

    progress: an empty place for the bar. stop: what a button beside it calls. Left at any time (a click on anything),
    what is done is kept. Raises Unanswered when the study cannot go on.
    """
    desk().leave(visitor())                              # of what was wanted before, nothing is looked at any more
    study = ask(scenario, seed, runs)
    runs = min(runs, MOST_RUNS)
    # A cached answer, or one that comes at once, needs no bar that only flickers.
    desk().wait(study, min(runs, FIRST_RUNS), 3 * LOOK_S)
    began, before, shown = monotonic(), study.runs, 0
    bar = None
    while not desk().wait(study, runs, LOOK_S):
        desk().again(visitor(), study, runs)
        done = min(study.runs, runs)
        if done >= FIRST_RUNS and done >= BETTER * shown:
            show(study.comparison(done))
            shown = done
        speed = (done - before) / max(0.01, monotonic() - began)
        left = f"; {(runs - done) / speed:.0f} s left" if speed > 0 else ""
        text = f"{done:,} of {runs:,} changes under every policy{left}"
        bar = bar or _bar(progress, study, stop)
        bar.progress(done / runs, text=text)
    progress.empty()
    if study.failed and study.runs < min(runs, FIRST_RUNS):
        raise Unanswered(study.failed)
    if study.failed:
        progress.warning(study.failed)
    return study.comparison(runs)


def whole(visitor: str, scenario: Scenario, seed: int, runs: int) -> Comparison:
    """Wait for all the runs of a study, whoever waits with us. Raises Unanswered when it cannot go on."""
    study = desk().want(visitor, scenario, seed, runs)
    while not desk().wait(study, runs, 10 * LOOK_S):
        desk().again(visitor, study, runs)
    if study.failed and study.runs < runs:
        raise Unanswered(study.failed)
    return study.comparison(runs)


def _bar(progress: Any, study: Study, stop: Callable[[Study], None] | None) -> Any:
    with progress.container():
        if stop is not None:
            st.button(
                "Stop here and keep what is done", on_click=stop, args=(study,), icon=":material/stop_circle:",
                key="stop",
            )
        return st.progress(0.0)
