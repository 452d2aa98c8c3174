"""One change with a person as the judge: played to the next gate, answered, and set beside the rule.

A rollout is quick to simulate and always the same, so a game is only its answers: to go on, the run is played again
from its start with one answer more. Both doors use this, `coalmine run --step` and the page Decide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import numpy as np

from sim import measure
from sim.model.evidence import Evidence, Verdict
from sim.model.outcome import Outcome
from sim.model.plan import Impossible, RolloutPlan
from sim.model.timeline import Event, Timeline
from sim.scenario import Scenario

CHANGES = 10
FEWEST, MOST_FAULTY = 3, 7
"""Faulty ones among ten, by coins, but never so few or so many that nothing can be learnt."""
MIXED = 24_001
"""Part of the seed of the mix, so that it shares no draw with a study."""
FAR, AT_ONCE = 1_000, 100


class Question(Protocol):
    """What the engine asks at the end of a bake. `rule`: what the gate's own judge says by then."""

    @property
    def t_s(self) -> float: ...
    @property
    def stage(self) -> str: ...
    @property
    def evidence(self) -> Sequence[Evidence]: ...
    @property
    def rule(self) -> Verdict: ...


@dataclass(frozen=True)
class Answered:
    """One gate: the person, and the rule; `acted_s`: when the rule would have rolled back."""

    t_s: float
    stage: str
    answer: Verdict
    rule: Verdict
    acted_s: float | None

    def as_json(self) -> dict[str, Any]:
        return {
            "t_s": self.t_s,
            "stage": self.stage,
            "answer": self.answer.name.lower(),
            "rule": self.rule.name.lower(),
            "rule_would_have_rolled_back_s": self.acted_s,
        }


def rule_acted(events: Iterable[Event]) -> float | None:
    """When the gate's own judge first said roll back among these events."""
    said = (e.t_s for e in events if e.kind == "judged" and str(_name(e.data["verdict"])) == "ROLL_BACK")
    return next(said, None)


def _name(verdict: Any) -> str:
    return verdict.name if isinstance(verdict, Verdict) else str(verdict).upper().replace(" ", "_")


class _Waiting(Exception):
    """The answers are used up: the rollout waits for a person."""


@dataclass
class Played:
    """A change as far as it has come. One of `question` and `outcome` is there."""

    timeline: Timeline = field(default_factory=Timeline)
    answered: list[Answered] = field(default_factory=list)
    question: Question | None = None
    outcome: Outcome | None = None


def play(plan: RolloutPlan, scenario: Scenario, seed: int, run: int, answers: Sequence[Verdict]) -> Played:
    """Play run number `run` with these answers, gate by gate, up to the first gate without one or to the end."""
    played = Played()
    told = 0

    def decide(question: Question) -> Verdict:
        nonlocal told
        place = len(played.answered)
        if place == len(answers):
            played.question = question
            raise _Waiting
        acted = rule_acted(played.timeline.events[told:])
        told = len(played.timeline.events)
        played.answered.append(Answered(question.t_s, question.stage, answers[place], question.rule, acted))
        return answers[place]

    with suppress(_Waiting):
        played.outcome = measure.run(plan, scenario, seed, run, timeline=played.timeline, decide=decide)
    return played


class End(NamedTuple):
    """How a change ended for somebody: its outcome, and when the rollout was over, s (the horizon if it was not)."""

    outcome: Outcome
    over_s: float


class Ends(NamedTuple):
    """The same change decided by the person, by the gate's rule, and by somebody who always says promote."""

    person: End
    rule: End
    always: End


def ends(plan: RolloutPlan, scenario: Scenario, seed: int, run: int, answers: Sequence[Verdict]) -> Ends | None:
    """All three, or None while the person still has to answer."""
    played = play(plan, scenario, seed, run, answers)
    if played.outcome is None:
        return None
    return Ends(
        End(played.outcome, _over(played.timeline, scenario)),
        _end(plan, scenario, seed, run, None),
        _end(plan, scenario, seed, run, lambda _: Verdict.PROMOTE),
    )


def _end(
    plan: RolloutPlan, scenario: Scenario, seed: int, run: int, decide: Callable[[Any], Verdict] | None
) -> End:
    timeline = Timeline()
    return End(measure.run(plan, scenario, seed, run, timeline=timeline, decide=decide), _over(timeline, scenario))


def _over(timeline: Timeline, scenario: Scenario) -> float:
    over = (e.t_s for e in timeline.events if e.kind in ("promoted", "undone", "stopped"))
    return max(over, default=scenario.horizon)


class Score(NamedTuple):
    """What somebody's decisions came to over some changes.

    users_hit     users of all changes
    held_up_s     s: how much later good changes came than by always promoting; of one that was taken back the whole
                  time, because it must begin again
    false_alarms  good changes taken back
    let_through   faulty changes that were promoted, and stayed so
    cost          money, all changes
    """

    users_hit: int
    held_up_s: float
    false_alarms: int
    let_through: int
    cost: float


def score(found: Sequence[Ends], who: str) -> Score:
    """The score of `person`, `rule` or `always` over some changes."""
    hit, held_up, false, through, cost = 0, 0.0, 0, 0, 0.0
    for one in found:
        end: End = getattr(one, who)
        hit += end.outcome.users_hit
        cost += end.outcome.cost
        kept = end.outcome.ended == "promoted"
        if end.outcome.faulty:
            through += kept
        else:
            false += not kept
            held_up += max(0.0, end.over_s - one.always.over_s) if kept else end.over_s
    return Score(hit, held_up, false, through, cost)


def deciders(scenario: Scenario) -> dict[str, RolloutPlan]:
    """The policies at whose gates a person can be asked: those with a bake."""
    plans, _ = scenario.runnable()
    return {name: plan for name, plan in plans.items() if any(stage.bake_s for stage in plan.stages)}


def mix(scenario: Scenario, plan: RolloutPlan, seed: int, changes: int = CHANGES) -> list[int]:
    """Numbers of runs to decide on, the same for everybody with this seed; about half of them faulty.

    Only changes that come to a gate: a test that catches a fault leaves nothing to decide. Among the faulty ones
    faults are as frequent as in the scenario. Fewer than asked for where the study has no more; raises Impossible if
    it has none.
    """
    if not any(stage.bake_s for stage in plan.stages):
        raise Impossible("this policy has no gate to stand at")
    random = np.random.default_rng([seed, MIXED])
    wanted = int(np.clip(random.binomial(changes, 0.5), FEWEST, MOST_FAULTY))
    faulty: list[int] = []
    healthy: list[int] = []
    for first in range(0, FAR, AT_ONCE):
        for run, label in enumerate(measure.faults_in(scenario, seed, range(first, first + AT_ONCE)), first):
            kind, most = (healthy, changes - wanted) if label == "none" else (faulty, wanted)
            if len(kind) < most and play(plan, scenario, seed, run, ()).question is not None:
                kind.append(run)
        if len(faulty) + len(healthy) == changes:
            break
    found = [*faulty, *healthy]
    if not found:
        raise Impossible("no change of this scenario comes to a gate under this policy")
    return [found[k] for k in random.permutation(len(found))]
