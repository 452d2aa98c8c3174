"""The clock: whole microseconds inside, and a fixed order for what happens at one instant."""

from __future__ import annotations

from collections.abc import Callable

from simpy import Environment, Event
from simpy.events import EventPriority

US = 1_000_000
NEVER = 2**62
"""Later than any horizon, and far enough below 2**63 to be added to."""

# SimPy's own URGENT (interrupts, process starts) is 0. A scrape sees the world before anything changes at its
# instant; people and undos go before the plan; servers are back before the step that waited for them; what an instant
# came to is told when all of it has happened; the end comes last, so that nothing at T is lost. Events of equal rank
# may come in any order: a test shuffles them.
SCRAPE, UNDO, BACK, STEP, OTHER, TOLD, END = (EventPriority(n) for n in range(1, 8))


def us(seconds: float) -> int:
    """Seconds to whole microseconds."""
    return round(seconds * US)


def at(env: Environment, when: int, priority: EventPriority, act: Callable[[], None] | None = None) -> Event:
    """Schedule `act` at an instant, with a priority of ours; returns the event, to be yielded or not."""
    event = Event(env)
    event._ok = True
    event._value = None
    if act is not None:
        event.callbacks.append(lambda _: act())
    env.schedule(event, priority, when - env.now)
    return event
