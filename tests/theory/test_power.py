"""Power: the published values, laws summed out, and rules checked one step either way."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.theory import power
from tests.theory.printed import printed

quick = settings(max_examples=60)


@pytest.mark.parametrize(
    ("canaries", "rate", "bake", "chance", "k", "missed"),
    [
        (1, 10, 600, 5e-4, 1, ".049787"), (2, 5, 900, 1e-3, 3, ".006232"),
        (5, 2, 1800, 2e-4, 5, ".706438"), (1, 1, 3600, 1e-3, 3, ".302747"),
    ],
)
def test_the_table_of_misses(canaries, rate, bake, chance, k, missed):
    found = power.canary_miss(canaries, rate, bake, chance, k)
    assert found == printed(missed)
    assert power.bake_needed_s(canaries, rate, chance, found, k) == pytest.approx(bake, rel=1e-9)


@pytest.mark.parametrize(
    ("chance", "at_95", "at_99"),
    [(0.1, 29, 44), (0.01, 299, 459), (0.001, 2995, 4603), (1e-4, 29956, 46050)],
)
def test_the_table_of_requests(chance, at_95, at_99):
    assert power.requests_needed(chance, 0.95) == at_95
    assert power.requests_needed(chance, 0.99) == at_99


@quick
@given(st.floats(1e-4, 0.999), st.floats(0.01, 0.999))
def test_the_requests_needed_are_the_fewest(chance, confidence):
    n = power.requests_needed(chance, confidence)
    assert 1 - (1 - chance) ** n >= confidence - 1e-9
    assert 1 - (1 - chance) ** (n - 1) < confidence + 1e-9


def test_requests_at_the_ends():
    assert power.requests_needed(0.0, 0.95) == math.inf
    assert power.requests_needed(1.0, 0.95) == 1.0
    assert power.requests_needed(0.5, 0.0) == 0.0
    exactly = [power.requests_needed(0.1, 1 - 0.9**n) for n in range(1, 60)]
    assert exactly == list(range(1, 60)), "exactly enough is enough"


@pytest.mark.parametrize(
    ("requests", "healthy", "faulty", "limit", "alarm_at", "size", "missed"),
    [
        (1000, 0.001, 0.01, 0.01, 5, ".003637", ".028686"),
        (5000, 0.001, 0.003, 0.01, 12, ".005428", ".184354"),
        (20000, 0.001, 0.002, 0.001, 36, ".000799", ".242171"),
    ],
)
def test_the_table_of_binomial_rules(requests, healthy, faulty, limit, alarm_at, size, missed):
    rule = power.binomial_rule(requests, healthy, faulty, limit)
    assert rule.alarm_at == alarm_at
    assert (rule.false_alarm, rule.missed) == (printed(size), printed(missed))


@quick
@given(st.integers(0, 400), st.floats(0, 1), st.floats(0, 1), st.floats(1e-4, 1))
def test_a_rule_keeps_its_limit_and_the_next_one_does_not(requests, healthy, faulty, limit):
    rule = power.binomial_rule(requests, healthy, faulty, limit)
    assert rule.false_alarm <= limit
    missed = stats.binom.cdf(rule.alarm_at - 1, requests, faulty)
    assert rule.missed == pytest.approx(missed, abs=1e-9)
    if rule.alarm_at:
        assert stats.binom.sf(rule.alarm_at - 2, requests, healthy) > limit * (1 - 1e-9)


def test_a_rule_that_may_always_err_always_alarms():
    rule = power.binomial_rule(20, 0.1, 0.2, 1.0)
    assert (rule.alarm_at, rule.false_alarm, rule.missed) == (0, 1.0, 0.0)


@pytest.mark.parametrize(
    ("servers", "affected", "canaries", "none"),
    [(100, 10, 5, ".583752"), (100, 2, 5, ".902020"), (200, 20, 10, ".339774")],
)
def test_the_table_of_partial_faults(servers, affected, canaries, none):
    assert power.no_affected_canary(servers, affected, canaries) == printed(none)


@quick
@given(st.integers(1, 60), st.data(), st.integers(1, 4))
def test_partial_faults_are_summed_over_who_is_ill(servers, data, k):
    affected = data.draw(st.integers(0, servers))
    canaries = data.draw(st.integers(0, servers))
    ways = math.comb(servers, canaries)
    none = math.comb(servers - affected, canaries) / ways
    assert power.no_affected_canary(servers, affected, canaries) == pytest.approx(none, rel=1e-12)
    missed = 0.0
    for ill in range(min(affected, canaries) + 1):
        chosen = math.comb(affected, ill) * math.comb(servers - affected, canaries - ill) / ways
        missed += chosen * stats.poisson.cdf(k - 1, ill * 2 * 30 * 0.05)
    found = power.partial_miss(servers, affected, canaries, 2, 30, 0.05, k)
    assert found == pytest.approx(missed, rel=1e-9)


def test_a_large_partial_fault_is_quick_and_all_affected_is_no_partial_fault():
    none = power.no_affected_canary(1_000_000, 300_000, 20)
    assert none == pytest.approx(0.7**20, rel=1e-3)
    big = power.partial_miss(100_000, 30_000, 5_000, 1, 1, 1e-3)
    assert 0.2 < big < 0.25, "about exp(-1.5)"
    whole = power.partial_miss(50, 50, 5, 2, 30, 0.01, 2)
    assert whole == pytest.approx(power.canary_miss(5, 2, 30, 0.01, 2), rel=1e-12)


def test_servers_that_differ_are_worth_fewer_requests():
    assert power.effective_requests(5, 2000, 0.002) == printed("2000.8")
    assert power.effective_requests(5, 2000, 0.0) == 10_000
    assert power.effective_requests(0, 2000, 0.1) == 0.0
    assert power.effective_requests(5, 2000, 1.0) == pytest.approx(5), "a server is one coin"


@quick
@given(st.integers(1, 50), st.floats(0, 1))
def test_the_inflation_is_the_variance_of_correlated_requests(requests, correlation):
    # m requests at one server: m variances and m (m - 1) covariances of rho, over m variances.
    direct = (requests + requests * (requests - 1) * correlation) / requests
    assert power.variance_inflation(requests, correlation) == pytest.approx(direct, rel=1e-12)


def test_a_canary_that_cannot_fail_needs_for_ever():
    assert power.bake_needed_s(0, 10, 0.1, 0.05) == math.inf
    with pytest.raises(ValueError, match=r"missed\(=0\) must be above 0"):
        power.bake_needed_s(1, 10, 0.1, 0)
    with pytest.raises(ValueError, match=r"affected\(=11\) must be at most servers\(=10\)"):
        power.no_affected_canary(10, 11, 1)
