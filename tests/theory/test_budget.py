"""The error budget: published values, and the definition counted in requests."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.theory import budget
from tests.theory.printed import printed

MONTH = 30 * 86400.0
quick = settings(max_examples=60)


@pytest.mark.parametrize(
    ("share", "excess", "seconds", "objective", "gone"),
    [
        (0.02, 0.3, 1200, 0.999, ".002778"), (0.1, 0.08, 600, 0.995, ".000370"),
        (1, 0.3, 1200, 0.999, ".138889"),
    ],
)
def test_the_table_of_budgets(share, excess, seconds, objective, gone):
    assert budget.spent(share, excess, seconds, objective, MONTH) == printed(gone)


@quick
@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, MONTH), st.floats(0, 0.9999))
def test_it_is_failed_over_allowed_requests(share, excess, seconds, objective):
    failed = 5000 * share * excess * seconds
    allowed = 5000 * MONTH * (1 - objective)
    found = budget.spent(share, excess, seconds, objective, MONTH)
    assert found == pytest.approx(failed / allowed, rel=1e-12)


def test_it_is_all_spent_when_it_says_so():
    seconds = budget.seconds_to_spend(0.05, 0.2, 0.999, MONTH)
    assert budget.spent(0.05, 0.2, seconds, 0.999, MONTH) == pytest.approx(1.0)
    assert budget.seconds_to_spend(0, 0.2, 0.999, MONTH) == math.inf


def test_a_canary_that_always_fails_may_have_what_is_left_of_the_objective():
    share = budget.largest_canary(0.9995, 0.999)
    assert share == pytest.approx(0.0005)
    assert budget.spent(share, 1.0, MONTH, 0.999, MONTH) == pytest.approx(0.5), "half was gone"
    assert budget.largest_canary(0.99, 0.999) == 0.0


def test_an_objective_of_everything_has_no_budget():
    with pytest.raises(ValueError, match=r"objective\(=1.0\) must be at least 0 and below 1"):
        budget.spent(0.1, 0.1, 60, 1.0, MONTH)
