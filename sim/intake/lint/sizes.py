"""Rates, shares and sizes that several rules need: what a judge of this scenario has before it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from sim.model.change import Fault
from sim.model.plan import RolloutPlan, Stage
from sim.scenario import Scenario
from sim.strategies.length import plan_length_s, stage_ends_s
from sim.theory import queueing
from sim.units import DAY, say_seconds


def rate_at(scenario: Scenario, after_s: float = 0.0) -> float:
    """Requests a second of the whole service, so long after the start."""
    steps = scenario.service.traffic.profile
    clock = (scenario.start + after_s) % DAY
    # Before the first step of a day the last one of the day before still holds.
    factor = next((by for at, by in reversed(steps) if at <= clock), steps[-1][1])
    return scenario.service.traffic.rate * factor


def peak_rate(scenario: Scenario, length_s: float) -> float:
    """The highest rate between the start and so long after it."""
    turns = [0.0]
    for at, _ in scenario.service.traffic.profile:
        first = (at - scenario.start) % DAY
        if first <= length_s:
            turns.append(first)
    return max(rate_at(scenario, turn) for turn in turns)


def busy(scenario: Scenario, rate: float, servers: float) -> float:
    """Utilisation of so many servers that share this rate; infinite when there are none."""
    return rate / (servers * scenario.fleet.production.capacity) if servers > 0 else float("inf")


def replaces(scenario: Scenario) -> bool:
    """Whether a version is replaced by another, so that servers are missing while they are changed."""
    return scenario.change.kind not in ("new_service", "shutdown_service")


class Bake(NamedTuple):
    """A wait of a plan: `share` of all requests meets the new version, on `servers` of them.

    knob: the field of the policy that sets its length; `length_s` its length.
    """

    stage: Stage
    knob: str
    share: float
    servers: int
    begins_s: float

    @property
    def length_s(self) -> float:
        return self.stage.bake_s


_KNOBS = {"mirror": "mirror", "watch": "watch_after", "one box": "first_bake"}


def bakes(plan: RolloutPlan, scenario: Scenario) -> Iterator[Bake]:
    """The bakes of a plan with what meets the new version in them."""
    n = scenario.fleet.production.servers
    changed, swapped = 0, False
    for stage, ends in zip(plan.stages, stage_ends_s(plan, scenario), strict=True):
        if stage.install and stage.install.on == "production":
            changed = stage.install.last
        verb = stage.route.verb if stage.route else None
        swapped = swapped or verb == "swap"
        weighted = stage.route.share if stage.route and verb == "weight" else None
        share = 1.0 if swapped else changed / n if weighted is None else weighted
        servers = scenario.fleet.standby.servers if swapped else changed
        if stage.bake_s:
            yield Bake(stage, _KNOBS.get(stage.name, "bake"), share, servers, ends - stage.bake_s)


def plans(scenario: Scenario) -> Iterator[tuple[str, Any, RolloutPlan]]:
    """Name, policy and plan of each policy that this fleet can run."""
    for name, plan in scenario.runnable()[0].items():
        yield name, scenario.policies[name], plan


def longest(scenario: Scenario) -> float:
    """Length of the slowest plan, in seconds."""
    return max((plan_length_s(plan, scenario) for _, _, plan in plans(scenario)), default=0.0)


def faults(scenario: Scenario) -> Iterator[tuple[str, Any]]:
    """Field and fault of everything harmful that the change may carry."""
    for group in ("faults", "one_of"):
        for i, fault in enumerate(getattr(scenario.change, group)):
            if not fault.harmless and fault.chance > 0:
                yield f"change.{group}.{i}", fault


def at_once(fault: Fault) -> bool:
    """Whether it shows from the first request on."""
    return fault.after is None and fault.at is None and fault.above_load is None and fault.above_share is None


def touched(scenario: Scenario, fault: Fault) -> float:
    """Expected share of the changed servers that can have it."""
    share = 1.0
    if fault.servers is not None:
        exact, n = fault.servers.count, scenario.fleet.production.servers
        share = (fault.servers.share or 0.0) if exact is None else min(1.0, exact / n)
    if fault.zone is not None:
        share /= max(1, len(scenario.fleet.production.zones))
    if fault.on_kind is not None:
        share *= dict(scenario.fleet.production.kinds).get(fault.on_kind, 1.0)
    return share


def failing(scenario: Scenario, fault: Fault, rate: float) -> float:
    """Share of the requests to changed servers that fails by this fault, as far as monitors see it."""
    refused = queueing.overload(busy(scenario, rate, scenario.fleet.production.servers) * fault.slow)
    fails = 1.0 if fault.crash else 1.0 - (1.0 - fault.errors) * (1.0 - refused)
    return fails * touched(scenario, fault) * fault.users * fault.in_metrics


def usual(scenario: Scenario, of: str, rate: float) -> float:
    """Share of requests that is bad without any change: failed, or slow."""
    if of == "failed":
        return scenario.service.base_errors
    production = scenario.fleet.production
    return queueing.response_tail(
        production.workers, production.service_time, rate / production.servers, scenario.service.slow_after
    )


def percent(share: float) -> str:
    """'3%', '0.25%', 'under 0.01%': two digits are enough for a warning.

    >>> percent(0.03), percent(0.002512), percent(1.4), percent(1e-9)
    ('3%', '0.25%', '140%', 'under 0.01%')
    """
    if 0 < share < 1e-4:
        return "under 0.01%"
    return f"{100 * share:.3g}%" if share >= 0.1 else f"{100 * share:.2g}%"


def many(number: float) -> str:
    """'1,200' or '0.3': a count in a sentence.

    >>> many(1234.5), many(0.31)
    ('1,230', '0.31')
    """
    if number >= 100:
        digits = 10 ** max(0, len(str(int(number))) - 3)
        return f"{int(number) // digits * digits:,}"
    return f"{number:.2g}"


def servers(count: int) -> str:
    """'1 server', '5 servers'."""
    return f"{count} server{'' if count == 1 else 's'}"


def about(seconds: float) -> str:
    """A duration rounded as people round: '42s', '7m', '2h30m'."""
    unit = 1 if seconds < 120 else 60 if seconds < 6 * 3600 else 600
    return say_seconds(float(max(1, round(seconds / unit)) * unit))


