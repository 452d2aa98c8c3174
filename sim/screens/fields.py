"""All fields of a scenario as widgets, made from the vocabulary itself: what a file can say, this panel can.

The draft lives in the session, valid or not; when it is a scenario it becomes the visitor's own one, and with it the
link. Keys of widgets hold the edition: another text, or another order of items, is another set of widgets.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from sim.intake import form
from sim.intake.form import Draft, Field, Path
from sim.intake.link import packed
from sim.intake.problems import InputError, Problem
from sim.screens import choose
from sim.screens.guard import plain
from sim.screens.limits import too_much

GENERAL = "general"
NARROW = 178
PLAIN = ("text", "choice", "truth", "values")


def the_draft(name: str) -> Draft:
    """What is being edited: the scenario of this name, until it is changed."""
    state = st.session_state
    if state.get("draft of") != name:
        state["draft"], state["draft of"] = form.draft_of(choose.text_named(name)), name
        anew()
    draft: Draft = state["draft"]
    return draft


def anew() -> None:
    """Other widgets from now on, that show what the draft says."""
    st.session_state["edition"] = st.session_state.get("edition", 0) + 1
    st.session_state.pop("typed", None)


def keep(draft: Draft, text: str | None = None) -> None:
    """The draft after a change; if it is a scenario, it is the visitor's own one from now on. text: as it was typed."""
    state = st.session_state
    state["draft"] = draft
    state.pop("typed", None)
    state.pop("too long", None)
    if problems_of(draft):
        return
    try:
        code = packed(text if text is not None else form.yaml_of(draft))
    except InputError:
        try:
            code = packed(form.yaml_of(draft))           # without its comments
        except InputError as error:
            state["too long"] = error.problems[0].message
            return
    choose.make_own(code)
    state["draft of"] = choose.named()


def problems_of(draft: Draft) -> list[Problem]:
    """What keeps a draft from being a scenario."""
    try:
        return too_much(form.scenario_of_draft(draft))
    except InputError as error:
        return error.problems


def panel(draft: Draft, wrong: list[Problem]) -> None:
    """The parts of a scenario, and the fields of the one that is chosen."""
    parts = [item for item in form.fields_at(draft) if item.kind not in PLAIN]
    part = st.segmented_control(
        "Part of the scenario", [GENERAL, *(item.key for item in parts)], default="fleet", required=True, key="part",
        label_visibility="collapsed",
    )
    said = {problem.field: problem for problem in wrong}
    if part == GENERAL or part is None:
        _row([item for item in form.fields_at(draft) if item.kind in PLAIN], said)
        return
    chosen = next(item for item in parts if item.key == part)
    st.caption(plain(form.about_of(draft, chosen.path) or chosen.about))
    if chosen.kind == "noun":
        _noun(draft, chosen.path, said)
    else:
        _deep(draft, chosen, said)


def _noun(draft: Draft, path: Path, said: dict[str, Problem]) -> None:
    items = form.fields_at(draft, path)
    _row([item for item in items if item.kind in PLAIN], said)
    for item in items:
        if item.kind not in PLAIN:
            with st.container(border=True):
                _deep(draft, item, said)


def _row(items: list[Field], said: dict[str, Problem]) -> None:
    with st.container(horizontal=True):
        for item in items:
            wide = item.key == "about" or item.kind == "values"
            with st.container(width=2 * NARROW if wide else NARROW):
                _leaf(item)
                if item.field in said:
                    st.caption(f":red[{plain(_message(said[item.field]))}]")


def _message(problem: Problem) -> str:
    return f"{problem.value}: {problem.message}" if problem.value else problem.message


def _leaf(item: Field) -> None:
    """One widget; what is left out shows what it usually is."""
    key = f"{st.session_state['edition']} {item.field}"
    label = item.key.replace("_", " ")                   # our own words: nothing in them needs escaping
    usual = item.usual or ("needed" if item.needed else "none")
    told: dict[str, Any] = {"help": plain(item.about) or None, "key": key, "on_change": _changed, "args": (item, key)}
    if item.kind == "truth":
        st.checkbox(label, value=bool(item.value if item.value is not None else item.usual == "true"), **told)
    elif item.kind == "choice":
        words = list(item.choices) if item.needed else ["", *item.choices]
        now = item.text if item.text in words else words[0]
        st.selectbox(
            label, words, index=words.index(now), format_func=lambda word: word or f"{usual} (usual)", **told
        )
    else:
        st.text_input(label, value=item.text, placeholder=usual, max_chars=2000, **told)


def _changed(item: Field, key: str) -> None:
    state, draft = st.session_state, st.session_state["draft"]
    value = state[key]
    if isinstance(value, bool):
        keep(form.put(draft, item.path, value))
        return
    try:
        keep(form.put_text(draft, item, value))
    except InputError:                                   # broken YAML in a field of values: it is said at the field
        keep(form.put(draft, item.path, value))


def _act(change: Any, *arguments: Any) -> None:
    """A change that moves or makes fields."""
    try:
        keep(change(st.session_state["draft"], *arguments))
    except ValueError as error:
        st.session_state["refused"] = str(error)
    anew()


