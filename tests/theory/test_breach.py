"""q per look: the published values of a 1 % threshold, and a scrape's own q by a double sum."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.theory import breach, counters
from tests.theory.printed import printed

quick = settings(max_examples=40)
LOOKS = (breach.breach_binomial, breach.breach_poisson, breach.breach_thinned)


@pytest.mark.parametrize(
    ("requests", "healthy", "faulty", "delay"),
    [
        (100, ".01739", ".59673", "9.19"),
        (500, "5.8e-4", ".93481", "3.44"),
        (2000, "1.8e-9", ".99967", "3.002"),
    ],
)
def test_a_one_percent_threshold_with_three_in_a_row(requests, healthy, faulty, delay):
    seen = breach.breach_binomial(requests, 0.02, 0.01)
    assert breach.breach_binomial(requests, 0.002, 0.01) == printed(healthy)
    assert seen == printed(faulty)
    assert counters.consecutive_mean(seen, 3) == printed(delay)


def test_a_healthy_canary_of_a_hundred_requests_waits_190_000_checks_for_a_false_alarm():
    q = breach.breach_binomial(100, 0.002, 0.01)
    assert counters.consecutive_mean(q, 3) == pytest.approx(1.9e5, rel=0.03)


@pytest.mark.parametrize("requests", [0.5, 30.0, 100.0])
@pytest.mark.parametrize(
    ("chance", "above"),
    [(0.02, 0.0), (0.02, 0.01), (0.05, 0.05), (0.3, 0.25), (0.57, 0.57), (1.0, 0.5)],
)
def test_a_scrape_is_the_double_sum_over_failed_and_served(requests, chance, above):
    failing, served = requests * chance, requests * (1 - chance)
    most = int(requests + 12 * math.sqrt(requests) + 40)
    by_failed, by_served = poisson(failing, most), poisson(served, most)
    direct = math.fsum(
        by_failed[f] * by_served[g]
        for f in range(1, most)
        for g in range(most)
        if f / (f + g) > above
    )
    assert breach.breach_thinned(requests, chance, above) == pytest.approx(direct, abs=1e-11)


@pytest.mark.parametrize(("requests", "chance", "above"), [(100, 0.002, 0.03), (50, 0.1, 0.1)])
def test_poisson_failures_against_a_fixed_number_are_a_plain_sum(requests, chance, above):
    law = poisson(requests * chance, 80)
    direct = math.fsum(p for failed, p in enumerate(law) if failed / requests > above)
    assert breach.breach_poisson(requests, chance, above) == pytest.approx(direct, rel=1e-9)


def poisson(mean, most):
    law = [math.exp(-mean)]
    for n in range(1, most):
        law.append(law[-1] * mean / n)
    return law


@pytest.mark.parametrize("look", LOOKS)
def test_no_fault_is_never_seen_and_no_limit_below_all_is_always_passed(look):
    assert look(100, 0.0, 0.0) == look(100, 0.0, 0.1) == look(0, 0.5, 0.1) == 0.0
    assert look(100, 1.0, 1.0) == pytest.approx(0.0, abs=0.6)      # Poisson may pass its own mean
    assert look(100, 1.0, 0.5) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("look", LOOKS)
@quick
@given(st.integers(0, 300), st.floats(0, 0.5), st.floats(0, 0.5), st.floats(0, 0.9))
def test_more_fault_is_seen_more_and_a_higher_limit_less(look, requests, chance, more, above):
    low = look(requests, chance, above)
    assert 0.0 <= low <= look(requests, chance + more, above) + 1e-9
    assert look(requests, chance, min(1.0, above + more)) <= low + 1e-9


def test_many_requests_make_the_three_agree():
    values = [look(200_000, 0.0105, 0.01) for look in LOOKS]
    assert max(values) - min(values) < 0.004
