"""An independent model of DESIGN section 3 in which every request is simulated: the oracle.

The engine draws Poisson counts for whole stretches of time, in closed form and in blocks. This
model knows none of that. It keeps a list of what happens next, in time order, and between two of
its entries lets each request meet its server and flip its coins. It is written to be checked by eye
against DESIGN, not for speed: some 10 to 40 ms a run of a small fleet. Only the vocabulary, judges
and strategies come from `sim`. Read in this order:

per_request_rules     the chances of one request
per_request_world     all requests: when, whose, by which server, with what end
per_request_servers   servers leaving, returning, failing, falling ill
per_request           (here) the plan, those who watch, the alarm, the undo, the run in numbers

What it does not know it refuses (`NotImplementedError`): it never leaves a field out in silence.
"""

from __future__ import annotations

import heapq
import math
import zlib
from typing import Any

import numpy as np

from sim.model.change import Fault
from sim.model.evidence import Counts, Evidence, Setting, Verdict
from sim.model.plan import Gate, InstallStep, Route, Stage, TestRun, Undo
from sim.scenario import Scenario
from tests.laws.per_request_rules import (
    Server,
    draw_faults,
    either,
    lognormal,
    rate_at,
    refuse_unknown,
    slow_chance,
)
from tests.laws.per_request_servers import END, REST, SCRAPE, STEP, UNDO, Batch, Process, Servers
from tests.laws.per_request_world import rate_changes


