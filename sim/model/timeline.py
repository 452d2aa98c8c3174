"""What happened in one run, in order, hidden truth included; the engine writes it, doors read it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

HIDDEN = frozenset(
    {
        *("fault_present", "fell_ill", "crashed", "first_harm", "harm_ended"),
        *("blip_began", "blip_ended", "fault_on", "fault_off"),
    }
)
"""Kinds that nobody in the story can see while it happens."""


class Event(NamedTuple):
    """One fact: when (seconds since the rollout began), what kind, and its details by name.

    Kinds: stage_started test_started test_passed test_failed install_started installed install_failed routed
    bake_started judged gate_passed gave_up page acknowledged alarm undo_started undone stopped promoted ejected
    readmitted servers (a range of one side changed state: side, first, last, state) and those in HIDDEN.
    """

    t_s: float
    kind: str
    data: dict[str, Any]

    @property
    def hidden(self) -> bool:
        return self.kind in HIDDEN


@dataclass
class Timeline:
    """Events in order, and what the monitor saw scrape by scrape.

    scrapes: rows (end_s, new requests, new failed, new slow, control ..., whole ...), ten numbers a row.
    truth: rows (t_s, requests/s, harmful requests/s, share to the new version), one a change of conditions.
    """

    events: list[Event] = field(default_factory=list)
    scrapes: list[tuple[float, ...]] = field(default_factory=list)
    truth: list[tuple[float, ...]] = field(default_factory=list)

    def add(self, t_s: float, kind: str, **data: Any) -> None:
        self.events.append(Event(t_s, kind, data))
