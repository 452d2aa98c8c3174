"""A study that grows block by block: left at any time it keeps what is done, and goes on later."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from time import perf_counter

from sim import __version__
from sim.scenario import Scenario
from sim.study.blocks import Block, Work
from sim.study.compare import Comparison, Gathered
from sim.study.identity import scenario_sha256

MOST_RUNS = 20_000


@dataclass
class Growing:
    """All policies of a scenario over the runs 0, 1, ... of one seed, as far as they have been simulated.

    Every policy gets a block of runs before anyone gets the next, so that wherever it is left all have the same runs.
    """

    scenario: Scenario
    seed: int
    asked: int
    seconds: float = 0.0
    gathered: Gathered = field(init=False)

    def __post_init__(self) -> None:
        self.plans, self.skipped = self.scenario.runnable()
        self.gathered = Gathered(list(self.plans), self.asked, None)
        self._seen: set[Block] = set()

    def ask(self, runs: int) -> None:
        """So many runs are wanted from now on; what is done stays."""
        self.asked = self.gathered.asked = max(self.gathered.runs, min(runs, MOST_RUNS))

    def missing(self) -> list[Block]:
        """Blocks that are still to do, in order."""
        return [block for block in self.gathered.blocks() if block not in self._seen]

    def grow(self) -> Iterator[int]:
        """Simulate what is missing, and yield after every block how many runs all policies have."""
        work = Work(self.scenario, self.plans, self.seed)
        for block in self.missing():
            began = perf_counter()
            table = work(block)
            # No call into Streamlit between these lines: a visitor who leaves must not leave half a block.
            self.gathered.add(block, table)
            self._seen.add(block)
            self.seconds += perf_counter() - began
            yield self.gathered.runs

    @property
    def share_done(self) -> float:
        """How much of what was asked for is done, 0 to 1."""
        left = sum(block.last - block.first for block in self.missing())
        return 1 - left / (self.asked * len(self.plans)) if self.asked else 1.0

    def comparison(self) -> Comparison:
        """What is known by now, as every door shows it."""
        return Comparison(
            scenario=self.scenario, sha256=scenario_sha256(self.scenario), seed=self.seed, asked=self.asked,
            runs=self.gathered.runs, only="all", version=__version__, seconds=self.seconds,
            tables=self.gathered.tables(), skipped=self.skipped, partial=self.gathered.runs < self.asked,
        )
