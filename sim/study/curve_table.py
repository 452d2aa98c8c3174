"""Operating curves as rows and as one JSON object."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sim.study.choice import Choice
from sim.study.choice_words import finding, recommendation
from sim.study.curve import Cell, Curve
from sim.study.files import write_whole
from sim.study.quantiles import Quantile

HEADER = (
    "judge", "effect", "size", "of", "bakes", "seen", "seen_low", "seen_high", "half_s", "half_low_s", "half_high_s",
    "most_s", "most_low_s", "most_high_s", "undecided",
)


def rows(curve: Curve) -> Iterator[list[str]]:
    """A row a judge and effect; the healthy change is the effect `none`, and what is seen there is a false alarm."""
    for judge, one in enumerate(curve.judges):
        for row, cells in enumerate(curve.cells):
            effect = curve.effects[row - 1] if row else None
            cell = cells[judge]
            numbers = (*cell.seen[:3], *cell.half[:3], *cell.most[:3])
            yield [
                one.name, str(effect or "none"), repr(effect.size if effect else 0.0), curve.effects[0].of,
                str(cell.seen.n), *("" if number is None else repr(float(number)) for number in numbers),
                str(cell.undecided),
            ]


def write_csv(curve: Curve, path: str | Path) -> None:
    """Write all rows, whole or not at all. Raises CannotWrite."""
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows([HEADER, *rows(curve)])
    write_whole(path, [file.getvalue()])


def as_json(curve: Curve, choice: Choice) -> dict[str, Any]:
    """What --json prints."""
    return {
        "scenario": {"name": curve.scenario.name, "sha256": curve.sha256},
        "policy": curve.policy,
        "seed": curve.seed,
        "runs": curve.runs,
        "partial": curve.partial,
        "version": curve.version,
        "seconds": curve.seconds,
        "setting": {
            "requests_per_s": curve.rate_s, "servers": curve.canaries, "control": curve.control,
            "control_added": curve.added, "bake_s": curve.bake_s, "scrape_s": curve.scenario.watch.scrape,
        },
        "effects": [{"effect": str(effect), "size": effect.size, "of": effect.of} for effect in curve.effects],
        "judges": {
            one.name: {
                "about": one.about,
                "false_alarms": _cell(curve.false_alarms(judge)),
                "allowed": choice.standings[judge].allowed,
                "smallest": _effect(curve, choice.standings[judge].smallest),
                "faults": [_cell(curve.cell(judge, at)) for at in range(len(curve.effects))],
            }
            for judge, one in enumerate(curve.judges)
        },
        "choice": {
            "use": [curve.judges[judge].name for judge in choice.best],
            "smallest": _effect(curve, choice.smallest),
            "false_alarms": choice.false,
            "power": choice.power,
            "finding": finding(curve, choice),
            "recommendation": recommendation(curve, choice),
            "rule": choice.rule(),
        },
    }


def _effect(curve: Curve, at: int | None) -> str | None:
    return None if at is None else str(curve.effects[at])


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "seen": cell.seen._asdict(), "half_s": _quantile(cell.half), "most_s": _quantile(cell.most),
        "undecided": cell.undecided,
    }


def _quantile(quantile: Quantile) -> dict[str, float | None]:
    return {"value": quantile.value, "low": quantile.low, "high": quantile.high}
