"""Rows of text as a Parquet file (extra `parquet`): typed columns, and where they come from in the file's metadata."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from sim.model.outcome import WORDS
from sim.study.files import write_whole
from sim.study.rows import PROVENANCE

AT_ONCE = 1000
KEY = b"coalmine"
"""Under it the metadata holds, as JSON, what a study was made from."""
TEXTS = {"policy", "fault", "among", *WORDS, *PROVENANCE} - {"seed"}
WHOLE = {"seed", "run", "runs", "point"}


class NoParquet(ValueError):
    """pyarrow is not installed."""


def refuse_without_pyarrow() -> None:
    """Raise NoParquet unless the extra is there."""
    try:
        import pyarrow  # noqa: F401 - is it there?
    except ImportError:
        raise NoParquet("needs pyarrow; install it with the extra: pip install 'coalmine[parquet]'") from None


def write_parquet(
    header: Sequence[str], rows: Iterable[Sequence[str]], path: str | Path, about: Mapping[str, Any],
    texts: Iterable[str] = (),
) -> None:
    """Write what `rows.py` or `sweep_table.py` says, whole or not at all; a few rows are in memory at a time.

    about   what it was made from, for the metadata; it stands in the columns as well
    texts   columns of text besides those that always are: the fields of a sweep, as a file would say them

    Numbers are doubles that read back the same, run numbers and counts of them whole; what is empty is null.
    Raises NoParquet, CannotWrite (an OSError).
    """
    refuse_without_pyarrow()
    write_whole(path, _pieces(header, rows, json.dumps(about).encode(), {*texts, *TEXTS}))


def _pieces(header: Sequence[str], rows: Iterable[Sequence[str]], about: bytes, texts: set[str]) -> Iterator[bytes]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    def kind(name: str) -> Any:
        if name in texts:
            return pa.string()
        return pa.int64() if name in WHOLE or name.endswith("_n") else pa.float64()

    schema = pa.schema([(name, kind(name)) for name in header], metadata={KEY: about})
    sink, left = _Sink(), iter(rows)
    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        while block := list(islice(left, AT_ONCE)):
            columns = zip(*block, strict=True)
            writer.write_table(pa.table(
                {name: _typed(name in texts, column, schema.field(name).type)
                 for name, column in zip(header, columns, strict=True)},
                schema=schema,
            ))
            yield sink.taken()
    yield sink.taken()


def _typed(text: bool, column: Sequence[str], kind: Any) -> Any:
    import pyarrow as pa

    if text:
        return pa.array(column, kind)
    read: type[int] | type[float] = int if kind == pa.int64() else float
    return pa.array([read(value) if value else None for value in column], kind)


class _Sink(io.RawIOBase):
    """A file that only grows, and from which what was written can be taken in between."""

    def __init__(self) -> None:
        self._written, self._at = bytearray(), 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._written += memoryview(data)
        self._at += len(data)
        return len(data)

    def tell(self) -> int:
        return self._at

    def taken(self) -> bytes:
        data = bytes(self._written)
        self._written.clear()
        return data
