"""A chunk: the runs that a sweep computes and stores at once, and the bytes that it becomes."""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import NamedTuple

import numpy as np

from sim.model.outcome import VALUES
from sim.study.tables import FAULT, NUMBERS, RUN, Table

FORM = "coalmine store 1"
BLOCK_FILE = re.compile(r"p(\d{7})-r(\d{9})-(\d{9})\.npz")


class Damaged(ValueError):
    """A chunk's file is missing, cut off or not what was written."""


class Chunk(NamedTuple):
    """Run numbers [first, last) of every policy at one point: what is computed and stored at once."""

    point: int
    first: int
    last: int

    @property
    def name(self) -> str:
        """Of its file.

        >>> Chunk(3, 100, 200).name
        'p0000003-r000000100-000000200.npz'
        """
        return f"p{self.point:07d}-r{self.first:09d}-{self.last:09d}.npz"

    @classmethod
    def named(cls, name: str) -> Chunk | None:
        """The chunk of a file of that name; None if it is none."""
        match = BLOCK_FILE.fullmatch(name)
        return cls(*map(int, match.groups())) if match else None

    def __str__(self) -> str:
        return f"runs {self.first} to {self.last - 1} of point {self.point}"


class Part(NamedTuple):
    """What a chunk came to.

    sha256   of the scenario at this point
    tables   policy -> Table; the same run numbers under each
    skipped  policy -> why this fleet cannot run it
    """

    sha256: str
    tables: dict[str, Table]
    skipped: dict[str, str]


def packed(chunk: Chunk, part: Part) -> bytes:
    """A chunk as the bytes of an .npz file that says what it is.

    numbers  float64 (policies, columns, runs); `words` int16 (policies, columns of words, runs): codes
    runs     run numbers; `about` JSON: chunk, scenario hash, names of all the above, skipped policies
    """
    tables = list(part.tables.values())
    runs = tables[0].runs if tables else np.arange(chunk.first, chunk.last, dtype=np.int64)
    about = {
        "form": FORM, "point": chunk.point, "first": chunk.first, "last": chunk.last, "sha256": part.sha256,
        "policies": list(part.tables), "skipped": part.skipped, "columns": NUMBERS, "words": [*VALUES, FAULT],
        "faults": [table.words[FAULT] for table in tables],
    }
    file = io.BytesIO()
    np.savez_compressed(
        file,
        about=np.frombuffer(json.dumps(about).encode(), dtype=np.uint8),
        runs=runs,
        numbers=np.array([[table.stored[name] for name in NUMBERS] for table in tables], dtype=np.float64),
        words=np.array([[table.codes(name) for name in (*VALUES, FAULT)] for table in tables], dtype=np.int16),
    )
    return file.getvalue()


def unpacked(chunk: Chunk, data: bytes) -> Part:
    """The chunk again. Raises Damaged if these bytes are not that chunk."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            about = json.loads(bytes(file["about"]))
            here = Chunk(about["point"], about["first"], about["last"])
            if about["form"] != FORM or here != chunk:
                raise Damaged(f"it holds {here}, not {chunk}")
            if about["columns"] != list(NUMBERS) or about["words"] != [*VALUES, FAULT]:
                raise Damaged("its columns are others")
            tables = {
                policy: Table(
                    {RUN: file["runs"], **dict(zip(NUMBERS, numbers, strict=True)),
                     **dict(zip((*VALUES, FAULT), words, strict=True))},
                    {**VALUES, FAULT: tuple(faults)},
                )
                for policy, numbers, words, faults in zip(
                    about["policies"], file["numbers"], file["words"], about["faults"], strict=True
                )
            }
            return Part(about["sha256"], tables, about["skipped"])
    except Damaged:
        raise
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise Damaged(f"it is no chunk of a study ({type(error).__name__})") from error
