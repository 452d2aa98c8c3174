"""Outcomes of many runs under one policy, column by column; words are kept as small codes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.model.outcome import COLUMNS, VALUES, WORDS

FAULT = "fault"
HEALTHY = "none"
"""In the column `fault`: the change carried none with an effect."""
NUMBERS: tuple[str, ...] = tuple(name for name in COLUMNS if name not in WORDS)
ALL: tuple[str, ...] = (*COLUMNS, FAULT)
CODE = np.int16

RUN = "run"
"""Under this name the numbers of the runs are stored, beside the columns."""


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of equal length: element k of each belongs to run number `runs[k]`, runs ascending.

    table["failed_requests"] is float64 with NaN where a run has no value, flags are 0 and 1, and
    table["ended"], table["detected_by"] and table["fault"] are str arrays, decoded when asked for.
    Like a data frame, it iterates over column names and its length is the number of runs. A part of
    a table (`pick`) shares its arrays and costs one index a run.

    stored  arrays by column name, words as codes, and run numbers under RUN; of a long table they
            are on disk (growing.py), and read when asked for
    words   column of words -> the word of each code
    rows    which elements of the arrays this table is; None: all
    """

    stored: Mapping[str, NDArray[Any]]
    words: dict[str, tuple[str, ...]]
    rows: NDArray[np.intp] | None = None

    @classmethod
    def of(cls, columns: Mapping[str, NDArray[Any]], runs: Sequence[int] | NDArray[Any]) -> Table:
        """What `run_many` gives, for these run numbers. Raises KeyError if a column is missing."""
        faults, codes = np.unique(np.asarray(columns[FAULT], dtype=np.str_), return_inverse=True)
        return cls(
            {
                RUN: np.asarray(runs, dtype=np.int64),
                **{name: np.asarray(columns[name], dtype=np.float64) for name in NUMBERS},
                **{name: _encoded(columns[name], values) for name, values in VALUES.items()},
                FAULT: codes.astype(CODE).reshape(-1),
            },
            {**VALUES, FAULT: tuple(str(name) for name in faults)},
        )

    @classmethod
    def empty(cls) -> Table:
        """No run at all."""
        return cls.of(dict.fromkeys(ALL, np.empty(0)), [])

    def __getitem__(self, column: str) -> NDArray[Any]:
        if column not in ALL:
            raise KeyError(f"{column!r} is not one of the columns {', '.join(ALL)}")
        if column in self.words:
            return np.array(self.words[column], dtype=np.str_)[self.codes(column)]
        return self._picked(column)

    def __iter__(self) -> Iterator[str]:
        return iter(ALL)

    def __len__(self) -> int:
        if self.rows is not None:
            return len(self.rows)
        runs: int | None = getattr(self.stored, "runs", None)       # of a table on disk, which is not read for that
        return len(self.stored[RUN]) if runs is None else runs

    @property
    def runs(self) -> NDArray[np.int64]:
        """Run numbers."""
        return self._picked(RUN)

    @property
    def faulty(self) -> NDArray[np.bool_]:
        """Mask of the runs whose change carried a fault with an effect."""
        return np.asarray(self["faulty"] == 1)

    def codes(self, column: str) -> NDArray[np.int16]:
        """A column of words as positions in `words[column]`."""
        return self._picked(column)

    def count(self, column: str, word: str) -> int:
        """How many runs have this word. Raises KeyError unless the column holds words.

        >>> Table.empty().count("ended", "promoted")
        0
        """
        known = self.words[column]
        if word not in known:
            return 0
        return int(np.count_nonzero(self.codes(column) == known.index(word)))

    def pick(self, mask: NDArray[Any]) -> Table:
        """The runs where the mask (or array of positions) says so, in its order."""
        rows = np.arange(len(self)) if self.rows is None else self.rows
        return Table(self.stored, self.words, rows[mask])

    def between(self, first: int, last: int) -> Table:
        """Elements [first, last), in memory; of a long table no more than these are read."""
        if self.rows is not None:
            return Table(self.stored, self.words, self.rows[first:last])
        part = getattr(self.stored, "between", None)
        if part is not None:
            return Table(part(first, last), self.words)
        return Table({name: array[first:last] for name, array in self.stored.items()}, self.words)

    def _picked(self, name: str) -> NDArray[Any]:
        return self.stored[name] if self.rows is None else self.stored[name][self.rows]


def _encoded(words: NDArray[Any], values: tuple[str, ...]) -> NDArray[np.int16]:
    """Position of each word among the values. Raises ValueError for a word that is not one."""
    given = np.asarray(words, dtype=np.str_)
    codes = np.full(given.shape, -1, dtype=CODE)
    for code, value in enumerate(values):
        codes[given == value] = code
    if (codes < 0).any():
        raise ValueError(f"{given[codes < 0][0]!r} is not one of {', '.join(values)}")
    return codes
