"""A sweep is many comparisons: the same numbers, whoever computes them and in however many sittings."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.intake.scenario_file import parse
from sim.study import store as stores
from sim.study import workers
from sim.study.blocks import BLOCK, RunFailed
from sim.study.chunks import Chunk
from sim.study.compare import Comparison, UnknownPolicy, compare
from sim.study.files import CannotWrite
from sim.study.grid import grid_of
from sim.study.store import OtherStudy
from sim.study.summary import summary
from sim.study.sweep import sweep
from sim.study.sweep_table import as_json, csv_text, header, rows
from sim.study.tables import ALL
from tests.doors.command import SMALL
from tests.study import sweeps
from tests.study.fake_engine import Dice
from tests.study.sweeps import CHUNKS, IMPORTANCES, RUNS, Weighed, grid, swept, table


@pytest.fixture(autouse=True)
def steady(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stores do not care that the code changes while the tests run."""
    monkeypatch.setattr(stores, "made_with", sweeps.made_by_a_test)


@pytest.fixture(scope="module")
def whole() -> str:
    return table()


def same(a: Comparison, b: Comparison) -> bool:
    return list(a.tables) == list(b.tables) and all(
        np.array_equal(a.tables[policy].runs, b.tables[policy].runs)
        and a.tables[policy][column].tobytes() == b.tables[policy][column].tobytes()
        for policy in a.tables for column in ALL
    )


def stop_after(chunks: int) -> Callable[[int, int], None]:
    def interrupt(done: int, total: int) -> None:
        if done >= chunks * BLOCK:
            raise KeyboardInterrupt
    return interrupt


# --- what is in it --------------------------------------------------------------------------------

def test_every_point_is_what_compare_makes_of_it() -> None:
    with swept(runs=230) as found:
        for point, comparison in found.comparisons():
            alone = compare(found.grid.scenario(point.values), runs=230, seed=3, jobs=1, engine=Weighed())
            assert same(comparison, alone)
            assert summary(comparison) | {"seconds": 0} == summary(alone) | {"seconds": 0}


def test_the_engine_of_this_house_says_the_same() -> None:
    points = grid_of(SMALL, "small", ["policies.canary.canaries=1,4", "importance=1..100:log:2"])
    with sweep(points, runs=40, seed=7, jobs=1) as found:
        comparisons = {point.index: comparison for point, comparison in found.comparisons()}
        for index, settings in ((0, ["policies.canary.canaries=1"]),
                                (3, ["policies.canary.canaries=4", "importance=100"])):
            alone = compare(parse(SMALL, set=settings), runs=40, seed=7, jobs=1)
            assert same(comparisons[index], alone)
            assert comparisons[index].sha256 == alone.sha256
    direct = [comparison.tables["direct"]["users_hit"] for comparison in comparisons.values()]
    assert all(np.array_equal(direct[0], other) for other in direct), "points share their changes"


def test_rows_hold_every_policy_point_and_sort_of_change(whole: str) -> None:
    found = list(csv.DictReader(io.StringIO(whole)))
    assert len(found) == len(IMPORTANCES) * 2 * 3
    assert [row["importance"] for row in found[::6]] == [str(value) for value in IMPORTANCES]
    assert {(row["policy"], row["among"]) for row in found} == {
        (policy, among) for policy in ("direct", "canary") for among in ("all", "faulty", "healthy")
    }
    for first in range(0, len(found), 6):
        parts = {(row["policy"], row["among"]): int(row["runs"]) for row in found[first : first + 6]}
        assert parts["canary", "faulty"] + parts["canary", "healthy"] == parts["canary", "all"] == RUNS


def test_rows_say_what_the_summary_says_and_where_it_comes_from() -> None:
    with swept(runs=150) as found:
        (_, comparison), *_ = found.comparisons()
        row = dict(zip(header(found), next(rows(found)), strict=True))
        said = summary(comparison)["policies"]["direct"]
    assert float(row["cost_mean"]) == said["cost"]["mean"]
    assert float(row["faulty_high"]) == said["faulty"]["high"]
    assert float(row["ended_promoted_share"]) == said["ended"]["promoted"]["share"]
    assert (row["sha256"], row["seed"], row["numpy"]) == (comparison.sha256, "3", np.__version__)


def test_the_object_holds_the_points_and_what_is_known_of_them() -> None:
    with swept(runs=150) as found:
        made = as_json(found)
        (_, comparison), *_ = found.comparisons()
    assert [point["set"] for point in made["points"]] == [{"importance": str(value)} for value in IMPORTANCES]
    assert made["points"][0]["policies"] == summary(comparison)["policies"]
    assert {row["column"] for row in made["points"][0]["differences"]} == {"cost"}


def test_a_policy_is_left_out_where_the_fleet_cannot_run_it_and_only_there() -> None:
    text = SMALL.replace("test: {servers: 1}", "standby: {servers: 10}\n  test: {servers: 1}")
    points = grid_of(text, "small", ["fleet.standby.servers=0,10"])
    with sweep(points, runs=5, policies=["standby", "canary"], jobs=1) as found:
        without, with_it = (comparison for _, comparison in found.comparisons())
    assert (list(without.tables), list(with_it.tables)) == (["canary"], ["canary", "standby"])
    assert "standby" in without.skipped["standby"]
    assert list(with_it.skipped) == []


# --- whoever computes it --------------------------------------------------------------------------

def test_two_workers_make_the_same_bytes(whole: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "START_UP_S", 0.0)
    assert table(jobs=2, store=tmp_path / "s") == whole


