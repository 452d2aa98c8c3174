"""One picture of a comparison: a row per policy; how far faults spread, and whom they hurt."""

from __future__ import annotations

import io
import textwrap
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sim.figures import panels
from sim.figures.palette import FAINT, INK, PAPER, styles
from sim.study.compare import Comparison
from sim.study.files import write_whole
from sim.study.finding import finding
from sim.study.harm import harm
from sim.study.spread import Spread

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("png", "svg", "pdf")
WIDE, HIGH, DPI = 12.0, 7.0, 100
ROW = 0.9
"""Inches that a row needs at least; more than six policies make the picture higher."""


def draw(comparison: Comparison, spread: Mapping[str, Spread]) -> Figure:
    """The picture, 1200 x 700 pixels at its own resolution; not yet written anywhere.

    spread: from `sim.study.spread.spread_over_time`; a policy without one has an empty first panel.
    Rows are policies. Panels: the share of requests that went to the new version over time (median
    and the middle 80 % of runs), the share of faulty changes that harmed nobody with its 95 %
    interval, and the failed requests of the others on a log axis with mean, median and p95.
    """
    from matplotlib.figure import Figure

    policies = list(comparison.tables)
    height = max(HIGH, 1.6 + ROW * len(policies))
    figure = Figure(figsize=(WIDE, height), dpi=DPI, facecolor=PAPER)
    grid = figure.add_gridspec(
        max(1, len(policies)), 3, width_ratios=(5, 1.5, 6), wspace=0.07, hspace=0.16,
        left=0.135, right=0.985, top=1 - 1.42 / height, bottom=0.98 / height,
    )
    looks = styles(comparison.scenario.policies)
    harms = harm(comparison)
    unit = panels.time_unit(spread)
    limits = panels.limits(harms)
    for row, policy in enumerate(policies):
        left, middle, right = (figure.add_subplot(grid[row, column]) for column in range(3))
        last = row == len(policies) - 1
        panels.spread(left, spread.get(policy), looks[policy], unit, last=last)
        panels.unharmed(middle, harms[policy].none, looks[policy], last=last)
        panels.distribution(right, harms[policy], looks[policy], limits, last=last)
        left.set_ylabel(
            _folded(policy, 15, 3), rotation=0, ha="right", va="center", labelpad=36,
            color=looks[policy].colour, fontweight="bold", fontsize=11, parse_math=False,
        )
        if row == 0:
            left.set_title("Requests that go to the new version", **panels.HEADING)
            middle.set_title("Nobody harmed", **panels.HEADING)
            right.set_title("Failed requests where somebody was", **panels.HEADING)
    words = {"color": INK, "parse_math": False, "ha": "left"}
    figure.text(
        0.015, 1 - 0.14 / height, _folded(finding(comparison), 96, 2), fontsize=15, va="top",
        fontweight="bold", **words,
    )
    figure.text(0.015, 1 - 0.78 / height, _explained(comparison, spread), fontsize=10, va="top", **words)
    figure.text(
        0.015, 0.1 / height, _provenance(comparison), fontsize=9, va="bottom", **(words | {"color": FAINT})
    )
    return figure
