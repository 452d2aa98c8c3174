"""Learn: lessons that ask for a prediction first, then run, and set the two side by side."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import streamlit as st

from sim.charts.guess import guess as guess_chart
from sim.charts.spread import spread
from sim.intake import lesson_library
from sim.intake.lesson import Ask, Chart, Lesson, Part, Prose, Watch
from sim.intake.problems import InputError
from sim.intake.source import LARGEST, decoded
from sim.screens import asked, casting, choose, exports, film, fleet, learn_files, sentences, tables
from sim.screens.guard import guarded, plain
from sim.screens.lesson_text import answered, guesses, prose, until_asked
from sim.study import lesson as lessons
from sim.study.lesson import Values

OWN = "your own file"
READABLE = 760                                # pixels: longer lines tire the eye


@st.cache_resource(show_spinner=False, max_entries=64)
def read(name: str, path: str, changed: float) -> Lesson:
    """A lesson of a folder; changed: when its file was, so that a teacher's edit is seen at once."""
    return lessons.read(Path(path))


@st.cache_resource(show_spinner=False, max_entries=32)
def values_of(key: str, _lesson: Lesson) -> Values:
    """The numbers of a lesson, simulated once for a whole class, and not by the process that answers it."""
    policies = {policy: _lesson.scenario.policies[policy] for policy in _lesson.policies}
    scenario = replace(_lesson.scenario, policies=policies)
    return Values(_lesson, lambda: asked.whole(f"lesson {key}", scenario, _lesson.seed, _lesson.runs))


@st.cache_data(show_spinner=False, max_entries=64)
def pictured(key: str, run: int, policies: tuple[str, ...], dark: bool, _lesson: Lesson) -> dict[str, Any]:
    """The film of one run of a lesson."""
    made = film.takes(_lesson.scenario, _lesson.seed, run, policies)
    return film.film(_lesson.scenario, _lesson.seed, run, made, dark=dark)


def the_lesson() -> Lesson:
    """Which lesson; a link has it. An own file goes first as long as it is there."""
    upload = st.session_state.get("own lesson")
    known = lesson_library.names()
    titles = {name: titled(name) for name in known} | {OWN: "Your own file"}
    options = [OWN, *known] if upload is not None else list(known)
    if not options:
        raise ValueError("there are no lessons here; open one of your own below")
    # By hand and not bound: a bound box would put the title into the link, and the name is what lasts.
    linked = st.query_params.get("lesson")
    if st.session_state.get("lesson") not in options:
        st.session_state["lesson"] = linked if linked in options else options[0]
    name = st.selectbox("Lesson", options, key="lesson", width=330, format_func=lambda one: titles.get(one, one))
    st.query_params["lesson"] = name
    if name == OWN and upload is not None:
        data = upload.getvalue()
        if len(data) > LARGEST:
            raise ValueError(f"{upload.name} is larger than {LARGEST // 1_000_000} MB; a lesson is a few pages")
        return lessons.parse(decoded(data, upload.name), upload.name)
    path = known[name]
    return read(name, str(path), path.stat().st_mtime)


def titled(name: str) -> str:
    """A lesson's name as words: the number of '1_just_push_it' with a point behind it."""
    number, _, rest = name.partition("_")
    words = rest if number.isdecimal() and rest else name
    said = words.replace("_", " ").capitalize()
    return f"{number}. {said}" if words is rest else said


def show_own() -> None:
    """What was just opened is what is shown."""
    if st.session_state.get("own lesson") is not None:
        st.session_state["lesson"] = OWN


def kept_of(lesson: Lesson) -> dict[str, Any]:
    """What this visitor did in this lesson: guesses by question, and the step that was reached."""
    kept: dict[str, Any] = st.session_state.setdefault("lessons kept", {}).setdefault(
        lesson.key, {"guesses": {}, "step": 0}
    )
    return kept


def page() -> None:
    row = st.container(horizontal=True, vertical_alignment="bottom")
    body, foot = st.container(), st.container()
    with foot:
        own_file()
    with row:
        lesson = the_lesson()
    kept, values = kept_of(lesson), values_of(lesson.key, lesson)
    with row:
        exports.offer(learn_files.files(lesson, values, kept["guesses"]), "learn", "Worksheet and files")
        if kept["step"] or kept["guesses"]:
            st.button("Begin again", icon=":material/restart_alt:", on_click=forget, args=(lesson.key,))
    with body:
        st.title(plain(lesson.title), anchor=False)
        st.markdown(f"{plain(lesson.about)} *About {lesson.minutes} minutes.*", width=READABLE)
        steps(lesson, values, kept)


def forget(key: str) -> None:
    st.session_state["lessons kept"].pop(key, None)


def own_file() -> None:
    """A teacher's own lesson: read, never stored."""
    with st.expander("A lesson of your own", icon=":material/upload_file:"):
        st.markdown(
            "A lesson is one Markdown file with a scenario and questions. Take one of these as a pattern "
            "(*Worksheet and files*, *Lesson*), change it, and open it here. Nobody else sees it; "
            "`coalmine explore --lessons FOLDER` offers a folder of them to a class."
        )
        st.file_uploader("Lesson (Markdown)", type=["md"], key="own lesson", max_upload_size=1, on_change=show_own)


