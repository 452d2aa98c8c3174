"""What repeats itself -> one sentence for all of it.

A milestone (a stage, a verdict, an alarm ...) ends a stretch. Inside a stretch batches are told
together, and so are servers that fall ill, crash or are ejected one after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sim.cli.story.facts import UNTOLD, Teller, ill, servers
from sim.cli.words import duration, some
from sim.model.timeline import Event

BATCHES = ("install_started", "installed", "install_failed")
REPEATING = frozenset({*BATCHES, "fell_ill", "crashed", "ejected", "readmitted", "fault_on", "fault_off"})
FEW = 2
"""So many of a kind are still told one by one."""


@dataclass(frozen=True)
class Fact:
    """One sentence, when it became true, and whether anybody could know."""

    t_s: float
    text: str
    kind: str
    hidden: bool = False


@dataclass(frozen=True)
class Batch:
    """One batch of an install: positions [first, last) of a side. end_s None: not back in this stretch."""

    start_s: float
    end_s: float | None
    first: int
    last: int
    side: str
    failed: int

    @property
    def size(self) -> int:
        return self.last - self.first


def facts(events: Iterable[Event], teller: Teller) -> Iterator[Fact]:
    """All events as sentences in order of time, repetitions folded."""
    told = unannounced(sorted((e for e in events if e.kind not in UNTOLD), key=lambda e: e.t_s), teller)
    for repeating, stretch in groupby(told, key=lambda e: e.kind in REPEATING):
        if repeating:
            yield from sorted(folded(list(stretch), teller), key=lambda fact: fact.t_s)
        else:
            yield from (fact(event, teller) for event in stretch)


def unannounced(events: list[Event], teller: Teller) -> list[Event]:
    """Without the beginnings that a stage's own sentence has just announced: one batch, or a test."""
    kept: list[Event] = []
    begun: Event | None = None
    for event in events:
        if event.kind == "stage_started":
            begun = event
        elif begun is not None and event.t_s == begun.t_s and teller.announced(event):
            continue
        kept.append(event)
    return kept


def fact(event: Event, teller: Teller) -> Fact:
    return Fact(event.t_s, teller.tell(event), event.kind, event.hidden)


def folded(stretch: list[Event], teller: Teller) -> Iterator[Fact]:
    """The facts of a stretch that holds only repeating kinds."""
    installs = [event for event in stretch if event.kind in BATCHES]
    yield from batches(installs, teller)
    rest = [event for event in stretch if event.kind not in BATCHES]

    def alike(event: Event) -> tuple[str, ...]:
        return event.kind, str(event.data.get("fault", "")), str(event.data.get("side", ""))

    for _, group in groupby(sorted(rest, key=alike), key=alike):
        same = list(group)
        if len(same) <= FEW:
            yield from (fact(event, teller) for event in same)
        else:
            yield many(same)


def many(same: list[Event]) -> Fact:
    """One fact for events of one kind."""
    first, last = same[0], same[-1]
    total = sum(int(event.data.get("count", 1)) for event in same)
    data: dict[str, Any] = {**first.data, "count": total}
    over = f" one after the other, over {duration(last.t_s - first.t_s)}"
    text = {
        "fell_ill": ill(data).rstrip(".") + over + ".",
        "crashed": f"{servers(data).capitalize()} crashed{over}.",
        "ejected": f"Health checks take {servers(data)} out of rotation{over}.",
        "readmitted": f"Health checks put {len(same)} times servers back in rotation,{over}.",
        "fault_on": f"The fault {first.data.get('fault')!r} begins to act, {len(same)} times{over}.",
        "fault_off": f"The fault {first.data.get('fault')!r} acts no more, {len(same)} times{over}.",
    }[first.kind]
    return Fact(first.t_s, text, first.kind, first.hidden)


def paired(installs: list[Event]) -> tuple[list[Batch], list[Event]]:
    """Batches that began in this stretch with their ends, and the events that belong to none of them."""
    ends = {
        (e.data.get("side"), e.data.get("first"), e.data.get("last")): e
        for e in installs if e.kind == "installed"
    }
    found, used = [], set()
    for event in installs:
        if event.kind != "install_started":
            continue
        key = (event.data.get("side"), event.data.get("first"), event.data.get("last"))
        end = ends.get(key)
        used.add(id(event))
        if end is not None:
            used.add(id(end))
        found.append(
            Batch(
                start_s=event.t_s,
                end_s=None if end is None else end.t_s,
                first=int(event.data["first"]),
                last=int(event.data["last"]),
                side=str(event.data.get("side", "production")),
                failed=0 if end is None else int(end.data.get("failed") or 0),
            )
        )
    return found, [event for event in installs if id(event) not in used]


def batches(installs: list[Event], teller: Teller) -> Iterator[Fact]:
    """Facts of the installs of a stretch: three and more whole, unfailing batches in one sentence."""
    begun, loose = paired(installs)
    yield from (fact(event, teller) for event in loose)
    calm = [batch for batch in begun if batch.end_s is not None and not batch.failed]
    together = calm if len(calm) > FEW else []
    if together:
        yield said_together(together, installs, teller)
    for batch in begun:
        if batch not in together:
            data: dict[str, Any] = {"first": batch.first, "last": batch.last, "side": batch.side}
            yield Fact(batch.start_s, f"Install begins on {servers(data)}.", "install_started")
            if batch.end_s is not None:
                ended = Event(batch.end_s, "installed", {**data, "failed": batch.failed})
                yield fact(ended, teller)


def said_together(calm: list[Batch], installs: list[Event], teller: Teller) -> Fact:
    """'Batches 3 to 19 of 19: 5 servers every 1m, all came back, the last after 18m.'"""
    first, last = calm[0], calm[-1]
    size = max(batch.size for batch in calm)
    gaps = sorted(b.start_s - a.start_s for a, b in zip(calm, calm[1:], strict=False))
    gap = duration(gaps[len(gaps) // 2])
    every = f"every {gap}" if gaps[-1] - gaps[0] < 1 else f"about every {gap}"
    ended = max(batch.end_s or 0.0 for batch in calm) - first.start_s
    numbers = f"{some(len(calm), 'batch', 'batches')}"
    stage = teller.stage(str(installs[0].data.get("stage", "")))
    step = stage.install if stage else None
    if step is not None and step.on == first.side and step.size:
        of = -(-(step.last - step.first) // step.size)
        low, high = ((b.first - step.first) // step.size + 1 for b in (first, last))
        if low >= 1 and high - low + 1 == len(calm):
            numbers = f"Batches {low} to {high} of {of}" if (low, high) != (1, of) else f"All {of} batches"
    pool = "standby server" if first.side == "standby" else "server"
    text = f"{numbers}: {some(size, pool)} {every}, all came back, the last after {duration(ended)}."
    return Fact(first.start_s, text, "install_started")
