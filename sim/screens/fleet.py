"""The moving picture as a Streamlit component: registered once, for all policies together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

HERE = Path(__file__).parent


def _text(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


# Once, at module level: a component that is registered again in every run is mounted anew every time.
_MOUNT = st.components.v2.component(
    "coalmine_fleets", html=_text("fleet.html"), css=_text("fleet.css"), js=_text("fleet.js")
)


def show(film: dict[str, Any], key: str = "fleets") -> None:
    """Draw a film (`film.film`). The key is stable, so that new data reach the picture that is there.

    key: another one for each picture of a page that has several.
    """
    _MOUNT(key=key, data=film)
