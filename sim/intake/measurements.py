"""Real measurements: CSV or the JSON of a Prometheus range query -> rows in time, or an error that names the line.

CSV: a header, then a row a scrape. `time,value` is any metric in one unit; `time,requests,failed` (and `slow`) are
counts. Time is in seconds or ISO 8601 and rises; an empty value, `NaN` or `null` is missing. Nothing is guessed: a
unit in a cell, a time twice or backwards, a negative count are errors.
JSON: `{"data": {"resultType": "matrix", "result": [{"values": [[time, "value"], ...]}]}}`, one series.
"""

from __future__ import annotations

import csv
import itertools
import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sim.intake.problems import InputError, Problem, closest, shown
from sim.intake.source import neighbour, shown_path

MOST_ROWS = 1_000_000
MOST_BYTES = 100_000_000
"""Of a JSON answer, which is read whole."""
CHUNK = 1 << 20
COUNTS = ("requests", "failed", "slow")
MISSING = ("", "nan", "null", "none")
Row = tuple[float, tuple[float | None, ...]]


@dataclass(frozen=True)
class Measurements:
    """What one file holds: `columns` are ("value",) or counts; `rows` of time in seconds and a value a column."""

    file: str
    columns: tuple[str, ...]
    rows: list[Row]

    @property
    def counts(self) -> bool:
        return self.columns != ("value",)


