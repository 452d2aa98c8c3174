"""`coalmine sweep`: a grid from the command line, resumed, and refused in words where it is none."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet
import pytest

from sim.intake import scenario_file
from sim.study.compare import compare
from sim.study.summary import summary
from tests.doors.command import ROOT, Run, environment, process

AXES = ("--set", "policies.canary.canaries=1,4", "--set", "policies.canary.bake=5m..10m:lin:2")
RUNS = ("--runs", 30, "--jobs", 1)


def test_every_point_and_policy_is_a_row_with_its_interval(coalmine: Run, small: Path) -> None:
    result = coalmine("sweep", small, *AXES, *RUNS)
    assert result.exit_code == 0, result.output
    text = result.stdout
    assert text.startswith("Small shop: 4 of 4 points, 30 changes under each policy, seed 1\n")
    assert "canaries, bake" in text
    assert [text.count(f"\n{values} ") for values in ("1, 5m", "1, 10m", "4, 5m", "4, 10m")] == [2, 2, 2, 2]
    assert "Left out at 4 points: standby: it swaps with a standby" in text
    assert max(map(len, text.splitlines())) < 110


def test_the_csv_says_where_it_comes_from_and_is_the_same_again(coalmine: Run, small: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    coalmine("sweep", small, *AXES, *RUNS, "--csv", first)
    result = coalmine("sweep", small, *AXES, *RUNS, "--csv", second, "--store", tmp_path / "store")
    assert f"Written: {second}" in result.stderr
    assert first.read_bytes() == second.read_bytes()
    rows = list(csv.DictReader(first.read_text().splitlines()))
    assert len(rows) == 4 * 2 * 3
    wanted = scenario_file.read(small, ["policies.canary.canaries=4", "policies.canary.bake=10m"])
    assert rows[-1]["sha256"] == scenario_file.sha256(wanted)
    assert {row["scenario"] for row in rows} == {"Small shop"}


def test_json_holds_what_compare_says_of_the_point(coalmine: Run, small: Path) -> None:
    made = json.loads(coalmine("sweep", small, *AXES, *RUNS, "--json").stdout)
    point = made["points"][2]
    assert point["set"] == {"policies.canary.canaries": "4", "policies.canary.bake": "5m"}
    settings = [f"{path}={value}" for path, value in point["set"].items()]
    wanted = summary(compare(scenario_file.read(small, settings), runs=30, jobs=1))
    assert [point[part] for part in ("policies", "faulty", "healthy")] == [
        wanted[part] for part in ("policies", "faulty", "healthy")
    ]


def test_the_same_words_again_compute_nothing(coalmine: Run, small: Path, tmp_path: Path) -> None:
    words = ("sweep", small, *AXES, *RUNS, "--store", tmp_path / "store")
    first, second = coalmine(*words), coalmine(*words)
    assert "4 computed, 0 there already" in first.stderr
    assert "0 computed, 4 there already" in second.stderr
    assert first.stdout == second.stdout


def test_another_seed_does_not_get_into_a_store(coalmine: Run, small: Path, tmp_path: Path) -> None:
    words = ("sweep", small, *AXES, *RUNS, "--store", tmp_path / "store")
    coalmine(*words)
    result = coalmine(*words, "--seed", 2)
    assert result.exit_code == 2
    assert "--store: " in result.stderr
    assert "holds another study: seed is 1 there and 2 here" in result.stderr


def test_a_damaged_chunk_is_named(coalmine: Run, small: Path, tmp_path: Path) -> None:
    words = ("sweep", small, *AXES, *RUNS, "--store", tmp_path / "store")
    first = coalmine(*words)
    path = next((tmp_path / "store" / "blocks").iterdir())
    path.write_bytes(path.read_bytes()[:100])
    second = coalmine(*words, "--quiet")
    assert (second.exit_code, second.stdout) == (0, first.stdout)
    assert f"{path}: it has 100 bytes" in second.stderr
    assert "set aside" in second.stderr


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own with hardly any room; only root may make one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=68k", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("this user may not mount a disk; test_store.py limits the size of files instead")
    yield disk
    subprocess.run(["umount", disk], check=True)


@pytest.mark.slow
def test_a_full_disk_is_said_and_with_more_room_it_goes_on(coalmine: Run, small: Path, small_disk: Path) -> None:
    words = ("sweep", small, *AXES, "--runs", 200, "--jobs", 1)
    full = coalmine(*words, "--store", small_disk / "store")
    assert (full.exit_code, full.stdout) == (1, "")
    assert full.stderr.count("\n") == 2
    assert "cannot be written: No space left on device" in full.stderr
    assert f"What was finished is in {small_disk / 'store'}: the same command goes on from there." in full.stderr
    subprocess.run(["mount", "-o", "remount,size=10m", small_disk], check=True)
    again = coalmine(*words, "--store", small_disk / "store")
    kept = re.search(r"(\d+) computed, (\d+) there already", again.stderr)
    assert kept, again.stderr
    assert int(kept[2]) >= 1, "what was finished before the disk was full is kept"
    assert int(kept[1]) + int(kept[2]) == 8
    assert again.stdout == coalmine(*words).stdout


@pytest.mark.parametrize("command", [("sweep", *AXES), ("compare",)])
def test_the_same_rows_as_parquet(
    coalmine: Run, small: Path, tmp_path: Path, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "rows.parquet"
    words = (command[0], small, *command[1:], *RUNS)
    result = coalmine(*words, "--parquet", path, "--csv", tmp_path / "rows.csv")
    assert (result.exit_code, f"Written: {path}" in result.stderr) == (0, True)
    table = pyarrow.parquet.read_table(path)
    with (tmp_path / "rows.csv").open(newline="") as file:
        assert [row["sha256"] for row in csv.DictReader(file)] == table["sha256"].to_pylist()
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    refused = coalmine(*words, "--parquet", path)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr.startswith("--parquet: needs pyarrow; install it with the extra")


def test_a_hypercube_is_drawn(coalmine: Run, small: Path) -> None:
    result = coalmine("sweep", small, "--set", "importance=1..100:log", "--lhs", 3, *RUNS)
    assert result.stdout.startswith("Small shop: 3 of 3 points")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "there is nothing to sweep over"),
        (("--set", "importance=3"), "there is nothing to sweep over"),
        (("--set", "policies.canry.bake=1m,2m"), "policies.canry: is unknown, did you mean canary?"),
        (("--set", "importance=9..1:lin:3"), "runs backwards: did you mean 1..9?"),
        (("--set", "importance=1..9:lin:1000000000"), "points are more than 1,000,000"),
        ((*AXES, "--policy", "canry"), "--policy: unknown policy 'canry'; did you mean 'canary'?"),
        ((*AXES, "--cluster", "127.0.0.1:1"), "--cluster 127.0.0.1:1: no Dask scheduler answers there"),
        ((*AXES, "--cluster", "h:1", "--jobs", "2"), "--cluster and --jobs: name one"),
        ((*AXES, "--runs", "many"), "--runs: 'many', must be a whole number"),
        ((*AXES, "--lhs", "0"), "--lhs: '0', must be a whole number"),
        ((*AXES, "--csv", "/nowhere/x.csv"), "--csv: the folder /nowhere does not exist"),
    ],
)
def test_what_is_no_sweep_is_refused(coalmine: Run, small: Path, words: tuple[str, ...], said: str) -> None:
    result = coalmine("sweep", small, *words)
    assert result.exit_code == 2, result.output
    assert said in " ".join(result.stderr.split())
    assert result.stdout == ""


def test_a_folder_of_other_things_is_refused(coalmine: Run, small: Path, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear Ann")
    result = coalmine("sweep", small, *AXES, "--store", tmp_path)
    assert result.exit_code == 2
    assert "is not empty and is not a store" in result.stderr


def test_ctrl_c_prints_what_is_known_and_exits_130(small: Path, tmp_path: Path) -> None:
    words = ["sweep", str(small), *AXES, "--runs", "20000", "--jobs", "1", "--store", str(tmp_path / "s"), "--quiet"]
    child = subprocess.Popen(
        [sys.executable, "-m", "sim", *words], cwd=ROOT, text=True, env=environment(),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )
    manifest = tmp_path / "s" / "manifest.jsonl"
    until = time.monotonic() + 60
    while time.monotonic() < until and not (manifest.exists() and manifest.read_bytes().count(b"\n") >= 2):
        time.sleep(0.05)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)
    assert (child.returncode, err) == (130, "")
    assert "1 of 4 points" in out
    assert "interrupted, this is what is known" in out


def test_the_help_shows_how_an_axis_is_written() -> None:
    done = process("sweep", "--help", env=environment(COLUMNS="100"))
    assert "1%..25%:log:8" in done.stdout
    assert os.linesep.join(done.stderr.splitlines()) == ""
