"""One mistake a file: each says in its first line what must be told of it, to the letter.

A file may be copied to learn what a message means, so its first line is also its explanation.
"""

import re
from pathlib import Path

import pytest

from sim.intake.scenario_file import InputError, read
from tests.intake.samples import INVALID

JARGON = re.compile(
    r"Input should|Value error|\[type=|pydantic|validation error|tagged-union|function-before|dataclass|keyword arg|"
    r"Traceback|NoneType|\bdict\b|\btuple\b|\bstr\b|\bint\b|not understood"
)


def expected(path: Path) -> str:
    first = path.read_bytes().split(b"\n", 1)[0].decode()
    assert first.startswith("# expect: "), f"{path.name} does not say what is wrong with it"
    return first.removeprefix("# expect: ")


def told(path: Path) -> InputError:
    with pytest.raises(InputError) as refused:
        read(path)
    return refused.value


def test_there_are_mistakes_of_every_sort() -> None:
    assert len(INVALID) >= 40


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_an_invalid_scenario_is_refused_with_its_message(path: Path) -> None:
    error = told(path)
    said = str(error).removeprefix(f"{path}:").strip()
    assert said == expected(path)
    assert not JARGON.search(said), "words of a library, not of the file"


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_a_file_holds_one_mistake_and_the_line_is_the_one_it_is_in(path: Path) -> None:
    (problem,) = told(path).problems
    assert problem.file == str(path)
    if problem.line is not None and problem.field and problem.value != "nothing":
        line = path.read_bytes().split(b"\n")[problem.line - 1].decode(errors="replace")
        assert problem.value.removesuffix("...") in line
