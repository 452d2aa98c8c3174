"""The cumulative sum as a judge: its run length is the exact one, and it forgets good times."""

from __future__ import annotations

import math
from typing import Any

import pytest

from sim.judges import Cusum
from sim.model.evidence import Verdict
from sim.theory import cusum
from tests.judges.watching import Window, first_alarm, seen, setting, verdicts

ROLL_BACK = Verdict.ROLL_BACK


def with_reference(k: float, requests: int, **more: Any) -> Cusum:
    """A judge whose reference is k bad requests in a scrape of so many."""
    p0 = 0.1 * k / requests
    low, high = p0 * (1 + 1e-9), 1.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if cusum.reference(p0, middle) < k / requests else (low, middle)
    return Cusum(p0=p0, p1=low, **more)


@pytest.mark.parametrize(("mean", "head_start"), [(1.88, 0.0), (1.88, 0.5), (3.2, 0.0), (3.2, 0.5)])
def test_the_mean_run_length_is_the_published_one(mean: float, head_start: float) -> None:
    """k = 2, h = 6, as the R package IAcsSPCR prints it; all states with their chances, no Monte Carlo."""
    requests = 1000
    judge = with_reference(2.0, requests, limit=6.0, head_start=head_start)
    chances = [math.exp(-mean) * mean**bad / math.factorial(bad) for bad in range(40)]
    start = judge.start(setting())
    alive: dict[int, tuple[Any, float]] = {round(6 * head_start): (start, 1.0)}
    length = 0.0
    for _ in range(2500):
        ahead: dict[int, tuple[Any, float]] = {}
        for state, weight in alive.values():
            length += weight
            for bad, chance in enumerate(chances[:12]):
                after, verdict = judge.look(state, seen(Window(requests, bad)))
                if verdict != ROLL_BACK:
                    # States of one sum are one state: what comes after depends on the sum alone.
                    place = round(after.base + after.bad - after.k * after.requests)
                    ahead[place] = (after, ahead.get(place, (None, 0.0))[1] + weight * chance)
        alive = ahead
        if sum(weight for _, weight in alive.values()) < 1e-9:
            break
    assert length == pytest.approx(cusum.poisson_arl(mean, 2, 6, 6 * head_start), rel=1e-5)


def test_good_times_are_forgotten() -> None:
    judge = with_reference(1.0, 100, limit=5.0)
    late = [*[Window(100, 0)] * 500, Window(100, 6)]
    assert first_alarm(judge, setting(), late) == 501


def test_a_sum_that_equals_the_limit_has_reached_it() -> None:
    judge = with_reference(1.0, 100, limit=5.0)
    assert first_alarm(judge, setting(), [Window(100, 6)]) == 1
    assert first_alarm(judge, setting(), [Window(100, 5), Window(100, 1), Window(100, 1)]) is None


def test_the_head_start_lasts_until_the_sum_is_back_at_zero() -> None:
    judge = with_reference(1.0, 100, limit=6.0, head_start=0.5)
    assert first_alarm(judge, setting(), [Window(100, 4)]) == 1
    calm = [Window(100, 0)] * 4
    assert first_alarm(judge, setting(), [*calm, Window(100, 6)]) is None


def test_nothing_seen_holds() -> None:
    assert verdicts(Cusum(min_requests=10), setting(), [Window(9, 9), Window(1, 0)]) == [Verdict.HOLD, ROLL_BACK]


@pytest.mark.parametrize(
    ("words", "said"),
    [({"p0": 0.0}, "p1 must be above p0"), ({"limit": 0.0}, "limit"), ({"head_start": 1.0}, "there it alarms")],
)
def test_what_it_cannot_mean_is_refused(words: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Cusum(**words)
