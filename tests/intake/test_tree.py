"""YAML text -> nodes: what YAML 1.2 means, lines, and everything that is refused before it costs memory."""

import itertools
import math
import os
import threading
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sim.intake import source, tree
from sim.intake.scenario_file import InputError, read
from sim.intake.tree import grow


def plain(text: str) -> Any:
    return grow(text, "a.yaml").root.plain()


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(InputError) as refused:
        act()
    return str(refused.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"), ("on", "on"), ("yes", "yes"), ("true", True), ("False", False), ("1:30", "1:30"), ("012", 12),
        ("1e3", 1000.0), ("0x1f", 31), ("0o17", 15), ("1_000", "1_000"), ("15m", "15m"), ("5%", "5%"), ("~", None),
        ("null", None), (".5", 0.5), ("-3", -3), ("+3", 3), ("'3'", "3"), ('"true"', "true"), (".inf", math.inf),
        ("-.inf", -math.inf), ("2019-07-02", "2019-07-02"), ("=", "="), ("9" * 500, "9" * 500),
    ],
)
def test_scalars_mean_what_yaml_1_2_says(text: str, value: object) -> None:
    assert plain(f"a: {text}") == {"a": value}


def test_not_a_number_is_one() -> None:
    assert math.isnan(plain("a: .nan")["a"])


def test_keys_are_the_words_as_written() -> None:
    assert list(plain("on: 1\n1: 2\n08:00: 3\ntrue: 4\n'': 5\n")) == ["on", "1", "08:00", "true", ""]


def test_a_node_knows_the_line_of_its_key() -> None:
    root = grow("# first\na:\n  b:\n    - c: 1\n    -\n      d: 2\n", "a.yaml").root
    b = root.value["a"].value["b"]
    assert [root.value["a"].line, b.line, b.value[0].line, b.value[1].value["d"].line] == [2, 3, 4, 6]


def test_aliases_and_merges_save_typing() -> None:
    text = "base: &base {x: 1, y: 2}\nsame: *base\nmore: {<<: *base, y: 3}\nboth:\n  <<: [*base, {z: 4, x: 9}]\n"
    assert plain(text + "none: {<<: {}}") == {
        "base": {"x": 1, "y": 2}, "same": {"x": 1, "y": 2}, "more": {"x": 1, "y": 3}, "both": {"x": 1, "y": 2, "z": 4},
        "none": {},
    }


@pytest.mark.parametrize("key", ["a", "<<"])
def test_a_key_may_be_given_only_once(key: str) -> None:
    (problem,) = grow(f"{key}: {{x: 1}}\n{key}: {{x: 2}}", "a.yaml").problems
    assert str(problem) == f"a.yaml:2: {key}: given twice (the first is in line 1): keep one"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: {c: 1\nd: 2", "a.yaml:3: a '{' that is not closed, or a missing comma (it began in line 2)"),
        ("a: [1, 2", "a.yaml:1: a '[' that is not closed, or a missing comma"),
        ("a: [", "a.yaml:1: the text ends where a value should stand: is a bracket not closed?"),
        ("a: [,]", "a.yaml:1: a value is missing here, or a comma is too many"),
        ("a: @b", "a.yaml:1: a text that begins with @ needs quotes"),
        ("a: %b", "a.yaml:1: a text that begins with % needs quotes"),
        ("a: *", "a.yaml:1: a text that begins with & or * needs quotes"),
        ('a: "\\q"', "a.yaml:1: \\q means nothing in double quotes: use single ones"),
        ("a: - b", "a.yaml:1: a '- ' where none can be: look at the indentation"),
        ("a: |x", "a.yaml:1: after | or > the text begins on the next line"),
        ("a\nb\nc: 1", "a.yaml:3: a ':' where none can be: look at the indentation, or quote the text"),
        ("%YAML 9\n---\na: 1", "a.yaml:1: tags (!) and directives (%) are not allowed"),
        ("a: !x!y 1", "a.yaml:1: tags (!) and directives (%) are not allowed"),
        ("a: 'x", "a.yaml:1: a quote that is not closed"),
        ("a:\n\tb: 1", "a.yaml:2: a tab: YAML is indented with spaces"),
        ("a: b: c", "a.yaml:1: a ':' where none can be: look at the indentation, or quote the text"),
        ("a: 1\n b: 2", "a.yaml:2: a ':' where none can be: look at the indentation, or quote the text"),
        ("a:\n    b: 1\n  c: 2", "a.yaml:3: the indentation does not fit the lines above (it began in line 1)"),
        ("? [a]\n: 1", "a.yaml:1: a key must be one word"),
        ("a: *b", "a.yaml:1: *b, there is no anchor &b above"),
        ("a: &b [*b]", "a.yaml:1: *b, an alias inside of what it stands for never ends"),
        ("a: {<<: 5}", "a.yaml:1: 5, `<<` takes a mapping, or a list of mappings"),
        ("a: 1\n---\nb: 1", "a.yaml:2: a second document: one scenario a file"),
        ("a: 1\0", "a.yaml:1: a NUL character: this is not a text file"),
        ("a: 1\nb: \x07", "a.yaml:2: the character U+0007 is not allowed in YAML"),
        ("", "a.yaml: is empty; `coalmine new` writes a scenario to start from"),
        ("# only a comment\n", "a.yaml: is empty; `coalmine new` writes a scenario to start from"),
    ],
)
def test_what_is_not_one_plain_document_is_refused_in_words(text: str, said: str) -> None:
    assert refusal(lambda: grow(text, "a.yaml")) == said


