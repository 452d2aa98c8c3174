"""One event -> one sentence, in the words of DESIGN 2. What a stage will do the plan says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.cli.words import DETECTED, amount, duration, percent, some
from sim.model.evidence import Verdict
from sim.model.plan import InstallStep, RolloutPlan, Stage
from sim.model.timeline import Event
from sim.units import say_seconds

UNDO = {
    "reinstall": "the old version is put back, a few servers at a time",
    "withdraw": "the new servers leave rotation at once and get the old version back",
    "swap_back": "users go back to the side that still has the old version",
    "none": "nothing was installed yet, so nothing has to be taken back",
    "idle_first": "the idle side gets the old version back, then users move there, then the other",
}
WHOLE = 7
"""Where the whole service stands in a row of `Timeline.scrapes`: requests, failed, slow."""
VERDICTS = {"PROMOTE": "promote", "HOLD": "hold", "ROLL_BACK": "roll back"}


@dataclass(frozen=True)
class Teller:
    """Turns events into sentences; knows the plan, to say what a stage is about to do."""

    plan: RolloutPlan
    scrapes: Sequence[Sequence[float]] = ()

    def stage(self, name: str) -> Stage | None:
        """The plan's stage of this name; None for an undo, which is in no plan."""
        return next((stage for stage in self.plan.stages if stage.name == name), None)

    def install_of(self, side: str, position: int) -> InstallStep | None:
        """The install of the plan that changes this position of a side."""
        steps = (stage.install for stage in self.plan.stages if stage.install is not None)
        return next((s for s in steps if s.on == side and s.first <= position < s.last), None)

    def tell(self, event: Event) -> str:
        """The sentence for one event. A kind without a sentence is told with its raw details."""
        if event.kind == "stage_started":
            return self.stage_started(event.data)
        if event.kind == "alarm":
            return self.alarm(event)
        teller = SENTENCES.get(event.kind)
        if teller is None:
            details = ", ".join(f"{key} {value}" for key, value in event.data.items())
            return f"{event.kind.replace('_', ' ').capitalize()}{': ' if details else ''}{details}."
        return teller(event.data)

    def alarm(self, event: Event) -> str:
        """Who raised it, and what the last scrape showed of the whole service."""
        text = f"Alarm, raised by {who(event.data.get('by'))}"
        rows = [row for row in self.scrapes if row[0] <= event.t_s]
        if event.data.get("by") == "alert" and rows and rows[-1][WHOLE]:
            requests, failed = rows[-1][WHOLE], rows[-1][WHOLE + 1]
            text += f": {percent(failed / requests)} of all requests failed in the last scrape"
        return text + "."

    def stage_started(self, data: Mapping[str, Any]) -> str:
        name = str(data.get("stage", ""))
        stage = self.stage(name)
        parts = list(acts(stage)) if stage else []
        return f'Stage "{name}": {", then ".join(parts)}.' if parts else f'Stage "{name}".'


def acts(stage: Stage) -> Iterator[str]:
    """The verbs of a stage, in order, as a person would announce them."""
    if stage.test:
        where = "the standby" if stage.test.on == "standby" else "the test servers"
        yield f"try it on {where} for {say_seconds(stage.test.length_s)}"
    if stage.install:
        yield "install on " + pace(stage.install)
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


def verdict(value: Any) -> str:
    """'roll back', whatever form the verdict has."""
    name = value.name if isinstance(value, Verdict) else str(value).upper()
    return VERDICTS.get(name, name.lower().replace("_", " "))


def seen(data: Mapping[str, Any]) -> str:
    """'41 of 1,000 requests failed (4.1%), 3 slow'."""
    requests, failed, slow = (int(data.get(key) or 0) for key in ("requests", "failed", "slow"))
    if not requests:
        return "no requests seen yet"
    text = f"{amount(failed)} of {amount(requests)} requests failed ({percent(failed / requests)})"
    return text + (f", {amount(slow)} slow ({percent(slow / requests)})" if slow else "")


def servers(data: Mapping[str, Any]) -> str:
    """'5 servers' or '5 standby servers', from a count or from a range of positions."""
    count = data["count"] if "count" in data else data["last"] - data["first"]
    return some(int(count), "standby server" if data.get("side") == "standby" else "server")


def are(data: Mapping[str, Any]) -> str:
    return "is" if servers(data).startswith("1 ") else "are"


