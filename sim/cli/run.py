"""`coalmine run`: the story of one rollout, or its facts as JSON."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli import ask
from sim.cli.errors import Refused
from sim.cli.options import MOST, Json, ScenarioName, Seed, Sets, whole

if TYPE_CHECKING:
    from sim.model.outcome import Outcome
    from sim.model.timeline import Timeline
    from sim.scenario import Scenario
    from sim.study.deciding import Answered

LOOKED_AT = 200
"""Runs asked for their faults when none was named; to ask costs far less than to simulate."""
NAMED = 8
"""So many of them are said."""
VISIBLE = (
    "ended",
    "detected_by",
    "lead_time_s",
    "peak_servers",
    "extra_server_seconds",
    "requests",
)
"""Columns of an outcome that need no knowledge of the truth."""


def run(
    scenario: ScenarioName,
    policy: Annotated[
        str | None, typer.Option("--policy", metavar="NAME", help="Which policy of the scenario.")
    ] = None,
    seed: Seed = "1",
    number: Annotated[
        str | None,
        typer.Option("--run", metavar="I", help="Which run of the study (0 unless given)."),
    ] = None,
    sets: Sets = None,
    as_json: Json = False,
    step: Annotated[
        bool, typer.Option("--step", help="Stop at every gate and let me decide, by the evidence.")
    ] = False,
    truth: Annotated[
        bool, typer.Option("--truth/--no-truth", help="Show what nobody could know at the time.")
    ] = True,
) -> None:
    """Tell the story of one rollout.

    Run I of seed N is the same change, with the same ill servers and the same sleepy operator,
    under every policy: change only --policy to compare. `coalmine compare` names runs to look at.
    """
    root, i = whole("--seed", seed, 0, MOST), whole("--run", number or "0", 0, MOST)
    said = ask.scenario(scenario, sets)
    name = the_policy(said, policy)
    plan = ask.plan(said, name)
    from sim import measure
    from sim.cli import output, story
    from sim.model.timeline import Timeline

    timeline = Timeline()
    answers: list[Answered] | None = None
    instead: Outcome | None = None
    page = output.console(stderr=step and as_json)
    if step or not as_json:
        known = story.LEFT_OUT if not truth else story.LATER if step else story.KNOWN
        story.show(page, story.header(said, name, root, i, known))
    if step:
        from sim.cli.step import Keyboard

        keyboard = Keyboard(page, sys.stdin, said, plan, timeline)
        outcome = measure.run(plan, said, root, i, timeline=timeline, decide=keyboard)
        answers = keyboard.answers
        instead = measure.run(plan, said, root, i)
        keyboard.conclude(outcome, instead, truth=truth)
    else:
        outcome = measure.run(plan, said, root, i, timeline=timeline)
    if as_json:
        output.print_json(facts(said, name, root, i, outcome, timeline, answers, instead, truth))
    elif not step:
        width = page.width
        story.show(page, story.lines(timeline, said, plan, truth=truth, width=width))
        story.show(page, story.ending(outcome, timeline, said, truth=truth, width=width))
        if number is None and truth:
            sys.stdout.flush()
            output.talk(others(said, root, i))


def others(said: Scenario, seed: int, told: int) -> str:
    """Which runs carry a fault: the one that was told was only the first, and most are healthy."""
    from sim import measure

    runs = range(LOOKED_AT)
    found = measure.faults_in(said, seed, runs)
    faulty = [run for run in runs if found[run] != "none"]
    first = ", ".join(map(str, faulty[:NAMED])) + (", ..." if len(faulty) > NAMED else "")
    if not faulty:
        return f"\nNone of the first {LOOKED_AT} runs of seed {seed} carries a fault."
    return f"\nThis was run {told}. Faulty runs of seed {seed}: {first}  (--run {faulty[0]})"


def the_policy(said: Scenario, policy: str | None) -> str:
    """The policy that is meant; the only one needs no name. Refused when there are several."""
    if policy is not None:
        return policy
    if len(said.policies) == 1:
        return next(iter(said.policies))
    raise Refused(f"--policy is missing: one of {', '.join(said.policies)}")


def facts(
    said: Scenario,
    policy: str,
    seed: int,
    number: int,
    outcome: Outcome,
    timeline: Timeline,
    answers: list[Answered] | None,
    instead: Outcome | None,
    truth: bool,
) -> dict[str, Any]:
    """What --json prints. Without truth: only what could be seen, in the outcome too."""
    from dataclasses import asdict

    from sim.cli.provenance import provenance

    columns = asdict(outcome)
    made: dict[str, Any] = {
        "provenance": provenance(said, policy=policy, seed=seed, run=number),
        "outcome": columns if truth else {name: columns[name] for name in VISIBLE},
        "timeline": {
            "events": [
                {
                    "t_s": e.t_s,
                    "kind": e.kind,
                    "hidden": e.hidden,
                    "data": seen(e.kind, e.data, truth),
                }
                for e in sorted(timeline.events, key=lambda e: e.t_s)
                if truth or not e.hidden
            ],
            "scrapes": timeline.scrapes,
        },
    }
    if truth:
        made["timeline"]["truth"] = timeline.truth
    if answers is not None and instead is not None:
        made["answers"] = [answered.as_json() for answered in answers]
        made["outcome_by_the_rule"] = asdict(instead) if truth else None
    return made


def seen(kind: str, data: dict[str, Any], truth: bool) -> dict[str, Any]:
    """The details of an event; whether an alarm is true nobody can see."""
    if truth or kind != "alarm":
        return data
    return {key: value for key, value in data.items() if key != "true"}
