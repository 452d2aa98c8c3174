"""The Pareto front of a policy's knobs: risk against lead time, the size of a point says how many servers it keeps."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from sim.figures import frame
from sim.figures.palette import ACCENT, FAINT, INK, PAPER, RULE
from sim.model.outcome import UNITS
from sim.study.front import Front
from sim.units import MINUTE


def save(found: Front, path: str | Path) -> None:
    """Draw and write to a .png, .svg or .pdf. Raises ValueError or CannotWrite."""
    frame.save(path, lambda: draw(found))


def draw(found: Front) -> Figure:
    """Settings on the front dark, with their knobs; dominated ones pale; open rings where the runs do not tell."""
    figure = Figure(figsize=(9.5, 6.0), facecolor=PAPER)
    axes = figure.add_axes((0.09, 0.1, 0.88, 0.74))
    shown = [one for one in found.settings if one.lead_s.mean is not None and one.risk.mean is not None]
    most = max((one.servers.mean or 0.0 for one in shown), default=0.0)
    for one in shown:
        on = one.standing == "front"
        size = 46 + 90 * ((one.servers.mean or 0.0) / most if most else 0.0)
        at = ((one.lead_s.mean or 0.0) / MINUTE, one.risk.mean or 0.0)
        if one.risk.low is not None and one.risk.high is not None:
            axes.plot([at[0]] * 2, [max(0.0, one.risk.low), one.risk.high], color=ACCENT if on else RULE,
                      linewidth=1.3 if on else 0.9, zorder=2 if on else 1)
        axes.scatter(
            [at[0]], [at[1]], s=size, zorder=3, linewidth=1.4,
            facecolor=ACCENT if on else PAPER if one.standing == "unclear" else RULE,
            edgecolor=ACCENT if on else FAINT if one.standing == "unclear" else RULE,
        )
        if on:
            axes.annotate(
                ", ".join(one.values), at, xytext=(1, 9), textcoords="offset points", fontsize=8, color=INK,
                rotation=60, ha="left", va="bottom", rotation_mode="anchor", zorder=4,
            )
    best = sorted(((one.lead_s.mean or 0.0) / MINUTE, one.risk.mean or 0.0) for one in shown if one.standing == "front")
    axes.plot(*zip(*best, strict=True), color=ACCENT, linewidth=1, alpha=0.5, zorder=1) if best else None
    axes.set_ylim(bottom=0)
    axes.margins(x=0.1)
    axes.set_xlabel("lead time of a healthy change (minutes)", fontsize=10, color=INK)
    axes.set_ylabel(f"{found.risk.replace('_', ' ')} ({UNITS[found.risk]}), 95 % intervals", fontsize=10, color=INK)
    axes.grid(color=RULE, linewidth=0.5)
    axes.set_axisbelow(True)
    frame.quiet(axes)
    held = sum(one.standing == "front" for one in shown)
    title = f"{found.scenario}, {found.policy}: {held} of {len(shown)} settings are beaten by no other"
    figure.text(0.015, 0.98, title, fontsize=13, weight="bold", color=INK, va="top")
    knobs = ", ".join(path.split(".")[-1] for path in found.knobs)
    figure.text(
        0.015, 0.925,
        f"Blue: on the front ({knobs}). Grey: another is as good in all and better in one. Rings: too near to tell. "
        f"Larger points keep more servers.\n{found.runs:,} changes at each, seed {found.seed}.",
        fontsize=9, color=FAINT, va="top",
    )
    return figure
