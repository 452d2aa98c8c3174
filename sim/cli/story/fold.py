"""What repeats itself -> one sentence for all of it.

A milestone (a stage, a verdict, an alarm ...) ends a stretch. Inside a stretch batches are told
together, and so are servers that are ejected, or fall ill, one after the other. A judge that goes
to and fro between hold and promote is told once, and then what it settled on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

from sim.cli.story.facts import servers
from sim.cli.story.teller import Teller
from sim.cli.words import duration
from sim.model.timeline import Event

REPEATING = frozenset(
    {"installed", "install_failed", "fell_ill", "crashed", "ejected", "readmitted"}
)
ANNOUNCED = frozenset({"install_started", "test_started", "bake_started", "routed"})
"""What the sentence of a stage says already, when it happens at once."""
SETTLES = frozenset(
    {"stage_started", "gate_passed", "gave_up", "alarm", "undo_started", "promoted", "stopped"}
)
"""What ends a judge's wavering, whatever it says next."""
LASTING = 30
"""Scrapes: a verdict that stands for longer is told by itself."""
WAVERINGS = 3
"""So many short-lived verdicts one after the other are told as one."""
FEW = 2
"""So many of a kind are still told one by one."""


@dataclass(frozen=True)
class Fact:
    """One sentence, when it became true, and whether anybody could know."""

    t_s: float
    text: str
    kind: str
    hidden: bool = False


def facts(events: Iterable[Event], teller: Teller) -> Iterator[Fact]:
    """All events as sentences in order of time, repetitions folded."""
    told = list(steady(tellable(sorted(events, key=lambda event: event.t_s)), teller))
    for repeating, stretch in groupby(told, key=lambda event: event.kind in REPEATING):
        if repeating:
            yield from sorted(folded(list(stretch), teller), key=lambda fact: fact.t_s)
        else:
            yield from (fact(event, teller) for event in stretch)


def tellable(events: Iterable[Event]) -> Iterator[Event]:
    """Without what a sentence has said already, and with the undo's servers in its own words."""
    begun = -1.0
    undoing = nothing = False
    restored: list[Event] = []
    kept: list[Event] = []
    for event in events:
        if event.kind == "stage_started":
            begun = event.t_s
        elif event.kind == "undo_started":
            undoing, nothing = True, event.data.get("way") == "none"
        if event.kind == "servers":
            # The engine names installs; that the old version goes back shows in states.
            if undoing and event.data.get("state") == "new_out":
                restored.append(event)
        elif (event.t_s == begun and event.kind in ANNOUNCED) or (
            nothing and event.kind == "undone"
        ):
            continue
        else:
            kept.append(event)
    yield from sorted([*kept, *restoring(restored)], key=lambda event: event.t_s)


def steady(events: Iterable[Event], teller: Teller) -> Iterator[Event]:
    """One event in the place of verdicts that did not last, at the first of them.

    A roll back, and the last verdict before anything that settles the matter, stay as they are.
    """
    kept: list[Event] = []
    chain: list[Event] = []
    stage = ""
    for event in events:
        kept.append(event)
        wavers = event.kind == "judged" and teller.wavers(event)
        if chain and (
            (event.kind == "judged" and not wavers)
            or event.kind in SETTLES
            or (wavers and event.t_s - chain[-1].t_s > LASTING * teller.scrape_s)
        ):
            replaced(kept, chain, stage)
            chain = []
        if wavers:
            chain.append(event)
        if event.kind == "stage_started":
            stage = str(event.data.get("stage", ""))
    replaced(kept, chain, stage)
    yield from sorted(kept, key=lambda event: event.t_s)


def replaced(kept: list[Event], chain: list[Event], stage: str) -> None:
    """All but the last verdict of a chain become one event, if they are many."""
    if len(chain) <= WAVERINGS:
        return
    *short, last = chain
    gone = {id(event) for event in short}
    kept[:] = [event for event in kept if id(event) not in gone]
    first = short[0].t_s
    data = {"stage": stage, "times": len(short), "from_s": first, "until_s": last.t_s}
    kept.append(Event(first, "wavered", data))


