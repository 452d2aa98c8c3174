"""Operating curves: how often and how soon each judge sees a fault, by its size, and how often it is wrong.

All judges see the same evidence: run i of a fault's size is drawn once (`gate.py`) and shown to each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from time import perf_counter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim import __version__
from sim.measure import collected_seldom
from sim.model.plan import Gate
from sim.scenario import Scenario
from sim.study.bench import Named
from sim.study.effects import Effect
from sim.study.estimate import Floats
from sim.study.gate import Watchpost, rolled_back_at, watchpost
from sim.study.identity import scenario_sha256
from sim.study.quantiles import Quantile, quantile_of_sorted
from sim.study.shares import Share, share_of
from sim.study.workers import Hands, each_done

PART = 50
"""Runs of one size in a task, about a fifth of a second; never a function of the number of workers."""
HEALTHY = 0
"""Row of the healthy change in `Curve.times`; effect k is row k + 1."""


class Cell(NamedTuple):
    """One judge on one size of fault (or on healthy changes).

    seen         share of the bakes in which the change was rolled back
    half, most   by when half and 90 % of *all* bakes were rolled back, in seconds since the bake began; None where
                 fewer were
    undecided    runs that were rolled back only because the judge was still on hold when the gate gave up
    """

    seen: Share
    half: Quantile
    most: Quantile
    undecided: int


@dataclass(frozen=True, eq=False)
class Curve:
    """What came out. times: seconds from the beginning of the bake to the roll-back, NaN where the change passed,
    shape (1 + effects, judges, runs), healthy changes first; given_up: the same shape, rolled back undecided.

    gate       as the policy has it (its judge, early, give_up)
    rate_s     requests a second on the group under judgement, of a healthy change
    control    servers of the control group; added: the policy itself keeps none
    partial    interrupted: fewer runs than asked for
    """

    scenario: Scenario
    sha256: str
    policy: str
    gate: Gate
    bake_s: float
    canaries: int
    rate_s: float
    control: int
    added: bool
    judges: tuple[Named, ...]
    effects: tuple[Effect, ...]
    asked: int
    seed: int
    times: Floats
    given_up: NDArray[np.bool_]
    partial: bool = False
    seconds: float = 0.0
    version: str = __version__

    @property
    def runs(self) -> int:
        return int(self.times.shape[2])

    @cached_property
    def cells(self) -> tuple[tuple[Cell, ...], ...]:
        """cells[row][judge], rows as in `times`."""
        return tuple(
            tuple(_cell(self.times[row, judge], self.given_up[row, judge]) for judge in range(len(self.judges)))
            for row in range(len(self.times))
        )

    def false_alarms(self, judge: int) -> Cell:
        """This judge on healthy changes."""
        return self.cells[HEALTHY][judge]

    def cell(self, judge: int, effect: int) -> Cell:
        """This judge on faults of this size."""
        return self.cells[1 + effect][judge]


def _cell(times: Floats, given_up: NDArray[np.bool_]) -> Cell:
    # What was not seen comes after everything: so a quantile is one of all bakes, and infinite where it is not reached.
    ordered = np.sort(np.where(np.isnan(times), np.inf, times))
    seen = int(np.count_nonzero(np.isfinite(ordered)))
    half, most = (_reached(quantile_of_sorted(ordered, q)) for q in (0.5, 0.9))
    return Cell(share_of(seen, len(times)), half, most, int(np.count_nonzero(given_up)))


def _reached(found: Quantile) -> Quantile:
    """None for what lies beyond the last time that was seen."""
    value, low, high = (None if one is None or one == np.inf else one for one in found[:3])
    return Quantile(value, low, high, found.n)


@dataclass(frozen=True)
class Part:
    """Runs [first, last) of one row."""

    row: int
    first: int
    last: int

    def __str__(self) -> str:
        return f"runs {self.first} to {self.last - 1}"


@dataclass(frozen=True)
class Drawn:
    """All that a worker needs: `Drawn(...)(part) -> (times, given_up)`, each of shape (judges, runs of the part)."""

    posts: tuple[Watchpost, ...]
    gate: Gate
    judges: tuple[Named, ...]
    seed: int

    def __call__(self, part: Part) -> tuple[Floats, NDArray[np.bool_]]:
        shape = (len(self.judges), part.last - part.first)
        times, given_up = np.full(shape, np.nan), np.zeros(shape, dtype=bool)
        for k, run in enumerate(collected_seldom(range(part.first, part.last))):
            seen = self.posts[part.row].look(self.seed, run)
            for j, one in enumerate(self.judges):
                when, undecided = rolled_back_at(one.judge, self.gate, seen)
                times[j, k] = np.nan if when is None else when
                given_up[j, k] = undecided
        return times, given_up


def curve(
    scenario: Scenario,
    judges: Sequence[Named],
    effects: Sequence[Effect],
    *,
    policy: str | None = None,
    runs: int = 1000,
    seed: int = 1,
    jobs: Hands = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Curve:
    """Show runs 0 to `runs` - 1 of the study `seed` to every judge, for a healthy change and each size of fault.

    policy     whose gate; None: the first of the scenario with a judged bake
    jobs       worker processes or a cluster, as in `compare`; the result does not depend on it, to the last bit

    A control group is kept where a judge needs one and the policy keeps none. An interrupt (Ctrl-C) returns what is
    finished, with `partial` true. Raises NoGate, Impossible, ValueError for runs < 1, no judge or no effect, and
    NoCluster and Lost (cluster.py).
    """
    began = perf_counter()
    if runs < 1 or not judges or not effects:
        raise ValueError(f"runs(={runs}), judges(={len(judges)}) and effects(={len(effects)}) must each be at least 1")
    own = watchpost(scenario, policy)
    control, before = any(one.compares for one in judges), any(one.looks_back for one in judges)
    post = watchpost(scenario, own.policy, control=control, before=before)
    posts = (post, *(post.with_fault(effect.fault()) for effect in effects))
    gate = scenario.plan(own.policy).stages[post.at].gate
    work = Drawn(posts, gate, tuple(judges), seed)
    starts = range(0, runs, PART)
    # All sizes of some runs before the next runs: what an interrupt leaves is whole.
    parts = [Part(row, first, min(first + PART, runs)) for first in starts for row in range(len(posts))]
    done: dict[Part, tuple[Floats, NDArray[np.bool_]]] = {}
    partial = False
    try:
        for part, result in each_done(work, parts, jobs):
            done[part] = result
            if on_progress is not None:
                on_progress(sum(one.last - one.first for one in done), runs * len(posts))
    except KeyboardInterrupt:
        partial = True
    whole = [first for first in starts if all(part in done for part in parts if part.first == first)]
    kept = next((at for at, first in enumerate(starts) if first not in whole), len(starts))
    kept_parts = [part for part in parts if part.first < kept * PART]
    rows = [[done[part] for part in kept_parts if part.row == row] for row in range(len(posts))]
    nothing = np.empty((len(judges), 0))
    times = np.stack([np.concatenate([nothing, *(times for times, _ in row)], axis=1) for row in rows])
    given_up = np.stack([np.concatenate([nothing, *(flags for _, flags in row)], axis=1) for row in rows]) > 0
    return Curve(
        scenario=scenario, sha256=scenario_sha256(scenario), policy=own.policy, gate=gate,
        bake_s=post.bake_s, canaries=post.canaries, rate_s=post.rate_s(), control=post.plan.control,
        added=post.plan.control > own.plan.control, judges=tuple(judges), effects=tuple(effects), asked=runs,
        seed=seed, times=times, given_up=given_up, partial=partial, seconds=perf_counter() - began,
    )
