"""Operating curves as one picture: false alarms, the chance to see a fault, and how soon, a colour a judge."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

from sim.figures import frame
from sim.figures.comparison import DPI, EDGE, fit, folded
from sim.figures.palette import FAINT, INK, PAPER, RULE, Style, styles
from sim.study.choice import Choice, wrong_share
from sim.study.choice_words import finding, rate, spoken
from sim.study.curve import Cell, Curve
from sim.units import say_share

WIDE, HIGH = 12.0, 6.6
SMALL = 9
TIMES = (1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 4 * 3600, 12 * 3600, 86400)
"""Seconds that an axis of time may mark."""


def save(curve: Curve, choice: Choice, path: str | Path) -> None:
    """Draw and write to a .png, .svg or .pdf, whole or not at all. Raises ValueError or CannotWrite."""
    frame.save(path, lambda: draw(curve, choice), crop=False)


def draw(curve: Curve, choice: Choice) -> Figure:
    """1200 x 660 pixels. Left: the judges, and how often each rolls a healthy change back, the limit dashed.

    Middle: share of bakes in which each size of fault is seen, with 95% bands. Right: the time within which half of
    all bakes are ended, with the 95% band of that median; a line ends where fewer than half are. The judge to use
    is drawn strongest.
    """
    figure = Figure(figsize=(WIDE, HIGH), dpi=DPI, facecolor=PAPER)
    looks = styles([one.name for one in curve.judges])
    left = figure.add_axes((0.152, 0.16, 0.143, 0.62))
    middle = figure.add_axes((0.348, 0.16, 0.292, 0.62))
    right = figure.add_axes((0.695, 0.16, 0.29, 0.62))
    _false_alarms(left, curve, choice, looks)
    sizes = np.array([effect.size if effect.of == "failed" else effect.size - 1 for effect in curve.effects])
    for judge, one in enumerate(curve.judges):
        strong = judge in choice.best
        cells = [curve.cell(judge, at) for at in range(len(sizes))]
        _seen(middle, sizes, cells, looks[one.name], strong)
        _soon(right, sizes, cells, looks[one.name], strong)
    for panel in (middle, right):
        _sizes(panel, curve, sizes)
    middle.axhline(choice.power, color=FAINT, linewidth=0.9, linestyle=(0, (4, 3)))
    middle.set_ylim(-0.03, 1.03)
    middle.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0%", "25%", "50%", "75%", "100%"])
    middle.set_title("Bakes in which the fault is seen", fontsize=10.5, color=INK, loc="left", pad=8)
    right.set_title("Time within which half of all bakes are ended", fontsize=10.5, color=INK, loc="left", pad=8)
    _times(right, curve)
    _words(figure, curve, choice)
    return figure


def _false_alarms(panel: Axes, curve: Curve, choice: Choice, looks: dict[str, Style]) -> None:
    """A row a judge, in its look: this panel is the legend of the others."""
    _plain(panel)
    many = len(curve.judges)
    panel.set_ylim(many - 0.5, -0.5)
    highest = max(
        [2.2 * choice.false, *(curve.false_alarms(judge).seen.high or 0.0 for judge in range(many))]
    )
    panel.set_xlim(-0.04 * min(1.0, highest), 1.04 * min(1.0, highest))
    panel.axvline(choice.false, color=FAINT, linewidth=0.9, linestyle=(0, (4, 3)))
    for judge, one in enumerate(curve.judges):
        look, share = looks[one.name], curve.false_alarms(judge).seen
        best = judge in choice.best
        if share.share is not None and share.low is not None and share.high is not None:
            panel.plot([share.low, share.high], [judge] * 2, color=look.colour, linewidth=2.4)
            panel.plot([share.share], [judge], marker=look.marker, color=look.colour, markersize=6)
        star = "*" if one.compares and curve.added else ""
        panel.annotate(
            folded(one.name, 14, 1) + star, (0, judge), xycoords=("axes fraction", "data"), xytext=(-34, 0),
            textcoords="offset points", ha="right", va="center", fontsize=10, color=look.colour,
            fontweight="bold" if best else "normal", parse_math=False,
        )
        panel.annotate(
            "", (0, judge), xycoords=("axes fraction", "data"), xytext=(-30, 0), textcoords="offset points",
            arrowprops={
                "arrowstyle": "-", "color": look.colour, "linestyle": look.dash, "linewidth": 2.8 if best else 1.6,
                "shrinkA": 0, "shrinkB": 6,
            },
        )
    panel.set_yticks([])
    panel.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{100 * x:.3g}%"))
    panel.locator_params(axis="x", nbins=4)
    panel.set_xlabel("of healthy changes", fontsize=SMALL, color=INK)
    panel.set_title("False alarms", fontsize=10.5, color=INK, loc="left", pad=8)


def _seen(panel: Axes, sizes: Any, cells: list[Cell], look: Style, strong: bool) -> None:
    share, low, high = (
        np.array([getattr(cell.seen, part) or 0.0 for cell in cells]) for part in ("share", "low", "high")
    )
    panel.fill_between(sizes, low, high, color=look.colour, alpha=0.16, linewidth=0)
    _line(panel, sizes, share, look, strong)


def _soon(panel: Axes, sizes: Any, cells: list[Cell], look: Style, strong: bool) -> None:
    half = np.array([np.nan if cell.half.value is None else cell.half.value for cell in cells])
    low = np.array([np.nan if cell.half.low is None else cell.half.low for cell in cells])
    high = np.array([np.nan if cell.half.high is None else cell.half.high for cell in cells])
    panel.fill_between(sizes, low, high, color=look.colour, alpha=0.16, linewidth=0)
    _line(panel, sizes, half, look, strong)


def _line(panel: Axes, x: Any, y: Any, look: Style, strong: bool) -> None:
    panel.plot(
        x, y, color=look.colour, linestyle=look.dash, marker=look.marker, markersize=5.5 if strong else 3.5,
        linewidth=2.8 if strong else 1.4, zorder=3 if strong else 2,
    )


def _sizes(panel: Axes, curve: Curve, sizes: Any) -> None:
    """The axis of effects: their own values, as many as there is room for."""
    _plain(panel)
    panel.set_xscale("log")
    panel.xaxis.set_minor_locator(NullLocator())
    step = -(-len(sizes) // 8)
    ticks = range(0, len(sizes), step)
    panel.set_xticks([sizes[at] for at in ticks], [str(curve.effects[at]) for at in ticks], fontsize=SMALL)
    panel.grid(axis="y", color=RULE, linewidth=0.6)
    what = "share of requests to the new version that fail" if curve.effects[0].of == "failed" else (
        "times as long as before for each request"
    )
    panel.set_xlabel(f"{what} (log)", fontsize=SMALL, color=INK)


def _times(panel: Axes, curve: Curve) -> None:
    """The axis of time: log, up to the end of the bake and somewhat more."""
    seen = curve.times[1:][~np.isnan(curve.times[1:])]
    low = max(0.5, float(seen.min())) if len(seen) else 1.0
    high = max(curve.bake_s, float(seen.max())) if len(seen) else curve.bake_s
    panel.set_yscale("log")
    panel.set_ylim(0.8 * low, 1.25 * high)
    panel.yaxis.set_minor_locator(NullLocator())
    ticks = [at for at in TIMES if 0.8 * low <= at <= 1.25 * high]
    panel.set_yticks(ticks, [spoken(at) for at in ticks])
    panel.axhline(curve.bake_s, color=FAINT, linewidth=0.9, linestyle=(0, (1, 2)))
    panel.annotate(
        "end of the bake", (1, curve.bake_s), xycoords=("axes fraction", "data"), xytext=(-2, 3),
        textcoords="offset points", ha="right", fontsize=8, color=FAINT,
    )


def _words(figure: Figure, curve: Curve, choice: Choice) -> None:
    star = " * compares with a control, which this policy does not keep." if (
        curve.added and any(one.compares for one in curve.judges)
    ) else ""
    first = choice.best[0] if choice.best else None
    price = "" if first is None else (
        f" {curve.judges[first].name} rolls back {wrong_share(curve.false_alarms(first).seen)}."
    )
    about = (
        f"{curve.scenario.name}, policy {curve.policy}: {curve.canaries} servers, {rate(curve.rate_s)}, a bake of "
        f"{spoken(curve.bake_s)}; {curve.runs:,} bakes of each size, all judges on the same evidence.{price} Dashed: "
        f"the limits asked for, {say_share(choice.false)} and {say_share(choice.power)}. Bands and bars: 95% intervals."
        + star
    )
    cut = ", interrupted" if curve.partial else ""
    runs = f"runs 0 to {max(0, curve.runs - 1):,}{cut} of seed {curve.seed}"
    from_ = f"coalmine {curve.version} · sha256 {curve.sha256[:12]} · {runs}"
    title = folded(finding(curve, choice), 92, 2)
    more = 0.26 * title.count("\n") / HIGH
    for at, words, size, weight, colour, side in (
        (0.975, title, 15, "bold", INK, "top"),
        (0.915 - more, folded(about, 165, 2), 10, "normal", INK, "top"),
        (0.02, from_, 9, "normal", FAINT, "bottom"),
    ):
        text = figure.text(
            EDGE, at, words, fontsize=size, fontweight=weight, color=colour, va=side, parse_math=False
        )
        fit(text, WIDE * (1 - 2 * EDGE))


def _plain(panel: Axes) -> None:
    panel.tick_params(labelsize=SMALL, color=RULE, labelcolor=INK, length=3)
    for side in ("top", "right", "left"):
        panel.spines[side].set_visible(False)
    panel.spines["bottom"].set_color(FAINT)
    panel.set_axisbelow(True)
