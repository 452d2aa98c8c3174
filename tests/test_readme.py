"""What README.md and docs/*.md show is what the commands print: each block of output is made again.

Below a block of `sh` stand blocks of `text`, each with a marker that says which part of the output it is:

    <!-- output -->                                all that the last command printed
    <!-- output, from: How it ended -->            from the first line that begins so
    <!-- output, from: A, to: B -->                up to the next line that begins with B

Commands without output are run as well; `<!-- slow -->` above a block leaves it to `make test-all`.
`<!-- made by: python -m tests.laws.steady_state -->` and `<!-- end -->` stand around Markdown that a module prints.
`COALMINE_UPDATE=1 pytest -n 0 -m "" tests/test_readme.py` writes what is printed into the pages.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import re
import shlex
import shutil
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from matplotlib.image import imread
from typer.testing import CliRunner, Result

ROOT = Path(__file__).resolve().parent.parent
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
DECISIONS = ROOT / "docs" / "decisions"
UPDATE = bool(os.environ.get("COALMINE_UPDATE"))
RENEW = "COALMINE_UPDATE=1 renews the page; then read its prose again"
CUT = "..."
"""The line that stands for lines left out."""
COMMANDS = re.compile(r"(?P<slow><!-- slow -->\n)?```sh\n(?P<commands>.*?)```\n", re.DOTALL)
OUTPUT = re.compile(r"\n*<!-- output(?P<how>[^\n]*) -->\n```text\n(?P<text>.*?)```\n", re.DOTALL)
MADE = re.compile(r"<!-- made by: python -m (?P<module>[\w.]+) -->\n(?P<shown>.*?)\n<!-- end -->", re.DOTALL)
FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


class Shown(NamedTuple):
    """A block of output: how its first line begins, and the one after its last; its text, and where that stands."""

    first: str
    last: str
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Block:
    """One block of commands of a page, and what the page shows of the last one's output."""

    page: Path
    number: int
    commands: tuple[str, ...]
    slow: bool
    shown: tuple[Shown, ...]


def commands_in(text: str) -> tuple[str, ...]:
    """The commands of a block: comments left out, continued lines joined."""
    lines = (line.split("  #")[0].strip() for line in text.replace("\\\n", " ").splitlines())
    return tuple(" ".join(line.split()) for line in lines if line and not line.startswith("#"))


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for number, found in enumerate(COMMANDS.finditer(text)):
        shown, at = [], found.end()
        while output := OUTPUT.match(text, at):
            said = dict(re.findall(r", (from|to): ([^,]+)", output["how"]))
            place = output.span("text")
            shown.append(Shown(said.get("from", ""), said.get("to", ""), output["text"], *place))
            at = output.end()
        yield Block(page, number, commands_in(found["commands"]), bool(found["slow"]), tuple(shown))


ALL = [block for page in PAGES for block in blocks(page)]
each_block = pytest.mark.parametrize(
    "block",
    [
        pytest.param(
            block,
            marks=[pytest.mark.slow] if block.slow else [],
            id=f"{block.page.name}-{block.number}-{block.commands[-1]}",
        )
        for block in ALL
    ],
)


def coalmine(command: str) -> Result:
    """A `coalmine ...` command in this process."""
    from sim.cli.app import app

    return CliRunner().invoke(app, shlex.split(command)[1:], prog_name="coalmine")


def part_of(text: str, first: str, last: str) -> str:
    """The lines from the first that begins with `first` to the next that begins with `last`; `...` where cut."""
    lines = [line.rstrip() for line in text.splitlines()]
    start = next((i for i, line in enumerate(lines) if line.strip().startswith(first)), None)
    assert start is not None, f"no line of the output begins with {first!r}:\n{text}"
    end = len(lines)
    if last:
        ends = (i for i in range(start + 1, len(lines)) if lines[i].strip().startswith(last))
        end = next(ends, end)
        assert end < len(lines), f"no line of the output after {first!r} begins with {last!r}:\n{text}"
    kept = "\n".join(lines[start:end]).strip("\n")
    return "\n".join([*[CUT] * (start > 0), kept, *[CUT] * (end < len(lines))])


# --- what is shown is what comes out --------------------------------------------------------------


