"""Fisher's test as a judge: once it keeps its size, peeked it does not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.judges import Fisher
from sim.model.evidence import Counts, Verdict
from sim.theory import fisher
from tests.judges.watching import Window, first_alarm, setting, verdicts

HOLD, PROMOTE, ROLL_BACK = Verdict.HOLD, Verdict.PROMOTE, Verdict.ROLL_BACK
SICK, CALM = Window(100, 20, 0, Counts(100, 1, 0)), Window(100, 1, 0, Counts(100, 1, 0))


def test_one_look_at_its_time_and_its_verdict_stands() -> None:
    assert verdicts(Fisher(at=30.0), setting(), [SICK, SICK, SICK, CALM]) == [HOLD, HOLD, ROLL_BACK, ROLL_BACK]
    assert verdicts(Fisher(at=30.0), setting(), [CALM, CALM, CALM, *[SICK] * 9])[2:] == [PROMOTE] * 10


def test_peeking_looks_again_until_it_finds_something() -> None:
    judge = Fisher(peeked=20.0)
    assert verdicts(judge, setting(), [CALM, CALM, SICK, SICK, CALM]) == [HOLD, PROMOTE, PROMOTE, ROLL_BACK, ROLL_BACK]


def test_all_requests_so_far_are_in_the_table() -> None:
    windows = [Window(100, 3, 0, Counts(400, 4, 0)), Window(50, 2, 0, Counts(100, 0, 0))]
    p = fisher.p_value(5, 150, 4, 500)
    assert verdicts(Fisher(at=20.0, alpha=p * 0.999), setting(), windows)[-1] == PROMOTE
    assert verdicts(Fisher(at=20.0, alpha=p * 1.001), setting(), windows)[-1] == ROLL_BACK


def test_a_look_without_data_is_made_when_there_are_some() -> None:
    nothing = Window(0, 0, 0, Counts(100, 0, 0))
    assert verdicts(Fisher(at=10.0), setting(), [nothing, nothing, SICK]) == [HOLD, HOLD, ROLL_BACK]


def test_peeking_blames_healthy_canaries_several_times_as_often() -> None:
    """10 and 190 requests a second, 0.1 % errors, 30 minutes: .034 once, .170 peeked each minute (nominal .05)."""
    luck, runs = np.random.default_rng(21), 400
    once = peeked = 0
    for _ in range(runs):
        bad, other = luck.binomial(600, 0.001, 30), luck.binomial(11400, 0.001, 30)
        windows = [Window(600, int(b), 0, Counts(11400, int(o), 0)) for b, o in zip(bad, other, strict=True)]
        given = setting(scrape_s=60.0)
        once += first_alarm(Fisher(), given, windows) is not None
        peeked += first_alarm(Fisher(peeked=60.0), given, windows) is not None
    assert once / runs == pytest.approx(0.034, abs=0.02 + 4 * 0.0091)
    assert peeked / runs == pytest.approx(0.170, abs=0.02 + 4 * 0.0188)
    assert peeked > 3 * once


@pytest.mark.parametrize(
    ("words", "said"), [({"alpha": 1.0}, "alpha"), ({"at": 0.0}, "at"), ({"peeked": 0.0}, "peeked")]
)
def test_what_it_cannot_mean_is_refused(words: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Fisher(**words)