def restoring(data: Mapping[str, Any]) -> str:
    """The whole undo of one side."""
    pace = ""
    if data["most"] < data["count"]:
        pace = f", at most {data['most']:,} at a time, over {duration(float(data['over_s']))}"
    return f"The old version goes back on {servers(data)}{pace}."


def who(by: Any) -> str:
    return DETECTED.get(str(by), str(by))


def installed(data: Mapping[str, Any]) -> str:
    failed = int(data.get("failed") or 0)
    if not failed:
        return f"{servers(data).capitalize()} {are(data)} back with the new version."
    of = data["last"] - data["first"]
    how_many = "all fail" if failed == of else f"{failed} fail" if failed > 1 else "1 fails"
    return f"Of {servers(data)} with the new version, {how_many} the health checks."


def routed(data: Mapping[str, Any]) -> str:
    share = percent(float(data.get("share", 1.0)))
    return {
        "swap": "Routing: the users move to the standby.",
        "weight": f"Routing: the new version gets {share} of requests.",
        "mirror": "Routing: the new version gets copies of requests.",
        "equal": "Routing: every server gets an equal share again.",
    }.get(str(data.get("verb")), f"Routing: {data.get('verb')} {share}.")


def fault_present(data: Mapping[str, Any]) -> str:
    about = str(data.get("about") or "").strip().rstrip(".")
    about = about[:1].lower() + about[1:]
    return f"The change carries the fault {data.get('fault')!r}" + (f": {about}." if about else ".")


def judged(data: Mapping[str, Any]) -> str:
    """A change of verdict; `promote` before the end of a bake is only an opinion."""
    said = verdict(data.get("verdict"))
    if said == "promote":
        return f"Nothing beyond the judge's limit: {seen(data)} in the last scrape."
    return f"The judge says {said}: {seen(data)} in the last scrape."


def gave_up(data: Mapping[str, Any]) -> str:
    then = "promoted all the same" if data.get("then") == "promote" else "rolled back"
    return f"The bake and its extension are over without a clear verdict: {then}."


def install_started(data: Mapping[str, Any]) -> str:
    count, size = int(data["last"] - data["first"]), int(data.get("size") or 0)
    return f"Install begins on {servers(data)}" + (
        f", {size} at a time." if 0 < size < count else "."
    )


def tested(data: Mapping[str, Any], what: str) -> str:
    return f"The {'smoke test' if data.get('name') == 'smoke' else 'test'} {what}"


SENTENCES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "test_started": lambda d: tested(d, "begins."),
    "test_passed": lambda d: tested(d, "passed."),
    "test_failed": lambda d: tested(
        d, f"failed: {d['fault']!r} showed." if d.get("fault") else "failed."
    ),
    "install_started": install_started,
    "restoring": restoring,
    "installed": installed,
    "install_failed": lambda d: f"{servers(d).capitalize()} failed to install.",
    "routed": routed,
    "bake_started": lambda d: f"Bake: watching for {duration(float(d.get('length_s', 0)))}.",
    "judged": judged,
    "gate_passed": lambda d: f'Gate of stage "{d.get("stage")}" passed.',
    "gave_up": gave_up,
    "page": lambda d: "The operator is paged.",
    "acknowledged": lambda d: (
        f"Acknowledged, {duration(float(d.get('after_s', 0)))} after the page."
    ),
    "decided": lambda d: (
        f"Decided to roll back, {duration(float(d.get('after_s', 0)))} after the page."
    ),
    "undo_started": lambda d: f"Undo begins: {UNDO.get(str(d.get('way')), d.get('way'))}.",
    "undone": lambda d: "Undone: every server is back with the old version.",
    "stopped": lambda d: f"Stopped: {d.get('reason') or 'there is no way back'}.",
    "promoted": lambda d: "Promoted: the last gate is passed.",
    "ejected": lambda d: f"Health checks take {servers(d)} out of rotation.",
    "readmitted": lambda d: f"Health checks put {servers(d)} back in rotation.",
    "blip_began": lambda d: "Trouble begins that has nothing to do with the rollout.",
    "blip_ended": lambda d: "That trouble is over.",
    "fault_present": fault_present,
    "fell_ill": lambda d: f"{servers(d).capitalize()} fell ill with {d.get('fault')!r}.",
    "crashed": lambda d: f"{servers(d).capitalize()} crashed.",
    "first_harm": lambda d: "First request harmed by the rollout.",
    "harm_ended": lambda d: "The harm ends.",
    "fault_on": lambda d: f"The fault {d.get('fault')!r} begins to act.",
    "fault_off": lambda d: f"The fault {d.get('fault')!r} acts no more.",
}
