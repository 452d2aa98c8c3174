"""Whatever the text: a Scenario or an InputError in our words, and nothing else."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sim.intake.scenario_file import InputError, dump, parse
from sim.scenario import Scenario
from tests.intake.samples import FULL, SMALL
from tests.intake.test_invalid import JARGON

MOSAIC = [
    "a", "b:", " ", "  ", "\n", "\n  ", "- ", "{", "}", "[", "]", ",", ": ", "'", '"', "&x ", "*x", "!t ", "|\n",
    ">-\n", "#", "---\n", "...\n", "? ", "<<: ", "%YAML 1.2\n", "5", "5%", "10m", ".nan", "1e400", "~", "true", "\t",
    "\\", "\x85", "\u2028", "\ufeff", "é", "\U0001f600", "name", "service", "policies", "strategy", "judge", "fault",
    "9" * 30,
]
LEAVES = [
    "", "5", "-1", "1e400", ".nan", "true", "~", "[]", "{}", "x", "'5'", "5%", "500%", "10m", "0", "[[[]]]",
    "{a: {b: c}}", "all", "1 every 1m", "08:00", "*none", "!!x y", "9" * 5000, "0x" + "f" * 300,
    "{strategy: canary}", "{judge: threshold}",
]
WORDS = [
    "policies", "canary", ".", "0", "1", "change", "one_of", "=", "5", "bake", "10m", "[", "{", "&a", " ", "~",
    "horizon",
]
LEAF = re.compile(r"(?<=[:\-] )[^\s{}\[\],][^{}\[\],\n]*")


def survives(text: str) -> None:
    refused, scenario = read_or_refused(text)
    if scenario is not None:
        assert parse(dump(scenario)) == scenario
        return
    assert refused is not None
    said = str(refused)
    assert refused.problems, "an error without a problem tells nothing"
    assert not JARGON.search(re.sub(r": .*?, ", ": ", said)), said
    assert len(said.splitlines()) == min(len(refused.problems), 51), "one line a problem"


def read_or_refused(text: str, *said: str) -> tuple[InputError | None, Scenario | None]:
    try:
        return None, parse(text, "fuzz.yaml", set=said)
    except InputError as refused:
        return refused, None


def often(few: int, many: int) -> pytest.MarkDecorator:
    """Tried a few times in every test run, many times in slow ones."""
    return pytest.mark.parametrize("times", [few, pytest.param(many, marks=pytest.mark.slow)])


@often(60, 1000)
def test_any_mosaic_of_yaml_is_read_or_refused(times: int) -> None:
    @settings(max_examples=times)
    @given(st.lists(st.sampled_from(MOSAIC), max_size=40).map("".join))
    @example("a: &x [*x]")
    @example("? ? ? a")
    @example("<<: &a {b: *a}")
    @example("&a a: *a")
    @example("%TAG ! x\n---\na: !b c")
    @example("{a: b}: c")
    @example("a\u2028b:")
    @example("a: 1\r\rb: 2")
    def tried(text: str) -> None:
        survives(text)

    tried()


@often(60, 1000)
def test_any_text_is_read_or_refused(times: int) -> None:
    settings(max_examples=times)(given(st.text(max_size=60))(survives))()


@often(12, 250)
def test_any_value_in_any_place_is_read_or_refused(times: int) -> None:
    @settings(max_examples=times)
    @given(
        st.sampled_from([SMALL, FULL]),
        st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from(LEAVES)), min_size=1, max_size=4),
    )
    def tried(text: str, edits: list[tuple[int, str]]) -> None:
        for where, leaf in edits:
            places = list(LEAF.finditer(text))
            place = places[where % len(places)]
            text = text[: place.start()] + leaf + text[place.end() :]
        survives(text)

    tried()


@often(12, 250)
def test_any_disorder_of_lines_is_read_or_refused(times: int) -> None:
    acts = st.sampled_from(["drop", "twice", "indent", "swap"])

    @settings(max_examples=times)
    @given(st.sampled_from([SMALL, FULL]), st.lists(st.tuples(st.integers(0, 10**6), acts), max_size=3))
    def tried(text: str, edits: list[tuple[int, str]]) -> None:
        survives(disordered(text, edits))

    tried()


def disordered(text: str, edits: list[tuple[int, str]]) -> str:
    lines = text.split("\n")
    for where, act in edits:
        i = where % len(lines)
        if act == "drop":
            del lines[i]
        elif act == "twice":
            lines.insert(i, lines[i])
        elif act == "indent":
            lines[i] = "  " + lines[i]
        else:
            lines[i - 1], lines[i] = lines[i], lines[i - 1]
    return "\n".join(lines)


@often(30, 500)
def test_any_setting_is_applied_or_refused(times: int) -> None:
    @settings(max_examples=times)
    @given(st.lists(st.sampled_from(WORDS), max_size=8).map("".join))
    def tried(setting: str) -> None:
        refused, _ = read_or_refused(SMALL, setting)
        assert refused is None or refused.problems

    tried()
