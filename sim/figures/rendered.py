"""A drawn figure as the bytes of a file, the same bytes for the same figure, with its source written inside."""

from __future__ import annotations

import io
import warnings
from typing import Any

import matplotlib
from matplotlib.figure import Figure as Figure

FORMATS: tuple[str, ...] = ("png", "svg", "pdf")
WHERE_THE_SOURCE_STANDS = {"png": "Description", "svg": "Description", "pdf": "Subject"}


def rendered(figure: Figure, ending: str, source: str = "", **options: Any) -> bytes:
    """PNG, SVG or PDF. source: where the numbers come from, kept in the file's own metadata; options: as `savefig` has.

    Raises ValueError for another ending.
    """
    if ending not in FORMATS:
        raise ValueError(f"ending(={ending!r}) must be one of {', '.join(FORMATS)}")
    undated: dict[str, dict[str, Any]] = {"png": {}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}
    told = {WHERE_THE_SOURCE_STANDS[ending]: source} if source else {}
    content = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "coalmine"}), warnings.catch_warnings():
        # A letter that the font lacks is drawn as a box; that is no reason to talk.
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        figure.savefig(content, format=ending, metadata=undated[ending] | told, **options)
    return content.getvalue()