def measurements(path: Path) -> Measurements:
    """The rows of a file. Raises InputError if it is no such file, or at the first row that is wrong."""
    file = shown_path(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            first = stream.read(1)
            stream.seek(0)
            if first in "{[" and first:
                if path.stat().st_size > MOST_BYTES:
                    most = f"{MOST_BYTES // 1_000_000} MB"
                    raise _wrong(file, f"is larger than {most}: ask for a shorter time or a longer step")
                return _prometheus(stream.read(), file)
            _refuse_too_long(path, file)
            return _csv(stream, file)
    except FileNotFoundError:
        raise _wrong(file, "does not exist" + neighbour(path)) from None
    except UnicodeDecodeError:
        raise _wrong(file, "is not UTF-8 text") from None
    except OSError as error:
        raise _wrong(file, f"cannot be read: {error.strerror or error}") from None
    except csv.Error as error:
        raise _wrong(file, f"is not CSV: {error}") from None


def _refuse_too_long(path: Path, file: str) -> None:
    """Count the lines before anything is kept: a file of gigabytes is refused in a moment, and in a little memory."""
    if path.stat().st_size <= 2 * MOST_ROWS:
        return
    lines = 0
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            lines += chunk.count(b"\n")
            if lines > 2 * MOST_ROWS:                    # half of them may be empty
                raise _too_many(file)


def _too_many(file: str) -> InputError:
    return _wrong(file, f"has more than {MOST_ROWS:,} rows: judge a shorter time, or a longer step")


def _csv(stream: Iterable[str], file: str) -> Measurements:
    lines = csv.reader(stream)
    header = [name.strip().lower() for name in next(lines, [])]
    columns = _columns(header, file)
    places = [header.index(name) for name in ("time", *columns)]

    def cells() -> Iterator[tuple[int, list[str]]]:
        for row in lines:
            if not any(cell.strip() for cell in row):
                continue
            if len(row) != len(header):
                raise _wrong(file, f"has {len(row)} cells, the header {len(header)}", lines.line_num)
            yield lines.line_num, [row[place].strip() for place in places]

    return Measurements(file, columns, _rows(cells(), columns, file))


def _columns(header: list[str], file: str) -> tuple[str, ...]:
    wanted = "the first line must be `time,value`, or `time,requests,failed` and perhaps `slow`"
    for name in header:
        if name not in ("time", "value", *COUNTS):
            near = closest(name, ("time", "value", *COUNTS))
            hint = f"did you mean {near}? " if near else ""
            raise InputError([Problem(file=file, line=1, value=shown(name), message=f"is no column: {hint}{wanted}")])
    if len(set(header)) < len(header):
        raise _wrong(file, "names a column twice", 1)
    if set(header) == {"time", "value"}:
        return ("value",)
    if "value" not in header and {"time", "requests", "failed"} <= set(header):
        return tuple(name for name in COUNTS if name in header)
    raise _wrong(file, wanted, 1)


def _prometheus(text: str, file: str) -> Measurements:
    try:
        said = json.loads(text)
    except json.JSONDecodeError as error:
        raise _wrong(file, f"is not JSON: {error.msg}", error.lineno) from None
    wanted = "must be the answer of a Prometheus range query: data.resultType `matrix`, one series in data.result"
    data = said.get("data") if isinstance(said, dict) else None
    if not isinstance(data, dict) or data.get("resultType") != "matrix" or not isinstance(data.get("result"), list):
        raise _wrong(file, wanted)
    found = data["result"]
    if len(found) != 1:
        raise _wrong(file, f"holds {len(found)} series; {wanted}: sum them, or choose one by its labels")
    values = found[0].get("values") if isinstance(found[0], dict) else None
    if not isinstance(values, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in values):
        raise _wrong(file, wanted)
    # A place in the list stands in for a line: such files have only one.
    cells = ((place, [str(pair[0]), str(pair[1])]) for place, pair in enumerate(values, 1))
    return Measurements(file, ("value",), _rows(cells, ("value",), file))


def _rows(cells: Iterable[tuple[int, list[str]]], columns: tuple[str, ...], file: str) -> list[Row]:
    rows: list[Row] = []
    for line, (time, *texts) in itertools.islice(cells, MOST_ROWS + 1):
        at = _time(time, line, file)
        if rows and at <= rows[-1][0]:
            what = "the same as" if at == rows[-1][0] else "before"
            raise _wrong(file, f"is {what} the time above it: sort the rows, one a time", line, "time", time)
        values = tuple(_value(text, name, line, file) for name, text in zip(columns, texts, strict=True))
        _refuse_impossible(dict(zip(columns, values, strict=True)), line, file)
        rows.append((at, values))
    if len(rows) > MOST_ROWS:
        raise _too_many(file)
    if not rows:
        raise _wrong(file, "holds no measurement")
    return rows


def _time(text: str, line: int, file: str) -> float:
    try:
        at = float(text)
    except ValueError:
        try:
            told = datetime.fromisoformat(text)
        except ValueError:
            raise _wrong(file, "is no time: seconds, or like 2026-01-31T10:00:00Z", line, "time", text) from None
        at = (told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp()
    if not math.isfinite(at):
        raise _wrong(file, "is no time", line, "time", text)
    return at


def _value(text: str, name: str, line: int, file: str) -> float | None:
    if text.lower() in MISSING:
        return None
    try:
        value = float(text)
    except ValueError:
        raise _wrong(file, "is no plain number: all values in one unit, without it", line, name, text) from None
    if not math.isfinite(value):
        raise _wrong(file, "is not finite; leave a missing value empty", line, name, text)
    if name != "value" and (value < 0 or value != int(value)):
        raise _wrong(file, "must be a whole number from 0: it is a count", line, name, text)
    return value


def _refuse_impossible(row: dict[str, float | None], line: int, file: str) -> None:
    requests = row.get("requests")
    for name in ("failed", "slow"):
        bad = row.get(name)
        if bad is not None and (requests is None or bad > requests) and not (bad == 0 and requests is None):
            known = "missing" if requests is None else f"{requests:g}"
            raise _wrong(file, f"must be at most the requests, which are {known}", line, name, f"{bad:g}")


def _wrong(file: str, message: str, line: int | None = None, field: str = "", value: str = "") -> InputError:
    told = shown(value) if value else ""
    return InputError([Problem(file=file, line=line, field=field, value=told, message=message)])
