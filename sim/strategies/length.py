"""How long a plan takes when nothing goes wrong: what the horizon must hold.

Counted in whole microseconds, as the engine counts, so that a server that is up exactly at a probe is not
pushed to the next one by a rounded float.
"""

from __future__ import annotations

from typing import Protocol

from sim.model.change import Change
from sim.model.fleet import Fleet
from sim.model.plan import InstallStep, RolloutPlan, Stage

_US = 1_000_000


class Setting(Protocol):
    """The part of a scenario that decides how long an install takes."""

    @property
    def fleet(self) -> Fleet: ...

    @property
    def change(self) -> Change: ...


def plan_length_s(plan: RolloutPlan, scenario: Setting) -> float:
    """Seconds from the first step to the last gate passed, of a healthy change under judges that wait.

    Tests, installs (drain, restart, then the balancer's `rise` passed probes on its grid from t = 0), the
    pace of batches, routes with their leases, and bakes, in the order of the plan.
    """
    return stage_ends_s(plan, scenario)[-1] if plan.stages else 0.0


def stage_ends_s(plan: RolloutPlan, scenario: Setting) -> list[float]:
    """When each stage ends, in seconds since the first began."""
    ends, now = [], 0
    for stage in plan.stages:
        now = _stage_end(stage, now, scenario)
        ends.append(now / _US)
    return ends


def out_of_rotation_s(scenario: Setting, start_s: float = 0.0) -> float:
    """How long a healthy server is out of rotation for an install that begins at `start_s`.

    Nothing for a change without drain and restart; else drain, restart, and `rise` passed probes.

    >>> from sim.model.change import Install
    >>> from sim.model.fleet import Balancer, Production
    >>> class Website:
    ...     fleet = Fleet(production=Production(servers=2), balancer=Balancer(probe_every=5.0, rise=2))
    ...     change = Change(install=Install(drain=10.0, restart=31.0))
    >>> out_of_rotation_s(Website()), out_of_rotation_s(Website(), start_s=3.0)
    (50.0, 47.0)
    """
    start = _us(start_s)
    return (_back(start, scenario) - start) / _US


def _us(seconds: float) -> int:
    return round(seconds * _US)


def _back(start: int, scenario: Setting) -> int:
    install, balancer = scenario.change.install, scenario.fleet.balancer
    away = _us((install.drain or 0.0) + (install.restart or 0.0))
    if not away or balancer is None:
        return start + away
    probe = _us(balancer.probe_every)
    return -(-(start + away) // probe) * probe + (balancer.rise - 1) * probe


def _stage_end(stage: Stage, now: int, scenario: Setting) -> int:
    if stage.test:
        # Nobody needs to be drained from a test server, and no balancer asks it.
        restart = _us(scenario.change.install.restart or 0.0) if stage.test.installs else 0
        now += restart + _us(stage.test.length_s)
    if stage.install:
        now = _install_end(stage.install, now, scenario)
    lease = _us(stage.route.lease_s) if stage.route and stage.route.verb == "swap" else 0
    return now + lease + _us(stage.bake_s)


def _install_end(step: InstallStep, start: int, scenario: Setting) -> int:
    batches, pace = -(-(step.last - step.first) // max(1, step.size)), _us(step.every_s)
    end = start
    for batch in range(batches):
        if batch:
            start = max(start + pace, end) if step.wait else start + pace
        back = _back(start, scenario)
        if back == start and not pace:                        # nobody leaves: all batches are one instant
            return max(end, back)
        end = max(end, back)
    return end
