"""A file with one judge, as it stands behind `judge:` in a scenario -> the judge, or what is wrong with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from sim.intake.complaints import understood
from sim.intake.problems import InputError
from sim.intake.source import text_of
from sim.intake.tree import grow

PLACE = "policies.it.judge"
CARRIER = """\
schema_version: 1
name: Carrier
service: {traffic: {rate: 1/s}, users: {count: 1}}
fleet: {production: {servers: 2, workers: 9, service_time: 1ms}}
change: {kind: software}
horizon: 1h
policies: {it: {strategy: canary}}
"""
"""The smallest scenario: a rule is read in its place there, so that it means the same and errs in the same words."""


def rule(path: Path) -> Any:
    """The judge of a file. Raises InputError with all that is wrong."""
    grown = grow(text_of(path), str(path))
    carrier = grow(CARRIER, str(path)).root
    policy = carrier.value["policies"].value["it"]
    policy.value["judge"] = grown.root
    scenario, problems = understood(carrier)
    problems = [*grown.problems, *problems]
    if scenario is None or problems:
        raise InputError([replace(one, field=one.field.removeprefix(PLACE).removeprefix(".")) for one in problems])
    policies: Any = scenario.policies
    return policies["it"].judge
