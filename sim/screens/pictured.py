"""One run under some policies as Watch shows it: made in a worker, so that nobody's fleet holds up the server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sim.scenario import Scenario
from sim.screens import casting, film, sentences


def pictured(
    scenario: Scenario, seed: int, run: int, policies: Sequence[str], dark: bool
) -> tuple[str, dict[str, Any]]:
    """The headline and the film of one run under some policies."""
    made = film.takes(scenario, seed, run, policies)
    headline = sentences.headline(
        scenario, {take.policy: take.outcome for take in made}, casting.carried(scenario, seed, run)
    )
    return headline, film.film(scenario, seed, run, made, dark=dark)
