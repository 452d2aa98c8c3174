"""Numbers over a knob: one line a policy or column, every point with its interval; panels share the knob."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from sim.figures.palette import DASHES, FAINT, INK, MARKERS, PAPER, POLICIES, RULE
from sim.figures.panels import short
from sim.study.estimate import Interval

DPI = 100
WIDE, HIGH, HEAD, FOOT = 10.0, 2.7, 0.95, 0.75
"""Inches: the whole width, one panel, above the first and below the last."""


class Lines(NamedTuple):
    """One panel. lines: name -> an interval for each value of the knob, None where there is none.

    share: the numbers are shares, written in percent; log: a logarithmic axis, for what spans powers of ten.
    """

    title: str
    lines: Mapping[str, Sequence[Interval | None]]
    share: bool = False
    log: bool = False


def draw(title: str, knob: str, values: Sequence[str], panels: Sequence[Lines], source: str = "") -> Figure:
    """Panels below each other. title: the finding; knob: what changes from left to right; values: as written there."""
    folded = textwrap.wrap(title, 88)
    head = HEAD + 0.24 * (len(folded) - 1)
    high = head + FOOT + HIGH * len(panels)
    figure = Figure(figsize=(WIDE, high), dpi=DPI, facecolor=PAPER)
    top, bottom = 1 - head / high, FOOT / high
    grid = figure.add_gridspec(len(panels), 1, left=0.09, right=0.8, top=top, bottom=bottom, hspace=0.3)
    for row, panel in enumerate(panels):
        axes = figure.add_subplot(grid[row])
        _panel(axes, panel, values)
        if row == len(panels) - 1:
            axes.set_xlabel(knob, fontsize=10, color=INK)
        else:
            axes.tick_params(labelbottom=False)
    figure.text(0.015, 1 - 0.12 / high, "\n".join(folded), fontsize=12, fontweight="bold", color=INK, va="top",
                parse_math=False)
    figure.text(0.015, 0.08 / high, source, fontsize=8, color=FAINT, va="bottom", parse_math=False)
    return figure


def _panel(axes: Axes, panel: Lines, values: Sequence[str]) -> None:
    for place, (name, points) in enumerate(panel.lines.items()):
        shift = 0.06 * (place - (len(panel.lines) - 1) / 2)        # intervals beside each other, not one over another
        there = [(x + shift, point) for x, point in enumerate(points) if point is not None]
        if not there:
            continue
        xs, means = [x for x, _ in there], [point.mean for _, point in there]
        below = [max(0.0, point.mean - point.low) for _, point in there]
        above = [max(0.0, point.high - point.mean) for _, point in there]
        axes.errorbar(
            xs, means, yerr=[below, above], label=name, color=POLICIES[place % len(POLICIES)],
            marker=MARKERS[place % len(MARKERS)], linestyle=DASHES[place % len(DASHES)], linewidth=1.8, markersize=5,
            elinewidth=1.2, capsize=3,
        )
    axes.set_xticks(range(len(values)), values, fontsize=9)
    axes.set_xlim(-0.3, len(values) - 0.7)
    if panel.log:
        axes.set_yscale("log")
        axes.yaxis.set_minor_formatter(NullFormatter())
    else:
        axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))
    axes.yaxis.set_major_formatter(
        FuncFormatter(lambda y, _: f"{100 * y:.4g} %" if panel.share else short(y))
    )
    axes.set_title(panel.title, fontsize=10, color=INK, loc="left", pad=6)
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.02), frameon=False, fontsize=9, labelcolor=INK)
    axes.tick_params(labelsize=9, color=RULE, labelcolor=INK)
    axes.grid(axis="y", color=RULE, linewidth=0.6)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(RULE)
