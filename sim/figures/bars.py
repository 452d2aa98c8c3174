"""A few numbers of a few people or policies side by side: one panel a number, intervals drawn, values written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from sim.figures.palette import FAINT, INK, PAPER, RULE

DPI = 100
HEAD, FOOT, ROW = 1.15, 0.75, 0.5


class Bar(NamedTuple):
    """One number. low, high: its interval, None where it has none; said: as it is written beside the bar."""

    name: str
    value: float
    colour: str
    said: str
    low: float | None = None
    high: float | None = None


class Bars(NamedTuple):
    """One panel: what is counted, in which unit. axis: a number on the axis -> as it is written there."""

    title: str
    bars: Sequence[Bar]
    axis: Callable[[float], str] | None = None


def draw(title: str, panels: Sequence[Bars], source: str = "") -> Figure:
    """All panels in a row, names on the left of each. title: the finding; source: small, at the foot."""
    rows = max(len(panel.bars) for panel in panels)
    wide, high = max(7.0, 4.0 * len(panels)), HEAD + FOOT + ROW * rows
    figure = Figure(figsize=(wide, high), dpi=DPI, facecolor=PAPER)
    for place, panel in enumerate(panels):
        axes = figure.add_axes((
            (place + 0.3) / len(panels), FOOT / high, 0.55 / len(panels), 1 - (HEAD + FOOT) / high
        ))
        _panel(axes, panel)
    figure.text(0.015, 1 - 0.12 / high, title, fontsize=12, fontweight="bold", color=INK, va="top", wrap=True,
                parse_math=False)
    figure.text(0.015, 0.1 / high, source, fontsize=8, color=FAINT, va="bottom", parse_math=False)
    return figure


def _panel(axes: Axes, panel: Bars) -> None:
    most = max((bar.high if bar.high is not None else bar.value for bar in panel.bars), default=0.0) or 1.0
    for row, bar in enumerate(panel.bars):
        axes.barh(row, bar.value, color=bar.colour, height=0.55, zorder=2)
        end = bar.value
        if bar.low is not None and bar.high is not None:
            axes.plot([bar.low, bar.high], [row, row], color=INK, linewidth=2, zorder=3)
            end = max(end, bar.high)
        axes.annotate(bar.said, (end, row), xytext=(5, 0), textcoords="offset points", va="center", fontsize=9,
                      color=INK, parse_math=False)
    axes.set_yticks(range(len(panel.bars)), [bar.name for bar in panel.bars], fontsize=9, color=INK)
    axes.set_ylim(len(panel.bars) - 0.5, -0.5)
    axes.set_xlim(0, most * 1.3)
    axes.set_title(panel.title, fontsize=10, color=INK, loc="left", pad=6)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelsize=8, colors=FAINT)
    axes.grid(axis="x", color=RULE, linewidth=0.6, zorder=0)
    axes.locator_params(axis="x", nbins=4)
    if panel.axis is not None:
        say = panel.axis
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: say(x)))
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(RULE)
