"""Scenarios along one field or over two, and what the desk's studies say of each. No widget here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from sim.cli.words import amount
from sim.intake.problems import InputError, Problem
from sim.scenario import Scenario
from sim.screens import tables
from sim.screens.knobs import Knob
from sim.study.best import best_of
from sim.study.compare import Comparison
from sim.study.estimate import paired, paired_difference
from sim.study.grid import grid_of
from sim.study.importance import costs_at

MOST_CURVE, MOST_MAP = 15, 42


@dataclass(frozen=True)
class Axis:
    """A field and its values, each with the settings that it means."""

    label: str
    steps: dict[str, tuple[str, ...]]


def axis_of(knob: Knob) -> Axis:
    return Axis(knob.label, knob.steps)


def written(text: str, setting: str) -> Axis:
    """Any field, as `sweep --set` takes it: `path=a,b,c` or `path=1%..25%:log:6`. Raises InputError."""
    grid = grid_of(text, "the scenario", [setting])
    if len(grid.axes) != 1:
        message = "gives one value: a curve needs several, like path=1m,5m,10m or path=1%..25%:log:6"
        raise InputError([Problem(file=setting, message=message)])
    [axis] = grid.axes
    return Axis(axis.path, {value: tuple(grid.settings([value])) for value in axis.values})


def settings_of(axes: Sequence[Axis], most: int) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """(values, settings) of every point. Raises ValueError for more points than the app does at once."""
    points = [
        (tuple(value for value, _ in chosen), tuple(setting for _, settings in chosen for setting in settings))
        for chosen in product(*(axis.steps.items() for axis in axes))
    ]
    if len(points) > most:
        raise ValueError(
            f"{len(points)} points are more than the {most} that the app does at once; `coalmine sweep` does any number"
        )
    return points


def rows(value: str, found: Comparison, column: str) -> list[dict[str, Any]]:
    """The means of one point, a policy each."""
    return [{"value": value, **row} for row in tables.means(found, column)]


def cell(
    values: tuple[str, ...], found: Comparison, column: str, importance: float | None = None
) -> dict[str, Any] | None:
    """Which policy has least at a point; None where no run has a value under every policy.

    importance: of the costs, where it is not the scenario's own; no run is needed for it.
    """
    what = tables.COLUMNS[column]
    tables_of = found.among(what.among)
    if column == "cost":
        made_at = found.scenario.importance
        columns = costs_at(tables_of, made_at, made_at if importance is None else importance)
    else:
        columns = {policy: part[column] * what.factor for policy, part in tables_of.items()}
    known = np.all([~np.isnan(one) for one in columns.values()], axis=0)
    if known.sum() < 2:
        return None
    best = best_of({policy: one[known] for policy, one in columns.items()}, tables.CONFIDENCE)
    mean = best.means[best.policy].mean
    return {
        "x": values[0], "y": values[1], "policy": best.policy, "mean": mean, "said": amount(mean or 0.0),
        "decided": "decided" if best.decided else "undecided",
    }


def swing(
    knob: Knob, ends: tuple[str, str], low: Comparison, high: Comparison, now: Comparison, policy: str, column: str
) -> list[dict[str, Any]]:
    """By how much a column moves when one knob goes to either end: paired with the runs of the present, 95 %.

    Empty for an end at which the policy has too few values in common with the present.
    """
    what, made = tables.COLUMNS[column], []
    for side, end, found in (("lowest", ends[0], low), ("highest", ends[1], high)):
        tables_of, base = found.tables, now.tables
        if policy not in tables_of or policy not in base:
            continue
        # All changes, so that element i is run i on both sides, whatever it carries there.
        # They may have come to different numbers of runs by now.
        there, here = tables_of[policy][column], base[policy][column]
        both = min(len(there), len(here))
        there, here = paired(there[:both], here[:both])
        if len(there) < 2:
            continue
        gap = paired_difference(there, here, tables.CONFIDENCE)
        parts = {"mean": gap.mean, "low": gap.low, "high": gap.high}
        made.append(
            {"knob": f"{knob.label}: {ends[0]} to {ends[1]}", "end": f"{side}: {end}", "side": side, "n": len(there)}
            | {key: part * what.factor for key, part in parts.items()}
        )
    return made


def said_of_swings(made: Sequence[dict[str, Any]], policy: str, column: str) -> str:
    """Which assumption matters most, in a sentence."""
    if not made:
        return "Nothing here can be moved."
    what = tables.COLUMNS[column]
    reach: dict[str, float] = {}
    for row in made:
        reach[row["knob"]] = max(reach.get(row["knob"], 0.0), abs(row["mean"]))
    order = sorted(reach, key=lambda knob: -reach[knob])
    most = max((row for row in made if row["knob"] == order[0]), key=lambda row: abs(row["mean"]))
    word = "more" if most["mean"] > 0 else "less"
    then = f" Then {', then '.join(knob.partition(':')[0].lower() for knob in order[1:3])}." if len(order) > 1 else ""
    first = order[0].partition(":")[0].lower()
    return (
        f"Under {policy}, {first} matters most: at its {most['end']} it is {amount(abs(most['mean']))} {what.axis} "
        f"{word} a change ({what.title.lower()}, all changes).{then}"
    )


def said_of_curve(made: Sequence[dict[str, Any]], axis: Axis, column: str, scenario: Scenario) -> str:
    """A curve in words: each policy from its first value to its last."""
    what, parts = tables.COLUMNS[column], []
    for policy in scenario.policies:
        mine = [row for row in made if row["policy"] == policy and row["mean"] is not None]
        if mine:
            ends = [f"{amount(row['mean'])} at {row['value']}" for row in (mine[0], mine[-1])]
            parts.append(f"{policy} {', '.join(ends)}")
    return f"{what.title} in {what.axis} on {what.among_words}, over {axis.label}: {'; '.join(parts) or 'no values'}."


def said_of_map(made: Sequence[dict[str, Any]], x: Axis, y: Axis, column: str) -> str:
    """A map in words: how many points each policy wins, and how many are decided."""
    won: dict[str, int] = {}
    for one in made:
        won[one["policy"]] = won.get(one["policy"], 0) + 1
    parts = [f"{policy} at {count}" for policy, count in sorted(won.items(), key=lambda item: -item[1])]
    decided = sum(one["decided"] == "decided" for one in made)
    return (
        f"Least {tables.COLUMNS[column].title.lower()} over {x.label} and {y.label}, of {len(made)} points: "
        f"{', '.join(parts) or 'none'}; decided at {decided}, each at 95 %."
    )