def steps(lesson: Lesson, values: Values, kept: dict[str, Any]) -> None:
    """Every step that was reached, one below the other, and the way to the next."""
    total = len(lesson.sections)
    reached = min(kept["step"], total - 1)
    for place, section in enumerate(lesson.sections[: reached + 1]):
        if section.title:
            st.subheader(plain(section.title), anchor=False)
        shown = until_asked(section.parts, set(kept["guesses"]))
        for number, part in enumerate(shown):
            show(part, lesson, values, kept, f"{lesson.key} {place} {number}")
        if len(shown) < len(section.parts) or (shown and waits(shown[-1], kept)):
            st.progress((place + 0.5) / total, text=f"Step {place + 1} of {total}: predict, then read on")
            return
    if reached < total - 1:
        st.button(
            f"Next: {lesson.sections[reached + 1].title}", type="primary", icon=":material/arrow_forward:",
            on_click=further, args=(kept,), key=f"{lesson.key} next",
        )
        st.progress((reached + 1) / total, text=f"Step {reached + 1} of {total}")
    else:
        the_end(lesson, values, kept)


def waits(part: Part, kept: dict[str, Any]) -> bool:
    """Whether this part is a question that has no guess yet."""
    return isinstance(part, Ask) and part.id not in kept["guesses"]


def further(kept: dict[str, Any]) -> None:
    kept["step"] += 1


def show(part: Part, lesson: Lesson, values: Values, kept: dict[str, Any], key: str) -> None:
    """One part of a section."""
    if isinstance(part, Prose):
        with st.spinner("Simulating ..."):
            text = prose(part, values)
        st.markdown(text, width=READABLE)
    elif isinstance(part, Watch):
        made = pictured(lesson.key, part.run, part.policies, choose.is_dark(), lesson)
        fault = sentences.wrong(casting.carried(lesson.scenario, lesson.seed, part.run))
        st.caption(f"Run {part.run} of the study; what goes wrong: {plain(fault)}. Press play.")
        fleet.show(made, f"fleets {key}")
    elif isinstance(part, Chart):
        chart(part, lesson, values)
    else:
        ask(part, lesson, values, kept, key)


def chart(part: Chart, lesson: Lesson, values: Values) -> None:
    """One column under all policies, as Compare draws it."""
    found, what = values.comparison, tables.COLUMNS[part.column]
    means = tables.means(found, part.column)
    st.markdown(f"**{what.title}** on {what.among_words}: every change a dot, ◆ the mean and its 95 % interval")
    st.altair_chart(
        spread(
            tables.dots(found, part.column), means, list(lesson.scenario.policies), what.axis, log=what.log,
            dark=choose.is_dark(),
        ),
        alt=tables.said_of(means, what),
    )


def ask(part: Ask, lesson: Lesson, values: Values, kept: dict[str, Any], key: str) -> None:
    """Ask for a prediction and keep it; once given it is set beside the simulation."""
    if part.id in kept["guesses"]:
        compared(part, lesson, values, kept["guesses"][part.id])
        return
    with st.form(key, enter_to_submit=True):
        if part.kind == "number":
            said = st.number_input(
                f"{part.asked} ({part.unit})", min_value=0.0, value=None, step=1.0, format="%0.10g", width=420,
                placeholder="your prediction",
            )
        else:
            names = [choice.said for choice in part.choices]
            chosen = st.radio(part.asked, names, index=None)
            said = None if chosen is None else float(names.index(chosen))
        if st.form_submit_button("Keep my prediction", type="primary", icon=":material/lock:"):
            if said is None:
                st.warning("Predict first; a wild guess is better than none.", icon=":material/help:")
            else:
                kept["guesses"][part.id] = float(said)
                st.rerun()


def compared(part: Ask, lesson: Lesson, values: Values, guessed: float) -> None:
    """The prediction beside what came out."""
    with st.spinner(f"Simulating {lesson.runs:,} changes under {len(lesson.policies)} policies ..."):
        truth = values.truth(part)
    good, told = answered(part, guessed, truth)
    st.markdown(f"**{part.asked}**")
    if good:
        st.success(told, icon=":material/check_circle:", width=READABLE)
    else:
        st.info(told, icon=":material/compare_arrows:", width=READABLE)
    if part.kind == "number":
        st.altair_chart(
            guess_chart(guessed, truth.value, truth.low, truth.high, part.unit, dark=choose.is_dark()),
            alt=told.replace("*", ""), width=READABLE,
        )


def the_end(lesson: Lesson, values: Values, kept: dict[str, Any]) -> None:
    """How good the predictions were, and a sandbox to go on in."""
    st.progress(1.0, text="All steps done")
    rows = guesses(lesson, values, kept["guesses"])
    if rows:
        good = sum(row["good"] for row in rows)
        st.markdown(f"**{good} of {len(rows)} predictions were good.** The surprises are what you learnt.")
    st.subheader("Now play with it", anchor=False)
    if lesson.scenario_name:
        link = {"scenario": lesson.scenario_name, "seed": str(lesson.seed)}
        with st.container(horizontal=True):
            for name, label in PLAY:
                place = Path(__file__).with_name(f"{name}.py")
                if place.exists():
                    st.page_link(place, label=label, query_params=link, icon=":material/science:")
        st.code(f"coalmine compare {lesson.scenario_name} --runs 1000", language="bash")
    else:
        st.markdown(
            "This lesson has a scenario of its own. Take it away (*Worksheet and files*, *Scenario*), change it, and "
            "compare again:"
        )
        st.code(f"coalmine compare {learn_files.stem(lesson)}.yaml --runs 1000", language="bash")


PLAY = (
    ("watch", "Watch other runs of it"), ("compare", "Compare its policies"), ("explore", "Move its numbers"),
    ("decide", "Be the judge yourself"),
)

with guarded():
    try:
        page()
    except InputError as wrong:
        st.error("This lesson has mistakes:", icon=":material/error:")
        for problem in wrong.problems[:20]:
            st.markdown(f"- {plain(str(problem))}")
