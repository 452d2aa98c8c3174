"""Votes of signals: who votes, how votes fade, and when they are enough."""

from __future__ import annotations

from typing import Any

import pytest

from sim.judges import Vote
from sim.model.evidence import Counts, Verdict
from tests.judges.watching import Window, setting, verdicts

HOLD, PROMOTE, ROLL_BACK = Verdict.HOLD, Verdict.PROMOTE, Verdict.ROLL_BACK
OTHER = Counts(1000, 10, 10)
CALM, FAILED, SLOW, BOTH = (Window(1000, *bad, OTHER) for bad in ((10, 10), (60, 10), (10, 60), (60, 60)))


def test_each_signal_has_a_vote() -> None:
    judge = Vote(needed=2.0, half_life=1e9)
    assert verdicts(judge, setting(), [BOTH]) == [ROLL_BACK]
    assert verdicts(judge, setting(), [FAILED, CALM, SLOW]) == [PROMOTE, PROMOTE, PROMOTE]  # a hair of decay
    assert verdicts(judge, setting(), [FAILED, SLOW, SLOW])[-1] == ROLL_BACK
    assert verdicts(Vote(signals=("slow",), needed=1.0), setting(), [FAILED, SLOW]) == [PROMOTE, ROLL_BACK]


def test_a_vote_loses_half_its_weight_in_its_half_life() -> None:
    judge = Vote(signals=("failed",), needed=1.45, half_life=10.0)
    assert verdicts(judge, setting(), [FAILED, FAILED]) == [PROMOTE, ROLL_BACK]  # 1/2 + 1
    assert verdicts(judge, setting(), [FAILED, CALM, FAILED]) == [PROMOTE] * 3  # 1/4 + 1
    assert verdicts(judge, setting(), [FAILED, FAILED, CALM]) == [PROMOTE, ROLL_BACK, PROMOTE]


def test_old_votes_decide_through_a_gap() -> None:
    gap = Window(0, 0, 0, Counts(0, 0, 0))
    assert verdicts(Vote(needed=1.5, half_life=100.0), setting(), [BOTH, gap, gap]) == [ROLL_BACK] * 3
    assert verdicts(Vote(), setting(), [gap]) == [HOLD]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"signals": ()}, "signals"),
        ({"signals": ("slow", "slow")}, "each once"),
        ({"sigma": 0.0}, "sigma"),
        ({"needed": 0.0}, "needed"),
        ({"half_life": 0.0}, "half_life"),
        ({"of": "slow"}, "no `of`"),
    ],
)
def test_what_it_cannot_mean_is_refused(words: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Vote(**words)
