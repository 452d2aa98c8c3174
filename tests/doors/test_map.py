"""`coalmine map`: which policy costs least over two fields, in letters, as a file and as a picture."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.doors.command import Run

AXES = ("--x", "fleet.production.servers=4,10", "--y", "importance=0.001..10:log:3")
RUNS = ("--runs", 60, "--jobs", 1)


def test_the_map_is_drawn_in_letters_with_what_they_mean(coalmine: Run, small: Path) -> None:
    result = coalmine("map", small, *AXES, *RUNS)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0].startswith("Small shop: the policy with the least expected cost")
    assert "of 6 points are decided at 95 %; the others are in brackets." in lines[1]
    rows = [line.split()[0] for line in lines if line.split()[:1] and line.split()[0] in ("10", "0.1", "0.001")]
    assert rows == ["10", "0.1", "0.001"], "y goes up"
    assert "canary: least at" in result.stdout


def test_json_csv_and_letters_say_the_same(coalmine: Run, small: Path, tmp_path: Path) -> None:
    made = json.loads(coalmine("map", small, *AXES, *RUNS, "--json", "--csv", tmp_path / "map.csv").stdout)
    best = {(row["fleet.production.servers"], row["importance"]): row["policy"]
            for row in csv.DictReader((tmp_path / "map.csv").read_text().splitlines()) if row["best"] == "1"}
    assert best == {(cell["x"], cell["y"]): cell["best"] for cell in made["cells"]}
    assert len(best) == 6
    for cell in made["cells"]:
        means = {policy: mean["mean"] for policy, mean in cell["cost"].items()}
        assert cell["best"] == min(means, key=means.__getitem__)
        assert cell["behind"]["mean"] == pytest.approx(means[cell["runner_up"]] - means[cell["best"]])


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_a_picture_is_written(coalmine: Run, small: Path, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"map.{ending}"
    result = coalmine("map", small, *AXES, "--runs", 10, "--jobs", 1, "--figure", path)
    assert f"Written: {path}" in result.stderr
    assert path.read_bytes()[:5] in (b"\x89PNG\r", b"<?xml")


def test_fields_that_are_tied_share_an_axis(coalmine: Run, small: Path) -> None:
    tied = "fleet.production.servers & service.traffic.rate=4,10 & 40/s,100/s"
    result = coalmine("map", small, "--x", tied, *AXES[2:], "--runs", 10, "--jobs", 1)
    assert result.exit_code == 0, result.output
    said = "Together: fleet.production.servers & service.traffic.rate from 4 & 40/s to 10 & 100/s"
    assert said in result.stdout


def test_a_store_is_gone_on_with(coalmine: Run, small: Path, tmp_path: Path) -> None:
    words = ("map", small, *AXES, *RUNS, "--store", tmp_path / "s")
    first = coalmine(*words)
    chunks = sorted((tmp_path / "s" / "blocks").iterdir())
    before = [path.stat().st_mtime_ns for path in chunks]
    assert coalmine(*words).stdout == first.stdout
    assert [path.stat().st_mtime_ns for path in chunks] == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--x", "importance=3", "--y", "horizon=1h,2h"), "--x and --y must each have several values"),
        ((*AXES, "--set", "horizon=1h,2h"), "--x and --y must each have several values"),
        (("--x", "fleet.production.server=1,2", *AXES[2:]), "did you mean servers?"),
        ((*AXES, "--policy", "canry"), "did you mean 'canary'?"),
        ((*AXES, "--figure", "map.txt"), "must end in one of .png, .svg, .pdf"),
        ((*AXES, "--runs", "1"), "--runs: '1', must be a whole number from 2"),
    ],
)
def test_what_is_no_map_is_refused(coalmine: Run, small: Path, words: tuple[str, ...], said: str) -> None:
    result = coalmine("map", small, *words)
    assert result.exit_code == 2, result.output
    assert said in " ".join(result.stderr.split())