@pytest.mark.slow
def test_a_worker_may_die_and_nothing_changes(whole: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os
    monkeypatch.setattr(workers, "START_UP_S", 0.0)
    dice = Weighed(deadly=frozenset([230]), once=tmp_path / "died", home=os.getpid(), log=tmp_path / "log")
    assert table(jobs=2, engine=dice) == whole
    assert (tmp_path / "died").exists(), "no worker got the deadly run"
    lines = [line.split(" ", 1)[1] for line in (tmp_path / "log").read_text().splitlines()]
    assert len(lines) < 2 * CHUNKS + 16, "what was finished is not computed again"


# --- sittings -------------------------------------------------------------------------------------

def test_an_interrupt_keeps_what_is_finished_and_the_rest_is_added(whole: str, tmp_path: Path) -> None:
    with swept(store=tmp_path / "s", on_progress=stop_after(7)) as found:
        assert (found.partial, found.made, found.kept) == (True, 7, 0)
        runs = [(point.index, comparison.runs, comparison.partial) for point, comparison in found.comparisons()]
    assert runs == [(0, 400, False), (1, 300, True)]
    with swept(store=tmp_path / "s") as found:
        assert (found.partial, found.made, found.kept) == (False, CHUNKS - 7, 7)
        assert "".join(csv_text(found)) == whole


def test_a_finished_store_computes_nothing(whole: str, tmp_path: Path) -> None:
    table(store=tmp_path / "s")
    class Idle(Dice):
        def run_many(self, *asked: Any) -> Any:
            raise AssertionError("it computes again")
    heard: list[tuple[int, int]] = []
    with swept(
        store=tmp_path / "s", engine=Idle(), on_progress=lambda done, total: heard.append((done, total))
    ) as found:
        assert (found.made, found.kept) == (0, CHUNKS)
        assert "".join(csv_text(found)) == whole
    assert heard == [(CHUNKS * BLOCK, CHUNKS * BLOCK)]


@pytest.mark.slow
def test_more_runs_add_to_those_that_are_there(tmp_path: Path) -> None:
    table(store=tmp_path / "s", runs=200)
    with swept(store=tmp_path / "s", runs=350) as found:
        assert (found.kept, found.made) == (2 * len(IMPORTANCES), 2 * len(IMPORTANCES))
        assert "".join(csv_text(found)) == table(runs=350)
    assert table(store=tmp_path / "s", runs=100) == table(runs=100), "and fewer are a part of them"


def test_progress_counts_what_was_there_and_ends_at_all() -> None:
    heard: list[tuple[int, int]] = []
    table(on_progress=lambda done, total: heard.append((done, total)))
    assert heard[0] == (BLOCK, CHUNKS * BLOCK)
    assert heard[-1] == (CHUNKS * BLOCK, CHUNKS * BLOCK)
    assert heard == sorted(heard)


@pytest.mark.parametrize("other", [{"seed": 4}, {"policies": ["canary"]}])
def test_another_study_is_not_mixed_in(tmp_path: Path, other: dict[str, Any]) -> None:
    table(store=tmp_path / "s", runs=100)
    with pytest.raises(OtherStudy, match="holds another study"):
        swept(store=tmp_path / "s", runs=100, **other)
    with pytest.raises(OtherStudy, match="axes is"):
        swept(store=tmp_path / "s", runs=100, grid=grid("importance=1,2"))


def test_a_damaged_chunk_is_set_aside_and_computed_again(whole: str, tmp_path: Path) -> None:
    table(store=tmp_path / "s")
    path = tmp_path / "s" / "blocks" / Chunk(2, 100, 200).name
    data = bytearray(path.read_bytes())
    data[700] ^= 255
    path.write_bytes(data)
    with swept(store=tmp_path / "s") as found:
        assert "".join(csv_text(found)) == whole
        assert found.made == 1
        assert [f"{path}: it is not what was written" in line for line in found.said] == [True]
    with swept(store=tmp_path / "s") as found:
        assert "".join(csv_text(found)) == whole
        assert (found.made, found.said) == (0, [])


def test_no_room_ends_it_with_what_is_finished_kept(
    whole: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        write, times = stores.write_whole, iter(range(100))
        def full(path: Path, chunks: Any) -> None:
            if next(times) == 8:
                raise CannotWrite(f"{path}: cannot be written: No space left on device")
            write(path, chunks)
        patch.setattr(stores, "write_whole", full)
        with pytest.raises(CannotWrite, match="No space left"):
            swept(store=tmp_path / "s")
    with swept(store=tmp_path / "s") as found:
        assert found.kept == 7, "the first file was study.json"
        assert "".join(csv_text(found)) == whole


# --- what may be asked ----------------------------------------------------------------------------

def test_a_failing_run_names_its_point() -> None:
    with pytest.raises(RunFailed, match="run 117 failed: ZeroDivisionError") as caught:
        swept(engine=Weighed(broken=frozenset([117])))
    assert caught.value.__notes__ == ["--set importance=1"]


@pytest.mark.parametrize(
    ("asked", "error", "said"),
    [
        ({"runs": 0}, ValueError, r"runs\(=0\)"),
        ({"seed": -1}, ValueError, r"seed\(=-1\)"),
        ({"jobs": 0}, ValueError, r"jobs\(=0\)"),
        ({"policies": ["canry"]}, UnknownPolicy, "did you mean 'canary'"),
    ],
)
def test_what_cannot_be_asked_is_refused(asked: dict[str, Any], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        swept(**asked)
