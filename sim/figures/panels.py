"""The three panels of a comparison's row; each takes its axes and what is to be seen in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from sim.figures.palette import FAINT, INK, PAPER, RULE, Style
from sim.study.finding import percent
from sim.study.harm import Harm
from sim.study.quantiles import fewest_runs
from sim.study.shares import Share
from sim.study.spread import Spread

SMALL = 9
MOST_DOTS = 500
"""Enough to see the shape; more only blacken it."""
GOLDEN = 0.6180339887498949
"""Multiples of it, modulo 1, spread dots evenly without a random generator."""


class Clock(NamedTuple):
    """Unit of the axis of time: its name, its length in seconds, and where the axis ends."""

    name: str
    seconds: float
    end: float


def clock(spread: Mapping[str, Spread]) -> Clock:
    """The unit in which the longest axis reads well."""
    end = max((float(one.t_s[-1]) for one in spread.values()), default=60.0)
    for name, seconds in (("s", 1.0), ("min", 60.0), ("h", 3600.0), ("days", 86400.0)):
        if end / seconds <= 180 or name == "days":
            break
    return Clock(name, seconds, end / seconds)


def limits(harms: Mapping[str, Harm]) -> tuple[float, float]:
    """Ends of the log axis: around all failed requests above zero; 1 to 100 without any."""
    above = [one.values[one.values > 0] for one in harms.values()]
    seen = np.concatenate([*above, np.empty(0)])
    if not len(seen):
        return 1.0, 100.0
    low, high = float(seen.min()), float(seen.max())
    return 0.8 * 10.0 ** np.floor(np.log10(low)), 1.25 * 10.0 ** np.ceil(np.log10(high))


def headings(left: Axes, middle: Axes, right: Axes) -> None:
    """What the columns show, above the first row."""
    for panel, text in (
        (left, "Share of requests to the new, faulty version"),
        (middle, "No harm"),
        (right, "Failed requests of each:  ◇ mean   | median   ┊ p95"),
    ):
        panel.set_title(text, fontsize=10.5, color=INK, loc="left", pad=6)


def over_time(panel: Axes, spread: Spread | None, look: Style, scale: Clock) -> None:
    """Median and band over time."""
    _plain(panel)
    panel.set_xlim(0, scale.end)
    panel.set_ylim(-0.04, 1.08)
    panel.set_yticks([0, 0.5, 1], ["0 %", "50 %", "100 %"])
    panel.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 3, 5, 10]))
    panel.set_xlabel(f"time since the rollout began ({scale.name})", fontsize=SMALL, color=INK)
    panel.grid(axis="y", color=RULE, linewidth=0.6)
    if spread is None or spread.n == 0:
        _say(panel, "no faulty rollout to follow")
        return
    t = spread.t_s / scale.seconds
    panel.fill_between(t, spread.low, spread.high, color=look.colour, alpha=0.22, linewidth=0)
    panel.plot(t, spread.median, color=look.colour, linestyle=look.dash, linewidth=2)


def unharmed(panel: Axes, none: Share, look: Style) -> None:
    """Share of faulty changes that harmed nobody, as a bar with its interval."""
    _plain(panel)
    panel.set_xlim(0, 1)
    panel.set_ylim(0, 1)
    panel.set_yticks([])
    panel.set_xticks([0, 0.5, 1], ["0", "50", "100"])
    panel.set_xlabel("% of changes", fontsize=SMALL, color=INK)
    if none.share is None or none.low is None or none.high is None:
        _say(panel, "no run")
        return
    panel.barh(0.34, none.share, height=0.36, color=look.colour, alpha=0.35, linewidth=0)
    panel.plot([none.low, none.high], [0.34, 0.34], color=INK, linewidth=1.6)
    panel.plot([none.share], [0.34], marker="|", color=INK, markersize=9)
    panel.text(0.04, 0.93, percent(none.share), fontsize=SMALL, color=INK, va="top")


def distribution(panel: Axes, harm: Harm, look: Style, ends: tuple[float, float]) -> None:
    """Every harmful change as a dot on a log axis; mean, median and p95 of all in words and marks.

    A mean or quantile of 0 has no place on a log axis: it is only said.
    """
    _plain(panel)
    panel.set_xscale("log")
    panel.set_xlim(*ends)
    panel.set_ylim(0, 1)
    panel.set_yticks([])
    decades = np.log10(ends[1] / ends[0])
    panel.xaxis.set_major_locator(LogLocator(10, numticks=8 if decades > 1 else 3))
    panel.xaxis.set_minor_locator(NullLocator())
    panel.xaxis.set_major_formatter(FuncFormatter(lambda x, _: short(x)))
    panel.set_xlabel("failed requests (log)", fontsize=SMALL, color=INK)
    panel.grid(axis="x", color=RULE, linewidth=0.6)
    n = len(harm.values)
    if not n:
        _say(panel, "no faulty change")
        return
    above = harm.values[harm.values > 0]
    shown = above[np.linspace(0, len(above) - 1, min(len(above), MOST_DOTS)).astype(int)]
    lift = 0.08 + 0.4 * ((np.arange(len(shown)) * GOLDEN) % 1)
    panel.plot(
        shown, lift, linestyle="", marker=look.marker, markersize=3.2, color=look.colour,
        alpha=0.45, markeredgewidth=0,
    )
    for quantile, dash in ((harm.median, "-"), (harm.p95, ":")):
        if quantile.value:
            panel.plot([quantile.value] * 2, [0.02, 0.62], color=INK, linewidth=1.6, linestyle=dash)
    if harm.mean.mean and harm.mean.low is not None and harm.mean.high is not None:
        panel.plot(
            [max(harm.mean.low, ends[0]), harm.mean.high], [0.28] * 2, color=INK, linewidth=1.6
        )
    if harm.mean.mean:
        panel.plot([harm.mean.mean], [0.28], marker="D", color="white", markeredgecolor=INK)
    panel.text(
        0.012, 0.94, described(harm), transform=panel.transAxes, fontsize=SMALL, color=INK,
        va="top", bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 1},
    )


def described(harm: Harm) -> str:
    """Mean with interval, median and p95 of all faulty changes, zeros included."""
    mean = f"mean {short(harm.mean.mean or 0.0)}"
    if harm.mean.low is not None and harm.mean.high is not None and harm.mean.high > 0:
        mean += f" ({short(max(0.0, harm.mean.low))} to {short(harm.mean.high)})"
    said = [mean]
    for name, q, quantile in (("median", 0.5, harm.median), ("p95", 0.95, harm.p95)):
        if quantile.value is None:
            said.append(f"{name} needs {fewest_runs(q)} runs")
        else:
            said.append(f"{name} {short(quantile.value)}")
    return "  ·  ".join(said)


def short(number: float) -> str:
    """A number in three digits and a letter.

    >>> [short(x) for x in (1, 1000, 20_000, 1_676_798, 999_900, 1e9, 0.1234, 0)]
    ['1', '1k', '20k', '1.68M', '1M', '1G', '0.123', '0']
    """
    rounded = float(f"{number:.3g}")
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if rounded >= size:
            return f"{rounded / size:.4g}{letter}"
    return f"{rounded:.3g}"


def _plain(panel: Axes) -> None:
    panel.tick_params(labelsize=SMALL, color=RULE, labelcolor=INK, length=3)
    for side in ("top", "right", "left"):
        panel.spines[side].set_visible(False)
    panel.spines["bottom"].set_color(FAINT)
    panel.set_axisbelow(True)


def _say(panel: Axes, text: str) -> None:
    panel.text(
        0.5, 0.5, text, transform=panel.transAxes, ha="center", va="center", color=FAINT,
        fontsize=SMALL, bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 2},
    )
