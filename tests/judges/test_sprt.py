"""Wald's test as a judge: request by request it is the lattice of theory, scrape by scrape it stays what it decided."""

from __future__ import annotations

from typing import Any

import pytest

from sim.judges import Sprt
from sim.model.evidence import Verdict
from sim.theory import sprt
from tests.judges.watching import Window, seen, setting, verdicts

HOLD, PROMOTE, ROLL_BACK = Verdict.HOLD, Verdict.PROMOTE, Verdict.ROLL_BACK


@pytest.mark.parametrize("p", [0.1, 0.2, 0.3])
def test_one_request_a_scrape_is_the_exact_course(p: float) -> None:
    """All states the judge can be in, each with its exact chance."""
    judge = Sprt(p0=0.1, p1=0.3, alpha=0.02, beta=0.03)
    alive: dict[Any, float] = {judge.start(setting()): 1.0}
    accepts, requests = 0.0, 0.0
    while sum(alive.values()) > 1e-9:
        ahead: dict[Any, float] = {}
        for state, weight in alive.items():
            requests += weight
            for failed, chance in ((0, 1 - p), (1, p)):
                after, verdict = judge.look(state, seen(Window(1, failed)))
                if verdict == HOLD:
                    ahead[after] = ahead.get(after, 0.0) + weight * chance
                else:
                    accepts += weight * chance * (verdict == PROMOTE)
        alive = ahead
    exact = sprt.exact(sprt.design(0.1, 0.3, 0.02, 0.03), p)
    assert (accepts, requests) == pytest.approx(tuple(exact), abs=1e-6)


def test_either_decision_is_final() -> None:
    judge = Sprt(p0=0.01, p1=0.1)
    good, bad = Window(1000, 0), Window(100, 100)
    assert verdicts(judge, setting(), [good, bad, bad]) == [PROMOTE] * 3
    assert verdicts(judge, setting(), [bad, good, good]) == [ROLL_BACK] * 3


def test_undecided_and_unseen_hold() -> None:
    judge = Sprt(p0=0.01, p1=0.1, min_requests=50)
    assert verdicts(judge, setting(), [Window(0, 0), Window(20, 1), Window(20, 20), Window(10, 0)]) == [
        HOLD, HOLD, HOLD, ROLL_BACK,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"p0": 0.02, "p1": 0.02}, "p1 must be above p0"),
        ({"alpha": 0.0}, "above 0%"),
        ({"alpha": 0.5, "beta": 0.5}, "a coin would do better"),
        ({"over": 60.0}, "no `over`"),
    ],
)
def test_what_it_cannot_mean_is_refused(words: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Sprt(**words)
