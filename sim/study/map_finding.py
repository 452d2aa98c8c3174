"""What a map says, in sentences: which policy costs least along its lowest, middle and highest row."""

from __future__ import annotations

from itertools import groupby
from typing import NamedTuple

from sim.study.axes import TIE, lead
from sim.study.winners import Map

UNDECIDED = None


class Span(NamedTuple):
    """Neighbouring values of x with one answer: a policy, or None where it is not decided or nothing can run."""

    policy: str | None
    first: str
    last: str


def spans(found: Map, y: str) -> list[Span]:
    """The answers along a row, from left to right."""
    row = [(value, found.cell(value, y)) for value in found.x.values]
    said = [(cell.best.policy if cell is not None and cell.best.decided else UNDECIDED, value) for value, cell in row]
    found_spans = []
    for policy, group in groupby(said, key=lambda pair: pair[0]):
        values = [value for _, value in group]
        found_spans.append(Span(policy, values[0], values[-1]))
    return found_spans


def rows_told(found: Map) -> list[str]:
    """The values of y whose rows are told: the highest, the usual (1, or the middle) and the lowest."""
    values = found.y.values
    usual = "1" if "1" in values else values[len(values) // 2]
    return list(dict.fromkeys((values[-1], usual, values[0])))


def sentences(found: Map) -> list[str]:
    """A sentence a row that is told; rows with the same answers share one."""
    x, y = named(found.x.path), named(found.y.path)
    by_answer: dict[tuple[Span, ...], list[str]] = {}
    for value in rows_told(found):
        by_answer.setdefault(tuple(spans(found, value)), []).append(lead(value))
    return [
        f"At {y} {' and '.join(values)}: {_told(found, x, answer)}." for answer, values in by_answer.items()
    ]


def named(path: str) -> str:
    """The last word of a path, as a sentence says it.

    >>> named("service.traffic.rate"), named("size"), named("fleet.production.servers & importance")
    ('rate', 'size', 'servers')
    """
    return path.split(TIE)[0].split(".")[-1].replace("_", " ")


def _told(found: Map, x: str, answer: tuple[Span, ...]) -> str:
    if len(answer) == 1:
        return f"{answer[0].policy} costs least at every {x}" if answer[0].policy else f"not decided at any {x}"
    said = []
    for span in answer:
        where = _where(found, x, span)
        said.append(f"{span.policy} {where}" if span.policy else f"not decided {where}")
    return f"{', '.join(said)}"


def _where(found: Map, x: str, span: Span) -> str:
    first, last = lead(span.first), lead(span.last)
    if first == last:
        return f"at {x} {first}"
    if span.last == found.x.values[-1]:
        return f"from {x} {first} on"
    return f"from {x} {first} to {last}"
