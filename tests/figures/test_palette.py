"""Colours stay apart for colour-blind eyes; the matrices are Machado, Oliveira, Fernandes 2009."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from sim.figures.palette import FAINT, GLYPHS, INK, PAPER, POLICIES, POLICIES_AT_NIGHT, STATES, THEMES, styles

SIGHT = {
    "normal": np.eye(3),
    "protan": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                        [-0.003882, -0.048116, 1.051998]]),
    "deutan": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                        [-0.011820, 0.042940, 0.968881]]),
    "tritan": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                        [0.004733, 0.691367, 0.303900]]),
}
XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
                [0.0193339, 0.1191920, 0.9503041]])


def linear(colour: str) -> np.ndarray:
    """#RRGGBB as linear light, 0 to 1."""
    channels = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(light: np.ndarray) -> np.ndarray:
    """CIE L*a*b* under D65."""
    x = XYZ @ np.clip(light, 0, 1) / np.array([0.95047, 1.0, 1.08883])
    f = np.where(x > 216 / 24389, np.cbrt(x), (24389 / 27 * x + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def nearest(colours: list[str], sight: str) -> float:
    """CIE76 distance of the two colours that look most alike."""
    seen = [lab(SIGHT[sight] @ linear(colour)) for colour in colours]
    return min(float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2))


def contrast(a: str, b: str) -> float:
    """WCAG contrast ratio."""
    light = sorted(float(XYZ[1] @ linear(colour)) for colour in (a, b))
    return (light[1] + 0.05) / (light[0] + 0.05)


@pytest.mark.parametrize(
    ("sight", "least"), [("normal", 26), ("deutan", 24.5), ("protan", 24.5), ("tritan", 18)]
)
def test_server_states_are_told_apart(sight: str, least: float) -> None:
    """The numbers of ecosystem.md 2.3."""
    assert nearest(list(STATES.values()), sight) >= least


@pytest.mark.parametrize("sight", SIGHT)
def test_policies_are_told_apart(sight: str) -> None:
    assert nearest(list(POLICIES), sight) >= 30


def test_policies_and_text_can_be_seen_on_paper() -> None:
    assert min(contrast(colour, PAPER) for colour in POLICIES) >= 2.9
    assert min(contrast(colour, PAPER) for colour in (INK, FAINT)) >= 4.5


@pytest.mark.parametrize("sight", SIGHT)
def test_policies_are_told_apart_on_a_dark_ground(sight: str) -> None:
    assert nearest(list(POLICIES_AT_NIGHT), sight) >= 36


@pytest.mark.parametrize(("theme", "policies"), [("light", POLICIES), ("dark", POLICIES_AT_NIGHT)])
def test_both_themes_of_the_app_can_be_read(theme: str, policies: tuple[str, ...]) -> None:
    parts = THEMES[theme]
    ground = parts["backgroundColor"]
    assert min(contrast(colour, ground) for colour in policies) >= 2.9
    for paper in (ground, parts["secondaryBackgroundColor"]):
        assert contrast(parts["textColor"], paper) >= 7
        assert contrast(parts["linkColor"], paper) >= 4.5
    assert contrast(parts["borderColor"], ground) >= 3


def test_pale_states_carry_a_glyph_where_they_mean_trouble() -> None:
    assert set(GLYPHS) == set(STATES)
    assert GLYPHS["failed"] != GLYPHS["rolled_back"] != ""


def test_two_dozen_policies_all_look_different() -> None:
    names = [f"policy {number}" for number in range(24)]
    assert len(set(styles(names).values())) == 24
