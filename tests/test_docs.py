"""What the pages of docs/ show is what the commands print; links, names of commands and headings are right.

How a block is marked, and how a page is renewed: tests/pages.py.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import re
from pathlib import Path
from typing import Any

import pytest

from sim.intake import reference, shape
from sim.scenario import Scenario
from tests.pages import (
    ALL,
    DECISIONS,
    DOCS,
    FENCED,
    MADE,
    PAGES,
    RENEW,
    ROOT,
    UPDATE,
    blocks,
    coalmine,
    compare_or_renew,
    named,
    printed_by,
    text_of,
    write_files,
)


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in DOCS if list(blocks(page))], ids=named)
def test_a_page_shows_what_its_blocks_print(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One page is one session: its blocks run in order and in one folder, so a later one finds earlier files."""
    monkeypatch.chdir(tmp_path)
    write_files(page)
    names: dict[str, Any] = {}
    for block in blocks(page):
        compare_or_renew(block, printed_by(block, names))


@pytest.mark.parametrize(
    ("page", "number", "module"),
    [
        pytest.param(page, number, found["module"], id=f"{named(page)}-{found['module']}")
        for page in PAGES
        for number, found in enumerate(MADE.finditer(text_of(page)))
    ],
)
def test_a_table_is_what_its_module_prints(page: Path, number: int, module: str) -> None:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        importlib.import_module(module).main()
    said = printed.getvalue().strip("\n")
    if UPDATE:
        text = text_of(page)
        start, end = list(MADE.finditer(text))[number].span("shown")
        page.write_text(text[:start] + said + text[end:], encoding="utf-8")
    else:
        shown = list(MADE.finditer(text_of(page)))[number]["shown"]
        assert shown == said, RENEW


def test_every_block_of_output_has_its_command() -> None:
    """A marker that no command stands above would be a block that nobody renews."""
    for page in PAGES:
        text = text_of(page)
        assert text.count("<!-- output") == sum(len(block.shown) for block in ALL if block.page == page), named(page)
        assert text.count("```text\n") == text.count("<!-- output"), f"{named(page)}: output that no test makes"
        assert text.count("<!-- made by") == len(MADE.findall(text)), named(page)


def commands_named() -> list[str]:
    """`coalmine ...` inside a sentence of any page."""
    found: list[str] = []
    for page in PAGES:
        found += re.findall(r"`(coalmine [^`]+)`", FENCED.sub("", text_of(page)))
    return sorted(set(found))


@pytest.mark.parametrize("command", commands_named())
def test_a_command_named_in_a_sentence_exists(command: str) -> None:
    words = command.split()[1:]
    helped = coalmine(f"coalmine {words[0]} --help" if not words[0].startswith("-") else "coalmine --help")
    assert helped.exit_code == 0, command
    assert [word for word in words if word.startswith("--") and word not in helped.stdout] == []


def test_every_link_inside_the_project_leads_somewhere() -> None:
    links = [
        (page, target)
        for page in (*PAGES, *DECISIONS.glob("*.md"), ROOT / "CHANGELOG.md")
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text_of(page))
        if "://" not in target
    ]
    assert [f"{named(page)}: {target}" for page, target in links if not (page.parent / target).exists()] == []


def test_every_decision_is_in_the_list() -> None:
    listed = re.findall(r"\]\((\d[^)]*)\)", text_of(DECISIONS / "README.md"))
    assert listed == sorted(page.name for page in DECISIONS.glob("[0-9]*.md"))


def commands_below(command: Any, words: str = "coalmine") -> list[str]:
    """A command and those below it, as one types them."""
    inner = getattr(command, "commands", {})
    return [words, *(line for name, one in inner.items() for line in commands_below(one, f"{words} {name}"))]


def test_the_reference_of_commands_has_every_command() -> None:
    from typer.main import get_command

    from sim.cli.app import app

    page = ROOT / "docs" / "reference" / "commands.md"
    wanted = commands_below(get_command(app))
    if UPDATE:  # what each prints is renewed by the test of the page, run it again
        head, *parts = re.split(r"(?=^## )", text_of(page), flags=re.MULTILINE)
        have = {part.split("\n", 1)[0].removeprefix("## "): part.rstrip() for part in parts}
        fresh = "## {0}\n\n```sh\n{0} --help\n```\n\n<!-- output -->\n```text\n```"
        sections = "\n\n".join(have.get(command, fresh.format(command)) for command in wanted)
        page.write_text(f"{head}{sections}\n", encoding="utf-8")
    shown = [command for block in blocks(page) for command in block.commands]
    assert shown == [f"{command} --help" for command in wanted], RENEW


REFERENCE = reference.pages()


@pytest.mark.parametrize("name", REFERENCE)
def test_the_reference_of_the_vocabulary_is_current(name: str) -> None:
    page = ROOT / "docs" / "reference" / name
    if UPDATE:
        page.write_text(REFERENCE[name], encoding="utf-8")
    assert text_of(page) == REFERENCE[name], "renew it: coalmine schema --markdown docs/reference"


def test_the_reference_has_every_field_that_the_intake_reads() -> None:
    """Each key of each noun stands in a row of the page of its family, or of the scenario's."""
    homes = {tag: name for tag, (name, *_) in reference.FAMILIES.items()}
    for noun in shape.all_nouns(Scenario):
        tag = shape.tag_of(noun)
        pages = [homes[tag[0]]] if tag else ["scenario.md", *homes.values()]
        text = "".join(REFERENCE[page] for page in pages)
        for key in shape.keys_of(noun):
            found = f"| `{key}` |" in text or f"`{{{key}: ..." in text or f", {key}: ...}}`" in text
            assert found or (tag and key == tag[0]), f"{noun.__name__}.{key}"


def test_the_reference_is_written_where_one_says(tmp_path: Path) -> None:
    assert coalmine(f"coalmine schema --markdown {tmp_path / 'pages'}").exit_code == 0
    assert {path.name: text_of(path) for path in (tmp_path / "pages").iterdir()} == REFERENCE
    (tmp_path / "file").touch()
    refused = coalmine(f"coalmine schema --markdown {tmp_path / 'file'}")
    assert refused.exit_code == 2
    assert "cannot be written" in refused.stderr


def test_the_glossary_is_in_order_and_says_each_word_once() -> None:
    words = re.findall(r"^- \*\*(.+?)\*\*: ", text_of(ROOT / "docs" / "glossary.md"), re.MULTILINE)
    assert words == sorted(set(words), key=str.lower)


def test_the_teacher_is_sent_to_notebooks_and_scenarios_that_exist() -> None:
    text = text_of(ROOT / "docs" / "teaching.md")
    scenarios = re.findall(r"`((?:incidents|surprises)/\w+)`", text)
    lessons = re.findall(r"`(\d\d_\w+)`", text)
    assert [name for name in scenarios if not (ROOT / "scenarios" / f"{name}.yaml").exists()] == []
    assert [name for name in lessons if not (ROOT / "notebooks" / f"{name}.py").exists()] == []
    assert {path.stem for path in (ROOT / "notebooks").glob("*.py")} == set(lessons), "every notebook has its goal"
