"""The smallest canary and the shortest bake that see a fault often enough, and what is wrong when none does.

For every number of canaries the gate is looked through once, for as long as the longest bake that is asked about: the
share of rollouts that are rolled back by a time is the power of a bake that ends then, and the same of healthy
changes its false alarms. Where an exact solution is known (`exact_power.py`) the shares are exact; else simulated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from sim.model.change import Fault
from sim.scenario import Scenario
from sim.study.bench import Named
from sim.study.exact_power import course, knows
from sim.study.gate import NoGate, watchpost
from sim.study.identity import scenario_sha256
from sim.study.size_reason import reason
from sim.study.sized import Drawn, Part, Size, Sized, numbers
from sim.study.workers import Hands, each_done
from sim.units import HOUR, MINUTE

BAKES = (10.0, 30.0, *(m * MINUTE for m in (1, 2, 5, 10, 20, 30)), *(h * HOUR for h in (1, 2, 4, 8, 16, 24, 48)))
"""Lengths that a table may show."""
PART = 50
LEAST_LONGEST = HOUR
MOST_EXACT = 20
"""Every number of canaries up to this is tried where the solution is exact."""


def size(
    scenario: Scenario,
    judge: Named,
    fault: Fault,
    effect: str,
    *,
    policy: str,
    power: float = 0.9,
    false: float = 0.01,
    longest_s: float | None = None,
    runs: int = 1000,
    seed: int = 1,
    jobs: Hands = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Size:
    """The smallest canary and the shortest bake with which this judge sees this fault in so many bakes.

    effect     the fault in words. power, false: shares that must be shown, by the ends of their 95 % intervals
    longest_s  longest bake to consider; None: an hour, or six of the policy's own
    runs       of every number of canaries, with the fault and without; unused where the solution is exact, but for
               a check of the answer

    Between the numbers that are tried the smallest is looked for by halving, as if more canaries saw more; that
    they do not always (a threshold's saw-tooth) is seen where the exact solution tries every number.
    Raises NoGate and Impossible as `watchpost`, ValueError for runs < 1, NoCluster and Lost (cluster.py).
    """
    began = perf_counter()
    if runs < 1:
        raise ValueError(f"runs(={runs}) must be at least 1")
    if fault.health_chance > 0:
        raise NoGate(f"health checks see the fault {fault.key!r} and end the bake themselves, whatever the judge says")
    own = watchpost(scenario, policy)
    longest = longest_s if longest_s is not None else max(LEAST_LONGEST, 6 * own.bake_s)
    work = Drawn(scenario, policy, judge, fault, longest, seed)
    tried = numbers(scenario, policy, judge.compares)
    rows = _exact(work, tried, scenario.fleet.production.servers)
    if not rows:
        rows = _simulated(work, tried, runs, jobs, on_progress)
    made = Size(
        scenario=scenario, sha256=scenario_sha256(scenario), policy=policy, judge=judge, effect=effect, power=power,
        false=false, bake_s=own.bake_s, canaries=own.canaries, longest_s=longest, scrape_s=own.scrape_s,
        control=judge.compares and not own.plan.control, runs=runs, seed=seed, rows=tuple(rows),
    )
    if not rows[0].exact and (gap := _gap(made)) is not None:
        made = replace(made, rows=tuple(_between(made, work, gap, jobs)))
    check = None
    if made.rows[0].exact and made.smallest is not None:
        check = _simulated(work, [made.smallest.canaries], runs, jobs, on_progress)[0]
    why = reason(made, work) if made.smallest is None else None
    return replace(made, check=check, why=why, seconds=perf_counter() - began)


def _exact(work: Drawn, tried: Sequence[int], servers: int) -> list[Sized]:
    """All rows from exact solutions, or none of them."""
    if not knows(work.judge.judge):
        return []
    rows = []
    for n in sorted({*tried, *range(1, min(MOST_EXACT, max(tried)) + 1)}):
        post = work.post(n, True)
        seen, wrong = course(work.judge.judge, post), course(work.judge.judge, work.post(n, False))
        if seen is None or wrong is None:
            return []
        rows.append(Sized(n, post.with_fault(None).rate_s(), seen, wrong))
    return rows


def _simulated(
    work: Drawn, tried: Sequence[int], runs: int, jobs: Hands, on_progress: Callable[[int, int], None] | None
) -> list[Sized]:
    parts = [
        Part(n, faulty, first, min(first + PART, runs))
        for n in tried for faulty in (True, False) for first in range(0, runs, PART)
    ]
    done: dict[Part, NDArray[np.float64]] = {}
    for part, found in each_done(work, parts, jobs):
        done[part] = found
        if on_progress is not None:
            on_progress(len(done), len(parts))

    def times(n: int, faulty: bool) -> NDArray[np.float64]:
        return np.concatenate([done[part] for part in parts if (part.canaries, part.faulty) == (n, faulty)])

    return [Sized(n, work.post(n, False).rate_s(), times(n, True), times(n, False)) for n in tried]


def _gap(made: Size) -> tuple[int, int] | None:
    """The last number that is not enough and the smallest that is, with others between them."""
    return next(
        ((few.canaries, many.canaries) for few, many in pairwise(made.rows)
         if many is made.smallest and many.canaries > few.canaries + 1), None,
    )


def _between(made: Size, work: Drawn, gap: tuple[int, int], jobs: Hands) -> list[Sized]:
    """The rows with those that halving the gap adds."""
    rows, (few, many) = list(made.rows), gap
    while many > few + 1:
        middle = (few + many) // 2
        row = _simulated(work, [middle], made.runs, jobs, None)[0]
        rows.append(row)
        few, many = (few, middle) if made.enough(row) is not None else (middle, many)
    return sorted(rows, key=lambda row: row.canaries)
