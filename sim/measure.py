"""Timeline and tallies -> outcome: one run, or many, in numbers. The door of the engine."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.engine.clock import US
from sim.engine.conductor import Question
from sim.engine.luck import present_faults
from sim.engine.run import Tally, simulate
from sim.engine.streams import Streams
from sim.model.evidence import Verdict
from sim.model.outcome import COLUMNS, WORDS, Outcome
from sim.model.plan import RolloutPlan
from sim.model.timeline import Timeline
from sim.scenario import Scenario
from sim.units import DAY, HOUR, MINUTE

MINUTE_US = 60 * US
RUNS_A_COLLECTION = 32
GRID_US = 10 * US
"""Where conditions drift (servers falling ill one by one) the worst minute is looked for at this grain."""
DOWN = 0.5
"""A minute is down when at least this share of its requests fails."""


def run(
    plan: RolloutPlan,
    scenario: Scenario,
    seed: int,
    i: int,
    *,
    timeline: Timeline | None = None,
    decide: Callable[[Question], Verdict] | None = None,
    block: bool = True,
    replay: bool = True,
) -> Outcome:
    """Run number i of the study with this seed, as an outcome.

    timeline: filled with everything that happens, hidden truth included; it changes no number.
    decide: asked at the end of every bake instead of the gate's own rule.
    """
    return measure(
        simulate(plan, scenario, seed, i, timeline=timeline, decide=decide, block=block, replay=replay), plan, scenario
    )


def run_many(plan: RolloutPlan, scenario: Scenario, seed: int, runs: Sequence[int]) -> dict[str, NDArray[Any]]:
    """Many runs as columns: element k of each belongs to run number runs[k].

    Numbers and flags are float64, NaN where a run has no value; `ended`, `detected_by` and `fault` (what the change
    carried, joined by '+', 'none' when healthy) are text.
    """
    numbers = [name for name in COLUMNS if name not in WORDS]
    numbers_of = attrgetter(*numbers)
    rows: list[tuple[Any, ...]] = []
    words: dict[str, list[str]] = {name: [] for name in (*WORDS, "fault")}
    for i in collected_seldom(runs):
        tally = simulate(plan, scenario, seed, i)
        outcome = measure(tally, plan, scenario)
        rows.append(numbers_of(outcome))
        for name in WORDS:
            words[name].append(getattr(outcome, name))
        words["fault"].append("+".join(sorted(tally.faults)) or "none")
    columns = np.array(rows, dtype=np.float64).reshape(len(rows), len(numbers)).T.copy()  # None becomes NaN
    table: dict[str, NDArray[Any]] = dict(zip(numbers, columns, strict=True))
    return table | {name: np.array(column, dtype=np.str_) for name, column in words.items()}


def collected_seldom(runs: Sequence[int]) -> Iterator[int]:
    """The runs, with Python's cycle collector held back: a third of a short run's time went into it.

    A run's events and processes refer to each other in circles and are freed every few dozen runs, without looking
    again and again at all that was there before.
    """
    if not gc.isenabled():
        yield from runs
        return
    gc.disable()
    gc.collect(1)                      # what is frozen dead, runs before among it, is hardly ever looked at again
    gc.freeze()
    try:
        for k, i in enumerate(runs):
            yield i
            if k % RUNS_A_COLLECTION == RUNS_A_COLLECTION - 1:
                gc.collect(0)
    finally:
        gc.unfreeze()
        gc.enable()


def faults_in(scenario: Scenario, seed: int, runs: Sequence[int]) -> NDArray[np.str_]:
    """What the change of each run carries, without simulating it: as the `fault` column of `run_many`."""
    names = []
    for i in runs:
        with Streams(seed, i) as streams:
            present = present_faults(scenario, streams)
        names.append("+".join(sorted(scenario.faults[bit].key for bit in present)) or "none")
    return np.array(names, dtype=np.str_)


def measure(tally: Tally, plan: RolloutPlan, scenario: Scenario) -> Outcome:
    """Put a run's tallies into columns; units and formulas are in `model/outcome.py`."""
    story, service = tally.story, scenario.service
    ended = _ended(tally)
    failed, corrupted = tally.totals[2] + tally.totals[3], tally.corrupted
    harmed = failed + corrupted + (tally.slow if service.objective.slow_counts else 0)
    faulty = bool(tally.faults)
    detected = story.alarmed_by
    strain = _strain(tally)
    lead = None if story.promoted_at is None or ended != "promoted" else story.promoted_at / US
    first, alarmed = tally.first_harm, story.alarmed_at
    extra = plan.reserves * 30 * DAY / scenario.change.per_month
    outcome = Outcome(
        faulty=faulty,
        ended=ended,  # type: ignore[arg-type]
        detected_by=detected,  # type: ignore[arg-type]
        caught_before_users=faulty and story.true_alarm and harmed == 0,
        failed_requests=failed,
        slow_requests=tally.slow,
        users_hit=tally.users_hit,
        servers_hit=tally.servers_hit,
        budget_spent=harmed / _budget(scenario),
        records_lost=corrupted,
        peak_failed_share=strain.peak_failed_share,
        time_to_detect_s=(
            None
            if first is None or alarmed is None or not story.true_alarm or alarmed < first
            else (alarmed - first) / US
        ),
        time_to_restore_s=None if first is None else max(0, (tally.harm_ends or first) - first) / US,
        lead_time_s=lead,
        false_rollback=ended in ("rolled_back", "stopped") and not story.true_alarm and harmed == 0,
        peak_utilisation=strain.utilisation,
        overload_s=strain.overload_s,
        peak_servers=scenario.fleet.production.servers + plan.reserves,
        extra_server_seconds=extra,
        outage_cost=0.0,
        cost=0.0,
        requests=sum(tally.totals),
    )
    # Not `or`: a change without restart is promoted at 0, which is an instant like any other.
    ends = (story.promoted_at, story.undone_at, story.stopped_at)
    busy = next((at for at in ends if at is not None), None)
    outcome.outage_cost = _outage_cost(outcome, scenario, strain.down_s)
    outcome.cost = _cost(outcome, scenario, scenario.horizon if busy is None else busy / US)
    return outcome


