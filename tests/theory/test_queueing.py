"""Erlang's formulas: published values, exact fractions, and the queue's own Markov chain."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import linalg, stats

from sim.theory import queueing
from tests.theory.printed import printed

quick = settings(max_examples=80)


@pytest.mark.parametrize(
    ("workers", "load", "lost"),
    [
        (1, 1, ".5"), (5, 3, ".11005435"), (10, 5, ".01838457"), (10, 8, ".12166106"),
        (20, 15, ".04559322"), (50, 40, ".01869067"), (100, 90, ".02695738"),
    ],
)
def test_the_table_of_erlang_b(workers, load, lost):
    assert queueing.erlang_b(workers, load) == printed(lost)


@pytest.mark.parametrize(
    ("workers", "load", "waits"),
    [
        (2, 1, ".33333333"), (5, 3, ".2361516"), (10, 8, ".40918015"), (14, 10, ".17413193"),
        (20, 15, ".16042939"), (50, 45, ".36386447"), (100, 90, ".21694048"),
    ],
)
def test_the_table_of_erlang_c(workers, load, waits):
    assert queueing.erlang_c(workers, load) == printed(waits)


@pytest.mark.parametrize(
    ("workers", "rate", "wait", "inside", "waiting", "late"),
    [
        (4, 3, ".509434", "4.528302", None, ".308987"),
        (10, 8, ".20459", None, "1.636721", ".150529"),
        (20, 18, ".275385", "22.956921", None, None),
    ],
)
def test_the_table_of_waits(workers, rate, wait, inside, waiting, late):
    mean = queueing.wait_mean_s(workers, 1.0, rate)
    assert mean == printed(wait)
    if inside:
        assert rate * mean + rate == printed(inside)
    if waiting:
        assert rate * mean == printed(waiting)
    if late:
        assert queueing.wait_tail(workers, 1.0, rate, 0.5) == printed(late)


def test_a_wait_is_in_units_of_the_service():
    quick, slow = queueing.wait_mean_s(4, 0.05, 60), queueing.wait_mean_s(4, 1.0, 3)
    assert quick == pytest.approx(0.05 * slow, rel=1e-12)
    tails = queueing.wait_tail(4, 0.05, 60, 0.1), queueing.wait_tail(4, 1.0, 3, 2.0)
    assert tails[0] == pytest.approx(tails[1], rel=1e-12)


def test_losing_servers_lengthens_the_wait():
    lost = [queueing.wait_mean_s(20 - k, 1.0, 14) for k in range(6)]
    table = (".015594", ".029914", ".05793", ".116088", ".254241", ".722319")
    assert lost == [printed(text) for text in table]


def test_a_rolling_update_in_batches_is_losing_the_batch():
    waits = [queueing.wait_mean_s(10 - batch, 1.0, 7) for batch in (0, 1, 2)]
    assert waits == [printed(".073910"), printed(".192474"), printed(".635316")]


@pytest.mark.parametrize(("workers", "load"), [(1, "1/3"), (4, "5/2"), (30, "29"), (12, "40")])
def test_erlang_b_is_the_exact_fraction(workers, load):
    a = Fraction(load)
    terms = [a**n / math.factorial(n) for n in range(workers + 1)]
    exact = terms[-1] / sum(terms)
    assert queueing.erlang_b(workers, float(a)) == pytest.approx(float(exact), rel=1e-13)


def chain_tail(workers, service_s, rate, t, states=230):
    """P(response > t) without any formula: who is found, then the chain of getting out."""
    load = rate * service_s
    found = np.ones(states)
    for n in range(1, states):
        found[n] = found[n - 1] * load / min(n, workers)
    found /= found.sum()
    ahead = states - workers                        # state 0 is in service; j has j leavers to go
    leave = np.zeros((ahead + 1, ahead + 1))
    leave[0, 0] = -1 / service_s
    for j in range(1, ahead + 1):
        leave[j, j], leave[j, j - 1] = -workers / service_s, workers / service_s
    start = np.zeros(ahead + 1)
    start[0] = found[:workers].sum()
    start[1:] = found[workers:]
    return float((start @ linalg.expm(leave * t)).sum())


@pytest.mark.parametrize(
    ("workers", "service_s", "rate"),
    [(1, 0.05, 10), (4, 0.05, 50), (4, 0.05, 60), (4, 0.05, 70), (2, 1.0, 1.0), (10, 0.2, 40)],
)
def test_a_response_time_is_that_of_the_chain(workers, service_s, rate):
    # (4, .05, 60) and (2, 1, 1) are the case of equal rates, c mu - lambda = mu.
    for t in (0.0, 0.3 * service_s, 2 * service_s, 9 * service_s):
        direct = chain_tail(workers, service_s, rate, t)
        tail = queueing.response_tail(workers, service_s, rate, t)
        assert tail == pytest.approx(direct, rel=1e-9)


@pytest.mark.parametrize("workers", [2, 4, 50])
@pytest.mark.parametrize("nudge", [0, 1e-15, 1e-12, 1e-9, 1e-6])
def test_near_equal_rates_nothing_jumps(workers, nudge):
    load = workers - 1
    equal = queueing.response_tail(workers, 1.0, load, 3.0)
    closed = math.exp(-3) * (1 + queueing.erlang_c(workers, load) * 3)
    assert equal == pytest.approx(closed, rel=1e-13)
    for side in (1 - nudge, 1 + nudge):
        near = queueing.response_tail(workers, 1.0, load * side, 3.0)
        assert near == pytest.approx(equal, rel=1e-12 + 200 * nudge)


@pytest.mark.parametrize("workers", [1, 4, 1000])
def test_an_empty_server_only_serves_and_a_full_one_never_answers_in_time(workers):
    for rate in (0.0, 1e-300):
        tail = queueing.response_tail(workers, 0.05, rate, 0.5)
        assert tail == pytest.approx(math.exp(-10), rel=1e-14)
    full = workers / 0.05
    assert queueing.response_tail(workers, 0.05, full, 0.5) == 1.0
    assert queueing.response_tail(workers, 0.05, 2 * full, 0.0) == 1.0
    assert queueing.response_tail(workers, 0.05, full * (1 - 1e-9), 0.5) > 1 - 1e-6 * workers
    assert queueing.wait_mean_s(workers, 0.05, full) == math.inf


@quick
@given(
    st.integers(1, 60), st.floats(1e-3, 10), st.floats(0, 1.2), st.floats(0, 1.2), st.floats(0, 50)
)
def test_more_load_is_slower_and_a_later_limit_is_passed_less(workers, service_s, one, other, t):
    full = workers / service_s
    low, high = (full * busy for busy in sorted((one, other)))
    tail = queueing.response_tail(workers, service_s, low, t * service_s)
    assert 0.0 <= tail <= queueing.response_tail(workers, service_s, high, t * service_s) + 1e-12
    assert queueing.response_tail(workers, service_s, low, (t + 1) * service_s) <= tail
    assert tail >= queueing.wait_tail(workers, service_s, low, t * service_s) - 1e-12


@pytest.mark.parametrize(("workers", "busy"), [(1, 0.3), (4, 0.75), (4, 0.95), (60, 0.97)])
def test_the_mean_response_is_the_area_under_its_tail(workers, busy):
    rate = workers * busy
    t = np.concatenate([np.linspace(0, 60, 6001), np.geomspace(60.01, 1e5, 4000)])
    tail = [queueing.response_tail(workers, 1.0, rate, float(s)) for s in t]
    mean = queueing.wait_mean_s(workers, 1.0, rate) + 1.0
    assert np.trapezoid(tail, t) == pytest.approx(mean, rel=2e-4)


@quick
@given(st.integers(1, 300), st.floats(0, 400))
def test_erlang_c_lies_between_b_and_one(workers, load):
    lost, waits = queueing.erlang_b(workers, load), queueing.erlang_c(workers, load)
    assert 0.0 <= lost <= waits <= 1.0
    assert queueing.erlang_b(workers + 1, load) <= lost


def test_a_big_fleet_is_no_trouble():
    assert queueing.erlang_b(40_000, 30_000) < 1e-300
    lost = stats.poisson.pmf(40_000, 39_900) / stats.poisson.cdf(40_000, 39_900)
    assert queueing.erlang_b(40_000, 39_900) == pytest.approx(lost, rel=1e-9)
    waits = 400 * lost / (1 + 399 * lost)           # c B / (c - a (1 - B)), c = 400 (c - a)
    assert queueing.erlang_c(40_000, 39_900) == pytest.approx(waits, rel=1e-9)
    assert queueing.response_tail(40_000, 0.05, 600_000, 0.5) == pytest.approx(math.exp(-10))


def test_utilisation_is_work_over_workers():
    assert queueing.utilisation(50, 0.05, 4) == 0.625
    assert queueing.utilisation(160, 0.05, 4) == 2.0
    assert [queueing.utilisation(14, 1.0, 20 - k) for k in (1, 4)] == [
        printed(".7368"), printed(".875"),
    ]


def test_overload_serves_exactly_the_capacity():
    assert queueing.overload(0.0) == queueing.overload(0.5) == queueing.overload(1.0) == 0.0
    assert 1.6 * (1 - queueing.overload(1.6)) == pytest.approx(1.0, rel=1e-15)
    assert queueing.overload(math.inf) == 1.0


def test_numpy_scalars_are_welcome_and_give_the_same():
    same = queueing.response_tail(np.int64(4), np.float64(0.05), np.float64(50), 0.5)
    assert same == queueing.response_tail(4, 0.05, 50, 0.5)
    assert type(same) is float


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ((0, 0.05, 50, 0.5), "workers"), ((2.5, 0.05, 50, 0.5), "workers"),
        ((4, 0, 50, 0.5), "service_s"), ((4, math.inf, 50, 0.5), "service_s"),
        ((4, 0.05, -1, 0.5), "rate"), ((4, 0.05, 50, math.inf), "t"),
    ],
)
def test_nonsense_is_refused(arguments, name):
    with pytest.raises(ValueError, match=rf"^{name}\(=.*\) must be"):
        queueing.response_tail(*arguments)
