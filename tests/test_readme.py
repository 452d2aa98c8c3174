"""What README.md shows is what the commands print, what it says is what they say, and make does what it promises.

How a block is marked, and how a page is renewed: tests/pages.py.
"""

from __future__ import annotations

import os
import re
import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from tests.pages import ALL, FENCED, README, ROOT, Block, blocks, coalmine, compare_or_renew, printed_by, text_of


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(block, marks=[pytest.mark.slow] if block.slow else [], id=f"{block.number}-{block.commands[-1]}")
        for block in blocks(README)
    ],
)
def test_a_command_prints_what_the_readme_shows(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for earlier in (one for one in blocks(README) if one.number < block.number):
        for command in earlier.commands:
            if command.startswith("coalmine new"):  # the page goes on with its file
                assert coalmine(command).exit_code == 0
    compare_or_renew(block, printed_by(block, {}))


# --- the prose ------------------------------------------------------------------------------------

GIVEN = {"3.11", "0.1.0", "1,000"}
"""Numbers in the README's prose that no command prints: versions, and what `make` is told to do."""


def prose(page: Path) -> str:
    """A page without its blocks, comments, code and addresses."""
    text = FENCED.sub("", text_of(page))
    text = re.sub(r"<!--.*?-->|`[^`\n]*`|\]\([^)]*\)|https?://\S+", " ", text, flags=re.DOTALL)
    return text


def test_every_number_in_the_readme_is_one_that_a_command_prints() -> None:
    """Prose repeats numbers of the blocks; when those change, this says which sentence is old."""
    blocks_of_it = " ".join(FENCED.findall(text_of(README)))
    printed = set(re.findall(r"(?<![\w.,])\d[\d,.]*\d|\d", blocks_of_it))
    said = re.findall(r"(?<![\w.,-])(?:\d[\d,.]*\d|\d)", prose(README))
    assert [number for number in said if number not in printed | GIVEN] == []


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
    (block,) = re.findall(r"```bat\n(.*?)```", text_of(README), re.DOTALL)
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
