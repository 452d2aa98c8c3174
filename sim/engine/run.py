"""One rollout from beginning to end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simpy import Environment

from sim.engine.clock import END, NEVER, OTHER, TOLD, US, at, us
from sim.engine.complaints import Complaints
from sim.engine.conductor import Conductor, Question, Story
from sim.engine.crowd import users_hit
from sim.engine.flows import Shape
from sim.engine.hidden import Truth
from sim.engine.luck import present_faults
from sim.engine.monitor import Monitor, Watcher
from sim.engine.prepared import Prepared
from sim.engine.quiet import Expected, Quiet, Recording
from sim.engine.serving import CORRUPT, SLOW, SLOW_HIDDEN
from sim.engine.streams import Streams
from sim.engine.world import World
from sim.model.evidence import Counts, Setting, Verdict
from sim.model.plan import RolloutPlan
from sim.model.timeline import Timeline
from sim.scenario import Scenario


@dataclass
class Tally:
    """Everything counted in one run, for `measure` to put into columns.

    totals: requests by class (serving.py). harm_*: microseconds. conditions: (since, flows) of every stretch.
    ended_at: the instant up to which conditions were followed; what comes after is as if nothing had happened.
    """

    faults: tuple[str, ...]
    story: Story
    totals: list[int]
    harmed: int
    users_hit: int
    servers_hit: int
    first_harm: int | None
    harm_ends: int | None
    conditions: list[tuple[int, Any]]
    ended_at: int
    events: int
    """SimPy events that were handled; 0 for a healthy run done as one block (quiet.py)."""
    shared: dict[str, Any] | None = None
    """Where `measure` keeps what follows from conditions that many runs share; None where they are this run's own."""

    @property
    def slow(self) -> int:
        """Requests slow because of the rollout."""
        return self.totals[SLOW] + self.totals[SLOW_HIDDEN]

    @property
    def corrupted(self) -> int:
        return self.totals[CORRUPT]


_PREPARED = threading.local()


def prepared_for(plan: RolloutPlan, scenario: Scenario) -> Prepared:
    """What is the same in every run of this plan; kept for the last few plans of this thread."""
    kept: list[Prepared] = getattr(_PREPARED, "kept", [])
    for prepared in kept:
        if prepared.plan is plan and prepared.scenario is scenario:
            return prepared
    prepared = Prepared(plan, scenario, Shape)
    _PREPARED.kept = [prepared, *kept[:7]]
    for old in kept[7:]:
        old.forget()
    return prepared


def simulate(
    plan: RolloutPlan,
    scenario: Scenario,
    seed: int,
    i: int,
    *,
    timeline: Timeline | None = None,
    decide: Callable[[Question], Verdict] | None = None,
    block: bool = True,
    replay: bool = True,
) -> Tally:
    """Run number i of the study with this seed.

    timeline: filled with everything that happens; it changes no number. decide: asked at the end of every bake
    instead of the gate's rule. block: False draws every scrape by itself. replay: False does healthy runs step by
    step like the others. The result is the same to the byte.
    """
    prepared = prepared_for(plan, scenario)
    try:
        if replay and block and timeline is None and decide is None:
            if prepared.quiet is None:
                prepared.quiet = _remember(prepared)
            if prepared.quiet:
                with Streams(seed, i) as streams:
                    if not present_faults(scenario, streams):
                        totals = prepared.quiet.replay(streams)
                        if totals is not None:
                            return _as_remembered(prepared.quiet, totals)
        with Streams(seed, i) as streams:
            return _run(prepared, streams, present_faults(scenario, streams), timeline, decide, block)
    except Exception as error:
        error.add_note(f"scenario {scenario.name!r}, seed {seed}, run {i}")
        raise


def _remember(prepared: Prepared) -> Quiet | bool:
    """Record the healthy run of a plan; False where it depends on what is drawn, or hurts somebody by itself."""
    if prepared.differ:
        return False
    if any(stage.gate.early and stage.gate.judge is not None for stage in prepared.plan.stages):
        return False
    recording = Recording()
    with Expected(0, 0) as streams:
        tally = _run(prepared, streams, [], None, None, False, recording)
    story = tally.story
    harms = any(flows.any_harm for _, flows in tally.conditions)
    if story.promoted_at is None or story.alarmed_at is not None or harms or tally.ended_at < prepared.horizon:
        return False
    return Quiet(prepared, recording, tally.conditions, story.promoted_at, tally.ended_at)


def _as_remembered(quiet: Quiet, totals: list[int]) -> Tally:
    return Tally(
        faults=(),
        story=Story(promoted_at=quiet.promoted_at),
        totals=totals,
        harmed=0,
        users_hit=0,
        servers_hit=0,
        first_harm=None,
        harm_ends=None,
        conditions=quiet.conditions,
        ended_at=quiet.ended_at,
        events=0,
        shared=quiet.shared,
    )


