"""An engine of dice: outcomes with the look of real ones, the same for a run whoever asks."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from sim.model.outcome import COLUMNS, Outcome
from sim.model.plan import RolloutPlan
from sim.model.timeline import Timeline
from sim.scenario import Scenario

FAULTS = ("none", "errors", "leak", "corruption")
CHANCES = (0.7, 0.15, 0.1, 0.05)
SIZE = {"direct": 300_000.0, "test_first": 60_000.0, "standby": 20_000.0, "canary": 3_000.0}

ADAPTER = TypeAdapter(Scenario)
TEXT: dict[str, Any] = {
    "name": "Dice",
    "service": {"traffic": {"rate": "5000/s"}, "users": {"count": "200k"}},
    "fleet": {
        "production": {"servers": 100, "workers": 4, "service_time": "50ms"},
        "standby": {"servers": 100},
        "test": {"servers": 2},
    },
    "change": {"faults": [{"fault": "errors", "chance": "30%", "errors": "5%"}]},
    "horizon": "2h",
    "policies": {
        "direct": {"strategy": "direct"},
        "test_first": {"strategy": "test_first", "test": {"for": "10m"}},
        "standby": {"strategy": "standby_swap", "bake": "10m"},
        "canary": {"strategy": "canary", "bake": "10m"},
    },
}


def scenario(**changed: Any) -> Scenario:
    """The scenario of the dice; keywords replace whole parts of TEXT."""
    return ADAPTER.validate_python(TEXT | changed)


def policy_of(plan: RolloutPlan, of: Scenario) -> str:
    """Name of the policy whose plan this is."""
    return next(name for name, other in of.runnable()[0].items() if other == plan)


@dataclass
class Dice:
    """sim.measure's functions. `deadly`, `broken`: run numbers that kill the process, or raise.

    once: a file; while it is absent a deadly run makes it and kills, afterwards it is harmless.
    alone: raise for a broken run only when it is not asked for alone.
    """

    deadly: frozenset[int] = frozenset()
    broken: frozenset[int] = frozenset()
    once: Path | None = None
    home: int = -1
    alone: bool = True

    def faults_in(self, of: Scenario, seed: int, runs: Sequence[int]) -> Any:
        return np.array([FAULTS[self._fault(seed, run)] for run in runs], dtype=np.str_)

    def run_many(
        self, plan: RolloutPlan, of: Scenario, seed: int, runs: Sequence[int]
    ) -> dict[str, Any]:
        policy = policy_of(plan, of)
        rows = [self._run(policy, seed, run, len(runs) == 1) for run in runs]
        return {name: np.array([row[name] for row in rows]) for name in (*COLUMNS, "fault")}

    def run(
        self, plan: RolloutPlan, of: Scenario, seed: int, i: int, timeline: Timeline | None = None
    ) -> Outcome:
        row = self._run(policy_of(plan, of), seed, i, True)
        if timeline is not None:
            share = {"canary": 0.05}.get(policy_of(plan, of), 1.0)
            ends = 600.0 + 60 * (i % 10)
            timeline.truth += [(0.0, 5e3, 0.0, 0.0), (60.0, 5e3, 9.0, share), (ends, 5e3, 0.0, 0.0)]
        return Outcome(**{name: row[name] for name in COLUMNS})

    def _fault(self, seed: int, run: int) -> int:
        return int(np.random.default_rng((seed, run)).choice(len(FAULTS), p=CHANCES))

    def _run(self, policy: str, seed: int, run: int, alone: bool) -> dict[str, Any]:
        spent = self.once is not None and self.once.exists()
        if run in self.deadly and os.getpid() != self.home and not spent:
            if self.once is not None:
                self.once.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if run in self.broken and (self.alone or not alone):
            error = ZeroDivisionError("the dice broke")
            error.add_note(f"scenario 'Dice', seed {seed}, run {run}, t=7 s")
            raise error
        fault = self._fault(seed, run)
        luck = np.random.default_rng((seed, run, 1))
        own = np.random.default_rng((seed, run, 2 + list(SIZE).index(policy)))
        faulty = fault != 0
        seen = faulty and luck.random() < 0.9
        before = bool(seen and policy != "direct" and luck.random() < 0.5)
        harmed = faulty and not before
        failed = int(SIZE[policy] * luck.lognormal(0, 1) * own.lognormal(0, 0.2)) if harmed else 0
        by = "none"
        if seen:
            by = "test" if before else {"canary": "gate", "standby": "smoke"}.get(policy, "alert")
        return {
            "faulty": faulty,
            "fault": FAULTS[fault],
            "ended": "rolled_back" if seen else "promoted",
            "detected_by": by,
            "caught_before_users": before,
            "failed_requests": failed,
            "slow_requests": 0,
            "users_hit": min(200_000, failed // 2),
            "servers_hit": 5 if harmed else 0,
            "budget_spent": failed / 1e7,
            "records_lost": failed // 100 if FAULTS[fault] == "corruption" else 0,
            "peak_failed_share": 0.05 if harmed else 0.0,
            "time_to_detect_s": float(luck.exponential(300)) if seen and harmed else np.nan,
            "time_to_restore_s": float(luck.exponential(900)) if seen and harmed else np.nan,
            "lead_time_s": np.nan if seen else 3600.0,
            "false_rollback": False,
            "peak_utilisation": 0.7,
            "overload_s": 0.0,
            "peak_servers": 202,
            "extra_server_seconds": 0.0,
            "outage_cost": failed * 0.01,
            "cost": failed * 0.01 + 5,
            "requests": 36_000_000 + int(own.integers(1000)),
        }
