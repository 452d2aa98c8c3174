"""Scenarios for the tests of the intake: a small one to change, and one that says every field."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LIBRARY = sorted(
    path for path in (ROOT / "scenarios").rglob("*.yaml") if "invalid" not in path.relative_to(ROOT).parts
)
INVALID = sorted((ROOT / "scenarios" / "invalid").glob("*.yaml"))

SMALL = """\
name: Small
service:
  traffic: {rate: 100/s}
  users: {count: 1000}
fleet:
  production: {servers: 4, workers: 4, service_time: 50ms}
  test: {servers: 1}
change:
  one_of:
    - {fault: none, chance: 90%}
    - {fault: errors, chance: 10%}
horizon: 2h
policies:
  direct: {strategy: direct, batch: 1 every 1m}
  canary:
    strategy: canary
    canaries: 1
    bake: 10m
    judge: {judge: threshold, above: 2%}
    batch: 1 every 1m
"""

FULL = """\
schema_version: 1
name: Everything
about: every field once
service:
  traffic: {rate: 300/s, profile: {"06:00": 100%, "22:00": 40%}}
  users: {count: 200k, sticky: version}
  base_errors: 0.02%
  slow_after: 500ms
  objective: {availability: 99.5%, period: 7d, slow_counts: true}
  blips: {every: 7d, length: 3m, errors: 2%}
  cost:
    per_failed_request: 0.01
    per_user_hit: 0.05
    per_minute_down: 50
    per_record_lost: 1
    per_server_hour: 0.10
    per_day_of_delay: 200
fleet:
  production:
    servers: 12
    workers: 8
    service_time: 80ms
    zones: [north, south, "no"]
    kinds: {old: 25%, new: 75%}
  standby: {servers: 12}
  test: {servers: 2}
  balancer: {probe_every: 2s, fall: 4, rise: 3, max_ejected: 40%, panic: 45%}
change:
  kind: os_update
  install: {drain: 12s, restart: 31s, ready_within: 3m, max_failed_installs: 1}
  per_month: 4.5
  missed: 1
  faults:
    - {fault: none, chance: 10%}
    - fault: custom
      name: odd one
      chance: 20%
      errors: 5%
      slow: 1.5
      corrupt: 0.1%
      after: {median: 30m, p95: 60m}
      at: 18:00-22:00
      above_load: 70%
      above_share: 50%
      while_mixed: true
      servers: 3
      zone: "no"
      on_kind: old
      users: 5%
      heals: repair
      repaired_after: 2h
      in_test: 60%
      in_health_check: 30%
      in_metrics: 90%
    - {fault: crash_at_start, chance: 3%, in_test: 90%}
    - {fault: leak, chance: 2%, after: 45m}
    - {fault: mixed_versions, chance: 1%, side: old}
    - {fault: dormant, chance: 1%, at: "12:00"}
watch:
  scrape: 15s
  alerts:
    - {judge: threshold, above: 3%, total: 2, of: slow, over: 1m, min_requests: 5, on: new, then: undo}
    - {judge: burn_rate, objective: 99%, rows: [{long: 2h, short: 10m, factor: 10}]}
    - {judge: kth_failure, failures: 50}
  reports: {chance: 0.1%, page: 10 in 5m, then: undo}
people: {acknowledge: {median: 4m, p95: 15m}, decide: 6m, hours: 08:00-18:30}
start: Tue 09:30
horizon: 1d12h
importance: 2.5
policies:
  direct: {about: push, counterfactual: true, strategy: direct, batch: 3 every 1m, undo: all}
  rolling: {strategy: rolling, batch: 10% every 1m, watch_after: 5m}
  test_first: {strategy: test_first, test: {for: 20m, rate: 30/m, coverage: 80%}, batch: 2 every 1m}
  standby: {strategy: standby_swap, smoke: {for: 3m}, lease: 90s, bake: 11m, min_in_rotation: 6}
  canary:
    strategy: canary
    canaries: 2
    weight: 5%
    mirror: 6m
    control: true
    kind: new
    bake: 12m
    judge: {judge: threshold, above: 2%, consecutive: 2}
    early: true
    give_up: 13m
    on_give_up: promote
    batch: 3 every 2m
    watch_after: 14m
  waves: {strategy: waves, by: zone, first: 2, first_bake: 7m, bake: 21m, growth: 2.5, batch: 50% every 1m}
expect:
  - of: canary
    column: cost
    statistic: mean
    value: 10
    within: 1.5
    role: input
    among: all
    published: ten
    source: book
  - of: canary
    column: ended
    word: promoted
    statistic: share
    value: 1
    within: 0.1
    role: beyond
    published: all of them
    source: book
    why: they had no horizon
"""
