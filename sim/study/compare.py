"""Compare the policies of a scenario on the same changes: many runs of each, as tables.

Run i meets the same change, the same ill servers, the same sleepy operator under every policy, so
tables are paired: element k of one policy's column and of another's come from the same run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from time import perf_counter
from typing import Literal

from sim import __version__
from sim.model.plan import Impossible, RolloutPlan
from sim.scenario import Scenario
from sim.study import identity, stopping
from sim.study.blocks import BLOCK, Block, Engine, Only, Work
from sim.study.cluster import Lost
from sim.study.estimate import Moments
from sim.study.growing import Growing
from sim.study.stopping import Precision
from sim.study.tables import NUMBERS, Table
from sim.study.workers import Hands, each_done

Among = Literal["all", "faulty", "healthy"]
MOST_RUNS = 100_000_000


class UnknownPolicy(ValueError):
    """A policy was named that the scenario does not list."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """What came out: one table per policy, all over the same run numbers.

    scenario  the Scenario; `sha256` of its canonical form (sim/study/identity.py)
    asked     run numbers [0, asked) were asked for; [0, runs) were drawn: fewer when `precision`
              stopped it, or when it was interrupted (`partial`; `lost` says why, if by its cluster)
    only      "faulty": healthy changes were drawn but not simulated; tables hold the faulty ones
    version   of coalmine; `seconds` of wall time, the one field that repeating it changes
    tables    policy -> Table, in the scenario's order
    skipped   policy -> why this fleet cannot run it
    """

    scenario: Scenario
    sha256: str
    seed: int
    asked: int
    runs: int
    only: Only
    version: str
    seconds: float
    tables: dict[str, Table]
    skipped: dict[str, str] = field(default_factory=dict)
    partial: bool = False
    lost: str = ""

    @property
    def counterfactual(self) -> tuple[str, ...]:
        """The compared policies that nobody used: what the replay of an incident would have been with them."""
        return tuple(name for name in self.tables if self.scenario.policies[name].counterfactual)

    def among(self, which: Among) -> dict[str, Table]:
        """The tables over all changes, or only the faulty or healthy ones.

        Raises ValueError for any other word.
        """
        if which not in ("all", "faulty", "healthy"):
            raise ValueError(f"among(={which!r}) must be all, faulty or healthy")
        if which == "all":
            return self.tables
        return {
            policy: table.pick(table.faulty if which == "faulty" else ~table.faulty)
            for policy, table in self.tables.items()
        }


def compare(
    scenario: Scenario,
    *,
    policies: Sequence[str] | None = None,
    runs: int = 1000,
    seed: int = 1,
    jobs: Hands = None,
    only: Only = "all",
    precision: tuple[str, float, float] | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    engine: Engine | None = None,
) -> Comparison:
    """Simulate runs 0, 1, ... of the study `seed` under every policy.

    policies     names; None: all that this fleet can run, the others are `skipped` with the reason
    runs         changes drawn per policy; with `precision` the most there may be
    jobs         worker processes; None: as many as processors when that is sooner, else none; or
                 a Cluster (cluster.py). The result does not depend on it, to the last bit
    only         "faulty": simulate only the runs whose change is faulty
    precision    (column, relative, floor): stop at the end of the first block of runs at which the
                 column's mean is known to that precision under every policy (`stopping.precise`)
    on_progress  called as on_progress(runs finished over all policies, most there can be)
    engine       what simulates; None: sim.measure

    An interrupt (Ctrl-C) returns what all policies have in common so far, with `partial` true; so does
    a cluster that is lost, with the reason in `lost`.
    Raises UnknownPolicy; Impossible if a named policy, or every policy, cannot run on this fleet;
    ValueError for other bad arguments; RunFailed for an error inside a run, with its number;
    WorkerDied when a block kills its worker three times; NoCluster.
    """
    began = perf_counter()
    refuse_unless_askable(runs, seed)
    if only not in ("all", "faulty"):
        raise ValueError(f"only(={only!r}) must be all or faulty")
    wanted = stopping.checked(Precision(*precision), NUMBERS) if precision else None
    plans, skipped = _plans(scenario, policies)
    work = Work(scenario, plans, seed, only, engine)
    gathered = Gathered(list(plans), runs, wanted)
    partial, lost = False, ""
    done = each_done(work, gathered.blocks(), jobs)
    try:
        for block, table in done:
            gathered.add(block, table)
            if on_progress is not None:
                total = gathered.runs if gathered.enough else runs
                on_progress(min(gathered.finished, total * len(plans)), total * len(plans))
            if gathered.enough:
                break
    except KeyboardInterrupt:
        partial = True
    except Lost as gone:
        partial, lost = True, str(gone)
    finally:
        done.close()
    return Comparison(
        scenario=scenario,
        sha256=identity.scenario_sha256(scenario),
        seed=seed,
        asked=runs,
        runs=gathered.runs,
        only=only,
        version=__version__,
        seconds=perf_counter() - began,
        tables=gathered.tables(),
        skipped=skipped,
        partial=partial,
        lost=lost,
    )


def _plans(
    scenario: Scenario, policies: Sequence[str] | None
) -> tuple[dict[str, RolloutPlan], dict[str, str]]:
    """Plans of what is to be compared, and why the rest is not."""
    plans, reasons = scenario.runnable()
    refuse_unknown(scenario, policies or ())
    for name in policies or ():
        if name in reasons:
            raise Impossible(f"policy {name!r}: {reasons[name]}")
    if policies:
        return {name: plan for name, plan in plans.items() if name in policies}, {}
    if not plans:
        raise Impossible("; ".join(f"policy {name!r}: {why}" for name, why in reasons.items()))
    return plans, reasons


def refuse_unless_askable(runs: int, seed: int) -> None:
    """Raise ValueError for a number of runs or a seed that no study can have."""
    if not 1 <= runs <= MOST_RUNS:
        raise ValueError(f"runs(={runs}) must be from 1 to {MOST_RUNS}")
    if not 0 <= seed < 2**63:
        raise ValueError(f"seed(={seed}) must be from 0 to 2^63 - 1")


def refuse_unknown(scenario: Scenario, policies: Sequence[str]) -> None:
    """Raise UnknownPolicy for a policy that the scenario does not list, with the nearest that it does."""
    for name in policies:
        if name not in scenario.policies:
            near = get_close_matches(name, scenario.policies, n=1, cutoff=0.5)
            hint = f": did you mean {near[0]!r}?" if near else ""
            raise UnknownPolicy(f"policy {name!r} is not one of {', '.join(scenario.policies)}{hint}")


class Gathered:
    """Finished blocks, in whatever order they come, and how far all policies have got.

    A block of run numbers counts when every policy has it and all before it: so far the tables go,
    and there alone is asked whether the runs are enough. So workers cannot matter.
    """

    def __init__(self, policies: list[str], asked: int, precision: Precision | None) -> None:
        self.policies, self.asked, self.precision = policies, asked, precision
        self.done: dict[Block, Table] = {}      # those that others must be waited for
        self.grown = {policy: Growing() for policy in policies}
        self.runs = 0
        self.finished = 0
        self.enough = False
        self._seen = dict.fromkeys(policies, Moments())

    def blocks(self) -> Iterator[Block]:
        """All there may be to do: the same run numbers of every policy, then the next ones."""
        return (
            Block(policy, first, min(first + BLOCK, self.asked))
            for first in range(0, self.asked, BLOCK)
            for policy in self.policies
        )

    def add(self, block: Block, table: Table) -> None:
        """Note a finished block; `runs` and `enough` are up to date afterwards."""
        self.done[block] = table
        self.finished += block.last - block.first
        while self.runs < self.asked and not self.enough:
            row = self._row(self.runs)
            if any(block not in self.done for block in row):
                return
            self.runs = row[0].last
            for block in row:
                part = self.done.pop(block)
                self.grown[block.policy].append(part)
                if self.precision is not None:
                    more = Moments.of(part[self.precision.column])
                    self._seen[block.policy] = self._seen[block.policy].join(more)
            if self.precision is not None:
                precise = stopping.precise
                self.enough = all(precise(seen, self.precision) for seen in self._seen.values())

    def tables(self) -> dict[str, Table]:
        """Tables over run numbers [0, runs), in index order."""
        return {policy: grown.table() for policy, grown in self.grown.items()}

    def _row(self, first: int) -> list[Block]:
        return [Block(name, first, min(first + BLOCK, self.asked)) for name in self.policies]