def restoring(states: list[Event]) -> Iterator[Event]:
    """One event for each side that gets the old version back: how many, how many at a time."""
    for side in sorted({str(event.data.get("side")) for event in states}):
        same = [event for event in states if str(event.data.get("side")) == side]
        by_time: dict[float, int] = {}
        for event in same:
            size = int(event.data["last"] - event.data["first"])
            by_time[event.t_s] = by_time.get(event.t_s, 0) + size
        yield Event(
            same[0].t_s,
            "restoring",
            {
                "side": side,
                "count": sum(by_time.values()),
                "most": max(by_time.values()),
                "over_s": same[-1].t_s - same[0].t_s,
            },
        )


def fact(event: Event, teller: Teller) -> Fact:
    return Fact(event.t_s, teller.tell(event), event.kind, event.hidden)


def folded(stretch: list[Event], teller: Teller) -> Iterator[Fact]:
    """The facts of a stretch that holds only repeating kinds."""

    def alike(event: Event) -> tuple[str, ...]:
        failed = "failed" if event.data.get("failed") else ""
        return event.kind, str(event.data.get("fault", "")), str(event.data.get("side", "")), failed

    for (kind, *_, failed), group in groupby(sorted(stretch, key=alike), key=alike):
        same = list(group)
        if len(same) <= FEW or failed:
            yield from (fact(event, teller) for event in same)
        elif kind == "installed":
            yield Fact(same[0].t_s, batches(same, teller), kind)
        else:
            yield many(same)


def many(same: list[Event]) -> Fact:
    """One fact for events of one kind."""
    first, last = same[0], same[-1]
    counts = [
        int(e.data["count"] if "count" in e.data else e.data["last"] - e.data["first"])
        for e in same
    ]
    who = servers({**first.data, "count": sum(counts)}).capitalize()
    least, most = min(counts), max(counts)
    at_once = f"{most} at a time" if least == most else f"at most {most} at a time"
    over = f"{at_once}, over {duration(last.t_s - first.t_s)}"
    said = {
        "fell_ill": f"{who} fell ill with {first.data.get('fault')!r}, {over}.",
        "crashed": f"{who} crashed, {over}.",
        "ejected": f"Health checks take {who.lower()} out of rotation, {over}.",
        "readmitted": f"Health checks put {who.lower()} back in rotation, {over}.",
        "install_failed": f"{who} failed to install, {over}.",
    }
    return Fact(first.t_s, said[first.kind], first.kind, first.hidden)


def batches(same: list[Event], teller: Teller) -> str:
    """'Batches 3 to 19 of 19: 5 servers every 1m, all came back, the last one 16m later.'"""
    first, last = same[0], same[-1]
    gaps = sorted(b.t_s - a.t_s for a, b in pairwise(same))
    middle = duration(gaps[len(gaps) // 2])
    every = f"every {middle}" if gaps[-1] - gaps[0] < 1 else f"about every {middle}"
    later = duration(last.t_s - first.t_s)
    size = servers(max(same, key=lambda event: int(event.data["last"] - event.data["first"])).data)
    return (
        f"{numbers(same, teller)}: {size} {every}, {teller.words.batches}, the last {later} later."
    )


def numbers(same: list[Event], teller: Teller) -> str:
    """'Batches 3 to 19 of 19', where the plan knows them, else '17 batches'."""
    data: dict[str, Any] = same[0].data
    step = teller.install_of(str(data.get("side", "production")), int(data["first"]))
    if step is not None:
        of = -(-(step.last - step.first) // step.size)
        low, high = (
            (int(e.data["first"]) - step.first) // step.size + 1 for e in (same[0], same[-1])
        )
        if high - low + 1 == len(same):
            return f"All {of} batches" if len(same) == of else f"Batches {low} to {high} of {of}"
    return f"{len(same)} batches"
