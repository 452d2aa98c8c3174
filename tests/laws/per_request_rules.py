"""What happens to one request: its chances, each rule of DESIGN section 3 in one line.

Written from the page alone. Nothing here is shared with `sim/engine/` or `sim/theory/`: an oracle
that borrows a formula cannot find it wrong. Times in seconds, chances as fractions.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from sim.model.change import Fault
from sim.model.service import Traffic
from sim.model.terms import Delay
from sim.scenario import Scenario

DAY = 86400.0
Z95 = 1.6448536269514722                 # a normal variable is below it with chance 95 %


@dataclass
class Server:
    """One machine. `life` counts its installs, so that what was planned for an earlier one is void.

    new          carries the new version (from the moment that its install begins)
    in_rotation  the balancer sends it requests, if its side has any
    unhealthy    failed `fall` probes in a row; `ejected` if it was then taken out of rotation
    ill_from     fault -> instant from which this server has it, in its present life
    """

    side: str
    index: int
    new: bool = False
    in_rotation: bool = True
    unhealthy: bool = False
    ejected: bool = False
    crashed: bool = False
    control: bool = False
    life: int = 0
    changed_s: float = 0.0
    ill_from: dict[str, float] = field(default_factory=dict)
    ill_s: float = 0.0
    factor: dict[str, float] = field(default_factory=dict)   # source of errors -> how much worse
    ever_crashed: bool = False

    def chance(self, source: str, usual: float) -> float:
        """Chance of an error of this source on this server, where it is `usual` on the mean one."""
        return min(1.0, usual * self.factor.get(source, 1.0))

    def has(self, fault: Fault, now: float) -> bool:
        """Whether the fault acts on this server now."""
        return self.new and now >= self.ill_from[fault.key]


def either(chances: Iterable[float]) -> float:
    """Chance that at least one of several independent things happens."""
    spared = 1.0
    for chance in chances:
        spared *= 1.0 - chance
    return 1.0 - spared


def overload(utilisation: float) -> float:
    """Share that must be refused so that the rest just fits."""
    return max(0.0, 1.0 - 1.0 / utilisation) if utilisation > 0 else 0.0


def slow_chance(workers: int, service_s: float, rate: float, limit_s: float) -> float:
    """P(wait + service > limit) in M/M/c, from the textbook: Erlang C, then two exponentials.

    1 at or above capacity. Source: Gross et al., Fundamentals of Queueing Theory, section 2.3.
    """
    load, mu = rate * service_s, 1.0 / service_s
    if load >= workers:
        return 1.0
    top = load**workers / math.factorial(workers) * workers / (workers - load)
    waits = top / (sum(load**k / math.factorial(k) for k in range(workers)) + top)
    end = workers * mu - rate                             # rate at which a wait ends
    if math.isclose(end, mu, rel_tol=1e-9):
        both = (1.0 + mu * limit_s) * math.exp(-mu * limit_s)
    else:
        both = (mu * math.exp(-end * limit_s) - end * math.exp(-mu * limit_s)) / (mu - end)
    return (1.0 - waits) * math.exp(-mu * limit_s) + waits * both


def lognormal(delay: Delay, normal: float) -> float:
    """The delay that belongs to one standard normal number; constant without a 95th percentile."""
    if delay.p95 is None:
        return delay.median
    return delay.median * math.exp(normal * math.log(delay.p95 / delay.median) / Z95)


def first_tick(at: float, every: float) -> float:
    """The first multiple of `every` at or after an instant."""
    return math.ceil(round(at / every, 9)) * every


def rate_at(traffic: Traffic, clock_s: float) -> float:
    """Requests a second at this time of the day: the last step of the profile that has begun."""
    begun = [by for at, by in traffic.profile if at <= clock_s % DAY]
    return traffic.rate * (begun[-1] if begun else traffic.profile[-1][1])


def draw_faults(scenario: Scenario, rng: np.random.Generator) -> list[Fault]:
    """The faults that this change carries: independent coins, or one of several."""
    change = scenario.change
    carried: list[Fault] = [fault for fault in change.faults if rng.random() < fault.chance]
    if change.one_of:
        drawn = rng.choice(len(change.one_of), p=[fault.chance for fault in change.one_of])
        carried = [change.one_of[int(drawn)]]
    return [fault for fault in carried if not fault.harmless]


def refuse_unknown(scenario: Scenario) -> None:
    """Raise NotImplementedError for what only the engine can do."""
    for fault in (*scenario.change.faults, *scenario.change.one_of):
        onset = (fault.at, fault.above_load, fault.above_share, fault.zone, fault.on_kind)
        if (
            any(part is not None for part in onset)
            or fault.while_mixed
            or fault.side != "new"
            or fault.heals == "repair"
            or fault.health_chance != float(fault.crash)
            or fault.in_metrics < 1
            or (fault.users < 1 and fault.slow > 1)
        ):
            raise NotImplementedError(f"fault {fault.key!r}")
    change, plain = scenario.change, ("software", "config")
    if any(alert.on == "new" for alert in scenario.watch.alerts):
        raise NotImplementedError("an alert on the new version")
    judges = [*scenario.watch.alerts, *(getattr(policy, "judge", None) for policy in scenario.policies.values())]
    if any(getattr(judge, "against", "") == "before" and judge.of == "slow" for judge in judges if judge):
        raise NotImplementedError("slow requests before the rollout")
    if change.kind not in plain or change.missed or scenario.people.hours:
        raise NotImplementedError("changes without an old version, missed servers, office hours")
