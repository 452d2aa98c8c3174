"""What is taken away from a page is whole, says where it comes from, and cannot do harm where it is opened."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from sim.intake.scenario_file import parse, read
from sim.screens import exports, film, paper, watch_files

COMMAND = "coalmine run web_fleet --policy canary --seed 1 --run 22"


@pytest.fixture(scope="module")
def files() -> dict[str, exports.File]:
    made = watch_files.files(read("web_fleet"), COMMAND, 1, 22, ["direct", "canary"], "web_fleet")
    return {file.label: file for file in made}


def test_the_csv_holds_the_outcomes_and_their_source(files: dict[str, exports.File]) -> None:
    rows = list(csv.DictReader(io.StringIO(str(files["CSV (outcomes)"].make()))))
    made = film.takes(read("web_fleet"), 1, 22, ["direct", "canary"])
    assert [row["users_hit"] for row in rows] == [str(take.outcome.users_hit) for take in made]
    assert {row["seed"] for row in rows} == {"1"}
    assert {len(row["sha256"]) for row in rows} == {64}


def test_parquet_keeps_numbers_and_carries_its_source(files: dict[str, exports.File]) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    data = files["Parquet (outcomes)"].make()
    assert isinstance(data, bytes)
    table = pq.read_table(io.BytesIO(data))
    assert table.column("run").to_pylist() == [22, 22]
    assert json.loads(table.schema.metadata[b"coalmine"])["command"] == COMMAND


def test_pictures_are_the_same_bytes_each_time_with_the_command_inside(files: dict[str, exports.File]) -> None:
    first, again = files["SVG picture"].make(), files["SVG picture"].make()
    assert first == again
    assert COMMAND.encode() in bytes(first)                       # type: ignore[arg-type]
    assert bytes(files["PNG picture"].make()).startswith(b"\x89PNG")   # type: ignore[arg-type]


def test_the_scenario_file_is_the_scenario(files: dict[str, exports.File]) -> None:
    assert parse(str(files["Scenario (YAML)"].make())) == read("web_fleet")


def test_the_report_tells_what_happened_and_asks_nobody_else(files: dict[str, exports.File]) -> None:
    page = str(files["Report (HTML)"].make())
    assert "196 users hurt; found by the gate" in page
    assert "data:image/svg+xml" in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "<script" not in page


def test_text_of_others_does_nothing_in_a_page_or_a_spreadsheet() -> None:
    page = paper.page("<script>x</script>", paper.html("# <script>y</script>\n\n[here](javascript:alert(1))"))
    assert "<script" not in page
    assert 'href="javascript' not in page
    where = exports.source(read("website"), "coalmine run website")
    assert "'=1+1" in exports.csv_of([{"policy": "=1+1"}], where)


def test_a_name_of_a_file_is_safe_everywhere() -> None:
    assert exports.stem("../a b/c", "seed", 1) == "a-b-c-seed-1"
    assert Path(exports.stem("x" * 500)).name == "x" * 100
