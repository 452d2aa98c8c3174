"""The bounds that docs/model.md states for the steady-state rules, against the exact M/M/c/K."""

from __future__ import annotations

import numpy as np
import pytest

from sim.theory.capacity import bounded_queue
from sim.theory.queueing import overload
from tests.laws import steady_state
from tests.laws.steady_state import (
    CAPACITY,
    EPISODES,
    SERVICE_S,
    USUAL,
    WAITS_S,
    WORKERS,
    at_rest,
    episode,
    room,
    ruled,
    ruled_episode,
    shares,
)

ALL_LOADS = [round(busy, 2) for busy in np.arange(0.05, 3.0, 0.05)]
LONG = room(1.0)
"""Room for twice as long a wait as makes a response slow: what the rules have in mind."""


@pytest.mark.parametrize("wait_s", WAITS_S)
@pytest.mark.parametrize("busy", [0.3, 0.9, 1.0, 1.4])
def test_the_chain_is_the_bounded_queue_of_the_theory(busy: float, wait_s: float) -> None:
    exact = bounded_queue(WORKERS, room(wait_s), SERVICE_S, busy * CAPACITY)
    assert shares(at_rest(busy, room(wait_s)))[0] == pytest.approx(exact.blocked, rel=1e-9)


@pytest.mark.parametrize("busy", [0.5, 0.8, 0.9, 1.1, 1.25, 2.0])
def test_with_endless_room_the_chain_is_the_rule(busy: float) -> None:
    assert shares(at_rest(busy, room(30.0))) == pytest.approx(ruled(busy), abs=1e-6)


@pytest.mark.parametrize("wait_s", WAITS_S)
def test_no_queue_at_rest_refuses_less_than_the_rule(wait_s: float) -> None:
    assert all(shares(at_rest(busy, room(wait_s)))[0] >= overload(busy) - 1e-12 for busy in ALL_LOADS)


def test_the_share_that_fails_is_off_by_little_and_only_near_capacity() -> None:
    off = {busy: shares(at_rest(busy, LONG))[0] - overload(busy) for busy in ALL_LOADS}
    assert max(off.values()) == off[1.0] < 0.0125
    assert max(gap for busy, gap in off.items() if abs(busy - 1) > 0.09) < 0.0001


def test_the_share_that_is_slow_is_off_only_near_capacity() -> None:
    off = {busy: ruled(busy)[1] - shares(at_rest(busy, LONG))[1] for busy in ALL_LOADS}
    assert 0.4 < max(off.values()) == off[1.0] < 0.5
    assert max(abs(gap) for busy, gap in off.items() if busy < 0.94 or busy > 1.06) < 0.02


def test_a_queue_too_short_to_be_slow_fails_instead() -> None:
    refused, slow = shares(at_rest(1.25, room(0.25)))
    assert slow < 0.01 < overload(1.25) < refused


@pytest.mark.parametrize(("busy", "length_s"), EPISODES)
def test_after_a_step_the_rule_is_off_by_the_places_of_the_queue(busy: float, length_s: float) -> None:
    """What the rule refuses at once a real queue first takes in: at most once its places, and what idles near 100 %."""
    exact, rule = episode(busy, length_s, LONG), ruled_episode(busy, length_s)
    idle = max(0.0, shares(at_rest(busy, LONG))[0] - overload(busy)) * busy * CAPACITY * length_s
    assert -LONG <= exact.failed - rule.failed <= idle + 1


@pytest.mark.parametrize(("busy", "length_s"), [one for one in EPISODES if one[0] > 1.05])
def test_in_overload_the_slow_are_known_to_a_tenth(busy: float, length_s: float) -> None:
    exact, rule = episode(busy, length_s, LONG), ruled_episode(busy, length_s)
    assert exact.slow == pytest.approx(rule.slow, rel=0.1)
    assert exact.near_s < 12


def test_nothing_happens_without_a_step() -> None:
    alone, late = shares(at_rest(USUAL, LONG))
    sent = USUAL * CAPACITY * (30.0 + steady_state.REST_S)
    same = episode(USUAL, 30.0, LONG)
    assert same.failed == pytest.approx(sent * alone, abs=1e-6)
    assert same.slow == pytest.approx(sent * (1 - alone) * late, rel=1e-6)
