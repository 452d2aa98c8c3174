"""The course in `notebooks/`: every notebook and solution runs, is paired with its text, and is built the same way.

The text (`.py`, percent format) is the source; the `.ipynb` beside it holds the same cells and no outputs.
`COALMINE_UPDATE=1 pytest -n 0 -m "" tests/test_notebooks.py` writes the `.ipynb` files anew from the text.
"""

from __future__ import annotations

import copy
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

jupytext = pytest.importorskip("jupytext", reason="group notebooks")
nbformat = pytest.importorskip("nbformat", reason="group notebooks")
ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "notebooks"
TEXTS = sorted(FOLDER.rglob("*.py"))
LESSONS = sorted(FOLDER.glob("*.py"))
UPDATE = bool(os.environ.get("COALMINE_UPDATE"))
RENEW = "COALMINE_UPDATE=1 renews the .ipynb from the text"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
NUMBERS = re.compile(r"\d")


def named(text: Path) -> str:
    return text.relative_to(FOLDER).with_suffix("").as_posix()


each = pytest.mark.parametrize("text", TEXTS, ids=named)
each_lesson = pytest.mark.parametrize("text", LESSONS, ids=named)


@cache
def made_from(text: Path) -> Any:
    """The notebook that a text stands for: its cells, numbered, without outputs."""
    notebook = jupytext.read(text, fmt="py:percent")
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number:02d}"
        cell.metadata = nbformat.from_dict({})
    nbformat.validate(notebook)
    return notebook


def cells(text: Path, kind: str) -> list[str]:
    return [cell.source for cell in made_from(text).cells if cell.cell_type == kind]


@each
def test_a_notebook_is_its_text_without_outputs(text: Path) -> None:
    wanted = nbformat.writes(made_from(text)) + "\n"
    paired = text.with_suffix(".ipynb")
    if UPDATE:
        paired.write_text(wanted, encoding="utf-8")
    assert paired.read_text(encoding="utf-8") == wanted, RENEW
    assert all(not cell.get("outputs") and cell.get("execution_count") is None for cell in made_from(text).cells)


def test_no_notebook_is_without_its_text() -> None:
    assert [path for path in FOLDER.rglob("*.ipynb") if path.with_suffix(".py") not in TEXTS] == []


@pytest.mark.slow
@each
def test_a_notebook_runs_from_another_folder(text: Path, tmp_path: Path) -> None:
    """Every cell in a kernel of its own, in order; any error is the test's."""
    nbclient = pytest.importorskip("nbclient", reason="group notebooks")
    notebook = copy.deepcopy(made_from(text))
    nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    kept = os.environ.get("COALMINE_NOTEBOOKS")          # a folder, for people who want to look at the pictures
    if kept:
        out = Path(kept, named(text).replace("/", "-") + ".ipynb")
        out.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, out)


@each
def test_set_up_is_one_cell_the_same_everywhere_with_the_seed_in_it(text: Path) -> None:
    first = cells(text, "code")[0]
    set_up = cells(LESSONS[0], "code")[0].split("\n\nfleet = ")[0]
    assert first.startswith(set_up + "\n\n")
    assert re.search(r"^SEED\b.*= \d", first, re.MULTILINE), "the seed stands in the first cell"


@pytest.mark.parametrize(("address", "folder", "installed"), [
    ("", "notebooks", str(ROOT)), ("", ".", str(ROOT)), ("git+https://host/copy", "notebooks", "git+https://host/copy"),
])
def test_set_up_installs_only_what_is_missing_and_from_where_it_is_told(
    address: str, folder: str, installed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import subprocess
    import sys

    import sim
    import sim.lab

    ran: list[Any] = []

    def install(command: list[str], check: bool) -> None:
        ran.append(command[-1])
        monkeypatch.undo()

    set_up = cells(LESSONS[0], "code")[0].split("\n\nfleet = ")[0].replace('COPY = ""', f"COPY = {address!r}")
    exec(set_up, {})                                         # it is there: nothing is run
    monkeypatch.chdir(ROOT / folder)
    monkeypatch.setattr(subprocess, "run", install)
    monkeypatch.delattr(sim, "lab")
    monkeypatch.setitem(sys.modules, "sim.lab", None)        # type: ignore[arg-type]
    exec(set_up, {})
    assert ran == [installed]


@each_lesson
def test_a_lesson_asks_before_it_answers(text: Path) -> None:
    """Question, prediction, run, picture, answer, exercises, in this order."""
    notebook = made_from(text)
    heads = [line.removeprefix("## ") for cell in notebook.cells if cell.cell_type == "markdown"
             for line in cell.source.splitlines() if line.startswith("## ")]
    assert heads[0] == "Predict"
    assert heads[-2:] == ["The answer", "Exercises"]
    code = cells(text, "code")
    asked = next(number for number, cell in enumerate(code) if cell.startswith("guess = "))
    drawn = [number for number, cell in enumerate(code) if "lab.bars(" in cell or "lab.curves(" in cell
             or ".picture()" in cell]
    answered = next(number for number, cell in enumerate(code) if "guess" in cell.split("\n", 1)[-1] and number > asked)
    assert asked < drawn[0] < answered == len(code) - 2, "the answer is the last cell before the exercises"
    exercises = notebook.cells[-2].source.split("## Exercises")[1]
    assert re.findall(r"^(\d)\.", exercises, re.MULTILINE) == ["1", "2", "3"]
    assert "3. *Open.*" in exercises


def test_the_lessons_are_one_course() -> None:
    """Numbered without a gap; each begins with what the one before left open, and names the next."""
    assert [named(text).split("_")[0] for text in LESSONS] == [f"{n:02d}" for n in range(1, len(LESSONS) + 1)]
    for number, text in enumerate(LESSONS, 1):
        prose = cells(text, "markdown")
        assert prose[0].startswith(f"# {number}. ")
        assert number == 1 or f"Notebook {number - 1} ended" in prose[0], named(text)
        if number < len(LESSONS):
            assert "**What this leaves open:**" in prose[-1], named(text)
            assert f"otebook {number + 1}" in prose[-1], named(text)


@each_lesson
def test_every_lesson_has_solutions_that_assert_their_claims(text: Path) -> None:
    solved = FOLDER / "solutions" / text.name
    prose = cells(solved, "markdown")
    heads = [line for cell in prose for line in cell.splitlines() if line.startswith("## ")]
    assert heads == [f"## Exercise {n}" for n in (1, 2, 3)]
    parts = re.split(r"## Exercise \d", "\n".join(cell.source for cell in made_from(solved).cells))[1:]
    assert [n for n, part in enumerate(parts, 1) if "\nassert " not in part] == [], "exercises without a claim"


@each_lesson
def test_a_notebook_defines_nothing(text: Path) -> None:
    code = "\n".join(cells(text, "code"))
    assert re.findall(r"^\s*(?:def|class) ", code, re.MULTILINE) == []
