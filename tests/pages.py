"""Pages whose blocks are run: README.md and everything in docs/ but the decisions.

Below a block of `sh` stand blocks of `text`, each with a marker that says which part of the output it is:

    <!-- output -->                                all that the last command printed
    <!-- output, from: How it ended -->            from the first line that begins so
    <!-- output, from: A, to: B -->                up to the next line that begins with B

Above a block of `sh` may stand

    <!-- slow -->                                  left to `make test-all` (as all of docs/ is)
    <!-- exit: 3 -->                               its last command ends with this code and not with 0

and above a block of anything else

    <!-- file: shop.yaml -->                       the page's commands find it as a file of this name

Commands without output are run as well; those that are not `coalmine ...` are not, nor is `coalmine explore`, which
does not end. A block of `python` is run
too, one page in one namespace, and what it prints is compared like a command's output.
`<!-- made by: python -m tests.laws.steady_state -->` and `<!-- end -->` stand around Markdown that a module prints.

`COALMINE_UPDATE=1 pytest -n 0 -m "" tests/test_readme.py tests/test_docs.py` writes what is printed into the pages;
with `-k howto/sweep` only into docs/howto/sweep.md.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from typer.testing import CliRunner, Result

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
DECISIONS = ROOT / "docs" / "decisions"
DOCS = tuple(page for page in sorted((ROOT / "docs").rglob("*.md")) if page.parent != DECISIONS)
PAGES = (README, *DOCS)

UPDATE = bool(os.environ.get("COALMINE_UPDATE"))
RENEW = "COALMINE_UPDATE=1 renews the page; then read its prose again"
CUT = "..."
"""The line that stands for lines left out."""
RUN = re.compile(
    r"(?P<marks>(?:<!-- (?:slow|exit: \d+) -->\n)*)```(?P<language>sh|python)\n(?P<code>.*?)```\n", re.DOTALL
)
OUTPUT = re.compile(r"\n*<!-- output(?P<how>[^\n]*) -->\n```text\n(?P<text>.*?)```\n", re.DOTALL)
FILE = re.compile(r"<!-- file: (?P<name>\S+) -->\n```\w+\n(?P<text>.*?)```\n", re.DOTALL)
MADE = re.compile(r"<!-- made by: python -m (?P<module>[\w.]+) -->\n(?P<shown>.*?)\n<!-- end -->", re.DOTALL)
ENDLESS = re.compile(r"coalmine explore\b(?!.*--help)")
"""The app runs until somebody ends it."""
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
    """One block of a page that is run, and what the page shows of its output."""

    page: Path
    number: int
    language: str
    code: str
    slow: bool
    exit_code: int
    shown: tuple[Shown, ...]

    @property
    def commands(self) -> tuple[str, ...]:
        """The commands of a block of `sh`: comments left out, continued lines joined."""
        if self.language != "sh":
            return ()
        lines = (line.split("  #")[0].strip() for line in self.code.replace("\\\n", " ").splitlines())
        return tuple(" ".join(line.split()) for line in lines if line and not line.startswith("#"))


def named(page: Path) -> str:
    """A page's name in a test's: README.md, howto/sweep.md."""
    return page.relative_to(ROOT).as_posix().removeprefix("docs/")


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def blocks(page: Path) -> Iterator[Block]:
    """The blocks of a page that are run, in its order."""
    text = text_of(page)
    for number, found in enumerate(RUN.finditer(text)):
        shown, at = [], found.end()
        while output := OUTPUT.match(text, at):
            said = dict(re.findall(r", (from|to): ([^,]+)", output["how"]))
            shown.append(Shown(said.get("from", ""), said.get("to", ""), output["text"], *output.span("text")))
            at = output.end()
        code = re.search(r"exit: (\d+)", found["marks"])
        slow = "slow" in found["marks"] or page != README
        yield Block(page, number, found["language"], found["code"], slow, int(code[1]) if code else 0, tuple(shown))


ALL = [block for page in PAGES for block in blocks(page)]


def coalmine(command: str) -> Result:
    """A `coalmine ...` command in this process."""
    from sim.cli.app import app

    return CliRunner().invoke(app, shlex.split(command)[1:], prog_name="coalmine")


def write_files(page: Path) -> None:
    """Write the page's files, those of its blocks marked `file:`, into the folder that this process is in."""
    for found in FILE.finditer(text_of(page)):
        Path(found["name"]).write_text(found["text"], encoding="utf-8")


def printed_by(block: Block, names: dict[str, Any]) -> str:
    """Run a block in the present folder; what its last command, or its Python, printed. Fails as the block does."""
    printed = ""
    if block.language == "python":
        caught = io.StringIO()
        with contextlib.redirect_stdout(caught):
            exec(compile(block.code, f"{named(block.page)}, block {block.number}", "exec"), names)
        return caught.getvalue()
    ours = [command for command in block.commands if command.startswith("coalmine ") and not ENDLESS.match(command)]
    for command in ours:
        done = coalmine(command)
        wanted = block.exit_code if command is ours[-1] else 0
        assert done.exit_code == wanted, f"{command}\nexit code {done.exit_code}, not {wanted}\n{done.output}"
        printed = done.stdout if done.exit_code != 2 else done.stderr
    return printed


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


def compare_or_renew(block: Block, printed: str) -> None:
    """The page shows what was printed; with COALMINE_UPDATE it does so from now on."""
    said = [part_of(printed, one.first, one.last) for one in block.shown]
    if not UPDATE:
        assert [one.text.strip("\n") for one in block.shown] == said, f"{named(block.page)}: {RENEW}"
        return
    text = text_of(block.page)
    here = next(one for one in blocks(block.page) if one.number == block.number)
    for one, new in reversed(list(zip(here.shown, said, strict=True))):
        text = text[: one.start] + new + "\n" + text[one.end :]
    block.page.write_text(text, encoding="utf-8")
