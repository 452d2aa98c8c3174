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
from typing import Any, cast

import simpy

from sim.model.change import Fault
from sim.model.evidence import Counts, Evidence, Judge, Setting, Verdict
from sim.model.plan import InstallStep, Undo
from sim.scenario import Scenario
from sim.strategies import Canary

Steps = Generator[simpy.Event, Any, None]
STYLES = ("process", "callback")
"""process: each request is a SimPy process that lasts its service time; callback: a call."""


class CanaryRollout:
    """One rollout of the policy; `run()` returns its outcome in numbers (NaN is missing)."""

    def __init__(self, scenario: Scenario, policy: str, seed: int, style: str = "process") -> None:
        canary, service = scenario.policies[policy], scenario.service
        if not isinstance(canary, Canary) or canary.judge is None or canary.test or canary.weight:
            raise NotImplementedError("a judged canary without test and router, nothing else")
        if any(set(_effect(fault)) - {"errors"} for fault in scenario.change.faults):
            raise NotImplementedError("faults that make errors at once on every server, no others")
        if style not in STYLES:
            raise ValueError(f"style(={style!r}) must be one of {STYLES}")
        self.scenario, self.style, self.luck = scenario, style, random.Random(seed)
        self.plan, self.judge = scenario.plan(policy), cast("Judge", canary.judge)
        self.env = simpy.Environment()
        self.base, self.users = service.base_errors, service.users.count
        self.ill = 1 - (1 - self.base) * math.prod(1 - f.errors for f in scenario.change.faults)
        self.errors = self.ill > self.base
        self.rotation = list(range(scenario.fleet.production.servers))
        self.new: set[int] = set()
        self.installs = dict.fromkeys(self.rotation, 0)
        self.undo_way: Undo | None = None
        self.judging, self.verdict = False, Verdict.HOLD
        self.seen = [[0, 0, 0], [0, 0, 0]]               # new, whole: requests, failed, slow
        self.failed, self.requests = 0, 0
        self.hit_users: set[int] = set()
        self.hit_servers: set[int] = set()
        self.first_harm_s = self.detected_s = math.nan
        self.ended = "unfinished"

    def run(self) -> dict[str, Any]:
        self.rollout = self.env.process(self.roll_out())
        self.env.process(self.arrivals())
        self.env.process(self.scrapes())
        self.env.run(until=self.scenario.horizon)
        return {
            "ended": self.ended,
            "failed_requests": self.failed,
            "users_hit": len(self.hit_users),
            "servers_hit": len(self.hit_servers),
            "time_to_detect_s": self.detected_s - self.first_harm_s,
            "requests": self.requests,
        }

    # ---- requests -------------------------------------------------------------------------------

    def arrivals(self) -> Steps:
        rate = self.scenario.service.traffic.rate
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
        """Some server in rotation; a coin whether it fails, a coin whether the change did it."""
        server = self.rotation[int(self.luck.random() * len(self.rotation))]
        new, whole = self.seen
        on_new = server in self.new
        self.requests += 1
        whole[0] += 1
        new[0] += on_new
        chance = self.ill if on_new else self.base
        if self.luck.random() >= chance:
            return
        whole[1] += 1
        new[1] += on_new
        if self.luck.random() < (chance - self.base) / chance:
            self.failed += 1
            self.hit_users.add(int(self.luck.random() * self.users))
            if math.isnan(self.first_harm_s):
                self.first_harm_s = self.env.now

    # ---- servers --------------------------------------------------------------------------------

    def install(self, servers: list[int], *, new: bool) -> Steps:
        """Out of rotation for drain and restart, and until `rise` probes have passed."""
        times, balancer = self.scenario.change.install, self.scenario.fleet.balancer
        away_s = (times.drain or 0.0) + (times.restart or 0.0)
        back = self.env.now + away_s
        if balancer and away_s:
            tick = math.ceil(round(back / balancer.probe_every, 9)) + balancer.rise - 1
            back = tick * balancer.probe_every
        if away_s:
            self.rotation = [server for server in self.rotation if server not in servers]
        for server in servers:
            self.installs[server] += 1
        mine = {server: self.installs[server] for server in servers}
        yield self.env.timeout(back - self.env.now)
        # An undo may have begun another install of the same server meanwhile: that one counts.
        ready = {server for server, install in mine.items() if install == self.installs[server]}
        self.rotation = sorted({*self.rotation, *ready})
        self.new = self.new | ready if new else self.new - ready
        if new and self.errors:
            self.hit_servers |= ready

    # ---- the rollout ----------------------------------------------------------------------------

    def roll_out(self) -> Steps:
        """Canaries, bake, the rest in batches, last bake; a judge's verdict interrupts it."""
        touched: list[int] = []
        try:
            for stage in self.plan.stages:
                self.undo_way = stage.undo or self.undo_way
                if stage.watched:
                    self.fresh_judge()
                if stage.install:
                    yield from self.in_batches(stage.install, touched)
                if stage.bake_s:
                    self.fresh_judge()
                    yield self.env.timeout(stage.bake_s)
                    yield self.env.timeout(0)            # a scrape at this very instant goes first
                    if self.verdict != Verdict.PROMOTE:
                        raise NotImplementedError("a bake that ends on `hold`")
                self.judging = False
            self.ended = "promoted"
        except simpy.Interrupt:
            yield from self.undo(touched)
            self.ended = "rolled_back"

    def in_batches(self, step: InstallStep, touched: list[int]) -> Steps:
        begun = -math.inf
        for first in range(step.first, step.last, step.size):
            if begun + step.every_s > self.env.now:
                yield self.env.timeout(begun + step.every_s - self.env.now)
            begun = self.env.now
            batch = list(range(first, min(first + step.size, step.last)))
            touched += batch
            yield self.env.process(self.install(batch, new=True))

    def undo(self, touched: list[int]) -> Steps:
        """Canaries all at once; later, who is out at once and the others as room allows."""
        assert self.undo_way is not None
        if self.undo_way.way == "withdraw":
            yield self.env.process(self.install(touched, new=False))
            return
        out = [server for server in touched if server not in self.rotation]
        running = self.env.process(self.install(out, new=False))
        left = [server for server in touched if server in self.rotation]
        while left:
            size = max(1, len(self.rotation) - self.plan.min_in_rotation)
            batch, left = left[:size], left[size:]
            yield self.env.process(self.install(batch, new=False))
        yield running

    # ---- the monitor and the judge --------------------------------------------------------------

    def fresh_judge(self) -> None:
        objective = self.scenario.service.objective
        setting = Setting(self.scenario.watch.scrape, objective.availability)
        self.judge_state, self.verdict = self.judge.start(setting), Verdict.HOLD
        self.judging = True

    def scrapes(self) -> Steps:
        width, nobody = self.scenario.watch.scrape, Counts(0, 0, 0)
        while True:
            yield self.env.timeout(width)
            new, whole = (Counts(*counts) for counts in self.seen)
            self.seen = [[0, 0, 0], [0, 0, 0]]
            if not self.judging:
                continue
            evidence = Evidence(self.env.now, width, new, nobody, whole)
            self.judge_state, self.verdict = self.judge.look(self.judge_state, evidence)
            if self.verdict == Verdict.ROLL_BACK:
                self.judging, self.detected_s = False, self.env.now
                self.rollout.interrupt()


def _effect(fault: Fault) -> dict[str, Any]:
    """The parts of a fault that were said."""
    silent = Fault()
    parts = {name: getattr(fault, name) for name in vars(silent) if name not in ("fault", "name")}
    return {name: value for name, value in parts.items() if value != getattr(silent, name)}
