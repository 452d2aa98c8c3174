"""A tornado: what each assumption does to the result, from one end of its range to the other, with intervals."""

from __future__ import annotations

import textwrap
from pathlib import Path

from matplotlib.figure import Figure

from sim.figures import frame
from sim.figures.palette import FAINT, INK, PAPER, POLICIES, RULE
from sim.model.outcome import UNITS
from sim.study.sensitivity import Sensitivity

LOW, HIGH = POLICIES[1], POLICIES[0]
ROW = 0.46


def save(found: Sensitivity, path: str | Path) -> None:
    """Draw and write to a .png, .svg or .pdf. Raises ValueError or CannotWrite."""
    frame.save(path, lambda: draw(found))


def draw(found: Sensitivity) -> Figure:
    """A bar an assumption, the widest on top; right of it its mean effect by Morris, where all move together."""
    rows = len(found.swings)
    figure = Figure(figsize=(10.5, 1.9 + ROW * rows), facecolor=PAPER)
    left, right = figure.subplots(1, 2, width_ratios=(3, 1), sharey=True)
    for row, swing in enumerate(found.swings):
        for end, colour, lift in ((swing.at_low, LOW, -0.09), (swing.at_high, HIGH, 0.09)):
            left.barh(row, end.mean - found.base.mean, left=found.base.mean, height=0.56, color=colour, alpha=0.85)
            left.plot([end.low, end.high], [row + lift] * 2, color=INK, linewidth=0.9, solid_capstyle="butt")
    effects = {effect.name: effect for effect in found.effects}
    for row, swing in enumerate(found.swings):
        effect = effects[swing.assumed.path]
        right.barh(row, effect.mean_size, height=0.56, color=FAINT)
        right.errorbar(effect.mean_size, row, xerr=effect.half_width, color=INK, linewidth=1.1)
    left.axvline(found.base.mean, color=INK, linewidth=1)
    if found.b is not None:
        left.axvline(0, color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
    named = [
        f"{swing.assumed.path.removeprefix('service.')}\n{swing.assumed.low} to {swing.assumed.high}"
        for swing in found.swings
    ]
    left.set_yticks(range(rows), named)
    left.invert_yaxis()
    left.margins(x=0.12)
    what, unit = found.column.replace("_", " "), UNITS[found.column]
    about = f"{what} of {found.a}" + (f" minus {what} of {found.b}" if found.b else "")
    left.set_xlabel(f"{about} ({unit}); lines: 95 % intervals", fontsize=9, color=INK)
    right.set_xlabel(f"mean effect by Morris ({unit})", fontsize=9, color=INK)
    right.set_xlim(left=0)
    for axes in (left, right):
        frame.quiet(axes)
        axes.grid(axis="x", color=RULE, linewidth=0.5)
        axes.set_axisbelow(True)
        axes.tick_params(axis="y", length=0)
    figure.subplots_adjust(left=0.2, right=0.98, top=1 - 0.85 / figure.get_figheight(), wspace=0.06)
    first = found.effects[0]
    said = f"{first.name} matters most" if first.mean_size > 0 else "nothing matters in its range"
    title = f"{found.scenario}: {said}"
    figure.text(0.01, 0.985, textwrap.fill(title, 80), fontsize=13, weight="bold", color=INK, va="top")
    figure.text(
        0.01, 0.985 - 0.3 / figure.get_figheight(),
        f"One assumption at a time: blue at the low end of its range, red at the high end; solid line: as it is now. "
        f"{found.runs:,} changes at each, seed {found.seed}.", fontsize=9, color=FAINT, va="top",
    )
    return figure
