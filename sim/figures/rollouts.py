"""One change under several policies, in step: stages, errors as monitored, and the harm that was really done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from sim.figures.palette import FAINT, INK, PAPER, RULE

DPI = 100
WIDE, HEAD, FOOT, ROW = 11.0, 1.0, 0.95, 1.5


class Rollout(NamedTuple):
    """One policy's run. Times in seconds since the start; shares may be None where nobody asked a version.

    stages: (from, to, name); new, old: shares of requests that failed, at the ends `seen_s` of windows;
    hurt: users hurt until `harm_s`.
    """

    name: str
    said: str
    colour: str
    stages: Sequence[tuple[float, float, str]]
    seen_s: Sequence[float]
    new: Sequence[float | None]
    old: Sequence[float | None]
    harm_s: Sequence[float]
    hurt: Sequence[float]


def draw(title: str, rollouts: Sequence[Rollout], end_s: float, source: str = "") -> Figure:
    """A row a policy: on the left what the monitor saw, on the right the hidden truth, both over minutes."""
    high = HEAD + FOOT + ROW * len(rollouts)
    figure = Figure(figsize=(WIDE, high), dpi=DPI, facecolor=PAPER)
    grid = figure.add_gridspec(
        len(rollouts), 2, left=0.075, right=0.985, top=1 - HEAD / high, bottom=FOOT / high, hspace=0.6, wspace=0.16,
    )
    seen = max((x for one in rollouts for x in (*one.new, *one.old) if x is not None), default=0.0)
    harm = max((one.hurt[-1] for one in rollouts if one.hurt), default=0.0)
    for row, one in enumerate(rollouts):
        left, right = figure.add_subplot(grid[row, 0]), figure.add_subplot(grid[row, 1])
        _seen(left, one, max(seen, 0.01) * 1.25)
        minutes = [t / 60 for t in one.harm_s]
        right.plot(minutes, one.hurt, color=one.colour, linewidth=2)
        right.fill_between(minutes, one.hurt, color=one.colour, alpha=0.15)
        right.set_ylim(0, max(harm, 1) * 1.08)
        right.yaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.0f}"))
        left.set_title(f"{one.name}: {one.said}", fontsize=9.5, color=INK, loc="left", pad=5, parse_math=False)
        if row == 0:
            right.set_title("Users hurt so far (hidden truth)", fontsize=9.5, color=INK, loc="left", pad=5)
        for axes in (left, right):
            _plain(axes, end_s / 60)
            axes.set_xlabel("minutes since the start" if row == len(rollouts) - 1 else "", fontsize=9, color=INK)
    figure.text(0.012, 1 - 0.14 / high, title, fontsize=11.5, fontweight="bold", color=INK, va="top", wrap=True,
                parse_math=False)
    figure.text(0.012, 0.36 / high, "Left: share of requests that failed as monitored; line: new version, dots: old.",
                fontsize=8.5, color=FAINT, va="bottom")
    figure.text(0.012, 0.12 / high, source, fontsize=8, color=FAINT, va="bottom", parse_math=False)
    return figure


def _seen(axes: Axes, one: Rollout, most: float) -> None:
    nothing = float("nan")
    for k, (since, until, name) in enumerate(one.stages):
        axes.axvspan(since / 60, until / 60, color=one.colour, alpha=0.16 if k % 2 else 0.08, linewidth=0)
        axes.text(since / 60, most * 0.97, f" {name}", fontsize=7.5, color=INK, va="top", clip_on=True,
                  parse_math=False)
    minutes = [t / 60 for t in one.seen_s]
    axes.step(minutes, [nothing if x is None else x for x in one.old], where="pre", color=INK, linewidth=1,
              linestyle=":")
    axes.step(minutes, [nothing if x is None else x for x in one.new], where="pre", color=one.colour, linewidth=2)
    axes.set_ylim(0, most)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{100 * x:g} %"))
    axes.locator_params(axis="y", nbins=4)


def _plain(axes: Axes, end: float) -> None:
    axes.set_xlim(0, end)
    axes.tick_params(labelsize=8, colors=FAINT)
    axes.grid(color=RULE, linewidth=0.5)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
