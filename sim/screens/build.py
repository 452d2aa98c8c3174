"""Build your own: any scenario of the library, changed in a form or as YAML; its file, its link, its command."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from sim.intake import form
from sim.intake.problems import MOST_SHOWN, InputError, Problem
from sim.intake.scenario_file import parse
from sim.intake.source import LARGEST, decoded
from sim.screens import choose, fields
from sim.screens.asked import desk, visitor
from sim.screens.guard import guarded, plain
from sim.screens.limits import bounded, described
from sim.study.crew import Died, TooLong

EDITOR = "your text"
HERE = Path(__file__).parent
MOST_WARNINGS = 6
WAYS_ON = (
    ("watch", "Watch it", ":material/play_circle:"),
    ("compare", "Compare its policies", ":material/bar_chart:"),
    ("explore", "Explore it", ":material/tune:"),
)


def typed() -> None:
    """The text of the editor, as soon as it is left."""
    text = st.session_state[f"yaml {st.session_state['edition']}"]
    take(text, EDITOR)


def uploaded() -> None:
    """A file instead of what was there."""
    file = st.session_state[f"file {st.session_state['edition']}"]
    if file is None:
        return
    try:
        take(decoded(file.getvalue(), file.name), file.name)
    except InputError as error:
        st.session_state["typed"] = ("", error.problems)


def take(text: str, source: str) -> None:
    """A text instead of what was there: the draft if it is a scenario, else it is shown with what is wrong."""
    state = st.session_state
    try:
        if len(text) > LARGEST:
            raise InputError([Problem(file=source, message="must be at most 1 MB: a scenario is a few kB of text")])
        bounded(parse(text, source))
        fields.keep(form.draft_of(text, source), text)
        fields.anew()
    except InputError as error:
        fields.anew()
        state["typed"] = (text, error.problems)


def another() -> None:
    """A scenario was chosen: what was typed and is wrong is not its text."""
    st.session_state.pop("typed", None)
    st.session_state.pop("too long", None)


def page() -> None:
    st.markdown("#### Start from any scenario, change what you like, and watch or compare what comes of it.")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name, _ = choose.the_scenario(another)
        view = st.segmented_control(
            "Edit", ["Form", "YAML"], default="Form", required=True, key="edit", bind="query-params"
        )
    draft = fields.the_draft(name)
    text, wrong = st.session_state.get("typed", ("", None))
    left, right = st.columns([3, 2], gap="large")
    with left:
        if wrong:
            st.error(said(wrong, text), icon=":material/edit_note:")
        if view == "YAML":
            yaml(draft, name, text)
        else:
            fields.panel(draft, fields.problems_of(draft))
    with right:
        beside(draft, name)


def yaml(draft: form.Draft, name: str, text: str) -> None:
    """The editor, with the text that is wrong when there is one."""
    if not text:
        own_words = not fields.problems_of(draft) and "too long" not in st.session_state
        text = choose.text_named(name) if own_words else form.yaml_of(draft)
    st.html("<style>.stTextArea textarea { font-family: var(--st-code-font, monospace); font-size: 0.8rem; }</style>")
    st.text_area(
        "The scenario as YAML: it is read when you click elsewhere, or press Ctrl+Enter", text, height=560,
        max_chars=100_000, key=f"yaml {st.session_state['edition']}", on_change=typed,
    )


def beside(draft: form.Draft, name: str) -> None:
    """What the scenario is, what will hurt in it, and the ways on."""
    wrong = fields.problems_of(draft)
    if wrong:
        st.warning(
            f"Not yet a scenario; the pages and the link keep the last one that was.\n\n{said(wrong, '')}",
            icon=":material/edit_note:",
        )
    else:
        what, findings = known(name) if "too long" not in st.session_state else ("", [])
        st.markdown(f"**{plain(what)}.**" if what else "")
        for field, text, advice in findings[:MOST_WARNINGS]:
            st.caption(f":material/warning: {plain(field)}: {plain(text)}; {plain(advice)}")
        if len(findings) > MOST_WARNINGS:
            st.caption(f"... and {len(findings) - MOST_WARNINGS} more; `coalmine check` lists them all.")
        with st.container(horizontal=True):
            for file, label, icon in WAYS_ON:
                st.page_link(str(HERE / f"{file}.py"), label=label, icon=icon, query_params=linked())
    if "too long" in st.session_state:
        st.info(f"No link for this one: it {plain(st.session_state['too long'])}.", icon=":material/link_off:")
    elif name.startswith("own:"):
        st.caption(
            ":material/link: The address of this page holds the whole scenario: copy it, and others see the same."
        )
    file = choose.file_of(name) if not wrong else "scenario.yaml"
    st.download_button(
        "Download as YAML", form.yaml_of(draft), file, "application/yaml", on_click="ignore",
        icon=":material/download:", key="download",
    )
    st.caption("With that file, the same on the command line:")
    st.code(f"coalmine check {file}\ncoalmine compare {file}", language="bash")
    st.file_uploader(
        "Or upload a scenario (YAML, at most 1 MB)", ["yaml", "yml"], max_upload_size=1,
        key=f"file {st.session_state['edition']}", on_change=uploaded,
    )


@st.cache_data(show_spinner=False, max_entries=128)
def known(name: str) -> tuple[str, list[tuple[str, str, str]]]:
    """What a scenario is, and its warnings: looked for in a worker, which may be ended."""
    try:
        found: tuple[str, list[tuple[str, str, str]]] = desk().do(visitor(), described, choose.scenario_named(name))
    except (TooLong, Died, MemoryError) as error:
        return choose.scenario_named(name).name, [("warnings", f"could not be looked for: {error}", "make it smaller")]
    return found


def linked() -> dict[str, str]:
    """The scenario, for a link to another page."""
    code = choose.own()
    chosen = str(st.session_state.get("scenario", choose.FIRST))
    return {"scenario": chosen, **({"own": code} if code and chosen == choose.OWN else {})}


def said(problems: list[Problem], text: str) -> str:
    """What is wrong, a line each; of a text also the line that is meant."""
    lines, rows = text.split("\n"), []
    for problem in problems[:MOST_SHOWN]:
        where = f"line {problem.line}" if problem.line else ""
        what = f"{problem.value}, {problem.message}" if problem.value else problem.message
        rows.append("- " + plain(": ".join(part for part in (where, problem.field, what) if part)))
        if problem.line and text and problem.line <= len(lines):
            rows.append(f"  `{lines[problem.line - 1].strip()[:100].replace('`', '')} `")
    if len(problems) > MOST_SHOWN:
        rows.append(f"- ... and {len(problems) - MOST_SHOWN} more")
    return "\n".join(rows)


with guarded():
    page()
