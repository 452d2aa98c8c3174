"""Servers that are missing while the others work: below need in mid-rollout, and after an undo."""

from __future__ import annotations

import math
from collections.abc import Iterator

from sim.intake.lint.finding import Finding
from sim.intake.lint.sizes import about, bakes, busy, many, peak_rate, percent, plans, replaces
from sim.model.plan import InstallStep, RolloutPlan
from sim.scenario import Scenario
from sim.strategies.length import out_of_rotation_s, plan_length_s
from sim.theory import queueing
from sim.units import say_rate

FULL = 1.0
TIGHT = 0.9
"""Utilisation from which a rule speaks: above FULL requests fail, above TIGHT they wait."""


def impossible_policies(scenario: Scenario) -> Iterator[Finding]:
    """A policy that this fleet cannot run."""
    for name, reason in scenario.runnable()[1].items():
        yield Finding(
            f"policies.{name}",
            f"cannot run here: {reason}",
            "`compare` lists it with this reason and leaves it out, `run` refuses it",
            "give the fleet what it needs, or keep it to show why not",
        )


def busy_already(scenario: Scenario) -> Iterator[Finding]:
    """A fleet that is too small before anything is rolled out."""
    n, peak = scenario.fleet.production.servers, peak_rate(scenario, scenario.horizon)
    used = busy(scenario, peak, n)
    if used > TIGHT:
        effect = f"{percent(queueing.overload(used))} of the requests fail" if used > FULL else "requests queue"
        yield Finding(
            "fleet.production.servers",
            f"are {percent(used)} used at their busiest, with all of them in rotation: {effect}",
            f"{say_rate(peak)} meet {n} x {many(scenario.fleet.production.capacity)}/s",
            "more servers or workers, or less traffic; else every policy looks bad",
        )


def restarts_everything(scenario: Scenario) -> Iterator[Finding]:
    """All servers out at the same time: an outage even when the change is good."""
    n = scenario.fleet.production.servers
    for name, policy, plan in plans(scenario):
        for step in _installs(plan, scenario):
            if _out_at_once(step, scenario) < n:
                continue
            away = out_of_rotation_s(scenario)
            lost = peak_rate(scenario, plan_length_s(plan, scenario)) * away
            alone = "one server has nobody beside it" if n == 1 else f"all {n} servers restart together"
            smaller = "smaller batches, such as `10% every 1m`"
            yield Finding(
                f"policies.{name}.batch" if hasattr(policy, "batch") else f"policies.{name}",
                f"nobody serves for about {about(away)}: an outage even when the change is good",
                f"{alone}; about {many(lost)} requests fail in each rollout",
                "a standby takes over meanwhile (standby_swap)" if n == 1 else smaller,
            )


def overloaded_without(scenario: Scenario) -> Iterator[Finding]:
    """Too few servers left while a batch is out, or after the canaries were withdrawn."""
    n = scenario.fleet.production.servers
    if busy(scenario, peak_rate(scenario, scenario.horizon), n) > TIGHT:
        return                                           # told by `busy_already`
    for name, policy, plan in plans(scenario):
        rate = peak_rate(scenario, plan_length_s(plan, scenario))
        told = False
        for step in _installs(plan, scenario):
            out = _out_at_once(step, scenario)
            used = busy(scenario, rate, n - out)
            if out < n and used > TIGHT and not told:
                told = True
                yield _tight(f"policies.{name}.batch", scenario, rate, out, used, "while a batch is out")
        withdrawn = [stage for stage in plan.stages if stage.undo and stage.undo.way == "withdraw"]
        last = max((stage.install.last for stage in withdrawn if stage.install), default=0)
        used = busy(scenario, rate, n - last)
        if last and replaces(scenario) and used > TIGHT:
            knob = "canaries" if hasattr(policy, "canaries") else "first"
            yield _tight(f"policies.{name}.{knob}", scenario, rate, last, used, "when the canaries are withdrawn")


def _tight(field: str, scenario: Scenario, rate: float, out: int, used: float, when: str) -> Finding:
    n = scenario.fleet.production.servers
    effect = f"{percent(queueing.overload(used))} of the requests fail" if used > FULL else "requests queue"
    spare = max(0, n - math.ceil(rate / (TIGHT * scenario.fleet.production.capacity)))
    advice = f"at most {spare} out at once keep it below {percent(TIGHT)}" if spare else "more servers"
    return Finding(
        field,
        f"{n - out} of {n} servers are {percent(used)} used {when}: {effect}",
        f"{say_rate(rate)} at the busiest of the rollout, {many(scenario.fleet.production.capacity)}/s a server",
        advice,
    )


def overloaded_canaries(scenario: Scenario) -> Iterator[Finding]:
    """A router that gives the canaries more than they can serve."""
    for name, policy, plan in plans(scenario):
        if getattr(policy, "weight", None) is None:
            continue
        for bake in bakes(plan, scenario):
            verb = bake.stage.route.verb if bake.stage.route else None
            rate = bake.share * peak_rate(scenario, plan_length_s(plan, scenario))
            used = busy(scenario, rate, bake.servers)
            if verb == "weight" and used > TIGHT:
                yield Finding(
                    f"policies.{name}.weight",
                    f"the canaries are {percent(used)} used: they fail by overload, not by the change",
                    f"{percent(bake.share)} of the requests, {say_rate(round(rate, 1))}, go to {bake.servers} servers",
                    f"more canaries, or a weight of at most {percent(TIGHT / used * bake.share)}",
                )


def small_standby(scenario: Scenario) -> Iterator[Finding]:
    """A standby that cannot carry what the primary carried."""
    standby = scenario.fleet.standby.servers
    for name, _, plan in plans(scenario):
        if not any(stage.route and stage.route.verb == "swap" for stage in plan.stages):
            continue
        rate = peak_rate(scenario, plan_length_s(plan, scenario))
        used = busy(scenario, rate, standby)
        if used > TIGHT and standby < scenario.fleet.production.servers:
            effect = f"{percent(queueing.overload(used))} of the requests fail" if used > FULL else "requests queue"
            yield Finding(
                "fleet.standby.servers",
                f"after the swap of {name} the standby is {percent(used)} used: {effect}",
                f"it has {standby} servers, production {scenario.fleet.production.servers}",
                "a standby as large as production, which is what the word means",
            )


def _installs(plan: RolloutPlan, scenario: Scenario) -> Iterator[InstallStep]:
    """Installs that take servers away from the users: not before there were any, not after a swap."""
    if not replaces(scenario) or not out_of_rotation_s(scenario):
        return
    for stage in plan.stages:
        if stage.route and stage.route.verb == "swap":
            return
        if stage.install and stage.install.on == "production":
            yield stage.install


def _out_at_once(step: InstallStep, scenario: Scenario) -> int:
    """Most servers that one install has out of rotation at the same time."""
    batches = 1
    if not step.wait:
        away = out_of_rotation_s(scenario)
        batches = math.ceil(away / step.every_s) if step.every_s else step.last
    return min(step.last - step.first, step.size * max(1, batches))


