"""Real measurements: what is read, and that nothing is guessed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sim.intake import measurements as door
from sim.intake.measurements import measurements
from sim.intake.problems import InputError


def written(folder: Path, text: str, name: str = "m.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def refused(path: Path) -> str:
    with pytest.raises(InputError) as error:
        measurements(path)
    return str(error.value).removeprefix(f"{path}")


def prometheus(values: list[Any], series: int = 1) -> str:
    found = [{"metric": {"pod": str(i)}, "values": values} for i in range(series)]
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": found}})


def test_a_metric_with_gaps(tmp_path: Path) -> None:
    read = measurements(written(tmp_path, "Time, Value\n0,1.5\n60,\n120,NaN\n\n180,-2e3\n"))
    assert read.columns == ("value",)
    assert read.rows == [(0.0, (1.5,)), (60.0, (None,)), (120.0, (None,)), (180.0, (-2000.0,))]


def test_counts_in_any_order_of_columns(tmp_path: Path) -> None:
    read = measurements(written(tmp_path, "failed,time,requests\n3,2026-01-31T10:00:00Z,100\n"))
    assert (read.columns, read.counts) == (("requests", "failed"), True)
    assert read.rows == [(1769853600.0, (100.0, 3.0))]


def test_a_prometheus_answer(tmp_path: Path) -> None:
    read = measurements(written(tmp_path, prometheus([[1.5, "0.25"], [61.5, "NaN"]]), "m.json"))
    assert read.rows == [(1.5, (0.25,)), (61.5, (None,))]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ":1: the first line must be `time,value`"),
        ("0,1\n60,2\n", ":1: 0, is no column: the first line must be"),
        ("time,failures\n", "did you mean failed?"),
        ("time,value,value\n", ":1: names a column twice"),
        ("time,requests\n", ":1: the first line must be"),
        ("time,value\n", ": holds no measurement"),
        ("time,value\n0,1\n60\n", ":3: has 1 cells, the header 2"),
        ("time,value\n60,1\n0,1\n", ":3: time: 0, is before the time above it"),
        ("time,value\n60,1\n60,1\n", ":3: time: 60, is the same as the time above it"),
        ("time,value\nnoon,1\n", ":2: time: noon, is no time"),
        ("time,value\nnan,1\n", ":2: time: nan, is no time"),
        ("time,value\n0,5%\n", ":2: value: 5%, is no plain number: all values in one unit"),
        ("time,value\n0,12ms\n", ":2: value: 12ms, is no plain number"),
        ("time,value\n0,inf\n", ":2: value: inf, is not finite"),
        ("time,requests,failed\n0,10,-1\n", ":2: failed: -1, must be a whole number from 0"),
        ("time,requests,failed\n0,10,0.5\n", ":2: failed: 0.5, must be a whole number"),
        ("time,requests,failed\n0,10,11\n", ":2: failed: 11, must be at most the requests, which are 10"),
        ("time,requests,failed\n0,,1\n", ":2: failed: 1, must be at most the requests, which are missing"),
        ("{", ":1: is not JSON"),
        ("[]", ": must be the answer of a Prometheus range query"),
        (prometheus([[0, "1"]], 2), ": holds 2 series"),
        (prometheus([[0, "1"]], 0), ": holds 0 series"),
        (prometheus([[0]]), ": must be the answer"),
        (prometheus([[0, "+Inf"]]), ":1: value: +Inf, is not finite"),
        (prometheus([]), ": holds no measurement"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    assert said in refused(written(tmp_path, text))


def test_files_that_are_not_there_or_not_text(tmp_path: Path) -> None:
    assert "does not exist" in refused(tmp_path / "none.csv")
    assert "cannot be read" in refused(tmp_path)
    binary = tmp_path / "m.csv"
    binary.write_bytes(b"time,value\n0,\xff\n")
    assert "is not UTF-8 text" in refused(binary)


def test_too_many_rows_are_refused_when_they_are_met(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "MOST_ROWS", 3)
    path = written(tmp_path, "time,value\n" + "".join(f"{i},1\n" for i in range(4)) + "not read\n")
    assert "has more than 3 rows" in refused(path)


def test_a_file_of_millions_of_rows_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "MOST_ROWS", 1000)
    monkeypatch.setattr(door, "_csv", lambda *_: pytest.fail("it was read"))
    path = written(tmp_path, "time,value\n" + "".join(f"{i},1\n" for i in range(3000)))
    assert ": has more than 1,000 rows" in refused(path)


def test_a_large_answer_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "MOST_BYTES", 50)
    assert ": is larger than 0 MB" in refused(written(tmp_path, prometheus([[0, "1"], [1, "2"]]), "m.json"))


@pytest.mark.slow
def test_ten_million_rows_take_a_moment_and_little_memory(tmp_path: Path) -> None:
    import time
    import tracemalloc

    path = tmp_path / "long.csv"
    with path.open("w", encoding="utf-8") as stream:
        stream.write("time,value\n")
        for first in range(0, 10_000_000, 100_000):
            stream.write("".join(f"{i},1\n" for i in range(first, first + 100_000)))
    tracemalloc.start()
    begun = time.process_time()
    assert ": has more than 1,000,000 rows" in refused(path)
    assert time.process_time() - begun < 2.0
    assert tracemalloc.get_traced_memory()[1] < 20e6
    tracemalloc.stop()
