"""However a run is done, it is the same run to the byte: in blocks or scrape by scrape, told or not, remembered or not.

Guards DESIGN 7.3. Broken on purpose and seen red: drawing the suspicious window of a block again (monitor.py),
crediting a block without its harm (world.py), leaving reported failures out of a remembered run (quiet.py).
"""

from __future__ import annotations

import pytest

from tests.engine.matrix import FAULTS, Cell, cells, each_fault, played


def differences(found: Cell, i: int) -> list[str]:
    """How this run differs from itself when it is done in another way."""
    usual = played(found, i)
    told, plain_told = played(found, i, timeline=True), played(found, i, timeline=True, block=False)
    others = {
        "scrape by scrape": played(found, i, block=False),
        "step by step": played(found, i, replay=False),
        "with a timeline": told,
        "with a timeline, scrape by scrape": plain_told,
    }
    wrong = [
        f"{found}, run {i}, {how}: {a} instead of {b}"
        for how, other in others.items()
        for a, b in zip(other.numbers, usual.numbers, strict=True)
        if a != b
    ]
    assert told.timeline is not None
    assert plain_told.timeline is not None
    return wrong + [
        f"{found}, run {i}: the {what} of its timeline depend on blocks"
        for what in ("events", "scrapes", "truth")
        if getattr(told.timeline, what) != getattr(plain_told.timeline, what)
    ]


@each_fault
def test_a_run_is_the_same_however_it_is_done(fault: str) -> None:
    assert [line for found in cells(fault) for line in differences(found, 0)] == []


def test_some_of_these_runs_are_remembered_ones_and_some_have_blocks() -> None:
    healthy = [played(found, i) for found in cells("none") for i in range(3)]
    assert sum(run.tally.events == 0 for run in healthy) >= 5
    assert any(
        played(found, 0, replay=False).tally.events < played(found, 0, block=False).tally.events / 2
        for found in cells("late")
    )


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_a_run_is_the_same_however_it_is_done_in_other_worlds(fault: str) -> None:
    found = cells(fault, worlds=4)                           # a third of all threes, and all twos
    assert [line for one in found for line in differences(one, 1)] == []
