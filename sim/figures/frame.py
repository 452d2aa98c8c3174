"""What pictures of one panel share: bytes that are the same each time, and quiet spines."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from sim.figures.comparison import picture_format
from sim.figures.palette import INK, RULE
from sim.study.files import write_whole


def save(path: str | Path, draw: Callable[[], Figure], dpi: int = 110) -> None:
    """Draw and write to a .png, .svg or .pdf, whole or not at all. Raises ValueError or CannotWrite."""
    ending = picture_format(path)
    undated: dict[str, Any] = {"png": {}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}
    content = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "coalmine"}), warnings.catch_warnings():
        # A letter that the font lacks is drawn as a box; that is no reason to talk.
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        draw().savefig(content, format=ending, metadata=undated[ending], dpi=dpi, bbox_inches="tight")
    write_whole(path, [content.getvalue()])


def quiet(axes: Any) -> None:
    """Thin spines left and below only."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(RULE)
    axes.tick_params(colors=INK, length=3, labelsize=9)
