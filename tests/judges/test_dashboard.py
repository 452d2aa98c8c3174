"""A person at a graph: what stands out, against which line, and what cannot be seen."""

from __future__ import annotations

import pytest

from sim.judges import Dashboard
from sim.model.evidence import Counts, Verdict
from tests.judges.watching import NOTHING, Window, setting, verdicts

HOLD, PROMOTE, ROLL_BACK = Verdict.HOLD, Verdict.PROMOTE, Verdict.ROLL_BACK
NOW = Dashboard(over=None, times=2.0, visible=0.01)


@pytest.mark.parametrize(
    ("bad", "other", "said"),
    [
        (20, 10, PROMOTE),  # twice as high is not yet more than twice
        (21, 10, ROLL_BACK),
        (10, 0, PROMOTE),  # one percent is not yet above the pixel
        (11, 0, ROLL_BACK),
        (9, 1, PROMOTE),
        (190, 100, PROMOTE),  # nine points more, but people see ratios
    ],
)
def test_a_line_stands_out_by_ratio_and_by_height(bad: int, other: int, said: Verdict) -> None:
    assert verdicts(NOW, setting(), [Window(1000, bad, 0, Counts(1000, other, 0))]) == [said]


def test_without_a_control_the_usual_share_is_the_other_line() -> None:
    window = Window(1000, 50, 0, NOTHING)
    assert verdicts(NOW, setting((1000.0, 40.0, 0.0)), [window]) == [PROMOTE]
    assert verdicts(NOW, setting((1000.0, 10.0, 0.0)), [window]) == [ROLL_BACK]
    assert verdicts(NOW, setting(), [window]) == [ROLL_BACK]


def test_the_graph_shows_a_window() -> None:
    judge = Dashboard(over=30.0)
    windows = [Window(1000, 50), Window(1000, 0), Window(1000, 0), Window(1000, 0)]
    assert verdicts(judge, setting(), windows) == [ROLL_BACK, ROLL_BACK, ROLL_BACK, PROMOTE]


def test_a_gap_in_the_graph_holds() -> None:
    assert verdicts(NOW, setting(), [Window(0, 0)]) == [HOLD]


def test_a_lower_line_worries_nobody() -> None:
    with pytest.raises(ValueError, match="times"):
        Dashboard(times=0.5)