def _ended(tally: Tally) -> str:
    story = tally.story
    if story.stopped_at is not None:
        return "stopped"
    if story.undone_at is not None:
        return "rolled_back"
    # An alarm whose undo the horizon cut off leaves the rollout unfinished, promoted before or not.
    if story.promoted_at is not None and story.alarmed_at is None:
        return "promoted"
    return "unfinished"


def _budget(scenario: Scenario) -> float:
    """Requests that may fail in one period of the objective."""
    service = scenario.service
    profile = service.traffic.profile
    edges = [at for at, _ in profile[1:]] + [DAY + profile[0][0]]
    mean_factor = sum(by * (end - at) for (at, by), end in zip(profile, edges, strict=True)) / DAY
    objective = service.objective
    return (1 - objective.availability) * service.traffic.rate * mean_factor * objective.period


def _outage_cost(outcome: Outcome, scenario: Scenario, down_s: float) -> float:
    price = scenario.service.cost
    return (
        price.per_failed_request * outcome.failed_requests
        + price.per_user_hit * outcome.users_hit
        + price.per_minute_down * down_s / MINUTE
        + price.per_record_lost * outcome.records_lost
    )


def _cost(outcome: Outcome, scenario: Scenario, busy_s: float) -> float:
    price = scenario.service.cost
    standing = price.per_server_hour * outcome.extra_server_seconds / HOUR
    return scenario.importance * outcome.outage_cost + standing + price.per_day_of_delay * busy_s / DAY


def _stretches(tally: Tally) -> list[tuple[int, int, Any]]:
    """(from, to, flows) of every stretch of constant conditions that lasted."""
    edges = [since for since, _ in tally.conditions[1:]] + [tally.ended_at]
    return [(since, end, flows) for (since, flows), end in zip(tally.conditions, edges, strict=True) if end > since]


class Strain(NamedTuple):
    """What follows from the conditions of a run alone, whatever was drawn."""

    peak_failed_share: float
    down_s: float
    utilisation: float
    overload_s: float


def _strain(tally: Tally) -> Strain:
    """The strain of a run; kept where many runs share their conditions."""
    shared = tally.shared
    if shared is not None and "strain" in shared:
        kept: Strain = shared["strain"]
        return kept
    stretches = _stretches(tally)
    strain = Strain(
        *_worst_minute(stretches),
        utilisation=max((flows.utilisation for _, _, flows in stretches), default=0.0),
        overload_s=sum(b - a for a, b, flows in stretches if flows.overloaded) / US,
    )
    if shared is not None:
        shared["strain"] = strain
    return strain


def _worst_minute(stretches: list[tuple[int, int, Any]]) -> tuple[float, float]:
    """Largest share of failed requests in any sliding minute, and seconds with at least half of them failing.

    From the conditions, not the draws: a service of one request a minute is not down when that one fails.
    """
    if all(not flows.any_harm for _, _, flows in stretches):
        shares = [flows.failing.rate / flows.total for _, _, flows in stretches if flows.total > 0]
        return max(shares, default=0.0), 0.0
    times, failed, asked = [0], [0.0], [0.0]
    down = 0.0
    for since, end, flows in stretches:
        # A memory of conditions is shared between runs; only drifting ones (never shared) care when they began.
        points = [*_drift(flows, since, end), end]
        start = since
        for point in points:
            fails, asks = float(flows.failing.mean(start, point)), flows.total * (point - start) * 1e-6
            if asks > 0 and fails >= DOWN * asks * (1 - 1e-12):
                down += (point - start) / US
            times.append(point)
            failed.append(failed[-1] + fails)
            asked.append(asked[-1] + asks)
            start = point
    whole = min(MINUTE_US, times[-1])
    at = np.array(times, dtype=float)
    ends = np.concatenate([at, at + whole])
    ends = ends[(ends >= whole) & (ends <= at[-1])]
    fails = np.interp(ends, at, failed) - np.interp(ends - whole, at, failed)
    asks = np.interp(ends, at, asked) - np.interp(ends - whole, at, asked)
    share = fails[asks > 0] / asks[asks > 0]
    return (min(1.0, float(share.max())) if len(share) else 0.0), down


def _drift(flows: Any, since: int, end: int) -> range:
    """Instants of the grid inside (since, end) between which the failing share changes as servers fall ill.

    Before the first of them and after the last nothing drifts: days of waiting need no steps.
    """
    moves = [move for move, _ in flows.failing.ramps]
    if not moves:
        return range(0)
    first = min(move.next(since) for move in moves)
    last = min(end, max(move.last for move in moves) + GRID_US)
    return range(max(since - since % GRID_US + GRID_US, first - first % GRID_US), last, GRID_US)
