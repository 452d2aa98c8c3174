"""Rows that read back as they were, in files that are written whole or not at all."""

from __future__ import annotations

import csv
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from sim.model.outcome import COLUMNS, WORDS
from sim.study.compare import Comparison, compare
from sim.study.files import CannotWrite, write_whole
from sim.study.rows import csv_text, header, rows, write_csv
from tests.study.fake_engine import Dice, scenario


@pytest.fixture(scope="module")
def found() -> Comparison:
    named = scenario(name='Dice, "loaded"\nand ünusual')
    return compare(named, runs=1100, seed=5, jobs=1, policies=["direct", "canary"], engine=Dice())


def test_every_run_of_every_policy_is_a_row_that_reads_back(
    found: Comparison, tmp_path: Path
) -> None:
    write_csv(found, tmp_path / "runs.csv")
    with (tmp_path / "runs.csv").open(encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file))
    for policy, table in found.tables.items():
        mine = [row for row in read if row["policy"] == policy]
        assert [int(row["run"]) for row in mine] == table.runs.tolist()
        assert [row["fault"] for row in mine] == table["fault"].tolist()
        for name in COLUMNS:
            if name in WORDS:
                assert [row[name] for row in mine] == table[name].tolist()
            else:
                back = [float(row[name]) if row[name] else np.nan for row in mine]
                np.testing.assert_array_equal(back, table[name])


def test_every_row_says_where_it_came_from(found: Comparison) -> None:
    first = dict(zip(header(), next(rows(found)), strict=True))
    assert first["scenario"] == found.scenario.name
    assert (first["sha256"], first["seed"]) == (found.sha256, "5")
    assert (first["version"], first["numpy"]) == (found.version, np.__version__)


def test_the_same_study_writes_the_same_bytes(found: Comparison) -> None:
    again = compare(found.scenario, runs=1100, seed=5, jobs=1, policies=["direct", "canary"],
                    engine=Dice())
    assert "".join(csv_text(again)) == "".join(csv_text(found))


def test_a_new_file_has_the_rights_that_files_get_here(tmp_path: Path) -> None:
    write_whole(tmp_path / "new", ["a", b"b"])
    (tmp_path / "plain").touch()
    assert (tmp_path / "new").read_text() == "ab"
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_an_old_file_keeps_its_rights_and_a_link_its_place(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    write_whole(link, ["new"])
    assert link.is_symlink()
    assert (real.read_text(), stat.S_IMODE(real.stat().st_mode)) == ("new", 0o640)


def full_disk() -> Iterator[str]:
    yield "half of it"
    raise OSError(28, "No space left on device")


def broken() -> Iterator[str]:
    yield "half of it"
    raise ZeroDivisionError


@pytest.mark.parametrize("chunks", [full_disk, broken])
def test_what_fails_midway_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, chunks: object
) -> None:
    (tmp_path / "kept.csv").write_text("old")
    with pytest.raises((OSError, ZeroDivisionError)):
        write_whole(tmp_path / "kept.csv", chunks())  # type: ignore[operator]
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("kept.csv", "old")]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full")
def test_a_full_device_is_a_sentence() -> None:
    with pytest.raises(CannotWrite, match="/dev/full: cannot be written: No space left on device"):
        write_whole("/dev/full", ["a"])


def test_a_pipe_is_written_directly(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_whole(pipe, ["through"])
    assert os.read(reader, 100) == b"through"
    os.close(reader)


def test_a_missing_folder_and_a_folder_in_its_place_are_said(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite, match=r"x\.csv: cannot be written: there is no folder .*none'"):
        write_whole(tmp_path / "none" / "x.csv", ["a"])
    with pytest.raises(CannotWrite, match="cannot be written: it is a folder"):
        write_whole(tmp_path, ["a"])
