"""Outcomes of many runs under one policy, column by column; words are kept as small codes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from sim.model.outcome import COLUMNS, WORDS, DetectedBy, Ended
from sim.study.estimate import Floats

FAULT = "fault"
HEALTHY = "none"
"""In the column `fault`: the change carried none with an effect."""
NUMBERS: tuple[str, ...] = tuple(name for name in COLUMNS if name not in WORDS)
ALL: tuple[str, ...] = (*COLUMNS, FAULT)
VALUES: dict[str, tuple[str, ...]] = {"ended": get_args(Ended), "detected_by": get_args(DetectedBy)}
"""All that a column of words may hold, seen or not."""

Codes = NDArray[np.int16]


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of equal length: element k of each belongs to run number `runs[k]`, runs ascending.

    table["failed_requests"] is float64 with NaN where a run has no value, flags are 0 and 1, and
    table["ended"], table["detected_by"] and table["fault"] are str arrays, decoded when asked for.
    Like a data frame, it iterates over column names and its length is the number of runs.
    """

    runs: NDArray[np.int64]
    numbers: dict[str, Floats]
    codes: dict[str, Codes]
    words: dict[str, tuple[str, ...]]

    @classmethod
    def of(cls, columns: Mapping[str, NDArray[Any]], runs: Sequence[int] | NDArray[Any]) -> Table:
        """What `run_many` gives, for these run numbers. Raises KeyError if a column is missing."""
        faults, codes = np.unique(np.asarray(columns[FAULT], dtype=np.str_), return_inverse=True)
        return cls(
            np.asarray(runs, dtype=np.int64),
            {name: np.asarray(columns[name], dtype=np.float64) for name in NUMBERS},
            {
                **{name: _encoded(columns[name], values) for name, values in VALUES.items()},
                FAULT: codes.astype(np.int16).reshape(-1),
            },
            {**VALUES, FAULT: tuple(str(name) for name in faults)},
        )

    @classmethod
    def empty(cls) -> Table:
        """No run at all."""
        nothing = np.empty(0)
        return cls.of(dict.fromkeys(NUMBERS, nothing) | dict.fromkeys((*WORDS, FAULT), nothing), [])

    @classmethod
    def join(cls, parts: Iterable[Table]) -> Table:
        """One table of many, in the order given; the same whatever the parts were."""
        pieces = list(parts) or [cls.empty()]
        faults = tuple(sorted({name for piece in pieces for name in piece.words[FAULT]}))
        place = {name: code for code, name in enumerate(faults)}
        recoded = [
            np.array([place[name] for name in piece.words[FAULT]], np.int16)[piece.codes[FAULT]]
            for piece in pieces
        ]
        return cls(
            np.concatenate([piece.runs for piece in pieces]),
            {name: np.concatenate([piece.numbers[name] for piece in pieces]) for name in NUMBERS},
            {
                **{name: np.concatenate([part.codes[name] for part in pieces]) for name in VALUES},
                FAULT: np.concatenate(recoded),
            },
            {**VALUES, FAULT: faults},
        )

    def __getitem__(self, column: str) -> NDArray[Any]:
        if column in self.numbers:
            return self.numbers[column]
        if column not in self.codes:
            raise KeyError(f"{column!r} is not one of the columns {', '.join(ALL)}")
        return np.array(self.words[column], dtype=np.str_)[self.codes[column]]

    def __iter__(self) -> Iterator[str]:
        return iter(ALL)

    def __len__(self) -> int:
        return len(self.runs)

    def count(self, column: str, word: str) -> int:
        """How many runs have this word. Raises KeyError unless the column holds words.

        >>> Table.empty().count("ended", "promoted")
        0
        """
        known = self.words[column]
        if word not in known:
            return 0
        return int(np.count_nonzero(self.codes[column] == known.index(word)))

    @property
    def faulty(self) -> NDArray[np.bool_]:
        """Mask of the runs whose change carried a fault with an effect."""
        return np.asarray(self.numbers["faulty"] == 1)

    def pick(self, mask: NDArray[Any]) -> Table:
        """The runs where the mask (or index array) says so, in its order."""
        return Table(
            self.runs[mask],
            {name: values[mask] for name, values in self.numbers.items()},
            {name: codes[mask] for name, codes in self.codes.items()},
            self.words,
        )


def _encoded(words: NDArray[Any], values: tuple[str, ...]) -> Codes:
    """Position of each word among the values. Raises ValueError for a word that is not one."""
    given = np.asarray(words, dtype=np.str_)
    codes = np.full(given.shape, -1, dtype=np.int16)
    for code, value in enumerate(values):
        codes[given == value] = code
    if (codes < 0).any():
        raise ValueError(f"{given[codes < 0][0]!r} is not one of {', '.join(values)}")
    return codes
