"""Finished chunks of a study on disk: what is in the manifest survives `kill -9`, a full disk and a lost power cord.

A store is a folder:
    study.json       what it was made from; another study is refused, never mixed in
    manifest.jsonl   one line a finished chunk: its file, size and hash. Read at the start, and nothing else is
    blocks/          one .npz a chunk: written beside, fsynced, renamed, and only then named in the manifest
    aside/           damaged or foreign files that stood in blocks/; nothing is ever deleted for being wrong
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.study.chunks import FORM, Chunk, Damaged, Part, packed, unpacked
from sim.study.files import CannotWrite, write_whole
from sim.study.identity import made_with


class OtherStudy(ValueError):
    """The folder holds the results of another study, or something else altogether."""


class InUse(ValueError):
    """Another process writes to the store right now."""


class Scratch:
    """Finished chunks in a nameless temporary file: memory stays flat, and a kill leaves nothing behind."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()      # noqa: SIM115 - closed by `close`
        self._places: dict[Chunk, tuple[int, int]] = {}

    def __contains__(self, chunk: Chunk) -> bool:
        return chunk in self._places

    def write(self, chunk: Chunk, part: Part) -> None:
        data = packed(chunk, part)
        try:
            start = self._file.seek(0, os.SEEK_END)
            self._file.write(data)
        except OSError as error:
            raise CannotWrite(f"{tempfile.gettempdir()}: cannot be written: {error.strerror}") from error
        self._places[chunk] = (start, len(data))

    def read(self, chunk: Chunk) -> Part:
        start, length = self._places[chunk]
        self._file.seek(start)
        return unpacked(chunk, self._file.read(length))

    def set_aside(self, chunk: Chunk, why: Damaged) -> None:
        del self._places[chunk]

    def close(self) -> None:
        self._file.close()


