"""The k-th failure judge: exact at every scrape, whatever the split of failures over windows."""

from __future__ import annotations

import math

import pytest

from sim.judges import KthFailure
from sim.model.evidence import Verdict
from sim.theory import tails
from tests.judges.watching import Window, first_alarm, seen, setting, verdicts


def test_it_alarms_at_the_kth_failure_and_not_before() -> None:
    judge = KthFailure(failures=10)
    said = verdicts(judge, setting(), [Window(0, 0), Window(100, 9), Window(100, 0), Window(100, 1)])
    assert said == [Verdict.HOLD, Verdict.PROMOTE, Verdict.PROMOTE, Verdict.ROLL_BACK]


def test_failures_never_age() -> None:
    assert first_alarm(KthFailure(failures=2), setting(), [Window(9, 1), *[Window(9, 0)] * 500, Window(9, 1)]) == 502


@pytest.mark.parametrize(("k", "mean"), [(1, 0.3), (3, 0.5), (10, 2.0), (10, 0.7)])
def test_poisson_failures_alarm_with_the_poisson_tail(k: int, mean: float) -> None:
    """C3 at every scrape: P(alarm by scrape j) = P(Poisson(j x mean) >= k); no Monte Carlo."""
    judge = KthFailure(failures=k)
    weights = [math.exp(-mean) * mean**f / math.factorial(f) for f in range(k)]
    weights.append(1.0 - math.fsum(weights))  # k or more in one scrape
    alive, alarmed = {judge.start(setting()): 1.0}, 0.0
    for check in range(1, 31):
        ahead: dict[tuple[int, int], float] = {}
        for state, weight in alive.items():
            for failed, chance in enumerate(weights):
                after, verdict = judge.look(state, seen(Window(failed, failed)))
                if verdict == Verdict.ROLL_BACK:
                    alarmed += weight * chance
                else:
                    ahead[after] = ahead.get(after, 0.0) + weight * chance
        alive = ahead
        assert alarmed == pytest.approx(tails.poisson_at_least(mean * check, k), abs=1e-12)


def test_what_it_cannot_mean_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        KthFailure(failures=0)
    with pytest.raises(ValueError, match="no `over`"):
        KthFailure(over=60.0)
