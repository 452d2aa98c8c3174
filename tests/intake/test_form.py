"""The form reaches every field that a scenario can have, and what it says is what its YAML says, both ways."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.intake import form, shape
from sim.intake.form import Draft, Path, at, draft_of, fields_at, put, put_text, scenario_of_draft, yaml_of
from sim.intake.library import names
from sim.intake.problems import InputError
from sim.intake.scenario_file import parse, read
from sim.intake.source import text_of
from sim.intake.words import tree
from sim.scenario import Scenario


@cache
def library() -> dict[str, Draft]:
    return {name: draft_of(text_of(path)) for name, path in names().items()}


def web_fleet() -> Draft:
    return library()["web_fleet"]


def met(draft: Draft, path: Path, seen: set[tuple[str, str]]) -> None:
    """Note every field at a path and, going through all kinds that each may be, below it."""
    noun = form._noun_at(draft, path)
    assert noun is not None
    for item in fields_at(draft, path):
        if (noun.__name__, item.key) in seen:
            continue
        seen.add((noun.__name__, item.key))
        below: list[tuple[Draft, Path]] = []
        if item.kind == "noun":
            below = [(form.begin(put(draft, item.path, None), item.path), item.path)]
        elif item.kind == "family":
            below = [(form.choose(draft, item.path, tag), item.path) for tag in item.choices]
        elif item.kind == "list":
            empty = put(draft, item.path, None)
            below = [(form.add(empty, item.path, tag), (*item.path, 0)) for tag in item.choices or (None,)]
        elif item.kind == "names":
            empty = put(draft, item.path, None)
            below = [(form.add_named(empty, item.path, "x", tag), (*item.path, "x")) for tag in item.choices]
        for changed, inside in below:
            met(changed, inside, seen)


def test_every_field_of_every_noun_is_in_reach() -> None:
    seen: set[tuple[str, str]] = set()
    met(web_fleet(), (), seen)
    there = {
        (noun.__name__, key)
        for noun in (Scenario, *shape.all_nouns(Scenario))
        for key in shape.keys_of(noun)
        if key != "schema_version" and (shape.tag_of(noun) or ("",))[0] != key
    }
    assert seen == there


def changes(draft: Draft, path: Path = ()) -> Iterator[Any]:
    """All fields that the draft shows, deep."""
    for item in fields_at(draft, path):
        yield item
        said = at(draft, item.path)
        if item.kind == "noun" or (item.kind == "family" and said):
            yield from changes(draft, item.path)
        elif item.kind in ("list", "names") and said:
            for key in range(len(said)) if isinstance(said, list) else said:
                yield from changes(draft, (*item.path, key))


TEXTS = st.one_of(
    st.sampled_from(["", "12", "0.5", "5%", "10m", "200k", "5000/s", "no", "on", "1e3", "0x10", "12:30", "~", "true"]),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12),
)


@st.composite
def edited(draw: st.DrawFn) -> Draft:
    """A scenario of the library after some clicks and some typing, sensible or not."""
    draft = draw(st.sampled_from(list(library().values())))
    for _ in range(draw(st.integers(1, 4))):
        item = draw(st.sampled_from(list(changes(draft))))
        if item.kind in ("text", "choice"):
            draft = put_text(draft, item, draw(st.sampled_from(item.choices) if item.choices else TEXTS))
        elif item.kind == "truth":
            draft = put(draft, item.path, draw(st.sampled_from([None, True, False])))
        elif item.kind == "family":
            draft = form.choose(draft, item.path, draw(st.sampled_from([None, *item.choices])))
        elif item.kind == "noun":
            draft = form.begin(draft, item.path) if draw(st.booleans()) else put(draft, item.path, None)
        elif item.kind == "list":
            draft = form.add(draft, item.path, draw(st.sampled_from(item.choices or (None,))))
        elif item.kind == "names":
            name = draw(st.text(min_size=1, max_size=8).filter(lambda text: text.strip() and text.isprintable()))
            if name not in (at(draft, item.path) or {}):
                draft = form.add_named(draft, item.path, name, draw(st.sampled_from(item.choices)))
    return draft


@settings(max_examples=10, deadline=None)
@given(edited())
def test_from_the_form_to_yaml_and_back_nothing_is_lost(draft: Draft) -> None:
    assert draft_of(yaml_of(draft)) == draft


@settings(max_examples=10, deadline=None)
@given(edited())
def test_the_form_and_its_yaml_are_one_scenario_or_both_refused(draft: Draft) -> None:
    def said(make: Any) -> Any:
        try:
            return make()
        except InputError as error:
            return {problem.field for problem in error.problems}

    assert said(lambda: scenario_of_draft(draft)) == said(lambda: parse(yaml_of(draft)))


@pytest.mark.parametrize("name", names())
def test_a_scenario_put_into_the_form_is_the_same_scenario(name: str) -> None:
    assert scenario_of_draft(library()[name]) == read(name)
    assert scenario_of_draft(tree(read(name))) == read(name)


def test_another_kind_keeps_what_both_know() -> None:
    draft = form.choose(web_fleet(), ("policies", "canary"), "waves")
    policy = draft["policies"]["canary"]
    assert (policy["strategy"], policy["bake"], "canaries" in policy) == ("waves", "10m", False)
    assert scenario_of_draft(draft).policies["canary"].strategy == "waves"


def test_the_draft_before_is_left_alone() -> None:
    before = yaml_of(web_fleet())
    form.rename(form.add(web_fleet(), ("watch", "alerts"), "cusum"), ("policies", "canary"), "birds")
    put(web_fleet(), ("fleet", "production", "servers"), 7)
    assert yaml_of(web_fleet()) == before


def test_items_are_added_renamed_and_removed_in_their_place() -> None:
    draft = form.rename(web_fleet(), ("policies", "standby"), "spare")
    assert list(draft["policies"]) == ["direct", "test_first", "spare", "canary"]
    draft = put(draft, ("change", "one_of", 1), None)
    assert [fault["fault"] for fault in draft["change"]["one_of"]][:2] == ["none", "crash_at_start"]
    with pytest.raises(ValueError, match="'canary' is there already: names must differ"):
        form.rename(draft, ("policies", "spare"), "canary")
    with pytest.raises(ValueError, match="must not be empty"):
        form.add_named(draft, ("policies",), " ", "direct")


def test_a_delay_has_a_spread_only_when_one_is_given() -> None:
    draft = put(web_fleet(), ("people", "decide"), "7m")
    median, spread = fields_at(draft, ("people", "decide"))
    assert (median.text, spread.text) == ("7m", "")
    draft = put_text(draft, spread, "20m")
    assert draft["people"]["decide"] == {"median": "7m", "p95": "20m"}


def test_what_is_wrong_is_said_of_its_field() -> None:
    item = next(item for item in fields_at(web_fleet(), ("policies", "canary")) if item.key == "bake")
    with pytest.raises(InputError) as error:
        scenario_of_draft(put_text(web_fleet(), item, "15"))
    [problem] = error.value.problems
    assert (problem.field, problem.file) == (item.field, "the form")
    assert "did you mean '15s' or '15m'?" in problem.message


def test_a_list_instead_of_a_scenario_is_refused() -> None:
    with pytest.raises(InputError, match="a scenario is a mapping"):
        draft_of("[1, 2]")
