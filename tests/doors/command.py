"""The command as a process of its own, and a scenario small enough for it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from typer.testing import Result

ROOT = Path(__file__).resolve().parents[2]
Run = Callable[..., Result]
"""The fixture `coalmine`: the command in this process, coalmine("run", path, ...)."""

SMALL = """\
schema_version: 1
name: Small shop
about: Ten servers, an hour, half of the changes faulty.
service:
  traffic: {rate: 100/s, profile: flat}
  users: {count: 20k}
  base_errors: 0.1%
  slow_after: 500ms
  objective: {availability: 99.9%, period: 30d}
  cost: {per_failed_request: 0.01, per_user_hit: 0.05, per_minute_down: 50, per_server_hour: 0.10,
         per_day_of_delay: 200}
fleet:
  production: {servers: 10, workers: 4, service_time: 50ms}
  test: {servers: 1}
  balancer: {probe_every: 5s, fall: 3, rise: 2}
change:
  kind: software
  install: {drain: 10s, restart: 30s, ready_within: 2m}
  one_of:
    - {fault: none, chance: 50%}
    - {fault: errors, chance: 30%, errors: 20%, in_test: 50%}
    - {fault: leak, chance: 20%, errors: 30%, after: {median: 10m, p95: 20m}}
watch: {scrape: 10s, alerts: [{judge: threshold, above: 5%, consecutive: 3}]}
people: {acknowledge: {median: 3m, p95: 10m}, decide: {median: 3m, p95: 10m}}
horizon: 1h
policies:
  direct: {strategy: direct, batch: 5 every 1m}
  canary: {strategy: canary, test: {for: 5m}, canaries: 1, bake: 5m, batch: 3 every 1m,
           judge: {judge: threshold, above: 8%, consecutive: 2}}
  standby: {strategy: standby_swap, bake: 5m}
"""


def environment(**more: str) -> dict[str, str]:
    """Where a child process lives: this environment, not a terminal's."""
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}


def process(*arguments: object, **more: object) -> subprocess.CompletedProcess[str]:
    """The command as a process of its own: exit codes, streams and signals are the real ones."""
    command = [sys.executable, "-m", "sim", *(str(word) for word in arguments)]
    options: dict[str, object] = {"env": environment(), "cwd": ROOT, **more}
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload,no-any-return]
