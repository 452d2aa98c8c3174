"""What a user would write instead: one canary rollout in plain SimPy, a process for every request.

The same rules as the engine and as `tests/laws/per_request.py`, for one strategy (canary, then the
rest in batches) and one fault (errors at once); enough to compare distributions and speed. Anything
else is refused. `random`, not NumPy: one number at a time it is the faster of the two, and a rival
in a race gets the better shoes.
"""

from __future__ import annotations

import math
import random
from collections.abc import Generator
from typing import Any

import simpy

from sim.model.evidence import Counts, Evidence, Setting, Verdict
from sim.scenario import Scenario
from sim.strategies import Canary

Steps = Generator[simpy.Event, Any, None]
STYLES = ("process", "callback")
"""process: every request is a SimPy process that lasts its service time; callback: a function call."""


class CanaryRollout:
    """One rollout. `run()` returns its outcome in numbers."""

    def __init__(
        self, scenario: Scenario, policy: str, seed: int, style: str = "process"
    ) -> None:
        self.policy = scenario.policies[policy]
        if not isinstance(self.policy, Canary) or self.policy.judge is None or self.policy.test:
            raise NotImplementedError("a judged canary without a test, and nothing else")
        if style not in STYLES:
            raise ValueError(f"style(={style!r}) must be one of {STYLES}")
        self.scenario, self.style = scenario, style
        self.plan = scenario.plan(policy)
        self.luck = random.Random(seed)
        self.env = simpy.Environment()
        self.errors = sum(fault.errors for fault in scenario.change.faults)
        self.base = scenario.service.base_errors
        self.new: set[int] = set()
        self.old = set(range(scenario.fleet.production.servers))
        self.rotation = sorted(self.old)
        self.seen = [[0, 0, 0], [0, 0, 0]]               # new, whole: requests, failed, slow
        self.hit_users: set[int] = set()
        self.hit_servers: set[int] = set()
        self.failed = 0
        self.first_harm_s: float | None = None
        self.detected_s: float | None = None
        self.ended = "unfinished"
        self.judge_state: Any = None

    def run(self) -> dict[str, Any]:
        self.rollout = self.env.process(self.roll_out())
        self.env.process(self.arrivals())
        self.env.process(self.scrapes())
        self.env.run(until=self.scenario.horizon)
        detected = self.detected_s is not None and self.first_harm_s is not None
        return {
            "ended": self.ended,
            "failed_requests": self.failed,
            "users_hit": len(self.hit_users),
            "servers_hit": len(self.hit_servers),
            "time_to_detect_s": self.detected_s - self.first_harm_s if detected else math.nan,  # type: ignore[operator]
        }

    # ---- requests -------------------------------------------------------------------------------

    def arrivals(self) -> Steps:
        rate, service_s = self.scenario.service.traffic.rate, 1.0
        service_s = self.scenario.fleet.production.service_time
        while True:
            yield self.env.timeout(self.luck.expovariate(rate))
            if self.style == "process":
                self.env.process(self.request(service_s))
            else:
                self.answer()

    def request(self, service_s: float) -> Steps:
        self.answer()
        yield self.env.timeout(self.luck.expovariate(1 / service_s))

    def answer(self) -> None:
        """Some server in rotation, a coin whether it fails, a coin whether the change is to blame."""
        user = self.luck.randrange(self.scenario.service.users.count)
        chance, server = 1.0, -1
        if self.rotation:
            server = self.rotation[self.luck.randrange(len(self.rotation))]
            chance = self.base
            if server in self.new:
                chance = 1 - (1 - self.base) * (1 - self.errors)
                self.seen[0][0] += 1
        self.seen[1][0] += 1
        if self.luck.random() >= chance:
            return
        self.seen[1][1] += 1
        self.seen[0][1] += server in self.new
        if self.luck.random() < (chance - self.base) / chance:
            self.failed += 1
            self.hit_users.add(user)
            if self.first_harm_s is None:
                self.first_harm_s = self.env.now

    # ---- servers --------------------------------------------------------------------------------

    def install(self, servers: list[int], *, new: bool) -> Steps:
        """Out of rotation for drain and restart, and until `rise` probes have passed."""
        times, balancer = self.scenario.change.install, self.scenario.fleet.balancer
        self.new -= set(servers)
        self.turn(servers, into=False)
        back = self.env.now + (times.drain or 0.0) + (times.restart or 0.0)
        if balancer and back > self.env.now:
            tick = math.ceil(round(back / balancer.probe_every, 9)) + balancer.rise - 1
            back = tick * balancer.probe_every
        yield self.env.timeout(back - self.env.now)
        if new:
            self.new |= set(servers)
            self.hit_servers |= set(servers) if self.errors else set()
        self.turn(servers, into=True)

    def turn(self, servers: list[int], *, into: bool) -> None:
        rotation = set(self.rotation)
        self.rotation = sorted(rotation | set(servers) if into else rotation - set(servers))

    # ---- the rollout ----------------------------------------------------------------------------

    def roll_out(self) -> Steps:
        """Canaries, bake, the rest in batches, last bake; a judge's verdict interrupts it."""
        self.away: list[int] = []
        done: list[int] = []
        try:
            for stage in self.plan.stages:
                step, begun = stage.install, -math.inf
                self.fresh_judge(stage.watched)
                for first in range(step.first, step.last, step.size) if step else ():
                    assert step is not None
                    wait = begun + step.every_s - self.env.now
                    if wait > 0:
                        yield self.env.timeout(wait)
                    begun = self.env.now
                    self.away = list(range(first, min(first + step.size, step.last)))
                    yield self.env.process(self.install(self.away, new=True))
                    done += self.away
                    self.away = []
                self.canary_stage = stage.undo is None or stage.undo.way == "withdraw"
                if stage.bake_s:
                    self.fresh_judge(True)
                    yield self.env.timeout(stage.bake_s)
                    if self.verdict != Verdict.PROMOTE:
                        raise simpy.Interrupt("no verdict at the end of the bake")
                self.judging = False
            self.ended = "promoted"
        except simpy.Interrupt:
            yield from self.undo(done)
