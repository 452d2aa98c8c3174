"""Retries: published values, the sum written out, and a search for the saturated load."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.theory import retries
from tests.theory.printed import printed

quick = settings(max_examples=60)


@pytest.mark.parametrize(
    ("chance", "again", "mean"), [(0.1, 2, 1.11), (0.5, 3, 1.875), (0.9, 3, 3.439), (1, 3, 4)]
)
def test_the_table_of_attempts(chance, again, mean):
    assert retries.attempts(chance, again) == pytest.approx(mean, rel=1e-12)


@pytest.mark.parametrize(("again", "layers", "worst"), [(3, 3, 64), (2, 5, 243), (0, 9, 1), (5, 0, 1)])
def test_layers_multiply(again, layers, worst):
    assert retries.worst_amplification(again, layers) == worst


@quick
@given(st.floats(0, 1), st.integers(0, 8))
def test_attempts_are_the_sum_of_the_chances_of_each(chance, again):
    direct = 1 + sum(chance**n for n in range(1, again + 1))
    assert retries.attempts(chance, again) == pytest.approx(direct, rel=1e-12)


@pytest.mark.parametrize(
    ("rate", "again", "down"),
    [
        (80, 0, False), (40, 1, False), (60, 1, True), (80, 1, True), (30, 2, False), (45, 2, True),
        (24, 3, False), (60, 3, True), (100, 3, False),
    ],
)
def test_what_a_pulse_left_behind_in_simulation(rate, again, down):
    assert retries.stays_down(rate, 100, again) is down


@quick
@given(st.floats(0.01, 0.999), st.integers(1, 6))
def test_with_load_shedding_no_saturated_load_holds_itself_up(busy, again):
    # Offered x = busy * attempts(refused share 1 - 1/x), in units of the capacity: no root x > 1.
    for step in range(1, 200):
        offered = 1 + step / 20
        assert busy * retries.attempts(1 - 1 / offered, again) < offered


def test_a_client_throttles_itself_only_when_fewer_than_half_are_accepted():
    assert retries.throttled_share(1000, 500) == 0.0
    assert retries.throttled_share(1000, 499) == pytest.approx(2 / 1001)
    assert retries.throttled_share(1000, 0) == printed(".999")
