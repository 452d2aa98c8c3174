"""One picture of a comparison: a row per policy; how far faults spread, and whom they hurt."""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Mapping
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.text import Text

from sim.figures import panels
from sim.figures.palette import FAINT, INK, PAPER, styles
from sim.figures.rendered import FORMATS, rendered
from sim.study.compare import Comparison
from sim.study.files import write_whole
from sim.study.finding import finding
from sim.study.harm import harm
from sim.study.spread import Spread

WIDE, HIGH, DPI = 12.0, 7.0, 100
ROW, TALLEST_ROW = 0.8, 1.5
"""Inches: many policies make the picture higher than 7, one or two make it lower."""
HEAD, LINE, FOOT = 1.2, 0.26, 0.95
"""Inches above the first row, for a second line of title, and below the last row."""
NAMES = 1.08
"""Inches that a policy's name has beside its row."""
EDGE = 0.015
"""Where all text begins, as a share of the width."""


def picture_format(path: str | Path) -> str:
    """png, svg or pdf, by the name of the file. Raises ValueError for any other.

    >>> picture_format("out/web.SVG")
    'svg'
    """
    suffix = Path(path).suffix.lower().lstrip(".")
    if suffix not in FORMATS:
        raise ValueError(f"{str(path)!r}: a picture's name ends in .png, .svg or .pdf")
    return suffix


def save(comparison: Comparison, path: str | Path, spread: Mapping[str, Spread]) -> None:
    """Draw and write to a file, whole or not at all; the same comparison gives the same bytes.

    spread: as in `draw`. Raises ValueError for another ending than .png, .svg or .pdf, and
    CannotWrite (an OSError) with the reason.
    """
    ending = picture_format(path)
    with matplotlib.rc_context({"svg.hashsalt": "coalmine"}), warnings.catch_warnings():
        # A letter that the font lacks is drawn as a box; that is no reason to talk.
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        drawn = draw(comparison, spread)
    write_whole(path, [rendered(drawn, ending)])


def draw(comparison: Comparison, spread: Mapping[str, Spread]) -> Figure:
    """The picture, 1200 x 700 pixels at its own resolution for three to five policies.

    spread: from `sim.study.spread.spread_over_time`; a policy without one has an empty panel.
    Panels of a row: the share of requests that went to the new version over time (median and the
    middle 80 % of rollouts); the share of faulty changes that did no harm (no request failed, no record
    was lost) with its 95 % interval; and the failed requests of all that had some on a log axis,
    with median, p95 and mean of them all.
    """
    policies = list(comparison.tables)
    title = folded(finding(comparison), 92, 2)
    more = LINE * title.count("\n")
    row_height = min(TALLEST_ROW, max(ROW, (HIGH - HEAD - more - FOOT) / len(policies)))
    height = HEAD + more + FOOT + row_height * len(policies)
    figure = Figure(figsize=(WIDE, height), dpi=DPI, facecolor=PAPER)
    top, bottom = 1 - (HEAD + more) / height, FOOT / height
    grid = GridSpec(
        len(policies), 3, figure=figure, width_ratios=(5, 1.6, 6), wspace=0.1, hspace=0.14,
        left=0.15, right=0.985, top=top, bottom=bottom,
    )
    looks, harms = styles(comparison.scenario.policies), harm(comparison)
    scale, limits = panels.clock(spread), panels.limits(harms)
    for row, policy in enumerate(policies):
        left, middle, right = (figure.add_subplot(grid[row, column]) for column in range(3))
        panels.over_time(left, spread.get(policy), looks[policy], scale)
        panels.unharmed(middle, harms[policy].none, looks[policy])
        panels.distribution(right, harms[policy], looks[policy], limits)
        if row == 0:
            panels.headings(left, middle, right)
        if row < len(policies) - 1:
            for panel in (left, middle, right):
                panel.tick_params(labelbottom=False)
                panel.set_xlabel("")
        box = left.get_position()
        name = figure.text(
            EDGE, (box.y0 + box.y1) / 2, named(policy), color=looks[policy].colour,
            fontsize=10, fontweight="bold", va="center", parse_math=False,
        )
        fit(name, NAMES)
    lines = (
        (1 - 0.16 / height, title, 15, "bold", INK, "top"),
        (1 - (0.52 + more) / height, explained(comparison, spread), 10, "normal", INK, "top"),
        (0.13 / height, provenance(comparison), 9, "normal", FAINT, "bottom"),
    )
    for at, words, size, weight, colour, side in lines:
        line = figure.text(
            EDGE, at, words, fontsize=size, fontweight=weight, color=colour, va=side,
            parse_math=False,
        )
        fit(line, WIDE * (1 - 2 * EDGE))
    return figure


def fit(text: Text, inches: float) -> None:
    """Make a text smaller where it is wider than there is room: some letters are, W above all."""
    width = text.get_window_extent().width / DPI
    if width > inches:
        text.set_fontsize(float(text.get_fontsize()) * inches / width)


def folded(text: str, width: int, lines: int) -> str:
    """The text in at most so many lines of so many characters, cut with an ellipsis.

    >>> folded("blue_green_with_a_very_long_name", 13, 2).splitlines()
    ['blue_green_wi', 'th_a_very_lo…']
    """
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    parts = textwrap.wrap(plain, width, break_on_hyphens=False) or [""]
    if len(parts) > lines:
        parts = [*parts[: lines - 1], parts[lines - 1][: width - 1] + "…"]
    return "\n".join(parts)


def named(policy: str) -> str:
    """A policy's name in lines that fit beside its row, broken after an underscore if possible.

    >>> named("blue_green_with_a_long_name").splitlines()
    ['blue_green_', 'with_a_', 'long_name']
    """
    return folded(policy.replace("_", "_ "), 13, 3).replace("_ ", "_")


def explained(comparison: Comparison, spread: Mapping[str, Spread]) -> str:
    """What the rows show, and of how many runs."""
    faulty = max((len(table) for table in comparison.among("faulty").values()), default=0)
    followed = max((one.n for one in spread.values()), default=0)
    return folded(
        f"{faulty:,} faulty changes among {comparison.runs:,}, the same in every row. Left: median and middle 80 % of "
        f"{followed} rollouts. No harm: nothing failed or lost. Bars: 95 % intervals.",
        160, 2,
    )


def provenance(comparison: Comparison) -> str:
    """Where the numbers come from, enough to make them again."""
    cut = ", interrupted" if comparison.partial else ""
    return folded(
        f"coalmine {comparison.version} · scenario {folded(comparison.scenario.name, 60, 1)} "
        f"(sha256 {comparison.sha256[:12]}) · runs 0 to {max(0, comparison.runs - 1):,}{cut} "
        f"of seed {comparison.seed}",
        170, 1,
    )
