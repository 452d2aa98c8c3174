"""One event -> one sentence, in the words of the design, where the event alone says enough."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sim.cli.words import DETECTED, amount, duration, percent, some
from sim.model.evidence import Verdict

VERDICTS = {"PROMOTE": "promote", "HOLD": "hold", "ROLL_BACK": "roll back"}


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


def who(by: Any) -> str:
    return DETECTED.get(str(by), str(by))


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
