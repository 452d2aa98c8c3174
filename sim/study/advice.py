"""Advice: which policy, what it buys, what it costs, what would have to be true for the runner-up to win, how sure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from sim.intake.assumptions import chance_of_any, mean_in_test
from sim.intake.overrides import overridden
from sim.intake.scenario_file import scenario_of
from sim.intake.tree import Node
from sim.scenario import Scenario
from sim.study.best import Best, best_of
from sim.study.blocks import Engine
from sim.study.compare import Comparison, compare
from sim.study.estimate import Floats, Interval, Mean, mean_of, paired, paired_difference, relative_reduction
from sim.study.importance import running_cost
from sim.study.shares import Share, beats
from sim.study.switching import Switch, by_fault_chance, by_importance, search
from sim.units import say_rate, say_share

CONFIDENCE = 0.95
FULL = 0.9
"""Traffic is searched up to this utilisation of the fleet at its busiest hour."""


@dataclass(frozen=True)
class Advice:
    """All that the paragraph says, in numbers; money in the scenario's currency, times in seconds.

    best        the policy with the least mean cost, its runner-up and by how much that is behind
    plain       what it is compared with: the first policy of strategy direct, else the one that hits most users
    users       by what share a faulty change hits fewer users than under `plain`; None where nothing can be said
    later_s     by how much later a healthy change is out than under `plain`
    servers     servers that stand for it beside production
    running     what it costs a change though nothing goes wrong: reserves and delay
    duel        in how many single changes it costs less than the runner-up (a tie is half)
    switches    what would make the runner-up win, one assumption each; empty when there is no runner-up
    """

    scenario: str
    sha256: str
    seed: int
    runs: int
    best: Best
    plain: str
    users: Interval | None
    later_s: Interval | None
    servers: int
    running: Mean
    duel: Share | None
    switches: tuple[Switch, ...]
    skipped: dict[str, str]
    partial: bool

    def as_object(self) -> dict[str, Any]:
        """Plain dicts and lists; what `advise --json` prints, beside the text."""
        made = asdict(self)
        made["best"] = self.best._asdict() | {
            "behind": self.best.behind and self.best.behind._asdict(),
            "means": {name: mean._asdict() for name, mean in self.best.means.items()},
        }
        for name in ("users", "later_s", "running", "duel"):
            value = getattr(self, name)
            made[name] = value and value._asdict()
        made["switches"] = [
            switch._asdict() | {
                side: getattr(switch, side) and getattr(switch, side)._asdict() for side in ("below", "above")
            }
            for switch in self.switches
        ]
        return made


def advise(
    root: Node,
    *,
    policies: Sequence[str] | None = None,
    runs: int = 1000,
    seed: int = 1,
    jobs: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    engine: Engine | None = None,
) -> Advice:
    """The advice for the scenario that a tree says (`scenario_file.read_with_lines` gives both).

    The tree, because assumptions are varied by their words; the rest is as in `compare`, errors too. An interrupt
    leaves out what was not searched yet (`partial`). Importance and the chance of a fault need no new runs.
    """
    scenario = scenario_of(root)
    found = compare(
        scenario, policies=policies, runs=runs, seed=seed, jobs=jobs, on_progress=on_progress, engine=engine
    )
    if found.runs < 2:
        raise ValueError(f"runs(={found.runs}) must be at least 2: one change says nothing of others")
    costs = {name: table["cost"] for name, table in found.tables.items()}
    best = best_of(costs, CONFIDENCE)
    plain = plainest(found)
    switches: list[Switch] = []
    partial = found.partial
    try:
        if best.runner_up is not None and not partial:
            # One by one, so that an interrupt keeps those that are known.
            switches.extend(_switches(root, found, best.policy, best.runner_up, jobs, engine))
    except KeyboardInterrupt:
        partial = True
    winner = found.tables[best.policy]
    return Advice(
        scenario=scenario.name, sha256=found.sha256, seed=seed, runs=found.runs, best=best, plain=plain,
        users=_fewer_users(found, best.policy, plain), later_s=_later(found, best.policy, plain),
        servers=scenario.plan(best.policy).reserves,
        running=mean_of(running_cost(winner, scenario.importance)),
        duel=None if best.runner_up is None else beats(costs[best.policy], costs[best.runner_up]),
        switches=tuple(switches), skipped=found.skipped, partial=partial,
    )


def plainest(found: Comparison) -> str:
    """The first policy of strategy direct, else the one that hits most users on faulty changes."""
    policies = found.scenario.policies
    direct = [name for name in found.tables if policies[name].strategy == "direct"]
    return direct[0] if direct else max(found.tables, key=lambda name: float(np.sum(found.tables[name]["users_hit"])))


def _fewer_users(found: Comparison, best: str, plain: str) -> Interval | None:
    faulty = found.among("faulty")
    return None if best == plain else relative_reduction(faulty[best]["users_hit"], faulty[plain]["users_hit"])


def _later(found: Comparison, best: str, plain: str) -> Interval | None:
    healthy = found.among("healthy")
    mine, other = paired(healthy[best]["lead_time_s"], healthy[plain]["lead_time_s"])
    return None if best == plain or len(mine) < 2 else paired_difference(mine, other)


# ---- what would have to be true --------------------------------------------------------------------


def _switches(
    root: Node, found: Comparison, best: str, other: str, jobs: int | None, engine: Engine | None
) -> Iterator[Switch]:
    """One assumption after the other; the first two are formulas of the runs that there are."""
    scenario, importance = found.scenario, found.scenario.importance
    ahead, behind = found.tables[best], found.tables[other]
    outage = behind["outage_cost"] - ahead["outage_cost"]
    running = running_cost(behind, importance) - running_cost(ahead, importance)
    if importance > 0:
        yield search(
            "importance", by_importance(outage, running, CONFIDENCE), importance, importance / 1000,
            importance * 1000, looks=60, steps=50,
        )._replace(tried=float("inf"))
    chance = chance_of_any(scenario)
    if 0 < chance < 1 and scenario.change.one_of and 2 <= np.count_nonzero(ahead.faulty) <= len(ahead) - 2:
        yield search(
            "fault_chance", by_fault_chance(behind["cost"] - ahead["cost"], ahead["faulty"], CONFIDENCE), chance,
            chance / 100, 1.0, looks=60, steps=50,
        )._replace(tried=float("inf"))

    def simulated(word: str, say: Callable[[float], str]) -> Callable[[float], Interval]:
        def difference(value: float) -> Interval:
            there = scenario_of(overridden(root, [f"{word}={say(value)}"]))
            tables = compare(
                there, policies=(best, other), runs=found.runs, seed=found.seed, jobs=jobs, engine=engine
            ).tables
            return paired_difference(_cost(tables, other), _cost(tables, best), CONFIDENCE)

        return difference

    tests = mean_in_test(scenario)
    if tests is not None and any(getattr(scenario.policies[name], "test", None) for name in (best, other)):
        yield search(
            "in_test", simulated("in_test", lambda value: say_share(round(value, 6))), tests, 0.0, 1.0,
            looks=1, steps=4,
        )
    rate = scenario.service.traffic.rate
    yield search(
        "service.traffic.rate", simulated("service.traffic.rate", lambda value: say_rate(float(f"{value:.6g}"))), rate,
        rate / 10, max(rate, min(10 * rate, most_traffic(scenario))), looks=2, steps=4,
    )


def _cost(tables: dict[str, Any], policy: str) -> Floats:
    cost: Floats = tables[policy]["cost"]
    return cost


def most_traffic(scenario: Scenario) -> float:
    """The rate at which the fleet is `FULL` at its busiest hour, in requests/s."""
    production, busiest = scenario.fleet.production, max(by for _, by in scenario.service.traffic.profile)
    return FULL * production.servers * production.workers / production.service_time / busiest
