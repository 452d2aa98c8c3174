"""The unit of work: some run numbers of one policy, simulated somewhere, the same everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.model.plan import RolloutPlan
from sim.scenario import Scenario
from sim.study.tables import HEALTHY, Table

Only = Literal["all", "faulty"]
BLOCK = 100
"""Runs in a block: from 0.03 s (caught canaries) to 1.5 s (5,000 servers crashing one by one), so
that handing over costs little, Ctrl-C loses little and two workers end together. Never a function
of the number of workers: blocks are where a study may stop, so they are part of its result."""


class Engine(Protocol):
    """What a study asks of an engine; the module `sim.measure` is one."""

    def run_many(
        self, plan: RolloutPlan, scenario: Scenario, seed: int, runs: Sequence[int]
    ) -> dict[str, NDArray[Any]]:
        """One array per outcome column and `fault`; element k belongs to run number runs[k]."""

    def faults_in(self, scenario: Scenario, seed: int, runs: Sequence[int]) -> NDArray[np.str_]:
        """Names of the faults that the change of each run carries, 'none' when it is healthy."""


class RunFailed(RuntimeError):
    """One run raised an error; it says which, so that it can be run again alone."""

    def __init__(self, scenario: str, policy: str, seed: int, run: int, why: str) -> None:
        super().__init__(scenario, policy, seed, run, why)      # args: it must travel from a worker
        self.scenario, self.policy, self.seed, self.run, self.why = scenario, policy, seed, run, why

    def __str__(self) -> str:
        return (
            f"scenario {self.scenario!r}, policy {self.policy!r}, seed {self.seed}, run {self.run} "
            f"failed: {self.why} (repeat it with `run --policy {self.policy} --seed {self.seed} "
            f"--run {self.run}`)"
        )


@dataclass(frozen=True)
class Block:
    """Run numbers [first, last) of one policy."""

    policy: str
    first: int
    last: int

    def __str__(self) -> str:
        return f"runs {self.first} to {self.last - 1} of policy {self.policy!r}"


@dataclass(frozen=True)
class Work:
    """All that a worker needs beside the block: `Work(...)(block) -> Table`. It can be pickled."""

    scenario: Scenario
    plans: dict[str, RolloutPlan]
    seed: int
    only: Only = "all"
    engine: Engine | None = None

    def __call__(self, block: Block) -> Table:
        """Simulate a block. Raises RunFailed, from the error of its first run that fails."""
        engine = self.engine or the_engine()
        runs: Sequence[int] = range(block.first, block.last)
        if self.only == "faulty":
            carried = engine.faults_in(self.scenario, self.seed, runs)
            runs = [run for run, fault in zip(runs, carried, strict=True) if fault != HEALTHY]
            if not runs:
                return Table.empty()
        plan = self.plans[block.policy]
        try:
            return Table.of(engine.run_many(plan, self.scenario, self.seed, runs), runs)
        except Exception as error:
            raise self._named(error, engine, block.policy, runs) from error

    def _named(
        self, error: Exception, engine: Engine, policy: str, runs: Sequence[int]
    ) -> RunFailed:
        """The failure with the number of its run: the first one that fails alone too."""
        for run in runs:
            try:
                engine.run_many(self.plans[policy], self.scenario, self.seed, [run])
            except Exception as again:
                return RunFailed(self.scenario.name, policy, self.seed, run, _said(again))
        why = f"{_said(error)} (only together with runs {runs[0]} to {runs[-1]})"
        return RunFailed(self.scenario.name, policy, self.seed, runs[0], why)


def the_engine() -> Engine:
    """The engine of this house, imported when it is first needed."""
    from sim import measure

    return measure


def _said(error: Exception) -> str:
    notes = "; ".join(getattr(error, "__notes__", ()))
    return f"{type(error).__name__}: {error}" + (f" [{notes}]" if notes else "")
