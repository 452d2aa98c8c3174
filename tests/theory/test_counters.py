"""Counting judges: the published table, and the rules themselves run over every history."""

import functools
import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.theory import counters
from tests.theory.printed import printed

quick = settings(max_examples=60)
shares, needs = st.floats(0, 1), st.integers(1, 6)


@pytest.mark.parametrize(
    ("breach", "needed", "mean_row", "mean_all", "by_row", "by_all"),
    [
        (0.5, 3, "14", "6", ".507812", ".945312"),
        (0.2, 2, "30", "10", ".273337", ".624190"),
        (0.9, 5, "6.9351", "5.5556", ".885735", ".999853"),
        (0.05, 2, "420", "40", ".021380", ".086138"),
        (0.3, 3, "51.4815", "10", ".155116", ".617217"),
    ],
)
def test_the_table_of_fixed_thresholds(breach, needed, mean_row, mean_all, by_row, by_all):
    assert counters.consecutive_mean(breach, needed) == exact(mean_row)
    assert counters.cumulative_mean(breach, needed) == exact(mean_all)
    assert counters.consecutive_by(breach, needed, 10) == printed(by_row)
    assert counters.cumulative_by(breach, needed, 10) == printed(by_all)


def exact(text):
    return pytest.approx(float(text), rel=1e-9) if "." not in text else printed(text)


# The rules as written down, each asked after every check; alarm is the number of the check.
def in_a_row(history, needed):
    row = 0
    for check, bad in enumerate(history, 1):
        row = row + 1 if bad else 0
        if row >= needed:
            return check
    return None


def in_all(history, needed):
    seen = list(itertools.accumulate(history))
    return next((check for check, bad in enumerate(seen, 1) if bad >= needed), None)


def flagger(history, threshold):
    failed = 0
    for tick, bad in enumerate(history, 1):
        if failed >= threshold:
            return tick                             # rolls back before it runs this tick's checks
        failed += bad
    return None


def argo(history, limit):
    return in_all(history, limit + 1)


def law(rule, number, breach, checks):
    """P(alarm by check j) over all 2^checks histories."""
    by = [0.0] * (checks + 1)
    for history in itertools.product((0, 1), repeat=checks):
        weight = breach ** sum(history) * (1 - breach) ** (checks - sum(history))
        alarm = rule(history, number)
        for check in range(alarm or checks + 1, checks + 1):
            by[check] += weight
    return by


@pytest.mark.parametrize("breach", [0.0, 0.1, 0.5, 0.93, 1.0])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_every_history_of_nine_checks(breach, number):
    checks = 9
    by_row, by_all = law(in_a_row, number, breach, checks), law(in_all, number, breach, checks)
    assert counters.consecutive_cdf(breach, number, checks) == pytest.approx(by_row, abs=1e-14)
    assert counters.cumulative_cdf(breach, number, checks) == pytest.approx(by_all, abs=1e-14)
    for number_or_none in (number, 0):
        ticks = [counters.flagger_by(breach, number_or_none, t) for t in range(checks + 1)]
        runs = [counters.argo_by(breach, number_or_none, t) for t in range(checks + 1)]
        assert ticks == pytest.approx(law(flagger, number_or_none, breach, checks), abs=1e-14)
        assert runs == pytest.approx(law(argo, number_or_none, breach, checks), abs=1e-14)


@quick
@given(st.floats(0.02, 0.98), needs, st.integers(1, 200))
def test_in_a_row_is_the_power_of_its_chain(breach, needed, checks):
    chain = np.zeros((needed + 1, needed + 1))
    chain[needed, needed] = 1.0
    for row in range(needed):
        chain[row, 0], chain[row, row + 1] = 1 - breach, breach
    power = np.linalg.matrix_power(chain, checks)[0, needed]
    rest = np.linalg.solve(np.eye(needed) - chain[:needed, :needed], np.ones(needed))[0]
    assert counters.consecutive_by(breach, needed, checks) == pytest.approx(power, rel=1e-10)
    assert counters.consecutive_mean(breach, needed) == pytest.approx(rest, rel=1e-6)


