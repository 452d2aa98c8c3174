"""Counters of breaches whose chances differ: against the constant ones, and against every course there is."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from sim.theory import counters, varying

UNEQUAL = (0.1, 0.9, 0.4, 0.0, 1.0, 0.7, 0.3)


def by_hand(chances: tuple[float, ...], needed: int, in_a_row: bool) -> list[float]:
    """P(alarm by each check), by going through all courses of breaches."""
    by = [0.0] * (len(chances) + 1)
    for course in product((False, True), repeat=len(chances)):
        weight = np.prod([p if breach else 1 - p for p, breach in zip(chances, course, strict=True)])
        count = 0
        for check, breach in enumerate(course, 1):
            count = count + 1 if breach else 0 if in_a_row else count
            if count == needed:
                for later in range(check, len(by)):
                    by[later] += float(weight)
                break
    return by


@pytest.mark.parametrize("needed", [1, 2, 3])
def test_unequal_chances_give_what_all_courses_add_up_to(needed: int) -> None:
    assert varying.consecutive_cdf(UNEQUAL, needed) == pytest.approx(by_hand(UNEQUAL, needed, True), abs=1e-12)
    assert varying.cumulative_cdf(UNEQUAL, needed) == pytest.approx(by_hand(UNEQUAL, needed, False), abs=1e-12)


@pytest.mark.parametrize("needed", [1, 2, 5])
@pytest.mark.parametrize("breach", [0.0, 0.2, 0.95, 1.0])
def test_equal_chances_give_the_constant_forms(breach: float, needed: int) -> None:
    same = np.full((3, 30), breach)
    for row in varying.consecutive_cdf(same, needed):
        assert row == pytest.approx(counters.consecutive_cdf(breach, needed, 30), abs=1e-12)
    for row in varying.cumulative_cdf(same, needed):
        assert row == pytest.approx(counters.cumulative_cdf(breach, needed, 30), abs=1e-12)


def test_what_is_no_chance_is_refused() -> None:
    with pytest.raises(ValueError, match="each from 0 to 1"):
        varying.consecutive_cdf([0.5, 1.5], 2)
    with pytest.raises(ValueError, match="needed"):
        varying.cumulative_cdf([0.5], 0)
