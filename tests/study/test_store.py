"""A store gives back what it was given, refuses what is not its own, and loses nothing that was whole."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sim.study import store as stores
from sim.study.chunks import Chunk, Damaged, Part, packed, unpacked
from sim.study.files import CannotWrite
from sim.study.identity import made_with
from sim.study.store import InUse, OtherStudy, Scratch, Store, opened
from sim.study.tables import ALL, Table
from tests.study.fake_engine import Dice, scenario

CHUNK = Chunk(2, 100, 130)


def part(first: int = 100) -> Part:
    runs = range(first, first + 30)
    of, dice = scenario(), Dice()
    tables = {
        name: Table.of(dice.run_many(of.plan(name), of, 3, runs), runs) for name in ("direct", "canary")
    }
    return Part("ab" * 32, tables, {"standby": "there is none"})


def same(one: Part, two: Part) -> bool:
    return (one.sha256, list(one.tables), one.skipped) == (two.sha256, list(two.tables), two.skipped) and all(
        one.tables[policy][column].tobytes() == two.tables[policy][column].tobytes()
        and np.array_equal(one.tables[policy].runs, two.tables[policy].runs)
        for policy in one.tables for column in ALL
    )


def at(folder: Path, **key: object) -> Store:
    found = opened(folder, {"scenario": "ab", "seed": 1, **key})
    assert isinstance(found, Store)
    return found


def filled(folder: Path, chunks: int = 3) -> list[Chunk]:
    made = [Chunk(0, 30 * n, 30 * n + 30) for n in range(chunks)]
    store = at(folder)
    for chunk in made:
        store.write(chunk, part(chunk.first))
    store.close()
    return made


# --- what goes in comes out -----------------------------------------------------------------------

def test_a_chunk_comes_back_to_the_bit() -> None:
    assert same(unpacked(CHUNK, packed(CHUNK, part())), part())


def test_a_chunk_without_any_policy_comes_back() -> None:
    empty = Part("cd", {}, {"standby": "there is none"})
    assert same(unpacked(CHUNK, packed(CHUNK, empty)), empty)


@pytest.mark.parametrize("kind", ["store", "scratch"])
def test_shelves_keep_chunks(kind: str, tmp_path: Path) -> None:
    shelf = at(tmp_path / "s") if kind == "store" else Scratch()
    assert CHUNK not in shelf
    shelf.write(CHUNK, part())
    assert CHUNK in shelf
    assert same(shelf.read(CHUNK), part())
    shelf.set_aside(CHUNK, Damaged("it smells"))
    assert CHUNK not in shelf
    shelf.close()


def test_a_store_opened_again_knows_its_chunks(tmp_path: Path) -> None:
    chunks = filled(tmp_path / "s")
    store = at(tmp_path / "s")
    assert (len(store), store.said) == (3, [])
    assert all(same(store.read(chunk), part(chunk.first)) for chunk in chunks)
    store.close()


def test_the_start_reads_no_chunk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names and sizes only: as many rows as there may be, the start costs what the manifest costs."""
    filled(tmp_path / "s")
    def refuse(*asked: object) -> None:
        raise AssertionError("a chunk was read")
    monkeypatch.setattr(stores, "unpacked", refuse)
    at(tmp_path / "s").close()


# --- another study --------------------------------------------------------------------------------

