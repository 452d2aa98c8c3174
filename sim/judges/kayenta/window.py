"""Which minutes an analysis looks at.

Source: spinnaker/kayenta, kayenta-standalone-canary-analysis, SetupAndExecuteCanariesStage.
"""

from __future__ import annotations


def window(
    number: int, interval: float, *, begin_after: float = 0.0, lookback: float = 0.0, explicit: bool = False
) -> tuple[float, float]:
    """Start and end of the `number`-th analysis (from 1), in the unit of `interval`, from the experiment's start.

    Growing windows from `begin_after` on; sliding ones of length `lookback` when that is above 0. `explicit`: start
    and end were given by the user, who has thought of the warm-up: `begin_after` is then not added again.

    >>> window(2, 3, begin_after=4), window(2, 5, lookback=5)
    ((4, 10), (5.0, 10.0))
    """
    if number < 1:
        raise ValueError(f"number(={number}) must be at least 1")
    start = 0 if explicit else begin_after
    end = start + number * interval
    return (end - lookback, end) if lookback > 0 else (start, end)
