"""How far a faulty version had spread at each moment, under each policy: a median and a band."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np

from sim.model.outcome import Outcome
from sim.model.plan import RolloutPlan
from sim.model.timeline import Timeline
from sim.scenario import Scenario
from sim.study.compare import Comparison
from sim.study.estimate import Floats

POINTS = 400
BAND = (0.1, 0.9)
LATER = 1.08
"""The picture goes on so far beyond the last change that people should see."""


class Recorder(Protocol):
    """What the spread asks of an engine; the module `sim.measure` is one."""

    def run(
        self,
        plan: RolloutPlan,
        scenario: Scenario,
        seed: int,
        i: int,
        *,
        timeline: Timeline | None = None,
    ) -> Outcome:
        """Run number i of the study, its timeline filled in."""


class Spread(NamedTuple):
    """Share of requests that go to the new version, from the start of the rollout.

    t_s     seconds, shape (points,)
    median, low, high   shares at those times over n runs: the middle one, and the band that holds
                        the middle 80 % of runs; all 0 when n is 0
    """

    t_s: Floats
    median: Floats
    low: Floats
    high: Floats
    n: int


def spread_over_time(
    comparison: Comparison, *, most: int = 60, engine: Recorder | None = None
) -> dict[str, Spread]:
    """Run the first `most` faulty changes of the comparison again, and follow them over time.

    All policies share one axis of time, which ends soon after nine in ten of the runs have come to
    rest. Raises ValueError if most < 1, and whatever a run raises.
    """
    if most < 1:
        raise ValueError(f"most(={most}) must be at least 1")
    if engine is None:
        from sim import measure

        engine = measure
    steps: dict[str, list[tuple[Floats, Floats]]] = {}
    for policy, table in comparison.among("faulty").items():
        plan = comparison.scenario.plan(policy)
        steps[policy] = []
        for run in table.runs[:most].tolist():
            timeline = Timeline()
            engine.run(plan, comparison.scenario, comparison.seed, run, timeline=timeline)
            steps[policy].append(_steps(timeline))
    end = min(comparison.scenario.horizon, LATER * max(map(_rest, steps.values()), default=0.0))
    grid = np.linspace(0.0, end or comparison.scenario.horizon, POINTS)
    return {policy: _spread(grid, many) for policy, many in steps.items()}


def _steps(timeline: Timeline) -> tuple[Floats, Floats]:
    """Times (s) and shares to the new version from then on, only where the share changes."""
    rows = [(0.0, 0.0), *((float(row[0]), float(row[3])) for row in timeline.truth)]
    times, shares = (np.array(part, dtype=np.float64) for part in zip(*rows, strict=True))
    shares = np.nan_to_num(shares)              # no request, no share
    changed = np.append(True, np.diff(shares) != 0)
    return times[changed], shares[changed]


def _rest(many: Sequence[tuple[Floats, Floats]]) -> float:
    """The time by which nine in ten of the runs have changed for the last time."""
    return float(np.quantile([times[-1] for times, _ in many], 0.9)) if many else 0.0


def _spread(grid: Floats, many: Sequence[tuple[Floats, Floats]]) -> Spread:
    if not many:
        nothing = np.zeros_like(grid)
        return Spread(grid, nothing, nothing, nothing, 0)
    # Of several changes at one instant the last counts: side="right".
    at = np.array(
        [shares[np.searchsorted(times, grid, side="right") - 1] for times, shares in many]
    )
    low, median, high = np.quantile(at, (BAND[0], 0.5, BAND[1]), axis=0, method="inverted_cdf")
    return Spread(grid, median, low, high, len(many))
