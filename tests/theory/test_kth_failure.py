"""The k-th failure: published values, a Markov chain of the count, and the scraped sum."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from sim.theory import kth_failure
from tests.theory.printed import printed

quick = settings(max_examples=60)
FAILING = 200 * 0.02                                # of all traffic, a second


@pytest.mark.parametrize(
    ("share", "failures", "safe_s"),
    [(0.01, 17.2, 430), (0.05, 46, 230), (0.25, 190, 190), (1, 730, 182.5)],
)
def test_the_table_of_the_tenth_failure(share, failures, safe_s):
    rate = share * FAILING
    assert kth_failure.failures_mean(10, rate, 60, 120) == pytest.approx(failures, rel=1e-12)
    assert kth_failure.delay_mean_s(10, rate) + 60 + 120 == pytest.approx(safe_s, rel=1e-12)


@pytest.mark.parametrize(
    ("share", "failures"), [(0.01, "10.2"), (0.05, "11.0"), (0.25, "14.6"), (1, "40")]
)
def test_scrapes_make_a_big_canary_pay(share, failures):
    assert kth_failure.scraped_failures(10, share * FAILING, 10) == printed(failures)


def test_the_tenth_failure_alarms_falsely_on_a_healthy_canary():
    assert kth_failure.alarm(10, 10 * 0.001, 1800) == printed(".985")


@quick
@given(st.integers(1, 30), st.floats(0.001, 5), st.floats(0, 600))
def test_the_delay_is_a_gamma(k, rate, bake):
    gamma = stats.gamma(k, scale=1 / rate)
    assert kth_failure.delay_mean_s(k, rate) == pytest.approx(gamma.mean())
    assert kth_failure.miss(k, rate, bake) == pytest.approx(gamma.sf(bake), rel=1e-9, abs=1e-300)
    seen = kth_failure.alarm(k, rate, bake)
    assert seen == pytest.approx(gamma.cdf(bake), rel=1e-9, abs=1e-300)


@quick
@given(
    st.integers(1, 20), st.floats(0.01, 3), st.floats(0, 60), st.floats(0, 60), st.floats(1, 300)
)
def test_failures_to_the_end_of_the_bake_are_the_integral(k, rate, latency, undo, bake):
    area, _ = integrate.quad(lambda t: stats.poisson.cdf(k - 1, rate * t), 0, bake, epsrel=1e-9)
    direct = rate * area + stats.poisson.sf(k - 1, rate * bake) * rate * (latency + undo)
    found = kth_failure.failures_mean(k, rate, latency, undo, bake)
    assert found == pytest.approx(direct, rel=1e-7)


def chain(k, step, scrapes):
    """P(alarm by scrape j) and failures so far, moving the whole law of the count each scrape."""
    most = k + int(step + 12 * math.sqrt(step)) + 60
    grow = stats.poisson.pmf(np.arange(most), step)
    law, by, failures = np.zeros(k), [0.0], 0.0
    law[0] = 1.0
    for _ in range(scrapes):
        failures += law.sum() * float(grow @ np.arange(most))
        law = np.convolve(law, grow)[:k]
        by.append(1 - law.sum())
    return by, failures


@pytest.mark.parametrize("k", [1, 2, 10])
@pytest.mark.parametrize("step", [0.003, 0.4, 3.0, 40.0])
@pytest.mark.parametrize("scrapes", [0, 1, 7, 60])
def test_scraped_counts_are_their_chain(k, step, scrapes):
    by, failures = chain(k, step, scrapes)
    rate = step / 10
    assert kth_failure.scraped_alarm_by(k, rate, 10, scrapes) == pytest.approx(by, abs=1e-12)
    found = kth_failure.scraped_failures(k, rate, 10, 60, 120, scrapes)
    assert found == pytest.approx(failures + by[-1] * rate * 180, rel=1e-10, abs=1e-12)
    exposed = kth_failure.scraped_exposure_s(k, rate, 10, scrapes)
    assert exposed * rate == pytest.approx(failures, rel=1e-10, abs=1e-12)


def test_the_latencies_cost_the_same_with_scrapes_or_without():
    both = kth_failure.scraped_failures(10, 0.4, 10, latency_s=60, undo_s=120)
    alone = kth_failure.scraped_failures(10, 0.4, 10)
    assert both - alone == pytest.approx(0.4 * 180, rel=1e-12)


@pytest.mark.parametrize("k", [1, 2, 3, 10])
@pytest.mark.parametrize("step", [0.05, 0.4, 3.0, 40.0])
def test_without_an_end_it_is_the_long_bake(k, step):
    long = kth_failure.scraped_failures(k, step / 10, 10, scrapes=int(60 * k / step) + 60)
    assert kth_failure.scraped_failures(k, step / 10, 10) == pytest.approx(long, rel=1e-11)


@pytest.mark.parametrize("k", [1, 2, 3, 10])
def test_the_series_for_small_scrapes_meets_the_sum(k):
    sides = [kth_failure.scraped_failures(k, step / 10, 10) for step in (0.000999999, 0.001000001)]
    assert sides[1] - sides[0] == pytest.approx(1e-9, rel=0.01), "slope 1/2, no jump"
    assert sides[0] == pytest.approx(k + 0.0005, abs=1e-6)


@quick
@given(st.integers(1, 60), st.floats(1e-4, 200))
def test_a_scrape_costs_at_most_its_own_failures(k, step):
    failures = kth_failure.scraped_failures(k, step, 1)
    assert max(k, step) * (1 - 1e-9) <= failures <= (k + step) * (1 + 1e-9)


@quick
@given(st.integers(1, 20), st.floats(0.001, 4), st.floats(0.001, 4), st.floats(1, 600))
def test_a_larger_canary_sees_no_less_and_a_stricter_judge_no_less(k, one, other, bake):
    low, high = sorted((one, other))
    assert kth_failure.alarm(k, low, bake) <= kth_failure.alarm(k, high, bake) + 1e-12
    assert kth_failure.miss(k, low, bake) <= kth_failure.miss(k + 1, low, bake) + 1e-12


def test_no_failures_no_alarm():
    assert kth_failure.delay_mean_s(3, 0) == math.inf
    assert (kth_failure.miss(3, 0, 600), kth_failure.alarm(3, 0, 600)) == (1.0, 0.0)
    assert kth_failure.failures_mean(3, 0, 60, 60) == 0.0
    assert kth_failure.scraped_failures(3, 0, 10, 60, 60) == 0.0
