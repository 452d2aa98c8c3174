"""Sentences that need more than the event: the plan, the kind of change, what the monitor saw."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.cli.story.facts import SENTENCES, servers, verdict, who
from sim.cli.story.kinds import Wording, wording
from sim.cli.words import duration, percent, some
from sim.model.plan import InstallStep, RolloutPlan, Stage
from sim.model.timeline import Event, Timeline
from sim.scenario import Scenario
from sim.units import DAY, say_clock, say_seconds

UNDO = {
    "reinstall": "the old version is put back",
    "withdraw": "the new servers leave rotation at once and get the old version back",
    "swap_back": "users go back to the side that still has the old version",
    "none": "nothing was installed yet, so nothing has to be taken back",
    "idle_first": "the idle side gets the old version back, then users move there, then the other",
}
WHOLE = 7
"""Where the whole service stands in a row of `Timeline.scrapes`: requests, failed, slow."""


@dataclass(frozen=True)
class Teller:
    """Turns events into sentences; knows the plan, to say what a stage is about to do."""

    plan: RolloutPlan
    words: Wording
    scrapes: Sequence[Sequence[float]]
    start: float
    scrape_s: float

    @classmethod
    def of(cls, scenario: Scenario, plan: RolloutPlan, timeline: Timeline) -> Teller:
        words, scrape = wording(scenario.change), scenario.watch.scrape
        return cls(plan, words, timeline.scrapes, scenario.start, scrape)

    def tell(self, event: Event) -> str:
        """The sentence for one event. A kind without a sentence is told with its raw details."""
        mine = {
            "stage_started": self.stage_started,
            "installed": self.installed,
            "restoring": self.restoring,
            "undo_started": self.undo_started,
            "wavered": self.wavered,
        }
        teller = mine.get(event.kind) or SENTENCES.get(event.kind)
        if teller is not None:
            return teller(event.data)
        if event.kind == "alarm":
            return self.alarm(event)
        if event.kind == "undone":
            return f"Undone: {self.words.undone}."
        details = ", ".join(f"{key} {value}" for key, value in event.data.items())
        return f"{event.kind.replace('_', ' ').capitalize()}{': ' if details else ''}{details}."

    def install_of(self, side: str, position: int) -> InstallStep | None:
        """The install of the plan that changes this position of a side."""
        steps = (stage.install for stage in self.plan.stages if stage.install is not None)
        return next((s for s in steps if s.on == side and s.first <= position < s.last), None)

    def alarm(self, event: Event) -> str:
        """Who raised it, and what the last scrape showed of the whole service."""
        text = f"Alarm, raised by {who(event.data.get('by'))}"
        rows = [row for row in self.scrapes if row[0] <= event.t_s]
        if event.data.get("by") == "alert" and rows and rows[-1][WHOLE]:
            requests, failed = rows[-1][WHOLE], rows[-1][WHOLE + 1]
            text += f": {percent(failed / requests)} of all requests failed in the last scrape"
        return text + "."

    def wavers(self, event: Event) -> bool:
        """Whether a verdict is one of the two that a judge may go to and fro between."""
        return verdict(event.data.get("verdict")) in ("hold", "promote")

    def wavered(self, data: Mapping[str, Any]) -> str:
        """Short-lived verdicts, all told at once, with the worst scrape among them."""
        judge = self.judge_at(data["stage"])
        column = WHOLE if judge is not None and judge.on == "whole" else 1
        bad, word = (2, "slow") if judge is not None and judge.of == "slow" else (1, "failed")
        shares = [
            row[column + bad] / row[column]
            for row in self.scrapes
            if data["from_s"] <= row[0] <= data["until_s"] and row[column]
        ]
        text = (
            f"The judge goes between hold and promote {data['times']} times until "
            f"{say_clock((self.start + round(data['until_s'])) % DAY)}"
        )
        most = f"; at most {percent(max(shares))} {word} in a scrape" if shares else ""
        return f"{text}{most}."

    def judge_at(self, stage: str) -> Any:
        """The judge of a stage's gate, None where it has none."""
        gates = (one.gate.judge for one in self.plan.stages if one.name == stage)
        return next(gates, None)

    def stage_started(self, data: Mapping[str, Any]) -> str:
        name = str(data.get("stage", ""))
        stage = next((stage for stage in self.plan.stages if stage.name == name), None)
        parts = list(acts(stage, self.words)) if stage else []
        return f'Stage "{name}": {", then ".join(parts)}.' if parts else f'Stage "{name}".'

    def installed(self, data: Mapping[str, Any]) -> str:
        """One batch; `failed` of it do not pass their health checks."""
        of, failed = int(data["last"] - data["first"]), int(data.get("failed") or 0)
        if not failed:
            state = self.words.one if of == 1 else self.words.many
            return f"{servers(data).capitalize()} {state}."
        how_many = "all fail" if failed == of else f"{failed} fail" if failed > 1 else "1 fails"
        return f"Of {servers(data)} with the new version, {how_many} the health checks."

    def restoring(self, data: Mapping[str, Any]) -> str:
        """The whole undo of one side."""
        pace = ""
        if data["most"] < data["count"]:
            over = duration(float(data["over_s"]))
            pace = f", at most {data['most']:,} at a time, over {over}"
        return f"{self.words.goes_back} {servers(data)}{pace}."

    def undo_started(self, data: Mapping[str, Any]) -> str:
        way = str(data.get("way"))
        said = UNDO.get(way, way) if way == "none" else self.words.undo or UNDO.get(way, way)
        return f"Undo begins: {said}."


def acts(stage: Stage, words: Wording) -> Iterator[str]:
    """The verbs of a stage, in order, as a person would announce them."""
    if stage.test:
        where = "the standby" if stage.test.on == "standby" else "the test servers"
        yield f"try it on {where} for {say_seconds(stage.test.length_s)}"
    if stage.install:
        yield f"{words.act} {pace(stage.install)}"
    if stage.route:
        share = percent(stage.route.share)
        slowly = f" over {say_seconds(stage.route.lease_s)}" if stage.route.lease_s else ""
        yield {
            "swap": f"move the users to the standby{slowly}",
            "weight": f"send {share} of requests to the new version",
            "mirror": "send the new version copies of requests that no user sees answered",
            "equal": "send every server an equal share of requests",
        }[stage.route.verb]
    if stage.bake_s:
        yield f"watch for {say_seconds(stage.bake_s)}" + (", judged" if stage.gate.judge else "")


def pace(step: InstallStep) -> str:
    """'95 servers, 5 every 1m'."""
    count = step.last - step.first
    pool = "standby server" if step.on == "standby" else "server"
    if step.size >= count:
        return some(count, pool) + (" at once" if count > 1 else "")
    every = f"every {say_seconds(step.every_s)}" if step.every_s else "at a time"
    return f"{some(count, pool)}, {step.size} {every}"
