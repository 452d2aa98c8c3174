"""How long a plan takes when nothing goes wrong: what the horizon must hold."""

from __future__ import annotations

import math
from typing import Protocol

from sim.model.change import Change
from sim.model.fleet import Fleet
from sim.model.plan import InstallStep, RolloutPlan, Stage


class Setting(Protocol):
    """The part of a scenario that decides how long an install takes."""

    @property
    def fleet(self) -> Fleet: ...

    @property
    def change(self) -> Change: ...


def plan_length_s(plan: RolloutPlan, scenario: Setting) -> float:
    """Seconds from the first install to the last gate passed, of a healthy change under a judge that waits.

    Tests, installs (drain, restart, then the balancer's `rise` passed probes on its grid from t = 0), the pace
    of batches, routes with their leases, and bakes, in the order of the plan.
    """
    now = 0.0
    for stage in plan.stages:
        now = stage_end_s(stage, now, scenario)
    return now


def stage_end_s(stage: Stage, start_s: float, scenario: Setting) -> float:
    """When a stage that starts at `start_s` ends."""
    now = start_s
    if stage.test:
        now += stage.test.length_s
    if stage.install:
        now = install_end_s(stage.install, now, scenario)
    # A swap's clients move while the bake runs; the gate asks at its end, so the longer one counts.
    lease = stage.route.lease_s if stage.route else 0.0
    return now + max(lease, stage.bake_s)


def install_end_s(step: InstallStep, start_s: float, scenario: Setting) -> float:
    """When the last batch of an install that starts at `start_s` is back in rotation."""
    batches = max(1, math.ceil((step.last - step.first) / max(1, step.size)))
    start = end = start_s
    for batch in range(batches):
        if batch:
            start = max(start + step.every_s, end) if step.wait else start + step.every_s
        end = back_s(start, scenario)
        if end == start and not step.every_s:            # nobody leaves rotation: all batches are one instant
            break
    return end


def back_s(start_s: float, scenario: Setting) -> float:
    """When a server whose install begins at `start_s` serves again, if it is healthy.

    A change without drain and restart leaves it in rotation. Otherwise it returns at its `rise`-th probe.

    >>> from sim.model.change import Install
    >>> from sim.model.fleet import Balancer, Production
    >>> class Website:
    ...     fleet = Fleet(production=Production(servers=2), balancer=Balancer(probe_every=5.0, rise=2))
    ...     change = Change(install=Install(drain=10.0, restart=31.0))
    >>> back_s(0.0, Website()), back_s(3.0, Website())
    (50.0, 50.0)
    """
    install, balancer = scenario.change.install, scenario.fleet.balancer
    away = (install.drain or 0.0) + (install.restart or 0.0)
    up = start_s + away
    if not away or balancer is None:
        return up
    every = balancer.probe_every
    first = math.ceil(round(up / every, 9)) * every
    return first + (balancer.rise - 1) * every