@pytest.mark.parametrize(
    ("key", "said"),
    [({"seed": 2}, "seed is 1 there and 2 here"), ({"scenario": "cd"}, "scenario is ab there and cd here")],
)
def test_the_store_of_another_study_is_refused_and_stays(tmp_path: Path, key: dict[str, object], said: str) -> None:
    filled(tmp_path / "s")
    before = {path.name: path.read_bytes() for path in (tmp_path / "s").rglob("*") if path.is_file()}
    with pytest.raises(OtherStudy, match=said):
        at(tmp_path / "s", **key)
    assert {path.name: path.read_bytes() for path in (tmp_path / "s").rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("what", ["version", "code", "numpy", "scipy", "simpy"])
def test_a_store_of_other_code_or_libraries_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    filled(tmp_path / "s")
    monkeypatch.setattr(stores, "made_with", lambda: made_with() | {what: "0.0"})
    with pytest.raises(OtherStudy, match=f"{what} is .* there and 0.0 here. Nothing was changed"):
        at(tmp_path / "s")


def test_the_order_of_axes_is_part_of_a_study(tmp_path: Path) -> None:
    at(tmp_path / "s", axes=[["a", ["1"]], ["b", ["2"]]]).close()
    with pytest.raises(OtherStudy, match="axes is"):
        at(tmp_path / "s", axes=[["b", ["2"]], ["a", ["1"]]])


def test_a_folder_with_other_things_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear Ann")
    with pytest.raises(OtherStudy, match=r"is not a store \(it has letter.txt in it\)"):
        at(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["letter.txt"]


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("x")
    with pytest.raises(OtherStudy, match="is a file; name a folder"):
        at(tmp_path / "s")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"form": "coalmine store 99"}', "\x00\x01"])
def test_a_broken_beginning_is_refused_and_stays(tmp_path: Path, text: str) -> None:
    filled(tmp_path / "s")
    (tmp_path / "s" / "study.json").write_text(text)
    with pytest.raises(OtherStudy, match="is not what a store of this version begins with"):
        at(tmp_path / "s")
    assert len(list((tmp_path / "s" / "blocks").iterdir())) == 3


def test_two_processes_cannot_write_to_one_store(tmp_path: Path) -> None:
    store = at(tmp_path / "s")
    with pytest.raises(InUse, match="another process writes to this store"):
        at(tmp_path / "s")
    store.close()
    at(tmp_path / "s").close()


# --- damage ---------------------------------------------------------------------------------------

def test_a_file_cut_off_is_named_and_set_aside_and_the_others_stay(tmp_path: Path) -> None:
    chunks = filled(tmp_path / "s")
    path = tmp_path / "s" / "blocks" / chunks[1].name
    path.write_bytes(path.read_bytes()[:500])
    store = at(tmp_path / "s")
    assert [chunk in store for chunk in chunks] == [True, False, True]
    assert len(store.said) == 1
    assert f"{path}: it has 500 bytes" in store.said[0]
    assert len((tmp_path / "s" / "aside" / f"{chunks[1].name}.0").read_bytes()) == 500
    store.close()


def test_one_changed_bit_is_noticed_when_the_chunk_is_read(tmp_path: Path) -> None:
    chunks = filled(tmp_path / "s")
    path = tmp_path / "s" / "blocks" / chunks[0].name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    store = at(tmp_path / "s")
    with pytest.raises(Damaged, match="it is not what was written"):
        store.read(chunks[0])
    store.close()


def test_a_chunk_in_the_place_of_another_is_noticed() -> None:
    with pytest.raises(Damaged, match="holds runs 100 to 129 of point 2, not runs 0 to 29 of point 7"):
        unpacked(Chunk(7, 0, 30), packed(CHUNK, part()))


@pytest.mark.parametrize("data", [b"", b"x" * 1000, b"PK\x03\x04" + b"\0" * 500])
def test_bytes_that_are_no_chunk_are_damaged(data: bytes) -> None:
    with pytest.raises(Damaged, match="no chunk of a study"):
        unpacked(CHUNK, data)


def test_foreign_files_are_named_and_set_aside(tmp_path: Path) -> None:
    chunks = filled(tmp_path / "s")
    (tmp_path / "s" / "blocks" / "notes.txt").write_text("mine")
    (tmp_path / "s" / "blocks" / Chunk(9, 0, 30).name).write_text("garbage")
    for n in range(2):
        store = at(tmp_path / "s")
        assert all(chunk in store for chunk in chunks)
        assert len(store.said) == (2 if n == 0 else 0)
        store.close()
    assert (tmp_path / "s" / "aside" / "notes.txt.0").read_text() == "mine"


def test_a_missing_file_is_computed_again(tmp_path: Path) -> None:
    chunks = filled(tmp_path / "s")
    (tmp_path / "s" / "blocks" / chunks[2].name).unlink()
    store = at(tmp_path / "s")
    assert chunks[2] not in store
    assert "it is gone; it is computed again" in store.said[0]
    store.close()


def test_a_line_cut_off_costs_nothing_and_the_next_is_whole(tmp_path: Path) -> None:
    chunks = filled(tmp_path / "s")
    manifest = tmp_path / "s" / "manifest.jsonl"
    manifest.write_bytes(manifest.read_bytes()[:-40])
    store = at(tmp_path / "s")
    assert all(chunk in store for chunk in chunks), "its file is whole, and says what it is"
    store.write(CHUNK, part())
    store.close()
    assert len(at(tmp_path / "s")) == 4
    assert all(json.loads(line) for line in manifest.read_text().splitlines())


def test_a_lost_manifest_is_made_again_from_the_chunks(tmp_path: Path) -> None:
    chunks = filled(tmp_path / "s")
    (tmp_path / "s" / "manifest.jsonl").unlink()
    store = at(tmp_path / "s")
    assert all(same(store.read(chunk), part(chunk.first)) for chunk in chunks)
    store.close()


def test_garbage_in_the_manifest_is_named_and_passed_over(tmp_path: Path) -> None:
    chunks = filled(tmp_path / "s")
    manifest = tmp_path / "s" / "manifest.jsonl"
    manifest.write_bytes(b"\xff\xfe garbage\n[1]\n" + manifest.read_bytes())
    store = at(tmp_path / "s")
    assert all(chunk in store for chunk in chunks)
    assert [f"{manifest}:{n}: is no line of a manifest" in store.said[n - 1] for n in (1, 2)] == [True, True]
    store.close()


# --- no room --------------------------------------------------------------------------------------

@pytest.mark.parametrize("room", [300, 5000])
def test_a_full_disk_loses_only_the_chunk_in_hand(tmp_path: Path, room: int) -> None:
    """A limit on the size of files stands in for the disk; what it is, the manifest or a chunk, depends on it."""
    code = f"""
import resource, signal, sys
from pathlib import Path
from sim.study.chunks import Chunk
from sim.study.files import CannotWrite
from tests.study import test_store as t
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store, part = t.at(Path(sys.argv[1])), t.part()
resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, resource.RLIM_INFINITY))
try:
    for n in range(300):
        store.write(Chunk(0, 30 * n, 30 * n + 30), part)
except CannotWrite as failed:
    print(n, len(store), failed)
"""
    folder = tmp_path / "s"
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=False,
        cwd=Path(__file__).resolve().parents[2],
    )
    stopped, kept, *said = done.stdout.split()
    assert stopped == kept, done.stderr
    assert "written:" in said
    store = at(folder)
    assert len(store) in (int(kept), int(kept) + 1), "a chunk whose line had no room is whole all the same"
    for chunk in [Chunk(0, 30 * n, 30 * n + 30) for n in range(int(kept))]:
        assert same(store.read(chunk), part())
    store.write(CHUNK, part())
    assert store.said == []
    store.close()


def test_a_folder_that_may_not_be_written_is_an_error_in_words(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        with pytest.raises(CannotWrite, match="cannot be written"):
            at(Path("/proc/nowhere"))
        return
    tmp_path.chmod(0o500)
    with pytest.raises(CannotWrite, match="cannot be written"):
        at(tmp_path / "s")