class Rollout(Servers):
    """One run: `run()`, then `outcome()`."""

    def __init__(self, scenario: Scenario, policy: str, rng: np.random.Generator) -> None:
        refuse_unknown(scenario)
        self.plan = scenario.plan(policy)
        super().__init__(scenario, draw_faults(scenario, rng), self.plan.control, rng)
        self.shows_in_test = {f.key: rng.random() < f.in_test for f in self.faults}
        people = scenario.people
        self.people_s = sum(
            lognormal(delay, rng.standard_normal()) for delay in (people.acknowledge, people.decide)
        )
        self.undo_way: Undo | None = None
        self.gate: Gate | None = None
        self.verdict = Verdict.HOLD
        self.alarm_s: float | None = None
        self.harmed_before_alarm, self.undoing, self.true_alarm = False, False, False
        self.detected_by, self.ended = "none", "unfinished"
        self.lead_time_s: float | None = None
        self.over = False
        self.past: list[Counts] = []
        self.conductor = self.conduct()

    def run(self) -> None:
        """Live from one event to the next, up to the horizon."""
        horizon, scrape = self.scenario.horizon, self.scenario.watch.scrape
        self.start_alerts()
        self.at(scrape, SCRAPE, self.scrape)
        for when in rate_changes(self.scenario):
            self.at(when, REST, self.conditions_change)
        self.expect_blips()
        self.at(horizon, END, self.end)
        self.at(0.0, STEP, lambda: self.go_on(self.conductor, STEP))
        reports = self.scenario.watch.reports
        while not self.over:
            when, _, _, action = self.agenda[0]
            if not self.world.live_until(when) and reports:
                self.alarm("reports", reports.then)      # before `when`, which is still to come
                continue
            heapq.heappop(self.agenda)
            action()

    def end(self) -> None:
        self.over = True

    def conditions_change(self) -> None:
        self.world.stale = True

    def expect_blips(self) -> None:
        """Trouble that is nobody's fault begins at random, on average once `every`."""
        blips = self.scenario.service.blips
        when = -blips.length if blips else math.inf
        while blips and (when := when + self.rng.exponential(blips.every)) < self.scenario.horizon:
            self.at(max(0.0, when), REST, lambda: self.blip(+1))
            self.at(max(0.0, when + blips.length), REST, lambda: self.blip(-1))

    def blip(self, more: int) -> None:
        self.world.blips += more
        self.world.stale = True

    # ---- the plan, stage by stage ---------------------------------------------------------------

    def conduct(self) -> Process:
        """Install, route, bake, ask; an alarm ends it wherever it is."""
        for stage in self.plan.stages:
            if stage.undo is not None:
                self.undo_way = stage.undo
            if stage.watched:
                self.open_gate(stage.gate)
            if stage.test is not None:
                yield from self.test(stage.test)
            if stage.install is not None:
                yield from self.roll(stage.install)
            if stage.route is not None:
                self.route(stage.route)
            if stage.bake_s > 0:
                yield from self.bake(stage)
            if self.alarm_s is not None:
                return
            self.gate = None
        self.ended, self.lead_time_s = "promoted", self.now

    def test(self, run: TestRun) -> Process:
        """Send requests to servers without users; at the end see whether a fault showed."""
        fleet = self.scenario.fleet
        if run.on == "test" and run.installs:
            yield self.now + (self.scenario.change.install.restart or 0.0)
        start, servers = self.now, fleet.test.servers if run.on == "test" else fleet.standby.servers
        yield start + run.length_s
        for fault in self.faults:
            visible = self.shows_in_test[fault.key] and fault.shows_in_test
            covered = self.rng.random() < run.coverage
            for server in range(servers):
                ill_from = start + self.onset_delay[fault.key, run.on][server]
                if run.on == "standby":
                    ill_from = self.world.sides["standby"][server].ill_from[fault.key]
                ill_s = max(0.0, self.now - max(start, ill_from))
                requests = int(self.rng.poisson(run.rate * ill_s))
                showed = self.rng.random(requests) < self.shows(fault, run.rate)
                if visible and covered and showed.any():
                    self.alarm(run.name, "undo")
                    return

    def shows(self, fault: Fault, rate: float) -> float:
        """Chance that one test request to an ill server fails, is slow, or is corrupted."""
        production, limit = self.scenario.fleet.production, self.scenario.service.slow_after
        service_s = production.service_time * fault.slow
        late = slow_chance(production.workers, service_s, rate, limit) if fault.slow > 1 else 0.0
        failed = 1.0 if fault.crash else fault.errors
        return fault.users * either([failed, fault.corrupt, late])

    def roll(self, step: InstallStep) -> Process:
        """Batch after batch: each waits for its time and, if so told, for the one before."""
        servers, begun, last = self.world.sides[step.on], -math.inf, Batch(())
        running = []
        for first in range(step.first, step.last, step.size):
            if step.wait:
                yield last
            if self.now < begun + step.every_s:
                yield begun + step.every_s
            begun = self.now
            last = self.install(servers[first : min(first + step.size, step.last)], new=True)
            running.append(last)
        yield from running

    def route(self, route: Route) -> None:
        match route.verb:
            case "swap":
                self.move_clients("standby", route.lease_s)
            case "weight":
                self.world.weight = route.share
            case "equal":
                self.world.weight = None
            case _:
                raise NotImplementedError(f"route {route.verb}")
        self.world.stale = True

    def bake(self, stage: Stage) -> Process:
        """Wait and watch. At the end `promote` passes; `hold` goes on until somebody gives up."""
        gate, end = stage.gate, self.now + stage.bake_s
        self.open_gate(gate)
        while self.now < end:
            yield min(self.next_scrape(), end) if gate.early else end
            if gate.early and self.verdict == Verdict.PROMOTE:
                return
        give_up = end + (stage.bake_s if gate.give_up_s is None else gate.give_up_s)
        while gate.judge is not None and self.verdict != Verdict.PROMOTE:
            if self.now >= give_up:
                if gate.on_give_up == "roll_back":
                    self.alarm("gate", gate.then)
                return
            yield min(self.next_scrape(), give_up)

    def next_scrape(self) -> float:
        step = self.scenario.watch.scrape
        return (math.floor(round(self.now / step, 9)) + 1) * step

    # ---- those who watch ------------------------------------------------------------------------

    def start_alerts(self) -> None:
        """Alerts know what a scrape of the whole service usually holds."""
        service, production = self.scenario.service, self.scenario.fleet.production
        step, rate = self.scenario.watch.scrape, rate_at(service.traffic, self.scenario.start)
        slow = (1 - service.base_errors) * slow_chance(
            production.workers,
            production.service_time,
            rate / production.servers,
            service.slow_after,
        )
        usual = Counts(rate * step, rate * step * service.base_errors, rate * step * slow)
        setting = Setting(step, service.objective.availability, usual)
        alerts: tuple[Any, ...] = self.scenario.watch.alerts
        self.alerts = [(judge, judge.start(setting)) for judge in alerts]

    def open_gate(self, gate: Gate) -> None:
        """A fresh judge, who has seen nothing yet."""
        setting = Setting(self.scenario.watch.scrape, self.scenario.service.objective.availability)
        self.gate, self.verdict = gate, Verdict.HOLD
        self.judge_state = gate.judge.start(setting) if gate.judge else None

    def scrape(self) -> None:
        """Show the counts of the last window to everybody who looks, until the undo begins."""
        seen = {group: Counts(*counts) for group, counts in self.world.take_window().items()}
        if self.undoing:
            return
        if self.scrape_fails():
            seen = dict.fromkeys(seen, Counts(0, 0, 0))
        self.at(self.next_scrape(), SCRAPE, self.scrape)
        if self.gate is not None:
            ejected = sum(server.ejected and server.new for server in self.world.servers)
            if ejected > self.scenario.change.install.max_failed_installs:
                return self.alarm("health_check", "undo")
        if self.gate is not None and self.gate.judge is not None and self.world.new_exists:
            evidence = self.evidence(self.gate.judge, "new", seen)
            self.judge_state, self.verdict = self.gate.judge.look(self.judge_state, evidence)
            if self.verdict == Verdict.ROLL_BACK:
                return self.alarm("gate", self.gate.then)
        for i, (judge, before) in enumerate(self.alerts):
            evidence = self.evidence(judge, "whole", seen)
            after, verdict = judge.look(before, evidence)
            self.alerts[i] = judge, after
            if verdict == Verdict.ROLL_BACK:
                return self.alarm("alert", judge.then or "page")

    def scrape_fails(self) -> bool:
        """By itself, or because the monitor shares a fault that acts on some server in rotation."""
        blind = {
            fault.key: fault.blinds
            for server in self.world.servers
            if server.in_rotation
            for fault in self.faults
            if server.has(fault, self.now)
        }
        return bool(self.rng.random() < either([self.scenario.watch.missing, *blind.values()]))

    def evidence(self, judge: Any, group: str, seen: dict[str, Counts]) -> Evidence:
        """What this judge is shown: the group under judgement, and all that it may compare it with."""
        before = None
        if getattr(judge, "against", "") == "before":
            before = self.before(round(self.now / self.scenario.watch.scrape))
        judged = seen[judge.on or group]
        return Evidence(self.now, self.scenario.watch.scrape, judged, seen["control"], seen["whole"], before)

    def before(self, number: int) -> Counts:
        """The `number`-th scrape of the whole service before the rollout, drawn when first asked for."""
        service, step = self.scenario.service, self.scenario.watch.scrape
        while len(self.past) < number:
            middle = self.scenario.start - (len(self.past) + 0.5) * step
            requests = int(self.rng.poisson(rate_at(service.traffic, middle) * step))
            self.past.append(Counts(requests, int(self.rng.binomial(requests, service.base_errors)), 0))
        return self.past[number - 1]

    # ---- alarm and undo -------------------------------------------------------------------------

    def alarm(self, by: str, then: str) -> None:
        """The first alarm is the detection, and no new batch starts. The first that undoes, undoes.

        While people who were paged sleep, gates, checks and alerts go on; one that undoes at once
        does not wait for them.
        """
        if self.alarm_s is None:
            self.alarm_s, self.detected_by = self.now, by
            self.harmed_before_alarm = self.world.first_harm_s is not None
            acted_s = self.world.acted_from_s
            acted = acted_s is not None and acted_s <= self.now - self.scenario.watch.scrape
            checked = by in ("test", "smoke", "health_check") or self.failed_installs > 0
            self.true_alarm = self.harmed_before_alarm or acted or checked
            self.ended, self.lead_time_s = "unfinished", None
            self.stopped = self.conductor
            self.at(self.now + self.people_s, UNDO, self.begin_undo)
        reports = self.scenario.watch.reports
        self.world.reports_silent = then == "undo" or reports is None or reports.then == "page"
        if then == "undo":
            self.at(self.now, UNDO, self.begin_undo)

    def begin_undo(self) -> None:
        """Begin to undo, unless that has happened; nobody watches from here on."""
        if not self.undoing:
            self.undoing, self.gate = True, None
            self.world.reports_silent = True
            self.go_on(self.undo(), UNDO)

    def undo(self) -> Process:
        """Bring the old version back in the way that the present stage names."""
        match self.undo_way.way if self.undo_way else None:
            case "withdraw":
                yield self.install(self.carriers("production"), new=False)
            case "reinstall":
                yield from self.reinstall("production")
                yield from self.reinstall("standby")
            case "swap_back":
                yield from self.swap_to("production")
                yield self.install(self.carriers("standby"), new=False)
            case "idle_first":
                yield self.install(self.carriers("production"), new=False)
                yield from self.swap_to("production")
                yield self.install(self.carriers("standby"), new=False)
        self.ended = "rolled_back"

    def carriers(self, side: str) -> list[Server]:
        """Servers with the new version, oldest changed first."""
        new = [server for server in self.world.sides[side] if server.new]
        return sorted(new, key=lambda server: (server.changed_s, server.index))

    def swap_to(self, side: str) -> Process:
        lease_s = self.undo_way.lease_s if self.undo_way else 0.0
        self.move_clients(side, lease_s)
        while set(self.world.side_of_group) != {side}:
            yield self.now + lease_s / 20

    def reinstall(self, side: str) -> Process:
        """Who is out, at once; who serves, in batches that leave enough serving."""
        given = self.undo_way.batch if self.undo_way else None
        pool, outside = self.world.sides[side], []
        while left := self.carriers(side):
            outside.append(self.install([s for s in left if not s.in_rotation], new=False))
            serving = sum(server.in_rotation for server in pool)
            size = max(1, serving - self.plan.min_in_rotation)
            if given:
                size = given.size.of(len(pool))
            begun, left = self.now, [server for server in left if server.in_rotation]
            yield self.install(left[:size], new=False)
            if given and left[size:] and self.now < begun + given.every:
                yield begun + given.every
        yield from outside

    # ---- in numbers -----------------------------------------------------------------------------

    def outcome(self) -> dict[str, Any]:
        """The columns of `sim/model/outcome.py` that this model knows; NaN is missing."""
        world, missing = self.world, math.nan
        first, end = world.first_harm_s, world.harm_end_s
        detected = self.alarm_s if self.harmed_before_alarm else None
        faulty, harmed = bool(self.faults), first is not None
        return {
            "fault": "+".join(fault.key for fault in self.faults) or "none",
            "faulty": faulty,
            "ended": self.ended,
            "detected_by": self.detected_by,
            "caught_before_users": faulty and self.true_alarm and not harmed,
            "failed_requests": world.failed,
            "slow_requests": world.slow,
            "users_hit": world.users_hit(),
            "servers_hit": sum(s.ever_crashed or s.ill_s >= 1.0 for s in world.servers),
            "records_lost": world.lost,
            "time_to_detect_s": missing if first is None or detected is None else detected - first,
            "time_to_restore_s": missing if first is None or end is None else end - first,
            "lead_time_s": missing if self.lead_time_s is None else self.lead_time_s,
            "false_rollback": self.ended == "rolled_back" and not self.true_alarm and not harmed,
            "peak_utilisation": world.peak_utilisation,
            "requests": world.total,
        }


def seeded(case: str, run: int) -> np.random.Generator:
    """Random numbers of one run of one case: shared with no other case, nor with the engine."""
    return np.random.default_rng([0x0AC1E, zlib.crc32(case.encode()), run])


def run_many(scenario: Scenario, policy: str, case: str, runs: range) -> dict[str, Any]:
    """Columns of many runs, shape (runs,): numbers (NaN is missing) or words."""
    rows = []
    for i in runs:
        rollout = Rollout(scenario, policy, seeded(case, i))
        rollout.run()
        rows.append(rollout.outcome())
    kinds = {column: str if isinstance(value, str) else float for column, value in rows[0].items()}
    return {column: np.array([row[column] for row in rows], kind) for column, kind in kinds.items()}