def _deep(draft: Draft, item: Field, said: dict[str, Problem]) -> None:
    st.markdown(f"**{plain(item.key.replace('_', ' '))}**" + (f"  :small[{plain(item.about)}]" if item.about else ""))
    for problem in [problem for field, problem in said.items() if field == item.field]:
        st.caption(f":red[{plain(_message(problem))}]")
    if item.kind == "noun":
        _one(draft, item, said)
    elif item.kind == "family":
        _family(draft, item, said)
    else:
        _many(draft, item, said)


def _one(draft: Draft, item: Field, said: dict[str, Problem]) -> None:
    key = f"{st.session_state['edition']} {item.field}"
    if item.extra and item.value is None:
        st.button("Add", key=f"add {key}", on_click=_act, args=(form.begin, item.path), icon=":material/add:")
        return
    _noun(draft, item.path, said)
    if item.extra:
        st.button("Remove", key=f"out {key}", on_click=_act, args=(form.put, item.path, None), icon=":material/close:")


def _family(draft: Draft, item: Field, said: dict[str, Problem]) -> None:
    key = f"{st.session_state['edition']} {item.field}"
    tags = ["none", *item.choices] if item.extra or not item.needed else list(item.choices)
    now = form.tag_at(draft, item.path) or "none"
    st.selectbox(
        f"Which {item.key}", tags, index=tags.index(now) if now in tags else None, key=key, width=NARROW,
        on_change=_chosen, args=(item, key),
    )
    if now in item.choices:
        st.caption(plain(form.about_of(draft, item.path)))
        _noun(draft, item.path, said)


def _chosen(item: Field, key: str) -> None:
    tag = st.session_state[key]
    _act(form.choose, item.path, None if tag == "none" else tag)


def _many(draft: Draft, item: Field, said: dict[str, Problem]) -> None:
    """A list, or nouns by name: one of them is shown."""
    key = f"{st.session_state['edition']} {item.field}"
    inside = item.value if isinstance(item.value, (dict, list)) else []
    places: list[str | int] = list(inside) if isinstance(inside, dict) else list(range(len(inside)))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if places:
            wrong = {place for place in places if any(f.startswith(f"{item.field}.{place}.") for f in said)}
            # The key has no edition: the place that is looked at stays when something else moves.
            state = st.session_state
            if state.get(f"at {item.field}") not in places:
                state[f"at {item.field}"] = places[-1 if state.pop("added", None) == item.field else 0]
            place = st.selectbox(
                "Which one", places, key=f"at {item.field}", width=NARROW,
                format_func=lambda place: _called(draft, (*item.path, place)) + (" (!)" if place in wrong else ""),
            )
            st.button(
                "Remove", key=f"out {key}", icon=":material/close:", on_click=_act,
                args=(form.put, (*item.path, place), None),
            )
        _adding(item, key)
    if st.session_state.get("refused"):
        st.error(plain(st.session_state.pop("refused")))
    if not places:
        st.caption("None yet.")
        return
    if item.kind == "names":
        new = f"name {key} {place}"
        st.text_input(
            "Name", str(place), key=new, width=NARROW, max_chars=60,
            on_change=lambda: _renamed(item, (*item.path, place), st.session_state[new]),
        )
        _kind_of(draft, item, (*item.path, place))
    elif item.choices:
        _kind_of(draft, item, (*item.path, place))
    _noun(draft, (*item.path, place), said)


def _kind_of(draft: Draft, item: Field, path: Path) -> None:
    """Which member of its family an item is."""
    key = f"kind {st.session_state['edition']} {path}"
    now = form.tag_at(draft, path)
    st.selectbox(
        "Kind", item.choices, index=item.choices.index(now) if now in item.choices else None, key=key, width=NARROW,
        on_change=lambda: _act(form.choose, path, st.session_state[key]),
    )
    st.caption(plain(form.about_of(draft, path)))


def _renamed(item: Field, path: Path, name: str) -> None:
    _act(form.rename, path, name)
    if name in form.at(st.session_state["draft"], item.path):
        st.session_state[f"at {item.field}"] = name


def _adding(item: Field, key: str) -> None:
    """A way to add an item: what kind, and its name where it has one."""
    if not item.choices:
        st.button("Add", key=f"add {key}", icon=":material/add:", on_click=_added, args=(item, key))
        return
    st.selectbox(
        "Add", item.choices, index=None, key=f"add {key}", placeholder="Add one", width=NARROW, on_change=_added,
        args=(item, key),
    )


def _added(item: Field, key: str) -> None:
    state = st.session_state
    tag, draft = state.get(f"add {key}") if item.choices else None, state["draft"]
    if item.choices and tag is None:
        return
    inside = form.at(draft, item.path) or []
    if item.kind == "names":
        name = next(name for name in (tag, *(f"{tag}_{n}" for n in range(2, 999))) if name not in inside)
        _act(form.add_named, item.path, name, tag)
        state[f"at {item.field}"] = name
    else:
        _act(form.add, item.path, tag)
        state[f"at {item.field}"] = len(inside)


def _called(draft: Draft, path: Path) -> str:
    """An item's name for a list of choices."""
    here, tag = form.at(draft, path), form.tag_at(draft, path)
    if isinstance(path[-1], str):
        return path[-1]
    named = here.get("name") or here.get("column") if isinstance(here, dict) else None
    return f"{path[-1] + 1}. {named or tag or ''}"
