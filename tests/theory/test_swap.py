"""A swap and the way back: published values, and many clients with a lease each."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate

from sim.theory import swap
from tests.theory.printed import printed

quick = settings(max_examples=60)
times = st.floats(0, 900)


def test_idle_clients_come_late():
    assert swap.idle_mean_s(60, 1 / 30) == printed("42.970")
    assert swap.idle_mean_s(60, 1e9) == pytest.approx(30), "a busy one at its lease's end"
    assert swap.idle_mean_s(0, 0.1) == pytest.approx(10), "without a lease at its next request"
    assert swap.idle_mean_s(60, 0) == math.inf


@quick
@given(st.floats(1, 600), st.floats(1e-4, 10))
def test_an_idle_client_moves_at_the_later_of_lease_and_request(ttl, rate):
    def still_old(t):
        leased, quiet = max(0.0, 1 - t / ttl), math.exp(-rate * t)
        return leased + quiet - leased * quiet

    inside, _ = integrate.quad(still_old, 0, ttl, points=[ttl / 100, ttl / 10], limit=200)
    direct = inside + math.exp(-rate * ttl) / rate
    assert swap.idle_mean_s(ttl, rate) == pytest.approx(direct, rel=1e-6)


def test_the_tail_falls_evenly_and_its_mean_is_half_the_lease():
    assert [swap.lease_tail(t, 60) for t in (0, 30, 60, 90)] == [1.0, 0.5, 0.0, 0.0]
    area, _ = integrate.quad(lambda t: swap.lease_tail(t, 60), 0, 60)
    assert area == pytest.approx(30)
    assert sum(swap.step_times_s(60)) / 10 == pytest.approx(30)


@quick
@given(times, st.floats(0, 600), st.integers(1, 40))
def test_steps_are_the_tail_to_half_a_step(t, ttl, steps):
    stepped = swap.stepped_tail(t, ttl, steps)
    assert abs(stepped - swap.lease_tail(t, ttl)) <= 0.5 / steps + 1e-6
    waiting = sum(moment > t * (1 + 1e-12) for moment in swap.step_times_s(ttl, steps)) / steps
    assert stepped == pytest.approx(waiting, abs=1e-12) or any(
        moment == pytest.approx(t, rel=1e-6) for moment in swap.step_times_s(ttl, steps)
    )


def test_at_the_instant_of_a_step_it_has_happened():
    for number, moment in enumerate(swap.step_times_s(300), 1):
        assert swap.stepped_tail(moment, 300) == pytest.approx(1 - number / 10)


def clients(back, ttl, until, many=2000):
    """Seconds on the new version of clients of even phases, each renewing once a lease."""
    total = 0.0
    for client in range(many):
        renewal, on_new, since = ttl * (client + 0.5) / many, False, 0.0
        while renewal < until:
            wants_new = renewal < back
            if wants_new and not on_new:
                on_new, since = True, renewal
            elif on_new and not wants_new:
                total, on_new = total + renewal - since, False
            if renewal > back:
                break
            renewal += ttl
        if on_new:
            total += until - since
    return total / many


@pytest.mark.parametrize("ttl", [20.0, 60.0, 300.0])
@pytest.mark.parametrize("back", [0.0, 7.0, 45.0, 100.0, 301.0])
@pytest.mark.parametrize("until", [5.0, 50.0, 130.0, 2000.0])
def test_a_swap_and_its_way_back_are_those_of_many_clients(ttl, back, until):
    failed = swap.swap_failures(1000, 0.05, back, ttl, until)
    assert failed == pytest.approx(50 * clients(back, ttl, until), rel=2e-3, abs=3)
    area, _ = integrate.quad(
        lambda t: swap.new_share(t, back, ttl), 0, until, limit=300,
        points=sorted({x for x in (back, ttl, back + ttl) if 0 < x < until}) or None,
    )
    assert failed == pytest.approx(50 * area, abs=1e-5)
    in_steps = swap.stepped_swap_failures(1000, 0.05, back, ttl, until)
    assert in_steps == pytest.approx(50 * clients(back, ttl, until, many=10), abs=1e-6)


@quick
@given(times, st.floats(0, 600))
def test_in_the_end_the_lease_does_not_matter(back, ttl):
    assert swap.swap_failures(1000, 0.05, back, ttl) == pytest.approx(50 * back, rel=1e-12)
    stepped = swap.stepped_swap_failures(1000, 0.05, back, ttl)
    assert abs(stepped - 50 * back) <= 50 * ttl / 20 + 1e-4


@quick
@given(times, times, st.floats(0, 600))
def test_who_moved_is_a_share_and_all_come_back(t, back, ttl):
    assert 0.0 <= swap.new_share(t, back, ttl) <= 1.0
    assert swap.new_share(back + ttl + 1, back, ttl) == pytest.approx(0.0, abs=1e-12)
    assert swap.new_share(ttl + 1, math.inf, ttl) == 1.0


def test_a_group_that_renews_at_the_very_instant_of_the_way_back_never_leaves():
    assert swap.stepped_swap_failures(1000, 1.0, 3.0, 60) == 0.0
    assert swap.stepped_swap_failures(1000, 1.0, 3.000001, 60) == pytest.approx(1000 * 60 / 10)


def test_without_leases_all_move_at_once():
    assert swap.swap_failures(1000, 0.05, 20, 0) == swap.stepped_swap_failures(1000, 0.05, 20, 0)
    assert swap.swap_failures(1000, 0.05, 20, 60, until_s=0) == 0.0
    assert [swap.new_share(t, 20, 0) for t in (0, 19, 20)] == [1.0, 1.0, 0.0]


def test_a_swap_never_undone_needs_an_end():
    whole = swap.swap_failures(1000, 0.05, math.inf, 60, until_s=600)
    assert whole == pytest.approx(50 * (600 - 30))
    assert swap.stepped_swap_failures(1000, 0.05, math.inf, 60, until_s=600) == pytest.approx(whole)
    with pytest.raises(ValueError, match=r"until_s\(=inf\) must be at least 0, and finite"):
        swap.swap_failures(1000, 0.05, math.inf, 60)


def test_numbers_come_back_plain():
    assert type(swap.lease_tail(np.float64(1), np.float64(60))) is float
