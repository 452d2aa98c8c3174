"""The plan carried out: stages in order, until the last gate is passed or an alarm takes it back."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from simpy import Environment, Event

from sim.engine.clock import STEP, UNDO, US, at, us
from sim.engine.complaints import Complaints
from sim.engine.install import Installer
from sim.engine.monitor import Monitor, Watcher
from sim.engine.people import Response, respond
from sim.engine.route import swap
from sim.engine.streams import Streams
from sim.engine.trial import caught_by
from sim.engine.undo import Undoing
from sim.engine.world import World
from sim.model.evidence import Evidence, Setting, Verdict
from sim.model.people import Reaction
from sim.model.plan import InstallStep, Route, Stage, Undo

Steps = Generator[Event, Any, None]


@dataclass(frozen=True)
class Question:
    """What a person at a gate is asked: the evidence since it opened, and what the rule would say (for later)."""

    t_s: float
    stage: str
    evidence: list[Evidence]
    rule: Verdict


@dataclass
class Story:
    """How the rollout went, in instants (microseconds); None where it never came to that."""

    promoted_at: int | None = None
    alarmed_at: int | None = None
    alarmed_by: str = "none"
    true_alarm: bool = False
    undone_at: int | None = None
    stopped_at: int | None = None


class Conductor:
    """Runs the stages of a plan, keeps the present undo, and answers alarms."""

    def __init__(
        self,
        env: Environment,
        world: World,
        monitor: Monitor,
        streams: Streams,
        decide: Callable[[Question], Verdict] | None,
    ) -> None:
        self.env = env
        self.world = world
        self.monitor = monitor
        self.streams = streams
        self.story = Story()
        self.complaints: Complaints | None = None
        self.undo: Undo | None = None
        self._decide = decide
        self._plan = world.prepared.plan
        self._scenario = world.prepared.scenario
        self._installer = Installer(env, world, self._install_failed)
        self._failed = 0
        """Failed installs of the whole rollout: each is a server that is out until somebody repairs it."""
        self._looking = False
        """A bake or a watched stage is under way: ejected servers of the new version are not passed over."""
        self._tests = 0
        self._touched: int | None = None
        self._paged = False
        self._undoing = False
        self.over = False
        """Undone, and nothing of the change is left anywhere: the rest of the horizon is as if it had never been."""
        self._wake: Event | None = None
        self.monitor.inspect = self._inspect
        self._process = env.process(self._conduct())

    # ---- the plan -----------------------------------------------------------------------------

    def _conduct(self) -> Steps:
        for stage in self._plan.stages:
            yield from self._stage(stage)
        self.story.promoted_at = int(self.env.now)
        self._tell("promoted")
        self._rest()

    def _stage(self, stage: Stage) -> Steps:
        if self._paged:
            yield self.env.event()  # from the page on nothing new begins
        self._tell("stage_started", stage=stage.name)
        if stage.undo is not None:
            self.undo = stage.undo
        if stage.test is not None:
            yield from self._test(stage)
        if stage.watched:
            self._looking = True
            self._open(stage)
        if stage.route is not None and stage.route.verb == "mirror":
            self._routed(stage.route)
        if stage.install is not None:
            yield from self._install(stage.install)
        if stage.route is not None and stage.route.verb != "mirror":
            yield from self._route(stage)
        if stage.bake_s:
            yield from self._bake(stage)
        elif stage.watched and self.monitor.gate is not None:
            self._tell("gate_passed", stage=stage.name)
        self._close()

    def _test(self, stage: Stage) -> Steps:
        test = stage.test
        assert test is not None
        prepared = self.world.prepared
        # A test server has nobody to drain.
        if test.installs and prepared.out > prepared.drain:
            yield self._at(int(self.env.now) + prepared.out - prepared.drain)
        begins = int(self.env.now)
        self._tell("test_started", stage=stage.name, name=test.name, length_s=test.length_s)
        yield self._at(begins + us(test.length_s))
        fault = caught_by(test, self._tests, begins, self.world, self.streams)
        self._tests += 1
        if fault is None:
            self._tell("test_passed", stage=stage.name, name=test.name)
            return
        self._tell("test_failed", stage=stage.name, name=test.name, fault=fault.key)
        self.alarm(test.name, "undo", true=True)
        yield self.env.event()

    def _install(self, step: InstallStep) -> Steps:
        side = next(side for side in self.world.fleet.sides if side.name == step.on)
        self._tell("install_started", side=side.name, first=step.first, last=step.last, size=step.size)
        position, pace = step.first, us(step.every_s)
        while position < step.last:
            if self._paged:
                yield self.env.event()
            begun = int(self.env.now)
            if self._touched is None:
                self._touched = begun
            end = min(position + step.size, step.last)
            self._installer.install(side, position, end)
            position = end
            if step.wait:
                yield from self._installed()
            if position < step.last and begun + pace > self.env.now:
                yield self._at(begun + pace)
        yield from self._installed()

    def _installed(self) -> Steps:
        while self._installer.done_at > self.env.now:
            yield self._at(self._installer.done_at)

    def _routed(self, route: Route) -> None:
        world, now = self.world, int(self.env.now)
        world.settle(now)
        world.fleet.mirroring = route.verb == "mirror"
        world.weight = route.share if route.verb == "weight" else None
        world.fleet.touch()
        world.refresh(now)
        self._tell("routed", verb=route.verb, share=route.share)

    def _route(self, stage: Stage) -> Steps:
        route = stage.route
        assert route is not None
        if route.verb != "swap":
            self._routed(route)
            return
        if stage.bake_s and stage.gate.judge is not None:
            self._open(stage)
        self._tell("routed", verb="swap", share=route.share)
        swap(self.env, self.world, route.share, us(route.lease_s))
        if route.lease_s:
            yield self._at(int(self.env.now) + us(route.lease_s))

    # ---- gates --------------------------------------------------------------------------------

    def _open(self, stage: Stage) -> None:
        gate = stage.gate
        if gate.judge is None:
            return
        setting = Setting(self._scenario.watch.scrape, self._scenario.service.objective.availability)
        watcher = Watcher(
            gate.judge,  # type: ignore[arg-type]
            setting,
            "new",
            gate.then,
            lambda: self._ruled(gate.then),
            self.monitor.history,
        )
        self.monitor.open(watcher)
        if self._decide is not None:
            self.monitor.seen = []

    def _close(self) -> None:
        self._looking = False
        self.monitor.gate = self.monitor.passed = self.monitor.seen = None

    def _ruled(self, then: Reaction) -> None:
        if self._decide is None:
            self.alarm("gate", then)

    def _bake(self, stage: Stage) -> Steps:
        gate = stage.gate
        self._looking = True
        if self.monitor.gate is None:
            self._open(stage)
        if self._decide is not None and self.monitor.seen is None:
            self.monitor.seen = []
        self._tell("bake_started", stage=stage.name, length_s=stage.bake_s)
        if gate.early:
            self.monitor.passed = self._awake
        longest = us(gate.give_up_s if gate.give_up_s is not None else stage.bake_s)
        ends = int(self.env.now) + us(stage.bake_s)
        gives_up = ends + longest
        while True:
            yield from self._sleep(ends)
            if self._paged:
                yield self.env.event()
            said = self._answer(stage)
            if said is Verdict.ROLL_BACK:
                self.alarm("gate", "undo")
                yield self.env.event()
            if said is Verdict.PROMOTE:
                break
            if self._decide is None and self.env.now >= gives_up:
                self._tell("gave_up", stage=stage.name, then=gate.on_give_up)
                if gate.on_give_up == "promote":
                    break
                self.alarm("gate", gate.then)
                yield self.env.event()
            # On hold: the rule is asked at every scrape, a person after one more bake.
            if self._decide is None:
                scrape = self.world.prepared.scrape
                ends = min((int(self.env.now) // scrape + 1) * scrape, gives_up)
            else:
                ends = int(self.env.now) + us(stage.bake_s)
        self._tell("gate_passed", stage=stage.name)

    def _answer(self, stage: Stage) -> Verdict:
        watcher = self.monitor.gate
        if self.monitor.recording is not None:
            self.monitor.recording.asked(watcher)
        rule = Verdict.PROMOTE if watcher is None else watcher.verdict
        if self._decide is None:
            return rule
        return self._decide(Question(self.env.now / US, stage.name, list(self.monitor.seen or ()), rule))

    def _sleep(self, until: int) -> Steps:
        """Wait for an instant, or for `_awake`."""
        self._wake = wake = Event(self.env)
        at(self.env, until, STEP, lambda: None if wake.triggered else self._trigger(wake))
        yield wake
        self._wake = None

    def _awake(self) -> None:
        if self._wake is not None and not self._wake.triggered:
            self._trigger(self._wake)

    def _trigger(self, wake: Event) -> None:
        wake._ok = True
        wake._value = None
        self.env.schedule(wake, STEP)

    # ---- alarms -------------------------------------------------------------------------------

    def _install_failed(self, count: int) -> None:
        self._failed += count
        self._tell("install_failed", count=count, total=self._failed)
        if self._failed > self._scenario.change.install.max_failed_installs:
            self.alarm("health_check", "undo", true=True)

    def _inspect(self) -> None:
        """Ejected servers of the new version end a bake by themselves, whatever its judge says, if it has one."""
        if not self._looking or self._decide is not None:
            return
        if self.world.fleet.ejected_new > self._scenario.change.install.max_failed_installs:
            self.alarm("health_check", "undo", true=True)

    def alarm(self, by: str, then: Reaction, *, true: bool = False) -> None:
        """Somebody or something says that this must be taken back: at once, or by the people it pages."""
        now, story = int(self.env.now), self.story
        if self._undoing or (self._paged and then == "page"):
            return
        if story.alarmed_at is None:
            window = now - self.world.prepared.scrape
            story.alarmed_at, story.alarmed_by = now, by
            # Harm of the window just settled counts; a fault must have been there when the window began.
            failed = self.world.fleet.failed_installs
            story.true_alarm = true or failed or self.world.harmed > 0 or self.world.fault_acted_by(window)
            self._tell("alarm", by=by, true=story.true_alarm)
        if then == "undo":
            self._begin_undo()
            return
        self._paged = True
        self._heed_only_undo()
        response = respond(self._scenario, self.streams, now)
        self._tell("page", by=by)
        at(self.env, response.acknowledged, UNDO, lambda: self._acknowledged(response, now))

    def _acknowledged(self, response: Response, paged: int) -> None:
        self._people("acknowledged", response.acknowledged - paged)
        at(self.env, response.decided, UNDO, lambda: self._decided(response, paged))

    def _decided(self, response: Response, paged: int) -> None:
        self._people("decided", response.decided - paged)
        self._begin_undo()

    def _heed_only_undo(self) -> None:
        """People are at it: whoever could only page them again need not be listened to."""
        self.monitor.alerts = [alert for alert in self.monitor.alerts if alert.then == "undo"]
        reports = self._scenario.watch.reports
        if self.complaints is not None and reports is not None and reports.then == "page":
            self._stop_complaints()

    def _stop_complaints(self) -> None:
        if self.complaints is not None:
            now = int(self.env.now)
            self.world.settle(now)
            self.complaints.stop()
            self.complaints = None
            self.world.refresh(now)

    def _people(self, kind: str, after: int) -> None:
        if not self._undoing:
            self._tell(kind, after_s=after / US)

    def _begin_undo(self) -> None:
        if self._undoing:
            return
        self._undoing = True
        now = int(self.env.now)
        self._leave_plan()
        self._close()
        deadline = self._scenario.change.deleted_after
        if deadline is not None and self._touched is not None and now - self._touched > us(deadline):
            self.story.stopped_at = now
            self._tell("stopped", reason="what was shut down has been deleted: nothing is left to start again")
            self._rest(over=True)
            return
        self._installer.call_off()
        self.monitor.alerts = []
        self._stop_complaints()
        way = self.undo.way if self.undo is not None else "none"
        self._tell("undo_started", way=way)
        undoing = Undoing(self.env, self.world, self._installer, self.undo, self._undone)
        self.env.process(undoing.steps())

    def _leave_plan(self) -> None:
        """The plan stays where it stands: whatever it waits for no longer wakes it.

        SimPy's own interrupt says the same with an exception, at a tenth of a short run's time.
        """
        waits_for = self._process.target if self._process.is_alive else None
        if waits_for is not None and waits_for.callbacks is not None:
            waits_for.callbacks.remove(self._process._resume)

    def _undone(self) -> None:
        self.story.undone_at = int(self.env.now)
        self._tell("undone")
        self._rest(over=True)
        fleet = self.world.fleet
        lasting = fleet.lingering or fleet.next_tick(self.story.undone_at) < self.world.prepared.horizon
        self.over = not lasting and self.world.steady_from <= self.story.undone_at

    def _rest(self, *, over: bool = False) -> None:
        """The plan is over, one way or the other: whoever has nothing left to stop need not watch."""
        watched = bool(self.monitor.alerts) or self.complaints is not None
        if over or not watched:
            self.monitor.stop()
            self.monitor.gate = None
            self._stop_complaints()

    # ---- small things -------------------------------------------------------------------------

    def _at(self, when: int) -> Event:
        return at(self.env, when, STEP)

    def _tell(self, kind: str, **data: Any) -> None:
        if self.world.timeline is not None:
            self.world.timeline.add(self.env.now / US, kind, **data)
