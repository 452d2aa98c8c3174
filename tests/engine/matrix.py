"""Every fault under every way of rolling out, in worlds that have one of each: what equality and conservation try.

A world is a set of settings over one small shop; faults, policies and worlds are told by name, so that a failure
says which three met. `played` is one run with all that the tests look at.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from pydantic import TypeAdapter

from sim.catalogue import ARCHETYPES
from sim.engine.run import Tally, simulate
from sim.measure import measure
from sim.model.outcome import Outcome
from sim.model.plan import Impossible, RolloutPlan
from sim.model.timeline import Timeline
from sim.scenario import Scenario

READ = TypeAdapter(Scenario)
ZONES = ("a", "b", "c", "d")

SHOP: dict[str, Any] = {
    "name": "Shop",
    "service": {
        "traffic": {"rate": "400/s"},
        "users": {"count": "20k"},
        "base_errors": "0.05%",
        "slow_after": "300ms",
        "blips": {"every": "8h", "length": "90s", "errors": "2%"},
        "cost": {"per_failed_request": 0.01, "per_minute_down": 50, "per_day_of_delay": 10},
    },
    "fleet": {
        "production": {
            "servers": 12, "workers": 4, "service_time": "70ms", "zones": ZONES,
            "kinds": {"big": "40%", "small": "60%"},
        },
        "standby": {"servers": 12},
        "test": {"servers": 2},
        "balancer": {"probe_every": "5s", "fall": 3, "rise": 2, "max_ejected": "50%", "panic": "40%"},
    },
    "change": {"install": {"drain": "10s", "restart": "25s", "ready_within": "1m", "max_failed_installs": 1}},
    "watch": {
        "scrape": "10s",
        "alerts": [{"judge": "threshold", "above": "4%", "consecutive": 3}],
        "reports": {"chance": "0.5%", "page": "20 in 5m"},
    },
    "people": {"acknowledge": {"median": "2m", "p95": "5m"}, "decide": {"median": "2m", "p95": "4m"}},
    "start": "Mon 17:40",
    "horizon": "80m",
}

GATE = {"judge": "threshold", "above": "1%", "consecutive": 2}
TRIAL = {"for": "4m", "rate": "1/s"}
POLICIES: dict[str, dict[str, Any]] = {
    "direct": {"strategy": "direct", "batch": "4 every 1m"},
    "rolling": {"strategy": "rolling", "batch": "3 every 2m", "judge": {"judge": "kth_failure", "failures": 3000}},
    "test_first": {"strategy": "test_first", "test": TRIAL, "batch": "4 every 1m", "watch_after": "5m"},
    "swap": {"strategy": "standby_swap", "smoke": TRIAL, "bake": "8m", "judge": GATE | {"over": "20s"}},
    "lease": {"strategy": "standby_swap", "lease": "5m", "bake": "8m", "judge": {"judge": "burn_rate"}},
    "canary": {
        "strategy": "canary", "test": TRIAL, "canaries": 2, "bake": "10m", "judge": GATE, "batch": "4 every 1m",
        "watch_after": "20m",
    },
    "weighted": {
        "strategy": "canary", "canaries": 3, "weight": "10%", "mirror": "3m", "control": True, "bake": "5m",
        "kind": "small", "judge": {"judge": "threshold", "above": "1%", "cumulative": 3, "over": "30s"},
    },
    "early": {
        "strategy": "canary", "canaries": "25%", "bake": "20m", "early": True, "undo": "4 every 1m", "batch": "all",
        "judge": {"judge": "threshold", "above": "1%", "total": 2, "of": "slow", "min_requests": 2500, "over": "40s"},
    },
    "waves": {
        "strategy": "waves", "by": "size", "first": 1, "growth": 3, "bake": "8m", "judge": GATE | {"then": "page"},
    },
    "zones": {"strategy": "waves", "first": 1, "first_bake": "4m", "bake": "8m"},
    "compared with before": {
        "strategy": "canary", "canaries": 3, "bake": "10m", "batch": "3 every 2m",
        "judge": {"judge": "fisher", "against": "before", "peeked": "40s", "alpha": "0.1%", "min_requests": 2000},
    },
    "compared with all": {
        "strategy": "rolling", "batch": "4 every 3m",
        "judge": {"judge": "kayenta", "against": "whole", "every": "90s", "min_requests": 100},
    },
}

FAULTS: dict[str, list[dict[str, Any]]] = {
    name: [{"fault": name, "in_test": "20%"}] for name in ARCHETYPES if name != "forgotten_dependents"
} | {
    "late_crash": [{"fault": "custom", "crash": True, "after": {"median": "12m", "p95": "50m"}}],
    "flapping": [{"fault": "custom", "errors": "30%", "in_health_check": "40%"}],
    "flapping_later": [
        {"fault": "custom", "errors": "30%", "in_health_check": "60%", "after": {"median": "9m", "p95": "20m"}}
    ],
    "repaired": [{"fault": "errors", "heals": "repair", "repaired_after": {"median": "5m", "p95": "9m"}}],
    "lasting": [{"fault": "leak", "after": {"median": "4m", "p95": "9m"}, "heals": "restart"}],
    "blinding": [{"fault": "errors", "errors": "30%", "in_metrics": "20%"}],
    "blinding later": [{"fault": "errors", "blinds": "70%", "after": {"median": "6m", "p95": "20m"}, "heals": "repair",
                        "repaired_after": "8m"}],
    "seven_servers": [{"fault": "errors", "servers": 7}],
    "on_the_old": [{"fault": "errors", "side": "old", "while_mixed": True}],
    "old_repaired": [{"fault": "errors", "side": "both", "heals": "repair", "repaired_after": "6m", "servers": "50%"}],
    "slow_leak": [{"fault": "custom", "slow": 5, "after": {"median": "8m", "p95": "30m"}}],
    "one_zone": [{"fault": "errors", "errors": "40%", "zone": "b"}],
    "one_kind": [{"fault": "custom", "crash": True, "on_kind": "big"}],
    "three_at_once": [
        {"fault": "leak", "after": {"median": "8m", "p95": "30m"}},
        {"fault": "slow", "slow": 1.5, "servers": "50%"},
        {"fault": "some_users", "chance": "60%", "corrupt": "1%"},
    ],
}
USUAL = ("none", "leak", "load_cliff", "peak_hour", "flapping", "blinding later", "on_the_old", "three_at_once")
"""One of every way to fall ill, be seen and end: these faults are tried in every test run, the others in slow ones."""
each_fault = pytest.mark.parametrize(
    "fault", [name if name in USUAL else pytest.param(name, marks=pytest.mark.slow) for name in FAULTS]
)

WORLDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "sticky to a version": {"service.users.sticky": "version", "service.blips.every": "15m"},
    "sticky to a server": {"service.users.sticky": "server", "service.objective": {"slow_counts": True}},
    "steps and office hours": {
        "service.traffic.profile": {"00:00": "60%", "17:55": "130%", "18:20": "20%", "18:35": "100%"},
        "people.hours": "09:00-18:00",
    },
    "a setting, two missed": {"change.kind": "config", "change.install": {}, "change.missed": 2},
    "an update, alerts undo": {
        "change.kind": "os_update", "change.missed": 1,
        "change.install": {"drain": "1m", "restart": "90s", "ready_within": "30s"},
        "watch.alerts": [{"judge": "burn_rate", "then": "undo"}], "watch.reports.then": "undo",
    },
    "a new service": {"change.kind": "new_service", "service.blips": None},
    "switching off": {"change.kind": "shutdown_service", "change.deleted_after": "15m"},
    "scrapes fail": {"watch.missing": "15%", "watch.scrape": "7s", "service.base_errors": "0.2%"},
    "servers differ": {"fleet.production.differ": "60%", "service.base_errors": "0.3%", "watch.missing": "5%"},
    "nobody checks": {"fleet.balancer": None, "watch.alerts": [], "watch.reports": None},
    "hardly room, everybody complains": {
        "fleet.production.service_time": "105ms", "fleet.balancer.panic": "0%",
        "watch.reports": {"chance": "40%", "page": "5000 in 5m"},
    },
}

STRIDE = 5
"""Worlds from one policy to the next; no divisor in common with their number, so that a fault meets them all."""


@dataclass(frozen=True)
class Cell:
    """One scenario with one policy, by the names of what met in it."""

    fault: str
    policy: str
    world: str
    scenario: Scenario
    plan: RolloutPlan

    def __str__(self) -> str:
        return f"{self.fault} / {self.policy} / {self.world}"


def put(tree: dict[str, Any], path: str, value: Any) -> None:
    """Set tree[a][b]... = value for the path a.b..."""
    *above, last = path.split(".")
    for key in above:
        tree = tree.setdefault(key, {})
    tree[last] = value


@cache
def scenario(fault: str, policy: str, world: str) -> Scenario:
    """The shop with this fault, this policy, in this world."""
    tree = copy.deepcopy(SHOP)
    for path, value in WORLDS[world].items():
        put(tree, path, value)
    tree["change"]["faults"] = FAULTS[fault]
    tree["policies"] = {"it": POLICIES[policy]}
    return READ.validate_python(tree)


def cell(fault: str, policy: str, world: str) -> Cell | None:
    """This cell of the matrix; None where the fleet cannot run the policy."""
    shop = scenario(fault, policy, world)
    try:
        return Cell(fault, policy, world, shop, shop.plan("it"))
    except Impossible:
        return None


def cells(fault: str, *, worlds: int = 1) -> Iterator[Cell]:
    """All policies with this fault, each in so many worlds, others for each pair.

    Whatever their number, every fault and every policy meets every world, and every fault every policy.
    """
    names = list(WORLDS)
    for j, policy in enumerate(POLICIES):
        turn = list(FAULTS).index(fault) + STRIDE * j
        for k in range(worlds):
            found = cell(fault, policy, names[(turn + k * len(names) // worlds) % len(names)])
            if found is not None:
                yield found


@dataclass(frozen=True)
class Played:
    """One run: what it came to, what was counted, and what happened."""

    outcome: Outcome
    tally: Tally
    timeline: Timeline | None

    @property
    def numbers(self) -> tuple[Any, ...]:
        """Everything that must not depend on how the run was done."""
        tally = self.tally
        return (
            self.outcome, tally.totals, tally.harmed, tally.users_hit, tally.servers_hit, tally.first_harm,
            tally.harm_ends, tally.story,
        )


def played(found: Cell, i: int, *, seed: int = 11, timeline: bool = False, **options: Any) -> Played:
    """Run number i of a cell."""
    kept = Timeline() if timeline else None
    tally = simulate(found.plan, found.scenario, seed, i, timeline=kept, **options)
    return Played(measure(tally, found.plan, found.scenario), tally, kept)
