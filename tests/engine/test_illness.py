"""Servers falling ill one by one: counts and server-seconds against a second-by-second recount."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.engine.clock import NEVER, US
from sim.engine.illness import EJECTED, Move, fall_us, moves_of, run_lengths
from sim.model.fleet import Balancer
from sim.theory.counters import consecutive_mean

TIMES = st.lists(st.integers(0, 50), max_size=20)


@given(TIMES, st.integers(0, 20), st.integers(0, 20), st.integers(0, 20))
def test_areas_are_what_counting_unit_by_unit_gives(times: list[int], since: int, a: int, b: int) -> None:
    start, end = since + min(a, b), since + max(a, b)
    move = Move(0, 1, np.array(sorted(times), dtype=np.int64))
    unit_by_unit = sum(sum(since < t <= unit for t in times) for unit in range(start, end))
    assert move.between(since, start, end) == unit_by_unit
    edges = np.arange(start, end + 1, dtype=np.int64)
    assert move.between_each(since, edges).tolist() == [move.between(since, k, k + 1) for k in range(start, end)]


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=8),
    st.integers(0, 40),
)
def test_moves_count_every_mask_as_looking_at_each_server_does(servers: list[tuple[int, int, int]], now: int) -> None:
    table = np.array(servers, dtype=np.int64)
    rows = [(1, True, table[:, 0]), (1, False, table[:, 0] + table[:, 1]), (2, True, table[:, 2])]
    counts = {4: len(servers)}
    for move in moves_of(4, rows, horizon=100):
        passed = move.count(now)
        counts[move.out_of] = counts.get(move.out_of, 0) - passed
        counts[move.into] = counts.get(move.into, 0) + passed
    seen: dict[int, int] = {}
    for ill, lasts, other in servers:
        mask = 4 | (1 if ill <= now < ill + lasts else 0) | (2 if other <= now else 0)
        seen[mask] = seen.get(mask, 0) + 1
    assert {mask: n for mask, n in counts.items() if n} == seen


@pytest.mark.parametrize(("crash", "out"), [(0, 10), (1, 15), (5, 15), (6, 20)])
def test_a_crashed_server_goes_at_its_third_failed_probe(crash: int, out: int) -> None:
    balancer = Balancer(probe_every=5.0, fall=3)
    assert fall_us(crash * US, balancer) == out * US
    assert fall_us(NEVER, balancer) >= NEVER


def test_runs_of_probes_are_those_of_the_exact_chain() -> None:
    draws = np.random.default_rng(5).random(40_000)
    lengths = run_lengths(0.5, 3, draws)
    error = lengths.std() / np.sqrt(len(lengths))
    assert lengths.min() >= 3
    assert abs(lengths.mean() - consecutive_mean(0.5, 3)) < 4 * error


def test_only_moves_in_and_out_of_rotation_need_events() -> None:
    once = np.array([1], dtype=np.int64)
    assert not Move(0, 1, once).ejects
    assert Move(1, 1 | EJECTED, once).ejects
    assert Move(1 | EJECTED, 1, once).ejects
