"""Test escape: the published values, and the onset integrated out another way."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from sim.theory import escape
from tests.theory.printed import printed

quick = settings(max_examples=60)
shares = st.floats(0, 1)


@pytest.mark.parametrize(
    ("visible", "covered", "tests", "missed"),
    [(0.8, 0.7, 1, 0.44), (0.8, 0.7, 3, 0.2216), (0.6, 0.9, 2, 0.406), (1, 0.5, 4, 0.0625)],
)
def test_the_table_of_escapes(visible, covered, tests, missed):
    assert escape.escape(visible, covered, tests) == pytest.approx(missed, rel=1e-12)


def test_independent_tests_would_be_a_comforting_error():
    naive = (1 - 0.8 * 0.7) ** 3
    assert naive == printed(".085")
    assert escape.escape(0.8, 0.7, 3) > 2.5 * naive


@quick
@given(shares, shares, st.integers(0, 30))
def test_repeating_a_test_never_helps_past_its_fidelity(visible, covered, tests):
    once = escape.escape(visible, covered, tests)
    assert 1 - visible - 1e-12 <= escape.escape(visible, covered, tests + 1) <= once + 1e-12


@pytest.mark.parametrize(("a", "b", "tests", "missed"), [(0.5, 1, 10, ".270260"), (2, 2, 3, ".2")])
def test_the_table_of_beta_detectability(a, b, tests, missed):
    assert escape.escape_beta(a, b, tests) == printed(missed)


@pytest.mark.slow
@quick
@given(st.floats(0.5, 9), st.floats(0.5, 9), st.integers(0, 20))
def test_beta_detectability_is_the_average_over_it(a, b, tests):
    direct = stats.beta(a, b).expect(lambda c: (1 - c) ** tests)
    assert escape.escape_beta(a, b, tests) == pytest.approx(direct, rel=1e-6)


@pytest.mark.parametrize(
    ("faulty", "missed", "false_alarm", "after"),
    [
        (0.15, 0.44, 0.02, ".073415"), (0.05, 0.25, 0.05, ".013661"), (0.4, 0.1, 0.01, ".063091"),
    ],
)
def test_the_table_of_posteriors(faulty, missed, false_alarm, after):
    assert escape.faulty_after_pass(faulty, missed, false_alarm) == printed(after)


@quick
@given(shares, shares)
def test_passing_never_makes_a_change_look_worse(faulty, missed):
    if faulty < 1 or missed > 0:
        assert escape.faulty_after_pass(faulty, missed) <= faulty + 1e-12


def test_when_nothing_passes_there_is_no_posterior():
    with pytest.raises(ValueError, match=r"false_alarm\(=1\) must be below 1"):
        escape.faulty_after_pass(0.5, 0, 1)


@quick
@given(
    shares, shares, st.integers(0, 5), st.floats(0, 20), st.floats(0, 900), shares,
    st.floats(0, 900),
)
def test_a_test_of_many_requests_sums_over_how_many_failed(f, c, servers, rate, length, p, onset):
    sent = servers * rate * max(0.0, length - onset)
    caught = 1 - stats.poisson.pmf(0, sent * p)
    found = escape.unseen_in_test(f, c, servers, rate, length, p, onset)
    assert found == pytest.approx(1 - f * c * caught, abs=1e-12)


def test_a_long_enough_test_leaves_the_escape_and_a_late_onset_leaves_all():
    assert escape.unseen_in_test(0.8, 0.7, 2, 10, 3600, 0.05) == pytest.approx(0.44)
    assert escape.unseen_in_test(0.8, 0.7, 2, 10, 600, 1.0, onset_s=600) == 1.0


@pytest.mark.parametrize(("median", "p95"), [(1800, 3600), (300, 900), (20, 50), (600, 660)])
@pytest.mark.parametrize("chance", [1e-6, 0.001, 0.2, 1.0])
def test_a_random_onset_is_the_average_over_it(median, p95, chance):
    leak = stats.lognorm(math.log(p95 / median) / stats.norm.ppf(0.95), scale=median)

    def quiet(onset):
        return math.exp(-10 * chance * (600 - onset)) * leak.pdf(onset)

    near = [600 - span / (10 * chance) for span in (30, 10, 3, 1)]
    points = sorted({x for x in (*near, median) if 0 < x < 600})
    one = integrate.quad(quiet, 0, 600, points=points or None, limit=400, epsabs=1e-13)[0]
    direct = 1 - 0.6 * 0.9 * (1 - (one + leak.sf(600)) ** 3)
    by = escape.lognormal_by(median, p95)
    assert by(0.0) == by(-1.0) == 0.0
    assert by(451.0) == pytest.approx(leak.cdf(451), rel=1e-9, abs=1e-15)
    found = escape.unseen_in_test_onsets(0.6, 0.9, 3, 10, 600, chance, by)
    assert found == pytest.approx(direct, abs=1e-9)


def test_an_onset_at_once_is_no_onset():
    at_once = escape.unseen_in_test_onsets(0.6, 0.9, 2, 10, 60, 0.001, lambda s: 1.0)
    assert at_once == pytest.approx(escape.unseen_in_test(0.6, 0.9, 2, 10, 60, 0.001), rel=1e-12)
    for servers, rate in ((2, 0), (0, 10)):
        assert escape.unseen_in_test_onsets(1, 1, servers, rate, 60, 0.5, lambda s: 1.0) == 1.0


def test_a_spread_needs_two_points():
    with pytest.raises(ValueError, match=r"p95_s\(=60\) must be above median_s\(=60.0\)"):
        escape.lognormal_by(60, 60)
