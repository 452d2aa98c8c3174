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
        self._file: Segments | None = None

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
        """All that was appended so far; appending more does not change it."""
        here = {name: array[: self._length] for name, array in self._arrays.items()}
        words = {**VALUES, FAULT: tuple(self._faults)}
        return Table(here if self._file is None else OnDisk(self._file, here), words)

    def _write(self) -> None:
        if self._file is None:
            self._file = Segments({name: array.dtype for name, array in self._arrays.items()})
        self._file.write(self._arrays)
        self._arrays = dict(Table.empty().stored)              # not the old ones: a table may stand on them
        self._length = 0


class Segments:
    """Columns in a nameless temporary file, so many runs of each behind one another."""

    def __init__(self, kinds: dict[str, np.dtype[Any]]) -> None:
        self.runs = 0
        self._file: IO[bytes] = tempfile.TemporaryFile()       # noqa: SIM115 - closed with the last table over it
        self._lock = threading.Lock()                          # a file has one position, and the app has threads
        self._places, at = dict[str, int](), 0
        for name, kind in kinds.items():
            self._places[name] = at
            at += SEGMENT * kind.itemsize
        self._size, self._of = at, SEGMENT

    def write(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Add a full segment. Raises CannotWrite."""
        try:
            with self._lock:
                self._file.seek(0, os.SEEK_END)
                for name in self._places:
                    self._file.write(arrays[name][: self._of].tobytes())
                self._file.flush()
        except OSError as error:
            raise CannotWrite(f"{tempfile.gettempdir()}: cannot be written: {error.strerror or error}") from error
        self.runs += self._of

    def read(self, name: str, first: int, into: NDArray[Any]) -> None:
        """Fill an array with the column from element `first` on."""
        done = 0
        while done < len(into):
            segment, inside = divmod(first + done, self._of)
            many = min(self._of - inside, len(into) - done)
            with self._lock:
                self._file.seek(segment * self._size + self._places[name] + inside * into.itemsize)
                data = self._file.read(many * into.itemsize)
            into[done : done + many] = np.frombuffer(data, dtype=into.dtype)
            done += many

    def __del__(self) -> None:
        self._file.close()


class OnDisk(Mapping[str, NDArray[Any]]):
    """The columns of a long table: read anew whenever one is asked for; what fills no segment is in memory.

    It can be pickled, as the plain arrays that it stands for.
    """

    def __init__(self, file: Segments, rest: dict[str, NDArray[Any]]) -> None:
        self._file, self._rest, self._written = file, rest, file.runs
        self.runs = self._written + len(rest[RUN])

    def between(self, first: int, last: int) -> dict[str, NDArray[Any]]:
        """All columns over elements [first, last)."""
        return {name: self._read(name, first, last) for name in self}

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self._read(name, 0, self.runs)

    def __iter__(self) -> Iterator[str]:
        return iter(self._rest)

    def __len__(self) -> int:
        return len(self._rest)

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)

    def _read(self, name: str, first: int, last: int) -> NDArray[Any]:
        rest, on_disk = self._rest[name], self._written
        found = np.empty(last - first, dtype=rest.dtype)
        many = max(0, min(last, on_disk) - first)
        self._file.read(name, first, found[:many])
        found[many:] = rest[max(0, first - on_disk) : max(0, last - on_disk)]
        return found


def _longer(old: NDArray[Any], room: int, length: int) -> NDArray[Any]:
    new = np.empty(room, dtype=old.dtype)
    new[:length] = old[:length]
    return new