@pytest.mark.parametrize("breach", [0.3, 0.8])
def test_the_means_are_those_of_the_laws(breach):
    row = counters.alarm_pmf(counters.consecutive_cdf(breach, 3, 4000))
    every = counters.alarm_pmf(counters.cumulative_cdf(breach, 3, 400))
    assert mean(row) == pytest.approx(counters.consecutive_mean(breach, 3), rel=1e-9)
    assert mean(every) == pytest.approx(counters.cumulative_mean(breach, 3), rel=1e-9)
    late = [counters.flagger_by(breach, 3, t) for t in range(400)]
    more = [counters.argo_by(breach, 3, t) for t in range(400)]
    assert mean(counters.alarm_pmf(late)) == pytest.approx(counters.flagger_mean(breach, 3))
    assert mean(counters.alarm_pmf(more)) == pytest.approx(counters.argo_mean(breach, 3))


def mean(pmf):
    return math.fsum(check * p for check, p in enumerate(pmf))


@quick
@given(shares, needs, st.integers(0, 60))
def test_a_law_is_a_law_and_a_row_is_never_sooner_than_a_count(breach, needed, checks):
    row = counters.consecutive_cdf(breach, needed, checks)
    every = counters.cumulative_cdf(breach, needed, checks)
    pmf = counters.alarm_pmf(row)
    assert min(pmf) >= 0.0
    assert math.fsum(pmf) == pytest.approx(row[-1], abs=1e-12)
    assert all(r <= e + 1e-12 for r, e in zip(row, every, strict=True))


@quick
@given(shares, shares, needs)
def test_more_breaches_alarm_sooner_and_a_stricter_judge_never_later(one, other, needed):
    low, high = sorted((one, other))
    assert counters.consecutive_mean(high, needed) <= counters.consecutive_mean(low, needed)
    by = counters.consecutive_by(low, needed, 30)
    assert by <= counters.consecutive_by(high, needed, 30) + 1e-12
    assert counters.consecutive_by(low, needed + 1, 30) <= by


def test_the_limits_of_the_chance():
    assert counters.consecutive_mean(0.0, 3) == math.inf
    assert counters.consecutive_mean(1.0, 3) == 3.0
    assert counters.consecutive_cdf(1.0, 3, 4) == (0.0, 0.0, 0.0, 1.0, 1.0)
    assert counters.consecutive_cdf(0.0, 3, 4) == (0.0,) * 5
    assert (counters.flagger_mean(0.5, 0), counters.flagger_by(0.5, 0, 0)) == (1.0, 0.0)
    assert counters.cumulative_mean(0.25, 1) == counters.argo_mean(0.25, 0) == 4.0


def test_a_threshold_of_argo_needs_one_failure_more_than_its_number():
    assert counters.argo_by(1.0, 3, 3) == 0.0
    assert counters.argo_by(1.0, 3, 4) == 1.0


def test_one_draw_gives_the_row_of_probes_with_its_chance():
    table = counters.consecutive_cdf(0.4, 2, 12)
    draws = (np.arange(100_000) + 0.5) / 100_000
    seen = np.searchsorted(table, draws, side="right")
    shares = np.bincount(seen, minlength=14) / len(draws)
    assert shares[:13] == pytest.approx(counters.alarm_pmf(table), abs=2e-5)
    assert [counters.alarm_check(table, u) for u in (draws[7], draws[-1])] == [seen[7], None]
    assert counters.alarm_check(table, 0.0) == 2


def test_a_bake_that_ends_caps_the_checks():
    table = counters.consecutive_cdf(0.4, 2, 6)
    alarmed = sum(check * p for check, p in enumerate(counters.alarm_pmf(table)))
    assert counters.stopped_mean(table) == pytest.approx(alarmed + 6 * (1 - table[-1]), rel=1e-12)


def test_an_empty_table_is_refused():
    draw = functools.partial(counters.alarm_check, draw=0.5)
    for ask in (counters.alarm_pmf, counters.stopped_mean, draw):
        with pytest.raises(ValueError, match=r"cdf\(=\(\)\) must hold"):
            ask(())
