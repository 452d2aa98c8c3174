"""What is the same in every run of one plan: numbers looked up once, and a memory of conditions met before."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from sim.engine.clock import US, us
from sim.engine.serving import Serving
from sim.engine.side import install_order
from sim.model.plan import RolloutPlan
from sim.scenario import Scenario
from sim.units import DAY

MOST_REMEMBERED = 20_000
MARGIN = 300
"""Scrapes of the past beyond what can be asked for: they are drawn in chunks."""


class Prepared:
    """One plan of one scenario, ready to run many times."""

    def __init__(self, plan: RolloutPlan, scenario: Scenario, make_shape: Callable[..., Any]) -> None:
        self.plan = plan
        self.scenario = scenario
        self.serving = Serving(scenario)
        self.horizon = us(scenario.horizon)
        self.scrape = us(scenario.watch.scrape)
        install = scenario.change.install
        self.drain = us(install.drain or 0.0)
        self.out = us((install.drain or 0.0) + (install.restart or 0.0))
        self.ready_within = us(install.ready_within or 0.0)
        self.restarts = bool(install.restart)
        self.kind = scenario.change.kind
        self.sticky = scenario.service.users.sticky
        self.meets_everybody = self.sticky == "none" and all(fault.users == 1.0 for fault in self.serving.faults)
        self.slow_counts = scenario.service.objective.slow_counts
        self.balancer = scenario.fleet.balancer
        self.differ = scenario.fleet.production.differ
        self.may_exceed = _may_exceed(self.serving, self.differ)
        """By source of errors: whether its chance times a server's factor can pass 1, and must be cut there."""
        self.report_chance = scenario.watch.reports.chance if scenario.watch.reports else 0.0
        n, m = scenario.fleet.production.servers, scenario.fleet.standby.servers
        self.uses_standby = any(
            (stage.install and stage.install.on == "standby") or (stage.route and stage.route.verb == "swap")
            for stage in plan.stages
        )
        self.production = n
        self.standby = m if self.uses_standby else 0
        self.order = install_order(scenario.fleet, plan.order, plan.kind_first, n)
        self.missed_from = n - min(scenario.change.missed, n)
        self.profile = _profile(scenario)
        self.past = _past(scenario)
        self.flows: dict[Any, Any] = {}
        self._shapes: dict[Any, Any] = {}
        self._make_shape = make_shape
        judges = [*scenario.watch.alerts, *(stage.gate.judge for stage in plan.stages)]
        self.looks_back = any(getattr(judge, "against", "") == "before" for judge in judges)
        """Somebody compares with what came before the start."""
        self.quiet: Any = None
        """The remembered healthy run (quiet.py): None not yet tried, False there is none."""

    def traffic_at(self, now: int) -> float:
        """Requests a second of the whole service."""
        factor = self.profile[0][1]
        for begins, by in self.profile:
            if begins > now:
                break
            factor = by
        return self.serving.rate * factor

    def shape(self, keys: tuple[Any, ...]) -> Any:
        """What follows from which flows there are (flows.Shape), made once."""
        known = self._shapes.get(keys)
        if known is None:
            if len(self._shapes) > MOST_REMEMBERED:
                self._shapes.clear()
            known = self._shapes[keys] = self._make_shape(keys, self.slow_counts)
        return known

    def remember(self, key: Any, flows: Any) -> None:
        """Keep the conditions of a state for the next run that comes to it."""
        if len(self.flows) > MOST_REMEMBERED:
            self.flows.clear()
        self.flows[key] = flows

    def forget(self) -> None:
        """Let go of all that is remembered: it refers back to here, and circles are freed late or never."""
        self.flows.clear()
        self._shapes.clear()
        self.quiet = None

    def requests_between(self, start: int, end: int) -> float:
        """Expected requests of the whole service in a stretch of microseconds."""
        total = 0.0
        edges = [begins for begins, _ in self.profile[1:]] + [self.horizon]
        for (begins, by), ends in zip(self.profile, edges, strict=True):
            overlap = min(end, ends) - max(start, begins)
            if overlap > 0:
                total += self.serving.rate * by * (overlap * 1e-6)
        return total


def _may_exceed(serving: Serving, differ: float) -> list[bool]:
    if not differ:
        return []
    from scipy.special import gammaincc

    shape = 1.0 / differ**2
    chances = [serving.base, *(fault.errors for fault in serving.faults)]
    return [chance > 0 and bool(gammaincc(shape, shape / chance) > 1e-12) for chance in chances]


def _profile(scenario: Scenario) -> list[tuple[int, float]]:
    """Factors on the rate by microsecond from the start of the rollout to the horizon, first at or before 0."""
    return _steps(scenario, 0, us(scenario.horizon))


def _past(scenario: Scenario) -> list[tuple[int, float]]:
    """The same from as long before the start as the horizon is after it, and a margin, to the start."""
    return _steps(scenario, -us(scenario.horizon + MARGIN * scenario.watch.scrape), 0)


def _steps(scenario: Scenario, since: int, until: int) -> list[tuple[int, float]]:
    steps = scenario.service.traffic.profile
    if len({by for _, by in steps}) == 1:
        return [(since, steps[0][1])]
    start = scenario.start % DAY
    first, last = math.floor((start + since / US) / DAY) - 1, math.ceil((start + until / US) / DAY) + 1
    turns = [(us(day * DAY + clock - start), by) for day in range(first, last) for clock, by in steps]
    before = [by for when, by in turns if when <= since]
    return [(since, before[-1])] + [(when, by) for when, by in turns if since < when < until]
