"""Files to take away from any page: tables, pictures, the scenario, a report, each saying where it comes from.

Build a list of `File`s (their bytes are made only when somebody asks) and hand it to `offer`.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple

import streamlit as st

from sim.cli.provenance import provenance
from sim.cli.words import duration
from sim.intake.scenario_file import dump
from sim.scenario import Scenario
from sim.screens import paper
from sim.screens.guard import plain

if TYPE_CHECKING:
    from sim.figures.rendered import Figure

Row = Mapping[str, Any]
Source = dict[str, Any]


class File(NamedTuple):
    """One file to take away; `make` is called when it is asked for."""

    label: str
    name: str
    mime: str
    make: Callable[[], str | bytes]


def source(scenario: Scenario, command: str, **more: Any) -> Source:
    """Where a page's numbers come from: scenario and hash, versions, and the command that makes them again."""
    return provenance(scenario, **more) | {"command": command}


def said(where: Source) -> str:
    """A source as one line for the foot of a picture."""
    parts = [f"coalmine {where['version']}", f"scenario {where['scenario']['name']}",
             f"sha256 {where['scenario']['sha256'][:12]}"]
    parts += [f"{key} {where[key]}" for key in ("seed", "run", "runs") if key in where]
    return " · ".join(parts)


def flat(where: Source) -> dict[str, Any]:
    """A source as columns, the same in every row, named as `compare --csv` names them."""
    columns = {"scenario": where["scenario"]["name"], "sha256": where["scenario"]["sha256"]}
    columns |= {key: where[key] for key in ("seed",) if key in where}
    return columns | {"version": where["version"], "numpy": where["libraries"]["numpy"]}


def stem(*parts: object) -> str:
    """The beginning of a file's name, safe on every system.

    >>> stem("kinds/os_update", "seed", 3)
    'kinds-os_update-seed-3'
    """
    text = "-".join(str(part) for part in parts)
    safe = "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in text)
    return safe[:100].strip("-.") or "coalmine"


def paper_text(text: str) -> str:
    """Text of others inside Markdown, on one line and letter for letter.

    >>> paper_text("a|b *c*")
    'a\\|b \\*c\\*'
    """
    return plain(" ".join(text.split()))


def clock(t_s: float) -> str:
    """Time since the start, as words.

    >>> clock(75)
    '1m15s'
    """
    return duration(float(round(t_s)))


def tables(rows: Callable[[], Sequence[Row]], where: Source, name: str, label: str = "") -> list[File]:
    """The same rows as CSV and, where pyarrow is installed, as Parquet. label: what the rows are."""
    what = f" ({label})" if label else ""
    made = [File(f"CSV{what}", f"{name}.csv", "text/csv", lambda: csv_of(rows(), where))]
    if find_spec("pyarrow") is not None:
        made.append(File(
            f"Parquet{what}", f"{name}.parquet", "application/vnd.apache.parquet", lambda: parquet_of(rows(), where)
        ))
    return made


def csv_of(rows: Iterable[Row], where: Source) -> str:
    """Rows and their source as CSV; what has no value is empty, flags are 0 and 1."""
    text, origin = io.StringIO(), flat(where)
    writer: csv.DictWriter[str] | None = None
    for row in rows:
        whole = {**{key: plain_value(value) for key, value in row.items()}, **origin}
        if writer is None:
            writer = csv.DictWriter(text, list(whole), lineterminator="\n")
            writer.writeheader()
        writer.writerow(whole)
    return text.getvalue()


def plain_value(value: Any) -> Any:
    """None as empty, a flag as 0 or 1; a text that a spreadsheet would take for a formula is quoted against it."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str) and value[:1] in "=+-@\t\r" and value:
        return f"'{value}"
    return "" if value is None or value != value else value


def parquet_of(rows: Iterable[Row], where: Source) -> bytes:
    """Rows as Parquet; the source stands in the file's own metadata under `coalmine`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pylist([dict(row) for row in rows])
    kept = {**(table.schema.metadata or {}), b"coalmine": json.dumps(where).encode()}
    out = io.BytesIO()
    pq.write_table(table.replace_schema_metadata(kept), out)
    return out.getvalue()


def pictures(draw: Callable[[], Figure], where: Source, name: str) -> list[File]:
    """The same figure as PNG and SVG."""

    def made(ending: str) -> Callable[[], bytes]:
        def make() -> bytes:
            from sim.figures.rendered import rendered

            return rendered(draw(), ending, json.dumps(where))

        return make

    return [
        File("PNG picture", f"{name}.png", "image/png", made("png")),
        File("SVG picture", f"{name}.svg", "image/svg+xml", made("svg")),
    ]


def scenario_file(scenario: Scenario, where: Source, name: str) -> File:
    """The scenario as a file that every command reads, with its source as a comment."""
    head = f"# Written by Coalmine {where['version']}; sha256 of the scenario {where['scenario']['sha256']}\n"
    return File("Scenario (YAML)", f"{name}.yaml", "application/yaml", lambda: head + dump(scenario))


def report(
    title: str, markdown: Callable[[], str], where: Source, name: str, draw: Callable[[], Figure] | None = None
) -> File:
    """One HTML page without anything from elsewhere: words and tables (Markdown), the picture, the source."""

    def make() -> str:
        pictured = ""
        if draw is not None:
            from sim.figures.rendered import rendered

            pictured = paper.picture(rendered(draw(), "svg"), title)
        return paper.page(title, paper.html(markdown()) + pictured + paper.origin(where))

    return File("Report (HTML)", f"{name}.html", "text/html", make)


def offer(files: Sequence[File], key: str, label: str = "Take away") -> None:
    """A button that opens the list; taking a file runs nothing again. key: different for each use on a page."""
    with st.popover(label, icon=":material/download:", key=f"{key} files"):
        for file in files:
            st.download_button(
                file.label, data=file.make, file_name=file.name, mime=file.mime, on_click="ignore",
                key=f"{key} {file.label}", icon=":material/description:", width="stretch",
            )
