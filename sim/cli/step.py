"""`coalmine run --step`: the person at the keyboard is the judge, and sees only the evidence."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from sim.cli import output, story
from sim.cli.errors import Unanswered, say
from sim.cli.story.evidence import evidence_tables
from sim.cli.story.facts import verdict
from sim.cli.story.page import wrapped
from sim.cli.words import duration, money, percent, some
from sim.model.evidence import Verdict
from sim.model.outcome import Outcome
from sim.model.plan import RolloutPlan
from sim.model.timeline import Event, Timeline
from sim.scenario import Scenario
from sim.study.deciding import Answered, Question, rule_acted
from sim.units import DAY, say_clock

if TYPE_CHECKING:
    from rich.console import Console

ASK = "promote, hold or roll back? [p/h/r] "
WORDS = {
    "p": Verdict.PROMOTE,
    "promote": Verdict.PROMOTE,
    "h": Verdict.HOLD,
    "hold": Verdict.HOLD,
    "r": Verdict.ROLL_BACK,
    "roll back": Verdict.ROLL_BACK,
    "rollback": Verdict.ROLL_BACK,
}


@dataclass
class Keyboard:
    """Asks at every gate. `console` gets the story, stderr the question, `answers` grows."""

    console: Console
    stdin: IO[str]
    scenario: Scenario
    plan: RolloutPlan
    timeline: Timeline
    answers: list[Answered] = field(default_factory=list)
    told: int = 0

    def __call__(self, question: Question) -> Verdict:
        """Tell what happened since the last gate, show the evidence, ask.

        Raises Unanswered at the end of the input.
        """
        acted_s = self.tell_so_far()
        self.console.print(
            f'\nGate of stage "{question.stage}", {self.clock(question.t_s)}: what could be seen.',
            markup=False,
        )
        width = self.console.width
        for titled in evidence_tables(question.evidence, self.scenario.start, width):
            self.console.print(titled.table)
        said = self.ask()
        self.console.print(f"\nYou say: {verdict(said)}.\n")
        self.answers.append(Answered(question.t_s, question.stage, said, question.rule, acted_s))
        return said

    def ask(self) -> Verdict:
        """The answer, asked for until it is one; on stderr, so that a story has no prompts."""
        person = output.is_terminal(self.stdin)
        while True:
            self.console.file.flush()
            print(ASK, end="", file=sys.stderr, flush=True)
            line = self.stdin.readline()
            if not line:
                say("")
                raise Unanswered("the answers ended before the rollout did; nothing was decided")
            if not person:
                say(line.strip())
            if (answer := WORDS.get(line.strip().lower())) is not None:
                return answer
            say(f"{line.strip()!r} is none of p, h and r")

    def tell_so_far(self) -> float | None:
        """Tell all that could be seen since the last time; returns when the rule said roll back."""
        events = self.timeline.events[self.told :]
        self.told = len(self.timeline.events)
        self.show([event for event in events if not event.hidden and event.kind != "judged"])
        return rule_acted(events)

    def show(self, events: list[Event]) -> None:
        part = Timeline(events=events, scrapes=self.timeline.scrapes)
        width = self.console.width
        story.show(self.console, story.lines(part, self.scenario, self.plan, width=width))

    def conclude(self, outcome: Outcome, rule: Outcome, *, truth: bool) -> None:
        """The rest of the story, the truth, and what the rule would have made of the same run."""
        self.tell_so_far()
        hidden = [e for e in self.timeline.events if e.kind == "judged" or (e.hidden and truth)]
        if hidden:
            self.console.print("\n[bold]What you were not shown[/bold]")
            self.show(hidden)
        width = self.console.width
        story.show(
            self.console,
            story.ending(outcome, self.timeline, self.scenario, truth=truth, width=width),
        )
        story.show(self.console, self.compared(outcome, rule, truth=truth))

    def compared(self, outcome: Outcome, rule: Outcome, *, truth: bool) -> list[story.Line]:
        """Gate by gate, and the two ends side by side."""
        page = [story.Line(""), story.Line("You and the rule", "bold")]
        for one in self.answers:
            rule_said = verdict(one.rule)
            if one.acted_s is not None:
                rule_said = f"roll back, already at {self.clock(one.acted_s)}"
            page += wrapped(
                f"{self.clock(one.t_s)}, stage {one.stage}: you said {verdict(one.answer)}, "
                f"the rule says {rule_said}.",
                "  ",
            )
        if not self.answers:
            page += wrapped("No gate came up, so there was nothing to decide.", "  ")
        for who, end in (("With you", outcome), ("With the rule", rule)):
            page += wrapped(f"{who}: {ended(end, truth=truth)}.", "  ")
        return page

    def clock(self, t_s: float) -> str:
        return say_clock((self.scenario.start + round(t_s)) % DAY)


def ended(end: Outcome, *, truth: bool) -> str:
    """One outcome in half a sentence; without the truth only what became of the change."""
    if not truth:
        return end.ended.replace("_", " ")
    harm = "" if end.time_to_restore_s is None else f", harm over {duration(end.time_to_restore_s)}"
    return (
        f"{end.ended.replace('_', ' ')}, {some(end.failed_requests, 'failed request')}, "
        f"{some(end.users_hit, 'user')} hit, {percent(end.budget_spent)} of the error budget"
        f"{harm}, cost {money(end.cost)}"
    )