@each_block
def test_a_command_prints_what_the_page_shows(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for earlier in (one for one in ALL if one.page == block.page and one.number < block.number):
        for command in earlier.commands:
            if command.startswith("coalmine new"):  # the page goes on with its file
                assert coalmine(command).exit_code == 0
    printed = ""
    for command in block.commands:
        if command.startswith("coalmine "):
            done = coalmine(command)
            assert done.exit_code == 0, f"{command}\n{done.output}"
            printed = done.stdout
    said = [part_of(printed, one.first, one.last) for one in block.shown]
    if UPDATE:
        text = block.page.read_text(encoding="utf-8")
        here = next(one for one in blocks(block.page) if one.number == block.number)
        for one, new in reversed(list(zip(here.shown, said, strict=True))):
            text = text[: one.start] + new + "\n" + text[one.end :]
        block.page.write_text(text, encoding="utf-8")
    else:
        assert [one.text.strip("\n") for one in block.shown] == said, RENEW


@pytest.mark.parametrize(
    ("page", "number", "module"),
    [
        pytest.param(page, number, found["module"], id=f"{page.name}-{found['module']}")
        for page in PAGES
        for number, found in enumerate(MADE.finditer(page.read_text(encoding="utf-8")))
    ],
)
def test_a_table_is_what_its_module_prints(page: Path, number: int, module: str) -> None:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        importlib.import_module(module).main()
    said = printed.getvalue().strip("\n")
    if UPDATE:
        text = page.read_text(encoding="utf-8")
        start, end = list(MADE.finditer(text))[number].span("shown")
        page.write_text(text[:start] + said + text[end:], encoding="utf-8")
    else:
        shown = list(MADE.finditer(page.read_text(encoding="utf-8")))[number]["shown"]
        assert shown == said, RENEW


def test_every_block_of_output_has_its_command() -> None:
    """A marker that no command stands above would be a block that nobody renews."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        assert text.count("<!-- output") == sum(len(block.shown) for block in ALL if block.page == page), page.name
        assert text.count("```text\n") == text.count("<!-- output"), f"{page.name}: output that no test makes"
        assert text.count("<!-- made by") == len(MADE.findall(text)), page.name


# --- the prose ------------------------------------------------------------------------------------

GIVEN = {"3.11", "0.1.0", "1,000"}
"""Numbers in the README's prose that no command prints: versions, and what `make` is told to do."""


def prose(page: Path) -> str:
    """A page without its blocks, comments, code and addresses."""
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    text = re.sub(r"<!--.*?-->|`[^`\n]*`|\]\([^)]*\)|https?://\S+", " ", text, flags=re.DOTALL)
    return text


def test_every_number_in_the_readme_is_one_that_a_command_prints() -> None:
    """Prose repeats numbers of the blocks; when those change, this says which sentence is old."""
    page = ROOT / "README.md"
    blocks_of_it = " ".join(FENCED.findall(page.read_text(encoding="utf-8")))
    printed = set(re.findall(r"(?<![\w.,])\d[\d,.]*\d|\d", blocks_of_it))
    said = re.findall(r"(?<![\w.,-])(?:\d[\d,.]*\d|\d)", prose(page))
    assert [number for number in said if number not in printed | GIVEN] == []


def commands_named() -> list[str]:
    """`coalmine ...` inside a sentence of any page."""
    found = []
    for page in PAGES:
        text = FENCED.sub("", page.read_text(encoding="utf-8"))
        found += re.findall(r"`(coalmine [^`]+)`", text)
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
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
        if "://" not in target
    ]
    assert [f"{page.name}: {target}" for page, target in links if not (page.parent / target).exists()] == []


def test_every_decision_is_in_the_list() -> None:
    listed = re.findall(r"\]\((\d[^)]*)\)", (DECISIONS / "README.md").read_text(encoding="utf-8"))
    assert listed == sorted(page.name for page in DECISIONS.glob("[0-9]*.md"))


# --- make, Windows, the picture -------------------------------------------------------------------

needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def dry(target: str) -> str:
    """What `make target` would do."""
    ours = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    command = ["make", "-n", *target.split()]
    done = subprocess.run(command, cwd=ROOT, env=ours, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@needs_make
@pytest.mark.parametrize(
    "command", sorted({command for block in ALL for command in block.commands if command.split()[0] == "make"})
)
def test_make_knows_the_target(command: str) -> None:
    assert dry(command.removeprefix("make")) != ""


@needs_make
def test_make_alone_is_the_demo() -> None:
    assert dry("") == dry("demo")


@needs_make
def test_the_demo_compares_a_thousand_changes_draws_and_replays_the_incident() -> None:
    compares = [line.split("coalmine ")[1] for line in dry("demo").splitlines() if "coalmine compare" in line]
    assert compares == [
        "compare scenarios/web_fleet.yaml --runs 1000 --figure out/web_fleet.png",
        "compare scenarios/incidents/cloudflare_2019.yaml --runs 200",
    ]


def test_windows_needs_three_plain_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```bat\n(.*?)```", text, re.DOTALL)
    make_it, fill_it, use_it = block.splitlines()
    assert make_it == "py -m venv .venv"
    assert fill_it == r".venv\Scripts\pip install -c constraints.txt -e ."
    assert use_it.replace("\\", "/").split("Scripts/")[1] in {command for one in ALL for command in one.commands}


def size_of(picture: Path) -> tuple[int, int]:
    """Width and height of a PNG."""
    head = picture.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n", f"{picture.name} is not a PNG"
    return struct.unpack(">II", head[16:24])  # type: ignore[return-value]


PICTURE = ROOT / "docs" / "images" / "web_fleet.png"


def drawn_by_make(folder: Path, runs: int) -> Path:
    """What the command of `make picture` draws, with so many runs, into this folder."""
    (command,) = [line for line in dry("picture").splitlines() if "coalmine compare" in line]
    words = command.split("bin/", 1)[1]
    assert words.endswith("--runs 1000 --figure docs/images/web_fleet.png")
    picture = folder / "drawn.png"
    asked = words.replace("--runs 1000", f"--runs {runs}").replace("docs/images/web_fleet.png", str(picture))
    done = coalmine(asked.replace("scenarios/", f"{ROOT}/scenarios/"))
    assert done.exit_code == 0, done.output
    return picture


@needs_make
def test_make_picture_draws_a_picture_like_that_of_the_readme(tmp_path: Path) -> None:
    drawn = drawn_by_make(tmp_path, 20)
    assert size_of(drawn)[0] == size_of(PICTURE)[0]
    assert abs(size_of(drawn)[1] - size_of(PICTURE)[1]) <= 30  # one line of title more or less
    assert PICTURE.stat().st_size < 200_000


@pytest.mark.slow
@needs_make
def test_the_picture_of_the_readme_is_not_an_old_one(tmp_path: Path) -> None:
    """As many dots as one result has would move if the engine drew other numbers; edges of letters may differ."""
    drawn, shown = imread(drawn_by_make(tmp_path, 1000)), imread(PICTURE)
    assert drawn.shape == shown.shape, "make picture"
    assert np.mean(np.abs(drawn - shown).max(axis=2) > 0.2) < 0.002, "make picture"
