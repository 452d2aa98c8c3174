"""The words that a scenario may use, and the library, as rows for `coalmine list`."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

from sim.catalogue import ARCHETYPES, KINDS
from sim.intake import shape
from sim.intake.docstrings import summary
from sim.intake.library import library
from sim.intake.words import tree
from sim.judges import JUDGES
from sim.strategies import STRATEGIES

Row = dict[str, Any]


def scenarios() -> list[Row]:
    """Every scenario of the library."""
    return [
        {"name": entry.name, "what": entry.about or entry.title, "servers": entry.servers, "policies": entry.policies}
        for entry in library()
    ]


def faults() -> list[Row]:
    """Every archetype, with what it is unless a scenario says otherwise."""
    rows = []
    for name, archetype in ARCHETYPES.items():
        usually = tree(archetype())
        usually.pop("fault")
        rows.append({"fault": name, "what": archetype.about, "unless you say": usually, "source": archetype.source})
    return rows


def strategies() -> list[Row]:
    """Every strategy, with its knobs."""
    return [_member(kind, "strategy", "knobs") for kind in STRATEGIES]


def judges() -> list[Row]:
    """Every judge, with its fields and the source of its rule."""
    return [{**_member(kind, "judge", "fields"), "source": _source(kind)} for kind in JUDGES]


def kinds() -> list[Row]:
    """Every kind of change, with the usual times of an install."""
    return [
        {"kind": name, "what": kind.about, "usual times": tree(kind.install), "source": kind.source}
        for name, kind in KINDS.items()
    ]


def _member(kind: type, tag: str, fields: str) -> Row:
    named = shape.tag_of(kind)
    keys = [key for key in shape.keys_of(kind) if key != tag]
    return {tag: named[1] if named else kind.__name__, "what": summary(kind), fields: keys}


def _source(kind: type) -> str:
    """Sources that a module names in its docstring: 'Source: ...' up to a line that ends with a full stop."""
    text = getattr(inspect.getmodule(kind), "__doc__", None) or ""
    found = re.findall(r"Source: (.+?)(?:\.$|\n\n|\Z)", text, flags=re.DOTALL | re.MULTILINE)
    return "; ".join(" ".join(one.split()) for one in found)


ROWS: dict[str, Callable[[], list[Row]]] = {
    "scenarios": scenarios,
    "faults": faults,
    "strategies": strategies,
    "judges": judges,
    "kinds": kinds,
}
