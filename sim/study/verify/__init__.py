"""`coalmine verify`: closed forms against runs of the real engine, case by case, each with its z.

case      one comparison, and all of them together
setting   small scenarios built in code
watching  when the alarm comes
harm      what a rollout costs until it is undone
serving   slow and refused requests
finding   whether a fault is found at all
moving    users and swaps

Each case has random numbers of its own, and as many runs as make a formula that is 5 % wrong fail.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable

from sim.measure import run_many
from sim.scenario import Scenario
from sim.study.verify import finding, harm, moving, serving, watching
from sim.study.verify.case import SHARPEST, Case, Draw, Table, likely, overall

CASES: tuple[Callable[[Draw], Case], ...] = (
    *watching.CASES, *harm.CASES, *serving.CASES, *finding.CASES, *moving.CASES
)
FEWEST = 100
"""Runs of a case however small the factor: fewer give no standard error to speak of."""


def verify(
    factor: float = 1.0, seed: int = 1, on_progress: Callable[[int, int], None] | None = None
) -> list[Case]:
    """Every case, simulated and judged.

    factor: times the usual number of runs; below 1 a standard error may be larger accordingly.
    on_progress: called with cases done and cases in all. Raises ValueError if factor is 0 or less.
    """
    if not factor > 0:
        raise ValueError(f"factor(={factor:g}) must be above 0: no runs, no standard error")
    cases = []
    for done, case in enumerate(CASES):
        if on_progress is not None:
            on_progress(done, len(CASES))
        cases.append(one(case, factor, seed))
    if on_progress is not None:
        on_progress(len(CASES), len(CASES))
    return cases


def one(case: Callable[[Draw], Case], factor: float = 1.0, seed: int = 1) -> Case:
    """One of CASES, with the runs that `verify` would give it."""

    def draw(scenario: Scenario, runs: int) -> Table:
        own_seed = (seed << 32) + zlib.crc32(case.__name__.encode())
        enough = max(FEWEST, round(runs * factor))
        return run_many(scenario.plan("it"), scenario, own_seed, range(enough))

    found = case(draw)
    return found.against(found.theory, sharp=SHARPEST / math.sqrt(min(factor, 1.0)))


__all__ = ["CASES", "Case", "likely", "one", "overall", "verify"]
