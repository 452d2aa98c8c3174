"""The law of the catalogue: who catches which fault, as expected or with the reason why not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sim.catalogue import ARCHETYPES
from sim.measure import run_many
from sim.scenario import Watch
from sim.units import HOUR
from tests.laws.catalogue_matrix import (
    COLUMNS,
    DEVIATIONS,
    EXPECTED,
    PAGE,
    POLICIES,
    ROWS,
    base,
    carrying,
    cell,
    page,
    seen,
)

pytestmark = pytest.mark.slow


def test_every_harmful_archetype_has_its_expectations() -> None:
    harmful = {name for name, kind in ARCHETYPES.items() if not kind().harmless}
    assert set(EXPECTED) == harmful == set(ROWS)


def test_every_policy_of_the_matrix_is_compared() -> None:
    assert tuple(base().runnable()[0]) == POLICIES


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("name", ROWS)
def test_a_fault_is_caught_as_expected_or_it_is_explained(name: str, column: str) -> None:
    found, wanted = seen(name)[column], EXPECTED[name][column]
    explained, _ = DEVIATIONS.get((name, column), (wanted, ""))
    assert found == explained, f"{name}, {column}: expected {wanted}, explained {explained}"


def test_no_explanation_is_left_over() -> None:
    needless = [key for key, (found, _) in DEVIATIONS.items() if EXPECTED[key[0]][key[1]] == found]
    assert needless == []


@pytest.mark.parametrize("policy", POLICIES)
def test_every_rollout_that_was_caught_was_undone(policy: str) -> None:
    for name in ROWS:
        for ending in cell(name, policy).endings:
            tested = ending.by in ("test", "smoke")
            assert ending.undone or ending.by == "none" or tested, (name, ending)


def unwatched(name: str, policy: str) -> float:
    """Mean failed requests in six hours when nobody looks: no judge, no alert, no undo."""
    here = replace(carrying(name), watch=Watch(), horizon=6 * HOUR)
    quiet: Any = here.policies[policy]
    if hasattr(quiet, "judge"):
        quiet = replace(quiet, judge=None)
    plan = quiet.plan(here.fleet, here.change, here.service)
    return float(run_many(plan, here, 5, range(5))["failed_requests"].mean())


def test_slower_is_not_safer_where_versions_cannot_mix() -> None:
    """Harm only while both serve: the swap avoids it, and every slower way prolongs it."""
    failed = [unwatched("mixed_versions", p) for p in ("standby_swap", "direct", "canary", "waves")]
    assert failed[0] == 0
    assert failed == sorted(failed), "swap, direct, canary, waves"
    assert failed[3] > 10 * failed[1]


def test_the_page_shows_this_matrix() -> None:
    assert PAGE.read_text("utf-8") == page(), "renew it: python -m tests.laws.catalogue_matrix"
