"""Small scenarios whose every instant can be told beforehand, and what happened in them as plain facts."""

from __future__ import annotations

from typing import Any

from sim.intake.scenario_file import parse
from sim.measure import run
from sim.model.outcome import Outcome
from sim.model.timeline import Timeline
from sim.scenario import Scenario

SHOP = """
name: Shop
service:
  traffic: {rate: 400/s}
  users: {count: 100k}
fleet:
  production: {servers: 10, workers: 4, service_time: 50ms}
  standby: {servers: 10}
  test: {servers: 1}
  balancer: {probe_every: 5s, fall: 3, rise: 2, max_ejected: 50%, panic: 20%}
change:
  kind: software
  install: {drain: 10s, restart: 30s, ready_within: 1m}
  faults: []
watch: {scrape: 10s}
people: {acknowledge: 2m, decide: 3m}
horizon: 1h
policies:
  direct: {strategy: direct, batch: 5 every 1m}
  rolling: {strategy: rolling, batch: 2 every 30s}
  swap: {strategy: standby_swap, bake: 5m, judge: {judge: threshold, above: 2%, consecutive: 2}}
  canary:
    {strategy: canary, canaries: 2, bake: 5m, batch: 4 every 1m, judge: {judge: threshold, above: 2%, consecutive: 2}}
"""


def shop(*settings: str, fault: str | None = None) -> Scenario:
    """The shop, with one certain fault that tests do not show, and other settings."""
    carried = () if fault is None else (f"change.faults=[{{{fault}, in_test: 0%}}]",)
    return parse(SHOP, source="shop", set=(*carried, *settings))


def told(scenario: Scenario, policy: str, i: int = 0, **options: Any) -> tuple[Outcome, dict[str, list[Any]]]:
    """Outcome of a run, and its events by kind: lists of (seconds, details)."""
    timeline = Timeline()
    outcome = run(scenario.plan(policy), scenario, 1, i, timeline=timeline, **options)
    events: dict[str, list[Any]] = {}
    for event in timeline.events:
        events.setdefault(event.kind, []).append((event.t_s, event.data))
    return outcome, events


def times(events: dict[str, list[Any]], kind: str) -> list[float]:
    return [t for t, _ in events.get(kind, [])]
