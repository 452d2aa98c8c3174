"""`coalmine run --step`: the person at the keyboard is the judge, and sees only the evidence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, Protocol

from sim.cli import output, story
from sim.cli.errors import Unanswered, say
from sim.cli.story.facts import verdict
from sim.cli.words import duration, money, percent, some
from sim.model.evidence import Counts, Evidence, Verdict
from sim.model.outcome import Outcome
from sim.model.plan import RolloutPlan
from sim.model.timeline import Timeline
from sim.scenario import Scenario
from sim.units import DAY, say_clock

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

ASK = "promote, hold or roll back? [p/h/r] "
WORDS = {
    "p": Verdict.PROMOTE, "promote": Verdict.PROMOTE,
    "h": Verdict.HOLD, "hold": Verdict.HOLD,
    "r": Verdict.ROLL_BACK, "roll back": Verdict.ROLL_BACK, "rollback": Verdict.ROLL_BACK,
}
MOST_ROWS = 10
"""Windows are added up so that a gate's evidence fits on a screen."""


class Question(Protocol):
    """What the engine asks at the end of a bake. `rule`: what the gate's own judge would say."""

    t_s: float
    stage: str
    evidence: Sequence[Evidence]
    rule: Verdict | None


@dataclass(frozen=True)
class Answered:
    """One gate: what the person said, and what the rule would have said (None: it has no judge)."""

    t_s: float
    stage: str
    answer: Verdict
    rule: Verdict | None

    def as_json(self) -> dict[str, Any]:
        rule = None if self.rule is None else self.rule.name.lower()
        return {"t_s": self.t_s, "stage": self.stage, "answer": self.answer.name.lower(), "rule": rule}


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
        """Tell what happened since the last gate, show the evidence, ask. Raises Unanswered at the end of input."""
        self.tell_so_far()
        clock = say_clock((self.scenario.start + round(question.t_s)) % DAY)
        self.console.print(f'\nGate of stage "{question.stage}", {clock}. What could be seen:')
        self.console.print(evidence_table(question.evidence, self.scenario.start))
        said = self.ask()
        self.console.print(f"You say: {verdict(said)}.\n")
        self.answers.append(Answered(question.t_s, question.stage, said, question.rule))
        return said

    def ask(self) -> Verdict:
        """The answer, asked for again until it is one."""
        person = output.is_terminal(self.stdin)
        while True:
            self.console.file.flush()
            say_without_newline(ASK)
            line = self.stdin.readline()
            if not line:
                say("")
                raise Unanswered("the answers ended before the rollout did; nothing was decided")
            if not person:
                say(line.strip())
            if (answer := WORDS.get(line.strip().lower())) is not None:
                return answer
            say(f"{line.strip()!r} is none of p, h and r")

    def tell_so_far(self) -> None:
        """Everything visible that was not told yet."""
        events = self.timeline.events[self.told:]
        self.told = len(self.timeline.events)
        self.show(events, truth=False)

    def show(self, events: Iterable[Any], *, truth: bool) -> None:
        width = self.console.width
        story.show(self.console, story.lines(events, self.scenario, self.plan, truth=truth, width=width))

    def conclude(self, outcome: Outcome, rule: Outcome, *, truth: bool) -> None:
        """The rest of the story, the truth, and what the rule would have made of the same run."""
        self.tell_so_far()
        hidden = [event for event in self.timeline.events if event.hidden]
        if truth and hidden:
            self.console.print("\n[bold]What nobody could know[/bold]")
            self.show(hidden, truth=True)
        story.show(self.console, story.ending(outcome, self.scenario, truth=truth, width=self.console.width))
        story.show(self.console, compared(self.answers, outcome, rule, self.scenario))


def say_without_newline(text: str) -> None:
    """The question itself; on stderr, so that a story in a file holds no prompts."""
    import sys

    sys.stderr.write(text)
    sys.stderr.flush()


def compared(
    answers: Sequence[Answered], outcome: Outcome, rule: Outcome, scenario: Scenario
) -> list[story.Line]:
    """Gate by gate, and the two ends side by side."""
    page = [story.Line(""), story.Line("You and the rule", "bold")]
    for answered in answers:
        clock = say_clock((scenario.start + round(answered.t_s)) % DAY)
        rule_said = "none: this bake has no judge" if answered.rule is None else verdict(answered.rule)
        page += wrapped(f"{clock}  {answered.stage}: you said {verdict(answered.answer)}; the rule: {rule_said}.")
    if not answers:
        page += wrapped("No gate came up, so there was nothing to decide.")
    for who, end in (("With you", outcome), ("With the rule", rule)):
        after = "" if end.time_to_restore_s is None else f", harm over {duration(end.time_to_restore_s)}"
        page += wrapped(
            f"{who}: {end.ended.replace('_', ' ')}, {some(end.failed_requests, 'failed request')}, "
            f"{some(end.users_hit, 'user')} hit, {percent(end.budget_spent)} of the error budget{after}, "
            f"cost {money(end.cost)}."
        )
    return page


def wrapped(text: str) -> list[story.Line]:
    from sim.cli.story.page import wrapped

    return wrapped(text, "  ")


def added(windows: Sequence[Counts]) -> Counts:
    return Counts(*(int(sum(int(getattr(w, name)) for w in windows)) for name in Counts._fields))


def evidence_table(evidence: Sequence[Evidence], start: float) -> Table:
    """Requests, failed and slow of the new version, the control and the whole service, by window."""
    from rich import box
    from rich.table import Table

    groups = [("new version", "judged"), ("control", "control"), ("whole service", "whole")]
    kept = [
        (title, name) for title, name in groups
        if name == "judged" or any(int(getattr(e, name).requests) for e in evidence)
    ]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("until", overflow="fold")
    for title, _ in kept:
        table.add_column(f"{title}\nrequests", justify="right", overflow="fold")
        table.add_column("\nfailed", justify="right", overflow="fold")
    size = max(1, -(-len(evidence) // MOST_ROWS))
    for at in range(0, len(evidence), size):
        part = evidence[at:at + size]
        until = say_clock((start + round(float(part[-1].end_s))) % DAY)
        table.add_row(until, *cells(part, kept))
    if len(evidence) > 1:
        table.add_section()
        table.add_row("all", *cells(evidence, kept))
    return table


def cells(part: Sequence[Evidence], kept: Sequence[tuple[str, str]]) -> list[str]:
    made = []
    for _, name in kept:
        counts = added([getattr(e, name) for e in part])
        share = f" {percent(counts.failed / counts.requests)}" if counts.requests else ""
        slow = f"\n{counts.slow:,} slow" if counts.slow else ""
        made += [f"{counts.requests:,}", f"{counts.failed:,}{share}{slow}"]
    return made
