"""A table that grows by tables, and goes to disk when it is long: memory does not grow with the number of runs."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator, Mapping
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from sim.model.outcome import VALUES
from sim.study.files import CannotWrite
from sim.study.tables import CODE, FAULT, RUN, Table

SEGMENT = 16_384
"""Runs in memory, 3 MB of a policy; longer tables are written to a nameless temporary file, so many runs at once."""


class Growing:
    """Append tables, then ask for all of them as one.

    The words of `fault` get their codes in the order in which they first appear: the same for the same tables in
    order. Raises CannotWrite when the temporary folder is full.
    """

    def __init__(self) -> None:
        self._arrays = dict(Table.empty().stored)              # the runs that are not on disk, with room for more
        self._faults: dict[str, int] = {}
        self._length = 0
        self._written: OnDisk | None = None

    def append(self, table: Table) -> None:
        """Add the runs of a whole table (not a picked one) behind those that are here."""
        known = np.array([self._faults.setdefault(w, len(self._faults)) for w in table.words[FAULT]], CODE)
        columns = {name: table.stored[name] for name in self._arrays} | {FAULT: known[table.stored[FAULT]]}
        first = 0
        while first < len(table):
            if self._length == SEGMENT:
                self._write()
            many = min(len(table) - first, SEGMENT - self._length)
            end = self._length + many
            if end > len(self._arrays[RUN]):
                room = min(SEGMENT, max(1024, 2 * end))
                self._arrays = {name: _longer(old, room, self._length) for name, old in self._arrays.items()}
            for name, array in self._arrays.items():
                array[self._length : end] = columns[name][first : first + many]
            self._length, first = end, first + many

    def table(self) -> Table:
        """All that was appended; it shares the arrays, so append nothing more."""
        here = {name: array[: self._length] for name, array in self._arrays.items()}
        words = {**VALUES, FAULT: tuple(self._faults)}
        if self._written is None:
            return Table(here, words)
        self._written.rest = here
        return Table(self._written, words)

    def _write(self) -> None:
        if self._written is None:
            self._written = OnDisk({name: array.dtype for name, array in self._arrays.items()})
        self._written.write(self._arrays)
        self._length = 0


class OnDisk(Mapping[str, NDArray[Any]]):
    """Columns in a temporary file, read anew whenever one is asked for; what does not fill a segment is in `rest`.

    It can be pickled, as the plain arrays that it stands for.
    """

    def __init__(self, kinds: dict[str, np.dtype[Any]]) -> None:
        self.rest = {name: np.empty(0, dtype=kind) for name, kind in kinds.items()}
        self._segments = 0
        self._file: IO[bytes] = tempfile.TemporaryFile()       # noqa: SIM115 - closed with the last table over it
        self._lock = threading.Lock()                          # a file has one position, and the app has threads
        self._places, at = dict[str, int](), 0
        for name, kind in kinds.items():
            self._places[name] = at
            at += SEGMENT * kind.itemsize
        self._size = at

    def write(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Add a full segment. Raises CannotWrite."""
        try:
            with self._lock:
                self._file.seek(0, os.SEEK_END)
                for name in self._places:
                    self._file.write(arrays[name][:SEGMENT].tobytes())
                self._file.flush()
        except OSError as error:
            raise CannotWrite(f"{tempfile.gettempdir()}: cannot be written: {error.strerror or error}") from error
        self._segments += 1

    def between(self, first: int, last: int) -> dict[str, NDArray[Any]]:
        """All columns over elements [first, last)."""
        return {name: self._read(name, first, last) for name in self}

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self._read(name, 0, self._segments * SEGMENT + len(self.rest[RUN]))

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)

    def __del__(self) -> None:
        self._file.close()

    def _read(self, name: str, first: int, last: int) -> NDArray[Any]:
        kind, on_disk = self.rest[name].dtype, self._segments * SEGMENT
        found = np.empty(max(0, last - first), dtype=kind)
        at = first
        while at < min(last, on_disk):
            segment, inside = divmod(at, SEGMENT)
            many = min(SEGMENT - inside, min(last, on_disk) - at)
            with self._lock:
                self._file.seek(segment * self._size + self._places[name] + inside * kind.itemsize)
                data = self._file.read(many * kind.itemsize)
            found[at - first : at - first + many] = np.frombuffer(data, dtype=kind)
            at += many
        found[at - first :] = self.rest[name][max(0, at - on_disk) : max(0, last - on_disk)]
        return found


def _longer(old: NDArray[Any], room: int, length: int) -> NDArray[Any]:
    new = np.empty(room, dtype=old.dtype)
    new[:length] = old[:length]
    return new