@pytest.mark.parametrize("tag", ["!!python/object:os.system", "!local", "!!str", "!!binary", "!<tag:x>"])
def test_every_tag_is_refused(tag: str) -> None:
    (problem,) = grow(f"a: {tag} x", "a.yaml").problems
    assert problem.message == "tags are not allowed: write the plain value"


STAIRS = "\n".join(" " * i + "a:" for i in range(60))


@pytest.mark.parametrize("deep", ["[" * 60, "{a: " * 60, "- " * 60, "[" * 100_000, STAIRS])
def test_nesting_is_refused_at_the_fifty_first_level(deep: str) -> None:
    assert "nested deeper than 50 levels" in refusal(lambda: grow(deep, "a.yaml"))


def test_aliases_that_nest_are_as_deep_as_what_they_stand_for() -> None:
    text = "a: &a " + "[" * 30 + "]" * 30 + "\nb: " + "[" * 30 + "*a" + "]" * 30
    assert refusal(lambda: grow(text, "a.yaml")) == "a.yaml:2: nested deeper than 50 levels"


# ---- before it costs memory: counted in bytes and values, never in seconds -----------------------

MEGABYTE = 1_000_000


def peak_memory(act: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        refusal(act)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def bomb(levels: int = 12) -> str:
    """A billion laughs: each line nine times the one before."""
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, levels)]
    return "\n".join(lines)


def test_a_billion_laughs_are_refused_when_they_pass_the_limit() -> None:
    grow("a: 1", "warm.yaml")
    assert peak_memory(lambda: grow(bomb(), "a.yaml")) < 2 * MEGABYTE
    assert "more than 20,000 values" in refusal(lambda: grow(bomb(), "a.yaml"))


def test_too_many_values_are_refused_while_they_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    made = itertools.count()
    real = tree.Node

    def counting(*args: Any, **named: Any) -> tree.Node:
        next(made)
        return real(*args, **named)

    monkeypatch.setattr(tree, "Node", counting)
    monkeypatch.setattr(tree, "MOST_VALUES", 500)
    refusal(lambda: grow("\n".join(f"k{i}: 1" for i in range(60_000)), "a.yaml"))
    assert next(made) <= 501


def test_a_file_of_100_mb_is_not_even_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    huge = tmp_path / "huge.yaml"
    with huge.open("wb") as stream:
        stream.truncate(100 * MEGABYTE)
    said = refusal(lambda: read(huge))
    monkeypatch.setattr(Path, "open", lambda *_, **__: pytest.fail("opened"))
    assert refusal(lambda: read(huge)) == said == (
        f"{huge}: is 100.0 MB, must be at most 1 MB: a scenario is a few kB of text"
    )


def test_a_pipe_without_end_is_read_only_so_far(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.yaml"
    os.mkfifo(pipe)

    def pour() -> None:
        try:
            with pipe.open("wb") as stream:
                while True:
                    stream.write(b"#" * 65536)
        except BrokenPipeError:
            pass

    poured = threading.Thread(target=pour, daemon=True)
    poured.start()
    assert refusal(lambda: read(pipe)).endswith("must be at most 1 MB: a scenario is a few kB of text")
    poured.join(timeout=10)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"a: 1\nb: caf\xe9\n", ":2: byte 0xe9 is not UTF-8; save the file as UTF-8"),
        ("a: 1".encode("utf-16"), ":1: is UTF-16; save it as UTF-8"),
        (b"\x00\x01", ":1: a NUL character: this is not a text file"),
    ],
)
def test_bytes_that_are_no_text_are_refused_with_their_line(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "bytes.yaml"
    path.write_bytes(data)
    assert refusal(lambda: read(path)) == f"{path}{said}"


def test_a_mark_at_the_start_of_the_text_is_no_part_of_it() -> None:
    assert source.decoded(b"\xef\xbb\xbfa: 1", "a.yaml") == "a: 1"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert refusal(lambda: read(tmp_path)) == f"{tmp_path}: is a folder; name a file in it"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "secret.yaml"
    path.touch(mode=0)
    assert refusal(lambda: read(path)) == f"{path}: cannot be read: Permission denied"
