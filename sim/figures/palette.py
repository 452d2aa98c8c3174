"""The colours of all doors, chosen for colour-blind readers; never is colour the only sign.

Smallest distance (CIE76) between two colours for normal, deutan, protan and tritan sight (Machado's
matrices, full strength): states 26 25 25 18, policies 37 33 31 31, policies on a dark ground at least
38; a test keeps them.
Source of the idea: Okabe and Ito, Color Universal Design, 2008; these policies' colours were
searched for, because its own six come as near as 16, and yellow and sky blue pale on white.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

INK = "#222222"
FAINT = "#6B6B6B"
"""Text of less weight; 5.3 : 1 on white."""
RULE = "#D0D0D0"
PAPER = "#FFFFFF"
ACCENT = "#1F5FA8"
"""Buttons and links."""

STATES: dict[str, str] = {
    "old": "#DDDDDD",
    "upgrading": "#56B4E9",
    "new": "#0072B2",
    "failed": "#D55E00",
    "rolled_back": "#F0E442",
}
"""The five states of a server in animations. Two are pale: outline every cell."""
GLYPHS: dict[str, str] = {"old": "", "upgrading": "", "new": "", "failed": "×", "rolled_back": "•"}
"""Drawn in the cell as well, so that failed and rolled back are told without colour."""

POLICIES: tuple[str, ...] = ("#882255", "#1A8AC6", "#332288", "#B8860B", "#EE6677", "#000000")
POLICIES_AT_NIGHT: tuple[str, ...] = ("#D400FF", "#4693B9", "#FFD400", "#33FF99", "#DF4020", "#D2F2F9")
"""The same on a dark ground, where half of the others would vanish."""
MARKERS: tuple[str, ...] = ("o", "s", "^", "D", "v", "P")
DASHES: tuple[str, ...] = ("-", "--", "-.", ":")


THEMES: dict[str, dict[str, str]] = {
    "light": {
        "primaryColor": ACCENT, "backgroundColor": PAPER, "secondaryBackgroundColor": "#F2F4F7", "textColor": INK,
        "borderColor": "#8A8F98", "linkColor": ACCENT,
    },
    "dark": {
        "primaryColor": "#7FB8F0", "backgroundColor": "#12161C", "secondaryBackgroundColor": "#222932",
        "textColor": "#ECEFF3", "borderColor": "#7B8490", "linkColor": "#8EC5FA",
    },
}
"""The app's two themes, under the names that Streamlit gives their parts."""


class Style(NamedTuple):
    """How a policy looks in every picture."""

    colour: str
    marker: str
    dash: str


def styles(policies: Iterable[str], *, dark: bool = False) -> dict[str, Style]:
    """One style per policy, by its place in the scenario's list, so that a subset keeps them.

    dark: for a dark ground.

    Past the sixth the colours come again, with other markers and dashes: 24 differ.

    >>> styles(["direct", "canary"])["canary"]
    Style(colour='#1A8AC6', marker='s', dash='-')
    """
    colours = POLICIES_AT_NIGHT if dark else POLICIES
    many = len(colours)
    return {
        policy: Style(
            colours[place % many],
            MARKERS[(place + place // many) % many],
            DASHES[place // many % len(DASHES)],
        )
        for place, policy in enumerate(policies)
    }
