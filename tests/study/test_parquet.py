"""Parquet holds what the CSV holds, typed, and where it comes from."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from sim.study import parquet, rows, sweep_table
from sim.study.compare import compare
from sim.study.files import CannotWrite
from sim.study.identity import made_with, scenario_sha256
from sim.study.parquet import KEY, NoParquet, write_parquet
from tests.study.fake_engine import Dice, scenario
from tests.study.sweeps import swept


def texts(path: Path) -> list[dict[str, str]]:
    """The file's rows as the CSV would write them."""
    return [
        {name: value if isinstance(value, str) else "" if value is None else rows.number_text(value)
         for name, value in row.items()}
        for row in pq.read_table(path).to_pylist()
    ]


def test_a_sweep_reads_back_as_its_csv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "AT_ONCE", 7)                  # several row groups
    path = tmp_path / "sweep.parquet"
    with swept(runs=150) as found:
        sweep_table.write_parquet(found, path)
        wanted = list(csv.DictReader(io.StringIO("".join(sweep_table.csv_text(found)))))
        first = scenario_sha256(found.scenario)
    assert texts(path) == wanted
    assert pq.ParquetFile(path).num_row_groups > 3
    schema = pq.read_schema(path)
    assert [str(schema.field(name).type) for name in ("importance", "point", "cost_mean", "cost_n", "seed")] == [
        "string", "int64", "double", "int64", "int64",
    ]
    about = json.loads(schema.metadata[KEY])
    assert about | made_with() == about
    assert (about["seed"], about["axes"], about["scenario"]) == (3, ["importance"], {"name": "Dice", "sha256": first})


def test_a_comparison_reads_back_as_its_csv(tmp_path: Path) -> None:
    found = compare(scenario(), runs=120, seed=3, jobs=1, engine=Dice())
    path = tmp_path / "compare.parquet"
    write_parquet(rows.header(), rows.rows(found), path, rows.about(found))
    assert texts(path) == list(csv.DictReader(io.StringIO("".join(rows.csv_text(found)))))
    assert json.loads(pq.read_schema(path).metadata[KEY])["runs"] == 120


def test_no_room_leaves_the_old_file(tmp_path: Path) -> None:
    found = compare(scenario(), runs=20, seed=3, jobs=1, engine=Dice())
    with pytest.raises(CannotWrite, match="there is no folder"):
        write_parquet(rows.header(), rows.rows(found), tmp_path / "no" / "x.parquet", {})
    with pytest.raises(CannotWrite, match="No space left"):
        write_parquet(rows.header(), rows.rows(found), "/dev/full", {})


def test_without_pyarrow_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(NoParquet, match=r"pip install 'coalmine\[parquet\]'"):
        write_parquet([], [], tmp_path / "x.parquet", {})
