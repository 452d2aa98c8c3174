"""A table that is on disk is the table that it would be in memory."""

from __future__ import annotations

import pickle
import tempfile
from pathlib import Path

import numpy as np
import pytest

from sim.study import growing
from sim.study.compare import compare
from sim.study.estimate import AT_ONCE, exact_sum
from sim.study.files import CannotWrite
from sim.study.growing import Growing
from sim.study.rows import csv_text
from sim.study.summary import summary
from sim.study.tables import ALL, Table
from tests.study.fake_engine import Dice, scenario

SIZES = (1, 40, 100, 7, 64, 128, 3)


def grown(sizes: tuple[int, ...] = SIZES) -> Table:
    of, made, first = scenario(), Growing(), 0
    for size in sizes:
        runs = range(first, first + size)
        made.append(Table.of(Dice().run_many(of.plan("canary"), of, 3, runs), runs))
        first += size
    return made.table()


def same(one: Table, two: Table) -> bool:
    return np.array_equal(one.runs, two.runs) and all(one[name].tobytes() == two[name].tobytes() for name in ALL)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> Table:
    """The same rows, in memory; from here on 64 of them are a segment."""
    whole = grown()
    assert isinstance(whole.stored, dict)
    monkeypatch.setattr(growing, "SEGMENT", 64)
    return whole


@pytest.mark.parametrize("sizes", [SIZES, (64,), (64, 64), (65,), (63, 1, 64, 1), (1000,)])
def test_it_reads_back_to_the_bit_whatever_the_sizes(sizes: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    whole = grown(sizes)
    monkeypatch.setattr(growing, "SEGMENT", 64)
    found = grown(sizes)
    assert isinstance(found.stored, dict) == (sum(sizes) <= 64)
    assert len(found) == sum(sizes)
    assert same(found, whole)


def test_parts_of_it_are_the_parts(short: Table) -> None:
    found = grown()
    for first, last in ((0, 343), (0, 0), (10, 20), (60, 70), (63, 193), (300, 343), (340, 343)):
        assert same(found.between(first, last), short.between(first, last))
    faulty = found.pick(found.faulty)
    assert same(faulty, short.pick(short.faulty))
    assert same(faulty.between(3, 9), short.pick(short.faulty).between(3, 9))


def test_a_table_does_not_change_when_more_is_appended(short: Table) -> None:
    """The app shows one while the next runs come in."""
    of, made, earlier = scenario(), Growing(), list[Table]()
    for first in range(0, 300, 30):
        runs = range(first, first + 30)
        made.append(Table.of(Dice().run_many(of.plan("canary"), of, 3, runs), runs))
        earlier.append(made.table())
    for n, table in enumerate(earlier, 1):
        assert len(table) == 30 * n
        assert same(table, short.between(0, 30 * n))


def test_it_can_be_pickled(short: Table) -> None:
    assert same(pickle.loads(pickle.dumps(grown())), short)


def test_a_comparison_says_the_same_from_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    here = compare(scenario(), runs=430, seed=3, jobs=1, engine=Dice())
    monkeypatch.setattr(growing, "SEGMENT", 64)
    there = compare(scenario(), runs=430, seed=3, jobs=1, engine=Dice())
    assert summary(here) | {"seconds": 0} == summary(there) | {"seconds": 0}
    assert "".join(csv_text(here)) == "".join(csv_text(there))


@pytest.mark.usefixtures("short")
def test_no_room_for_it_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    with Path("/dev/full").open("r+b", buffering=0) as full, monkeypatch.context() as patch:
        patch.setattr(tempfile, "TemporaryFile", lambda: full)
        with pytest.raises(CannotWrite, match="cannot be written: No space left on device"):
            grown()


def test_sums_in_pieces_are_still_exact() -> None:
    values = np.tile([1e16, 1.0, -1e16], AT_ONCE)
    assert exact_sum(values) == AT_ONCE
