"""What pictures of one panel share: bytes that are the same each time, and quiet spines."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from sim.figures.comparison import picture_format
from sim.figures.palette import INK, RULE
from sim.figures.rendered import rendered
from sim.study.files import write_whole

DPI_CROPPED = 110


def save(path: str | Path, draw: Callable[[], Figure], *, crop: bool = True) -> None:
    """Draw and write to a .png, .svg or .pdf, whole or not at all; `crop`: without the paper around it.

    Raises ValueError or CannotWrite.
    """
    ending = picture_format(path)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        figure = draw()
    cropped: dict[str, Any] = {"dpi": DPI_CROPPED, "bbox_inches": "tight"} if crop else {}
    write_whole(path, [rendered(figure, ending, **cropped)])


def quiet(axes: Any) -> None:
    """Thin spines left and below only."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(RULE)
    axes.tick_params(colors=INK, length=3, labelsize=9)
