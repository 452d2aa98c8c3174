"""Capacity: published values, brute force over states, and generators solved as matrices."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.theory import capacity, queueing
from tests.theory.printed import printed

quick = settings(max_examples=60)


def test_the_table_of_bounded_queues():
    one = capacity.bounded_queue(1, 5, 1.0, 0.9)
    four = capacity.bounded_queue(4, 8, 1.0, 4.0)
    ten = capacity.bounded_queue(10, 20, 1.0, 11.0)
    assert (one.blocked, one.inside) == (printed(".126023"), printed("2.194782"))
    assert (four.blocked, four.waiting) == (printed(".138528"), printed("1.385281"))
    assert four.response_s == printed("1.40201")
    assert (ten.blocked, ten.response_s) == (printed(".121296"), printed("1.532204"))


@quick
@given(st.integers(1, 6), st.integers(0, 12), st.floats(0.05, 20), st.floats(0.01, 60))
def test_a_bounded_queue_is_its_generator_solved(workers, room, service_s, rate):
    places = workers + room
    generator = np.zeros((places + 1, places + 1))
    for n in range(places):
        generator[n, n + 1] = rate
        generator[n + 1, n] = min(n + 1, workers) / service_s
    np.fill_diagonal(generator, -generator.sum(axis=1))
    system = np.vstack([generator.T, np.ones(places + 1)])
    state = np.linalg.lstsq(system, np.append(np.zeros(places + 1), 1.0), rcond=None)[0]
    queue = capacity.bounded_queue(workers, places, service_s, rate)
    assert queue.blocked == pytest.approx(state[-1], abs=1e-8)
    assert queue.inside == pytest.approx(state @ np.arange(places + 1), rel=1e-5, abs=1e-7)
    busy = queue.inside - queue.waiting             # Little: served per second times service
    assert busy == pytest.approx(queue.served_per_s * service_s, rel=1e-9)


def test_without_room_it_is_erlang_b_and_with_endless_room_overload_or_m_m_c():
    assert capacity.bounded_queue(5, 5, 1, 3).blocked == pytest.approx(queueing.erlang_b(5, 3))
    long = capacity.bounded_queue(4, 3000, 0.05, 100)
    assert long.blocked == pytest.approx(queueing.overload(100 * 0.05 / 4), rel=1e-12)
    calm = capacity.bounded_queue(4, 3000, 0.05, 70)
    wait = queueing.wait_mean_s(4, 0.05, 70)
    assert calm.response_s - 0.05 == pytest.approx(wait, rel=1e-9)


def test_an_idle_queue_has_no_response_time():
    idle = capacity.bounded_queue(2, 4, 1.0, 0.0)
    assert (idle.blocked, idle.inside) == (0.0, 0.0)
    assert math.isnan(idle.response_s)


@pytest.mark.parametrize(
    ("machines", "fail", "repair", "repairers", "states", "mean"),
    [
        (5, 0.1, 1, 1, (".563952", ".281976", ".11279", ".033837"), ".639522"),
        (5, 0.1, 1, 5, (".620921",), ".454545"),
        (10, 0.05, 1, 2, (".609901", ".304951", ".068614"), ".495058"),
        (20, 0.01, 0.25, 1, (".27989",), "1.997254"),
    ],
)
def test_the_table_of_machine_repair(machines, fail, repair, repairers, states, mean):
    law = capacity.repair_states(machines, repairers, fail, repair)
    assert list(law[: len(states)]) == [printed(text) for text in states]
    assert math.fsum(i * p for i, p in enumerate(law)) == printed(mean)
    assert math.fsum(law) == pytest.approx(1.0, rel=1e-12)


def test_with_a_repairer_each_the_down_machines_are_binomial():
    law = capacity.repair_states(5, 5, 0.1, 1.0)
    down = 0.1 / 1.1
    binomial = [math.comb(5, i) * down**i * (1 - down) ** (5 - i) for i in range(6)]
    assert law == pytest.approx(binomial, rel=1e-12)


@pytest.mark.parametrize(
    ("servers", "needed", "up", "chance"),
    [
        (3, 2, 0.99, ".999702"), (5, 4, 0.99, ".9990198504"), (10, 8, 0.995, ".9999853891"),
        (20, 18, 0.999, ".9999988744"), (10, 10, 0.999, ".990044880"),
        (11, 10, 0.999, ".999945329"), (12, 10, 0.999, ".999999781"),
    ],
)
def test_the_table_of_k_of_n(servers, needed, up, chance):
    assert capacity.k_of_n(servers, needed, up) == printed(chance)


@pytest.mark.parametrize(("servers", "minutes"), [(10, "5232"), (11, "28.7"), (12, ".11")])
def test_minutes_a_year_short_of_ten(servers, minutes):
    assert (1 - capacity.k_of_n(servers, 10, 0.999)) * 525_600 == printed(minutes)


@quick
@given(st.integers(1, 8), st.data(), st.floats(0, 1))
def test_k_of_n_counts_every_state(servers, data, up):
    needed = data.draw(st.integers(1, servers))
    states = itertools.product((0, 1), repeat=servers)
    direct = sum(up ** sum(s) * (1 - up) ** (servers - sum(s)) for s in states if sum(s) >= needed)
    assert capacity.k_of_n(servers, needed, up) == pytest.approx(direct, rel=1e-9, abs=1e-300)


def test_mean_times_to_failure():
    assert capacity.mean_time_to_failure(3, 2, 1.0) == printed(".833333")
    assert capacity.mean_time_to_failure(2, 1, 0.02, 0.2) == pytest.approx(325, rel=1e-12)


@quick
@given(
    st.integers(1, 7), st.data(), st.floats(0.01, 5), st.floats(0, 5), st.integers(1, 3)
)
def test_mean_time_to_failure_is_the_generator_inverted(servers, data, fail, repair, repairers):
    needed = data.draw(st.integers(1, servers))
    states = servers - needed + 1
    out = np.zeros((states, states))
    for down in range(states):
        up, back = (servers - down) * fail, min(down, repairers) * repair
        out[down, down] = -(up + back)
        if down + 1 < states:
            out[down, down + 1] = up
        if down:
            out[down, down - 1] = back
    direct = np.linalg.solve(-out, np.ones(states))[0]
    mean = capacity.mean_time_to_failure(servers, needed, fail, repair, repairers)
    assert mean == pytest.approx(direct, rel=1e-6)


def test_utilisation_after_losing_servers():
    busy = [capacity.utilisation_without(20, k, 14, 1) for k in range(6)]
    table = (".7", ".7368", ".7778", ".8235", ".875", ".9333")
    assert busy == [printed(text) for text in table]
    assert capacity.utilisation_without(20, 20, 14, 1) == math.inf
    assert [capacity.utilisation_without(10, b, 7, 1) for b in (1, 2)] == [
        printed(".7778"), printed(".8750"),
    ]


@quick
@given(st.floats(0.1, 5000), st.floats(0.5, 200), st.floats(0.1, 1), st.integers(0, 9))
def test_the_servers_needed_carry_the_load_with_the_spares_out_and_one_fewer_does_not(
    rate, per_server, busiest, spares
):
    servers = capacity.servers_needed(rate, per_server, busiest, spares)
    busy = capacity.utilisation_without(servers, spares, rate, per_server)
    assert busy <= busiest * (1 + 1e-8)
    assert servers - spares == 1 or (
        capacity.utilisation_without(servers - 1, spares, rate, per_server) > busiest
    )


def test_a_load_that_fits_exactly_needs_no_server_more():
    exactly = [capacity.servers_needed(n * 0.7, 1, 0.7) for n in range(1, 200)]
    assert exactly == list(range(1, 200)), "0.7 is not a binary fraction"
    assert capacity.servers_needed(0, 80, 0.9, spares=2) == 3


def test_one_machine_is_up_or_down():
    assert capacity.repair_states(1, 1, 1.0, 3.0) == pytest.approx((0.75, 0.25))
    assert capacity.repair_states(2, 1, 0.0, 3.0) == (1.0, 0.0, 0.0)


def test_more_than_there_are_is_refused():
    with pytest.raises(ValueError, match=r"needed\(=4\) must be at most servers\(=3\)"):
        capacity.k_of_n(3, 4, 0.9)
    with pytest.raises(ValueError, match=r"lost\(=4\) must be at most servers\(=3\)"):
        capacity.utilisation_without(3, 4, 1, 1)
    with pytest.raises(ValueError, match=r"places\(=3\) must be at least 4"):
        capacity.bounded_queue(4, 3, 1, 1)
    with pytest.raises(ValueError, match=r"busiest\(=0.0\) must be positive"):
        capacity.servers_needed(10, 1, 0)