@dataclass
class Store:
    """A folder of finished chunks, open for one process at a time.

    folder  made if it is not there; `key` what the study was made from (JSON can say it)
    said    what was found wrong and set aside, a sentence each

    Raises OtherStudy if the folder holds anything else, InUse, CannotWrite.
    """

    folder: Path
    key: Mapping[str, Any]
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._finished: dict[Chunk, tuple[int, str]] = {}
        self._lock: int | None = None
        self._refuse_another()
        try:
            self.blocks.mkdir(parents=True, exist_ok=True)
            self._lock = _locked(self.folder / "lock")
        except OSError as error:
            raise CannotWrite(f"{self.folder}: cannot be written: {error.strerror or error}") from error
        try:
            self._refuse_another()                 # again: now nobody else can be making it
            if not self._about.exists():
                write_whole(self._about, [json.dumps(self.key, indent=1), "\n"])
                _sync_folder(self.folder)
            self._read_manifest()
            self._look_at_blocks()
        except BaseException:
            self.close()
            raise

    @property
    def blocks(self) -> Path:
        """The folder of the chunks."""
        return self.folder / "blocks"

    @property
    def _about(self) -> Path:
        return self.folder / "study.json"

    @property
    def _manifest(self) -> Path:
        return self.folder / "manifest.jsonl"

    def __len__(self) -> int:
        return len(self._finished)

    def __contains__(self, chunk: Chunk) -> bool:
        return chunk in self._finished

    def write(self, chunk: Chunk, part: Part) -> None:
        """File first, then its line in the manifest: a kill in between costs this chunk and no other."""
        data = packed(chunk, part)
        write_whole(self.blocks / chunk.name, [data])
        _sync_folder(self.blocks)
        self._note(chunk, data)

    def read(self, chunk: Chunk) -> Part:
        size, digest = self._finished[chunk]
        try:
            data = (self.blocks / chunk.name).read_bytes()
        except OSError as error:
            raise Damaged(f"it cannot be read: {error.strerror}") from error
        if len(data) != size or hashlib.sha256(data).hexdigest() != digest:
            raise Damaged(f"it is not what was written ({len(data):,} bytes, {size:,} expected)")
        return unpacked(chunk, data)

    def set_aside(self, chunk: Chunk, why: Damaged) -> None:
        self._finished.pop(chunk, None)
        self._move_aside(chunk.name, str(why))

    def close(self) -> None:
        if self._lock is not None:
            os.close(self._lock)                   # the lock goes with it, as it does when we are killed
            self._lock = None

    # ---- opening -------------------------------------------------------------------------------

    def _refuse_another(self) -> None:
        """Raise OtherStudy unless the folder is new, or of this very study."""
        try:
            text = self._about.read_text(encoding="utf-8")
        except FileNotFoundError:
            self._refuse_what_is_no_store()
            return
        except NotADirectoryError:
            raise OtherStudy(f"{self.folder}: is a file; name a folder") from None
        except (OSError, UnicodeDecodeError) as error:
            raise OtherStudy(f"{self._about}: cannot be read: {error}") from None
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if not isinstance(found, dict) or found.get("form") != FORM:
            raise OtherStudy(f"{self._about}: is not what a store of this version begins with; name another folder")
        wanted = json.loads(json.dumps(self.key))
        for name in dict.fromkeys((*wanted, *found)):
            if found.get(name) != wanted.get(name):
                there, here = _short(found.get(name)), _short(wanted.get(name))
                raise OtherStudy(
                    f"{self.folder}: holds another study: {name} is {there} there and {here} here. "
                    "Nothing was changed; name another folder"
                )

    def _refuse_what_is_no_store(self) -> None:
        inside = names_in(self.folder)
        blocks = names_in(self.blocks) if self.blocks.is_dir() else []
        ours = {"lock", "blocks", *(name for name in inside if name.startswith(".study.json."))}
        if blocks or not set(inside) <= ours:
            raise OtherStudy(
                f"{self.folder}: is not empty and is not a store (it has {inside[0]} in it); name another folder"
            )

    def _read_manifest(self) -> None:
        try:
            data = self._manifest.read_bytes()
        except FileNotFoundError:
            return
        whole, newline, rest = data.rpartition(b"\n")
        if rest:                                   # the line that a kill or a full disk cut off
            os.truncate(self._manifest, len(whole) + len(newline))
        lines = whole.splitlines()
        try:
            rows = json.loads(b"[" + b",".join(lines) + b"]")    # all at once, four times as fast
        except ValueError:
            rows = []
        if len(rows) != len(lines):                          # a line that is not ours: which?
            rows = [_row(line) for line in lines]
        for number, row in enumerate(rows, 1):
            try:
                chunk = Chunk.named(row["file"])
                size, digest = int(row["bytes"]), str(row["sha256"])
            except (ValueError, KeyError, TypeError):
                chunk = None
            if chunk is None:
                self.said.append(f"{self._manifest}:{number}: is no line of a manifest, and is passed over")
            else:
                self._finished[chunk] = (size, digest)

    def _look_at_blocks(self) -> None:
        """Compare names and sizes with the manifest; take in what is whole, set aside what is not."""
        sizes: dict[str, int] = {}
        with os.scandir(self.blocks) as entries:
            for entry in entries:
                sizes[entry.name] = entry.stat().st_size
        for chunk, (size, _) in list(self._finished.items()):
            found = sizes.pop(chunk.name, None)
            if found != size:
                why = "it is gone" if found is None else f"it has {found:,} bytes, {size:,} expected"
                self.set_aside(chunk, Damaged(why))
        for name in sorted(sizes):                 # usually none; the one chunk between file and manifest
            if (ours := re.match(r"\.(p.+\.npz)\.", name)) and Chunk.named(ours[1]):
                with suppress(OSError):
                    (self.blocks / name).unlink()  # a kill in mid-write left it half done
                continue
            self._take_in(name)

    def _take_in(self, name: str) -> None:
        chunk = Chunk.named(name)
        try:
            if chunk is None:
                raise Damaged("it is none of ours")
            data = (self.blocks / name).read_bytes()
            unpacked(chunk, data)
            self._note(chunk, data)
        except (Damaged, OSError) as error:
            if isinstance(error, CannotWrite):
                raise
            self._move_aside(name, str(error))

    # ---- writing -------------------------------------------------------------------------------

    def _note(self, chunk: Chunk, data: bytes) -> None:
        """Append the chunk's line to the manifest and wait until the disk has it."""
        digest = hashlib.sha256(data).hexdigest()
        line = json.dumps({"file": chunk.name, "bytes": len(data), "sha256": digest}).encode() + b"\n"
        try:
            handle = os.open(self._manifest, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
            try:
                before = os.fstat(handle).st_size
                try:
                    if os.write(handle, line) < len(line):
                        raise OSError(28, "No space left on device")
                    os.fsync(handle)
                except OSError:
                    os.ftruncate(handle, before)
                    raise
            finally:
                os.close(handle)
        except OSError as error:
            raise CannotWrite(f"{self._manifest}: cannot be written: {error.strerror}") from error
        self._finished[chunk] = (len(data), digest)

    def _move_aside(self, name: str, why: str) -> None:
        source, home = self.blocks / name, self.folder / "aside"
        if not source.exists():
            self.said.append(f"{source}: {why}; it is computed again")
            return
        home.mkdir(exist_ok=True)
        target = next(path for n in range(1_000_000) if not (path := home / f"{name}.{n}").exists())
        source.rename(target)
        self.said.append(f"{source}: {why}; it was set aside as {target}")


def names_in(folder: Path) -> list[str]:
    """What a folder to store in has in it already, sorted; nothing where there is none yet. Raises OtherStudy."""
    try:
        return sorted(path.name for path in folder.iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise OtherStudy(f"{folder}: is not a folder to store in: {error.strerror}") from None


Shelf = Store | Scratch


def opened(folder: Path | None, key: Mapping[str, Any]) -> Shelf:
    """The store in this folder; without a folder, one that lasts as long as this process."""
    return Scratch() if folder is None else Store(folder, {"form": FORM, **key, **made_with()})


def _row(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _locked(path: Path) -> int:
    """A handle that keeps other processes out for as long as it, or its process, lives. Raises InUse."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        import fcntl
    except ImportError:                            # pragma: no cover - Windows: nothing keeps others out there
        return handle
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        said = "another process writes to this store; wait for it, or name another folder"
        raise InUse(f"{path.parent}: {said}") from None
    return handle


def _sync_folder(folder: Path) -> None:
    """Wait until the disk knows the folder's new names; systems that cannot are not asked."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 20 else text[:16] + "..."
