"""Burn-rate alerts: the published table, and the alert itself run second by second."""

import math
from collections import deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.theory import burn_rate
from tests.theory.printed import printed

HOUR = 3600.0
quick = settings(max_examples=60)


@pytest.mark.parametrize(
    ("objective", "factor", "hours", "error", "before", "delay"),
    [
        (0.995, 14.4, 1, 1.0, 0, "259.2"),
        (0.995, 14.4, 1, 0.2, 0.001, "1284.4"),
        (0.995, 6, 6, 0.08, 0.001, "7929.1"),
        (0.995, 3, 24, 0.5, 0, "2592"),
        (0.99, 1, 72, 0.2, 0.001, "11722.6"),
        (0.999, 14.4, 1, 0.02, 0.001, "2539"),  # a canary's own errors: later than a bake of half an hour
    ],
)
def test_the_table_of_burn_rates(objective, factor, hours, error, before, delay):
    seconds = burn_rate.burn_delay_s(hours * HOUR, factor, objective, error, before)
    assert seconds == printed(delay)
    long, short = hours * HOUR, hours * HOUR / 12
    both = burn_rate.multiwindow_delay_s(long, short, factor, objective, error, before)
    assert both == seconds, "the long window binds"


def test_a_fault_within_the_limit_is_never_seen():
    assert burn_rate.burn_delay_s(HOUR, 14.4, 0.99, 0.08, 0.001) == math.inf
    assert burn_rate.scraped_delay_s(math.inf, 10) == math.inf


def test_a_fleet_wide_alert_does_not_see_a_canary():
    fleet = (0.96 * 0.0005 + 0.04 * 0.3) / (1 - 0.995)
    assert fleet == pytest.approx(2.5, abs=0.05)
    assert burn_rate.burn_delay_s(HOUR, 14.4, 0.995, 0.04 * 0.3) == math.inf
    assert burn_rate.burn_delay_s(HOUR, 14.4, 0.995, 0.3) < HOUR / 4


def alarm_second(window, above, error, before, history):
    """The alert over whole seconds, each a scrape: the first with the window's share above."""
    seen = deque([before] * min(history, window), maxlen=window)
    for second in range(1, 20 * window):
        seen.append(error)
        if sum(seen) / len(seen) > above + 1e-12:
            return second
    return math.inf


@quick
@given(
    st.integers(5, 300), st.floats(0.01, 0.5), st.floats(0, 1), st.floats(0, 0.009),
    st.integers(0, 400),
)
def test_second_by_second_it_fires_at_the_first_scrape_after_the_crossing(
    window, above, error, before, history
):
    crossing = burn_rate.delay_s(window, above, error, before, history)
    fires = alarm_second(window, above, error, before, history)
    assert crossing <= fires <= crossing + 1 + 1e-6
    if abs(crossing - round(crossing, 0)) > 1e-6:
        assert burn_rate.scraped_delay_s(crossing, 1.0) == fires


@pytest.mark.parametrize("offset", [0.0, 2.5, 10.0])
def test_a_scrape_strictly_after_the_crossing_fires(offset):
    for delay in (0.0, 0.1, 7.4, 7.5, 10.0, 259.2):
        first = next(t for t in (j * 10.0 - offset for j in range(40)) if t > delay)
        assert burn_rate.scraped_delay_s(delay, 10.0, offset) == pytest.approx(first)


def test_a_crossing_at_a_scrape_waits_for_the_next_one_however_it_is_rounded():
    found = [burn_rate.scraped_delay_s(n * 0.1, 0.1) for n in range(200)]
    assert found == pytest.approx([(n + 1) * 0.1 for n in range(200)])


def test_a_prometheus_rule_with_for():
    assert burn_rate.held_delay_s(300, 0.01, 0.1, 0.001, 30, 120) == printed("162.27")


def test_the_budget_gone_at_each_alarm():
    period = 30 * 24 * HOUR
    rows = [(14.4, 1), (6, 6), (3, 24), (1, 72)]
    spent = [burn_rate.budget_at_alarm(factor, hours * HOUR, period) for factor, hours in rows]
    assert spent == pytest.approx([0.02, 0.05, 0.1, 0.1])


def test_the_price_is_what_the_fault_burns_until_its_alarm():
    delay = burn_rate.burn_delay_s(HOUR, 14.4, 0.995, 0.7)
    burnt = 0.7 * delay / ((1 - 0.995) * 30 * 24 * HOUR)
    assert burn_rate.budget_at_alarm(14.4, HOUR, 30 * 24 * HOUR) == pytest.approx(burnt)


def test_low_traffic_fires_falsely():
    assert burn_rate.false_fire(100, 0.002, 6, 0.995) == printed("5.684e-5")
    assert burn_rate.false_fire(10_000, 0.002, 6, 0.995) < 1e-50
    for factor, objective in ((300, 0.995), (1.02, 0.0), (1.0, 0.0)):
        assert burn_rate.false_fire(2, 0.9, factor, objective) == 0.0, "no share passes 1"


@quick
@given(st.floats(0.01, 1), st.floats(0.01, 1), st.floats(0, 0.005))
def test_a_bigger_fault_is_never_seen_later(one, other, before):
    low, high = sorted((one, other))
    slow = burn_rate.burn_delay_s(HOUR, 6, 0.999, low, before)
    assert burn_rate.burn_delay_s(HOUR, 6, 0.999, high, before) <= slow + 1e-9


def test_a_rule_above_before_the_fault_already_fires():
    assert burn_rate.delay_s(60, 0.01, 0.5, before=0.02) == 0.0
    assert burn_rate.delay_s(60, 0.01, 0.5, before=0.02, history_s=0) == 0.0


def test_a_share_equal_to_the_limit_is_not_above():
    assert burn_rate.delay_s(60, 0.01, 0.005, before=0.01) == math.inf
    assert burn_rate.delay_s(60, 0.01, 0.5, before=0.01) == 0.0


def test_the_short_window_is_the_short_one():
    assert burn_rate.multiwindow_delay_s(60, 60, 6, 0.99, 0.5) == pytest.approx(7.2)
    with pytest.raises(ValueError, match=r"short_s\(=3600.0\) must be at most long_s"):
        burn_rate.multiwindow_delay_s(300, 3600, 6, 0.99, 0.5)