def _run(
    prepared: Prepared,
    streams: Streams,
    faults: list[int],
    timeline: Timeline | None,
    decide: Callable[[Question], Verdict] | None,
    block: bool,
    recording: Recording | None = None,
) -> Tally:
    scenario, horizon = prepared.scenario, prepared.horizon
    env = Environment(initial_time=0)
    world = World(prepared, streams, faults, timeline)
    truth = Truth(world, timeline) if timeline is not None else None
    monitor = Monitor(env, world, streams, block=block)
    world.recording = monitor.recording = recording
    conductor = Conductor(env, world, monitor, streams, decide)
    _Surroundings(env, world, streams)
    monitor.alerts = [
        Watcher(
            judge,
            _usual(prepared),
            "whole",
            judge.then or "page",
            _pager(conductor, "alert", judge.then or "page"),
            monitor.history,
        )
        for judge in scenario.watch.alerts
    ]
    if scenario.watch.reports is not None:
        then = scenario.watch.reports.then
        conductor.complaints = Complaints(
            env, world, scenario.watch.reports, streams, _pager(conductor, "reports", then)
        )
    end = at(env, horizon, END)
    events = 0
    while not end.processed:
        env.step()
        events += 1
        if conductor.over:
            break
    now = min(int(env.now), horizon)
    world.settle(now)
    world.end(now)
    _rest_of_the_day(world, streams, now)
    hit = users_hit(dict(world.harm), scenario.service.users.count, streams["users"])
    if truth is not None:
        truth.finish(now)
    return Tally(
        faults=tuple(fault.key for fault in world.fleet.faults.values()),
        story=conductor.story,
        totals=world.totals,
        harmed=world.harmed,
        users_hit=hit,
        servers_hit=world.fleet.servers_hit(),
        first_harm=world.first_harm,
        harm_ends=world.harm_ends,
        conditions=world.conditions_met,
        ended_at=now,
        events=events,
    )


def _pager(conductor: Conductor, by: str, then: Any) -> Callable[[], None]:
    return lambda: conductor.alarm(by, then)


def _usual(prepared: Prepared) -> Setting:
    """What a scrape of the whole service usually holds, for alerts whose windows reach back before the start."""
    scenario, serving = prepared.scenario, prepared.serving
    requests = prepared.traffic_at(0) * scenario.watch.scrape
    without = serving.without(prepared.traffic_at(0), blip=False)
    usual = Counts(requests, requests * without.failed, requests * (1 - without.failed) * without.slow)
    return Setting(scenario.watch.scrape, scenario.service.objective.availability, usual)


class _Surroundings:
    """What happens whatever the rollout does: traffic steps, blips, daily windows; and probes that come due."""

    def __init__(self, env: Environment, world: World, streams: Streams) -> None:
        self._env = env
        self._world = world
        self._tick = NEVER
        self._told = 0
        """Servers ejected as far as has been told; those that left for an install are out of it without a word."""
        self._members = -1
        """How many servers there were in rotation, ejected ones too, when that was last looked at."""
        self._telling = False
        prepared = world.prepared
        for begins, _ in prepared.profile[1:]:
            at(env, begins, OTHER, self._changed)
            world.steady_from = max(world.steady_from, begins)
        for windows in world.fleet.windows.values():
            for edge in {edge for window in windows for edge in window if 0 < edge < prepared.horizon}:
                at(env, edge, OTHER, self._changed)
        blips = prepared.scenario.service.blips
        if blips is not None:
            length, clock = us(blips.length), 0
            clock = -length
            while True:
                clock += us(float(streams["blips"].exponential(blips.every)))
                if clock >= prepared.horizon:
                    break
                at(env, max(clock, 0), OTHER, lambda: self._blip(True))
                at(env, max(clock + length, 0), OTHER, lambda: self._blip(False))
                world.steady_from = max(world.steady_from, clock + length)
        self._blips = 0
        world.on_refresh.append(self._plan)
        self._plan(0)

    def _changed(self) -> None:
        now = int(self._env.now)
        self._world.settle(now)
        self._world.refresh(now)

    def _blip(self, begins: bool) -> None:
        now = int(self._env.now)
        self._world.settle(now)
        self._blips += 1 if begins else -1
        self._world.blip = self._blips > 0
        self._world.refresh(now)
        if self._world.timeline is not None:
            self._world.timeline.add(now / US, "blip_began" if begins else "blip_ended")

    def _plan(self, now: int) -> None:
        if not self._world.fleet.faults:
            return
        if self._world.timeline is not None:
            self._count(now)
        due = self._world.fleet.next_tick(now)
        if due < NEVER and (due < self._tick or self._tick <= now):
            self._tick = due
            at(self._env, due, OTHER, self._probe)

    def _probe(self) -> None:
        now = int(self._env.now)
        world = self._world
        world.settle(now, edits=False)
        world.refresh(now)

    def _count(self, now: int) -> None:
        """See to it that what health checks do is told, once all of the instant has happened."""
        fleet = self._world.fleet
        members = fleet.registered()
        if members != self._members:                         # who leaves for an install is not put back
            self._told = min(self._told, fleet.ejected)
        self._members = members
        if fleet.ejected != self._told and not self._telling:
            self._telling = True
            at(self._env, now, TOLD, self._tell)

    def _tell(self) -> None:
        self._telling = False
        timeline, out = self._world.timeline, self._world.fleet.ejected
        more, self._told = out - self._told, out
        if timeline is not None and more:
            what = "ejected" if more > 0 else "readmitted"
            timeline.add(int(self._env.now) / US, what, count=abs(more), out=out)


def _rest_of_the_day(world: World, streams: Streams, now: int) -> None:
    """Everything is as before the rollout: count the healthy rest of the horizon with one draw."""
    horizon = world.prepared.horizon
    if now >= horizon or world.prepared.serving.absent:
        return
    requests = world.prepared.requests_between(now, horizon)
    differing = world.fleet.differing
    failing = world.prepared.serving.trouble(blip=False, base=differing.mean_base() if differing else None)
    draw = streams["requests"].poisson
    world.totals[1] += int(draw(requests * failing))
    world.totals[0] += int(draw(requests * (1 - failing)))
