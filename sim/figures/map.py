"""A map as one picture: the policy with the least expected cost over two fields, pale where the runs do not tell."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from sim.figures import frame
from sim.figures.palette import FAINT, INK, PAPER, RULE, styles
from sim.study.axes import lead
from sim.study.map_finding import sentences
from sim.study.winners import Map

CELL, LEAST, MOST = 0.45, (4.0, 2.5), (12.0, 9.0)
"""Inches: of a cell, and of the smallest and largest map."""
PALE = 0.3
SAYS = {
    "size": "size: servers in production",
    "importance": "importance: times the prices of an outage",
}
"""Axes that a reader meets without the scenario file: what their numbers are."""


def save(found: Map, path: str | Path) -> None:
    """Draw and write to a .png, .svg or .pdf, whole or not at all. Raises ValueError or CannotWrite."""
    frame.save(path, lambda: draw(found))


def draw(found: Map) -> Figure:
    """A cell a point: letter and colour of the best policy; undecided ones are pale and in brackets."""
    across, up = len(found.x.values), len(found.y.values)
    size = [
        min(most, max(least, CELL * many))
        for many, least, most in zip((across, up), LEAST, MOST, strict=True)
    ]
    figure = Figure(figsize=(size[0] + 3.6, size[1] + 1.6), facecolor=PAPER)
    axes = figure.add_axes((0.9 / (size[0] + 3.6), 0.8 / (size[1] + 1.6), size[0] / (size[0] + 3.6),
                            size[1] / (size[1] + 1.6)))
    named, style = found.letters, styles(found.scenario.policies)
    small = min(9.0, 60 * min(size[0] / across, size[1] / up) / 2.2)
    for cell in found.cells:
        at = (found.x.values.index(cell.x), found.y.values.index(cell.y))
        colour, sure = style[cell.best.policy].colour, cell.best.decided
        axes.add_patch(Rectangle(at, 1, 1, facecolor=colour, alpha=1.0 if sure else PALE, linewidth=0))
        axes.add_patch(Rectangle(at, 1, 1, facecolor="none", edgecolor=PAPER, linewidth=0.6))
        letter = named[cell.best.policy]
        axes.text(at[0] + 0.5, at[1] + 0.5, letter if sure else f"({letter})", ha="center", va="center",
                  fontsize=small, color=PAPER if sure else INK)
    axes.set(xlim=(0, across), ylim=(0, up), xlabel=textwrap.fill(_label(found.x.path), 64),
             ylabel=textwrap.fill(_label(found.y.path), 48))
    _ticks(axes, found, size)
    for side in axes.spines.values():
        side.set_color(RULE)
    decided = sum(cell.best.decided for cell in found.cells)
    letters = int(9.4 * size[0])                             # of the title's size in the width of the map
    axes.set_title(textwrap.fill(" ".join(sentences(found)), letters), loc="left", color=INK, pad=22, fontsize=12,
                   weight="bold")
    axes.text(0, 1.015, f"{found.scenario.name}: the policy with the least expected cost; {decided} of "
              f"{len(found.cells)} points decided at 95 %, up to {found.asked:,} changes each, seed {found.seed}",
              transform=axes.transAxes, fontsize=9, color=FAINT)
    handles = [Patch(facecolor=style[policy].colour, label=f"{letter}  {policy}") for policy, letter in named.items()]
    handles.append(Patch(facecolor=FAINT, alpha=PALE, label="( )  not decided"))
    axes.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, fontsize=10)
    return figure


def _label(path: str) -> str:
    return SAYS.get(path, path)


def _ticks(axes: Any, found: Map, size: list[float]) -> None:
    """Every value where there is room, else every second, third ..."""
    for values, inches, need, put in (
        (found.x.values, size[0], 0.45, axes.set_xticks), (found.y.values, size[1], 0.22, axes.set_yticks),
    ):
        skip = max(1, round(need * len(values) / inches + 0.49))
        places = list(range(0, len(values), skip))
        put([place + 0.5 for place in places], [lead(values[place]) for place in places], fontsize=9)
    axes.tick_params(length=0)
