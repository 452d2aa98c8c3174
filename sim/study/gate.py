"""One gate and what can be seen there: evidence drawn by the engine itself, judged by any number of judges.

A witness takes the place of the gate's judge and writes down what a judge there is shown, window by window, for as
long as the gate may last. Nothing is modelled twice: what traffic, canaries, blips and the monitor do to the evidence,
they do here. The same run number with the same judge in a whole rollout is rolled back at the very same scrape.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np

from sim.engine.clock import us
from sim.engine.flows import SEEN
from sim.engine.run import simulate
from sim.judges.base import JudgeTerm
from sim.model.change import Fault
from sim.model.evidence import Counts, Evidence, Setting, Verdict
from sim.model.plan import Gate, Impossible, RolloutPlan, Stage
from sim.scenario import Carried, Scenario
from sim.strategies.length import plan_length_s
from sim.units import MINUTE, say_seconds

SPARE_S = 10 * MINUTE
"""Beyond the expected end of the gate; a run whose installs take longer would be cut off, and is refused."""

NEW, ALL = 0, 6
"""First of the three columns of a group, of the nine that a monitor sees."""


class NoGate(ValueError):
    """There is no gate to ask about; the message says why, and what would help."""


@dataclass(frozen=True, kw_only=True)
class Witness(JudgeTerm):
    """Writes down what is shown to the judge of a gate, and promotes.

    State: how many pieces have been shown; looking again from an older state forgets what came after it.
    """

    judge: Literal["witness"] = "witness"
    against: Literal["control", "before"] = "control"
    pieces: list[Evidence] = field(default_factory=list, compare=False)
    settings: list[Setting] = field(default_factory=list, compare=False)

    def start(self, setting: Setting) -> int:
        self.settings[:] = [setting]
        self.pieces.clear()
        return 0

    def look(self, state: int, evidence: Evidence) -> tuple[int, Verdict]:
        return self._shown(state, evidence)

    def scan(self, state: int, block: Evidence) -> tuple[int, int, Verdict | None]:
        windows = len(block.judged.requests)
        if windows == 0:
            return 0, state, None
        return windows, *self._shown(state, block)

    def _shown(self, state: int, evidence: Evidence) -> tuple[int, Verdict]:
        del self.pieces[state:]
        self.pieces.append(evidence)
        return state + 1, Verdict.PROMOTE

    def all(self) -> Evidence | None:
        """Everything shown, as one block; None before the first window."""
        return _joined(self.pieces) if self.pieces else None


def _joined(pieces: list[Any]) -> Any:
    """Pieces of evidence end to end: tuples part by part, numbers and arrays as one array."""
    first = pieces[0]
    if hasattr(first, "_fields"):
        parts = {
            name: first.width_s if name == "width_s" else _joined([getattr(piece, name) for piece in pieces])
            for name in first._fields
        }
        return type(first)(**parts)
    return None if first is None else np.concatenate([np.atleast_1d(piece) for piece in pieces])


class Reel:
    """Windows in order, and pieces and single ones of them made once, however many judges ask."""

    def __init__(self, block: Evidence) -> None:
        self.block = block
        self.windows = len(block.judged.requests)
        self._cuts: dict[tuple[int, int], Evidence] = {}
        self._lists: Any = None

    def cut(self, first: int, last: int) -> Evidence:
        """Windows [first, last) as a block."""
        key = (first, last)
        if key not in self._cuts:
            self._cuts[key] = _cut(self.block, first, last)
        return self._cuts[key]

    def window(self, at: int) -> Evidence:
        """One window, in plain numbers."""
        if self._lists is None:
            self._lists = _listed(self.block)
        picked: Evidence = _picked(self._lists, at)
        return picked


def _cut(part: Any, first: int, last: int) -> Any:
    if isinstance(part, tuple):
        return type(part)(*[_cut(one, first, last) for one in part])
    return part[first:last] if isinstance(part, np.ndarray) else part


def _listed(part: Any) -> Any:
    if isinstance(part, tuple):
        return type(part)(*[_listed(one) for one in part])
    return part.tolist() if isinstance(part, np.ndarray) else part


def _picked(part: Any, at: int) -> Any:
    if isinstance(part, tuple):
        return type(part)(*[_picked(one, at) for one in part])
    return part[at] if isinstance(part, list) else part


@dataclass(frozen=True, eq=False)
class Seen:
    """What one run would show at the gate.

    evidence   every window from the first look until the longest end of the gate
    setting    what a judge may know before it looks
    begins_s   when the bake begins, or the judge's first window where that is sooner; times count from here
    ends_s     when the bake ends, and when a gate that is still on hold gives up
    """

    evidence: Evidence
    setting: Setting
    begins_s: float
    ends_s: float
    gives_up_s: float
    reels: dict[bool, Reel] = field(default_factory=dict)

    def reel(self, judge: Any) -> Reel:
        """The windows as this judge is shown them: whom it judges. With whom it compares it picks itself."""
        whole = judge.on == "whole"
        if whole not in self.reels:
            block = self.evidence
            self.reels[whole] = Reel(block._replace(judged=block.whole) if whole else block)
        return self.reels[whole]

    @cached_property
    def marks(self) -> tuple[int, int]:
        """How many windows are over when the bake ends, and when the gate gives up."""
        return self.over(self.ends_s), self.over(self.gives_up_s)

    def over(self, at_s: float) -> int:
        """How many windows are over at this instant; a scrape at the instant itself counts."""
        return int(np.searchsorted(self.evidence.end_s, at_s + 1e-9, side="right"))


@dataclass(frozen=True)
class Watchpost:
    """The gate of one policy, ready to be looked through. It can be pickled.

    stage     the stage of the gate, its own gate in it
    longest_s how long the gate may last: the bake and what a hold adds
    """

    scenario: Scenario
    policy: str
    plan: RolloutPlan
    at: int
    stage: Stage
    longest_s: float
    witness: Witness

    @property
    def bake_s(self) -> float:
        return self.stage.bake_s

    @property
    def scrape_s(self) -> float:
        return self.scenario.watch.scrape

    @property
    def canaries(self) -> int:
        """Servers with the new version while the gate is open; 0 where a side is swapped in."""
        install = [stage.install for stage in self.plan.stages if stage.install is not None]
        return install[-1].last if install and install[-1].on == "production" else 0

    def with_fault(self, fault: Fault | None) -> Watchpost:
        """The same gate, with this fault in every change; None: a healthy change."""
        faults: Any = () if fault is None else (replace(fault, chance=1.0, in_test=0.0),)
        change: Carried = replace(self.scenario.change, faults=faults, one_of=())
        return replace(self, scenario=replace(self.scenario, change=change))

    def without_blips(self) -> Watchpost:
        """The same gate at a service that has no trouble of its own."""
        return replace(self, scenario=replace(self.scenario, service=replace(self.scenario.service, blips=None)))

    def steady(self) -> bool:
        """Whether nothing changes while the gate is open, and no chance but that of requests is in it."""
        if any(fault.servers or fault.after or fault.at or fault.users < 1 for fault in self.scenario.faults):
            return False
        tally = simulate(self.plan, self.scenario, 0, 0)
        end = tally.story.promoted_at or 0
        edges = [*(since for since, _ in tally.conditions[1:]), tally.ended_at]
        met = [flows for (since, flows), until in zip(tally.conditions, edges, strict=True)
               if since < end and until > end - us(self.longest_s)]
        return len(met) == 1 and not met[0].ramped

    def expected(self, seed: int = 0, run: int = 0) -> Counts:
        """What the judge is shown over the whole gate, expected given all that this run has met but its requests.

        Raises Impossible where the gate never closes.
        """
        tally = simulate(self.plan, self.scenario, seed, run)
        end = tally.story.promoted_at
        if end is None:
            raise Impossible(f"the gate never closes: {tally.story.alarmed_by.replace('_', ' ')}")
        begin, total = end - us(self.longest_s), np.zeros(SEEN)
        edges = [*(since for since, _ in tally.conditions[1:]), tally.ended_at]
        for (since, flows), until in zip(tally.conditions, edges, strict=True):
            first, last = max(since, begin), min(until, end)
            if first < last:
                total += np.array(flows.means(first, last)) @ flows.seen
        group = ALL if self.witness.on == "whole" else NEW
        return Counts(*total[group : group + 3].tolist())

    def rate_s(self) -> float:
        """Requests a second that the judge is shown, expected, on the average of the gate."""
        return float(self.expected().requests) / self.longest_s

    def look(self, seed: int, run: int) -> Seen:
        """What run number `run` of the study shows. Raises Impossible where health checks end it before its time."""
        tally = simulate(self.plan, self.scenario, seed, run)
        ended, evidence = tally.story.promoted_at, self.witness.all()
        if ended is None or evidence is None:
            by = tally.story.alarmed_by.replace("_", " ")
            raise Impossible(f"run {run} ends before its gate does: {by}")
        gives_up = ended * 1e-6
        ends = gives_up - self.longest_s + self.bake_s
        begins = min(ends - self.bake_s, float(evidence.end_s[0]) - self.scrape_s * self.stage.watched)
        return Seen(evidence, self.witness.settings[0], begins, ends, gives_up)


def has_gate(plan: RolloutPlan) -> bool:
    """Whether the plan has a bake with a judge."""
    return any(stage.bake_s > 0 and stage.gate.judge is not None for stage in plan.stages)


def first_judged(scenario: Scenario) -> str:
    """The first policy with a judged bake. Raises NoGate."""
    plans, _ = scenario.runnable()
    for name, plan in plans.items():
        if has_gate(plan):
            return name
    baked = [name for name, plan in plans.items() if any(stage.bake_s > 0 for stage in plan.stages)]
    help_ = f", or ask about the bake of another policy with --policy {baked[0]}" if baked else ""
    raise NoGate(
        f"no policy of {scenario.name!r} has a bake with a judge: give one a `bake` and a `judge`{help_}"
    )


def watchpost(
    scenario: Scenario,
    policy: str | None = None,
    *,
    longest_s: float | None = None,
    control: bool = False,
    before: bool = False,
) -> Watchpost:
    """The first judged bake of a policy (else its first bake), without alerts, reports and faults around it.

    policy     None: the first of the scenario with a judged bake
    longest_s  how long to look; None: the bake, and what the gate adds when it is on hold
    control    keep an equal group on the old version, where the policy keeps none and the fleet has room
    before     show what was before the rollout as well; without it only if the gate's own judge compares with that

    Raises NoGate for a policy without a bake or with one shorter than a scrape, Impossible from the plan.
    """
    name = policy if policy is not None else first_judged(scenario)
    plan = scenario.plan(name)
    bakes = [at for at, stage in enumerate(plan.stages) if stage.bake_s > 0]
    if not bakes:
        raise NoGate(f"policy {name!r} has no bake: there is nothing for a judge to watch")
    at = next((at for at in bakes if plan.stages[at].gate.judge is not None), bakes[0])
    stage = plan.stages[at]
    scrape = scenario.watch.scrape
    if stage.bake_s < scrape:
        raise NoGate(
            f"policy {name!r}: a bake of {say_seconds(stage.bake_s)} is shorter than one scrape of "
            f"{say_seconds(scrape)}: no judge sees a whole window"
        )
    extra = stage.bake_s if stage.gate.give_up_s is None else stage.gate.give_up_s
    longest = stage.bake_s + extra if longest_s is None else longest_s
    own = stage.gate.judge
    before = before or getattr(own, "against", "") == "before"
    witness = Witness(on=getattr(own, "on", None), against="before" if before else "control")
    watched = replace(stage, bake_s=longest, gate=Gate(judge=witness))
    earlier = tuple(replace(one, gate=Gate(), watched=False) for one in plan.stages[:at])
    plan = replace(plan, stages=(*earlier, watched))
    if control and not plan.control:
        plan = replace(plan, control=room_for_control(plan, scenario))
    quiet = replace(scenario.watch, alerts=(), reports=None)
    # Without faults the horizon matters to nobody; it only has to hold the gate.
    horizon = plan_length_s(plan, scenario) + SPARE_S
    alone = replace(scenario, watch=quiet, horizon=horizon, expect=())
    post = Watchpost(alone, name, plan, at, stage, longest, witness)
    return post.with_fault(None)


def room_for_control(plan: RolloutPlan, scenario: Scenario) -> int:
    """Servers that could stay on the old version as a control; 0 where there is no place for one."""
    installs = [stage.install for stage in plan.stages if stage.install is not None]
    if scenario.change.kind == "new_service" or not installs or any(one.on != "production" for one in installs):
        return 0
    changed = installs[-1].last
    return min(changed, scenario.fleet.production.servers - changed)


class Ruling(NamedTuple):
    """What a judge makes of the evidence of one run.

    alarm    number of the window at which it first says roll back; None if it never does
    said     its verdict at each mark (a number of windows: the last of those it has seen), HOLD after an alarm
    settled  for each mark: the first window after it at which it is known to be not on hold; None if there is none
    """

    alarm: int | None
    said: tuple[Verdict, ...]
    settled: tuple[int | None, ...]


def rule(judge: Any, seen: Seen, marks: tuple[int, ...]) -> Ruling:
    """Show one judge the evidence of a run until all is said; marks, one or more, in rising order.

    Between marks quiet windows are scanned many at once; while it is on hold after a mark, one by one.
    """
    reel = seen.reel(judge)
    windows = reel.windows
    state, verdict, at, cautious = judge.start(seen.setting), Verdict.HOLD, 0, 0
    known = [(0, verdict)]
    while at < windows and not (verdict is Verdict.ROLL_BACK or (at >= marks[-1] and verdict is Verdict.PROMOTE)):
        until = next((mark for mark in marks if mark > at), windows)
        waiting = verdict is Verdict.HOLD and at >= marks[0]
        if not (waiting or cautious) and until - at > 1:
            calm, after, last = judge.scan(state, reel.cut(at, until))
            if calm:
                state, at, verdict = after, at + calm, last
                known.append((at, verdict))
                continue
            cautious = CAUTIOUS
        state, verdict = judge.look(state, reel.window(at))
        at, cautious = at + 1, max(0, cautious - 1)
        known.append((at, verdict))
    said = tuple(dict(known).get(mark, Verdict.HOLD) for mark in marks)
    settled = tuple(
        next((seen_by - 1 for seen_by, what in known if seen_by > mark and what is not Verdict.HOLD), None)
        for mark in marks
    )
    return Ruling(at - 1 if verdict is Verdict.ROLL_BACK else None, said, settled)


CAUTIOUS = 3
"""Plain looks after a window that a scan found not calm: the next ones often are not calm either."""


def rolled_back_at(judge: Any, gate: Gate, seen: Seen) -> tuple[float | None, bool]:
    """When the gate rolls the change back, in seconds since `begins_s`; and whether for want of a verdict.

    (None, False): it lets the change pass. As the engine's own gate: roll back at once, promote at the end of the
    bake (or with `early` at the first promote), on hold until it gives up.
    """
    ends, last = seen.marks
    mark = 0 if gate.early else ends
    ruling = rule(judge, seen, (mark,))
    return decided(ruling, 0, mark, last, gate, seen.evidence.end_s, seen.begins_s, seen.gives_up_s)


def decided(
    ruling: Ruling, k: int, mark: int, last: int, gate: Gate, ends: Any, begins_s: float, gives_up_s: float
) -> tuple[float | None, bool]:
    """As `rolled_back_at`, for the k-th mark of a ruling: a bake of `mark` windows, given up after `last`."""
    alarm = ruling.alarm
    if alarm is not None and alarm < mark:
        return float(ends[alarm]) - begins_s, False
    if ruling.said[k] is Verdict.PROMOTE and mark > 0:
        return None, False
    settled = ruling.settled[k]
    if settled is not None and settled < last:
        return (float(ends[settled]) - begins_s, False) if settled == alarm else (None, False)
    return (gives_up_s - begins_s, True) if gate.on_give_up == "roll_back" else (None, False)

