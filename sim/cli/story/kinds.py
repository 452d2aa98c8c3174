"""How a story speaks of a change: who was switched off is not `back with the new version`."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sim.model.change import Change


@dataclass(frozen=True)
class Wording:
    """Words for one kind of change; `one` and `many` follow a number of servers.

    undo, goes_back and undone: None where the way of the undo says enough.
    """

    title: str
    act: str = "install on"
    one: str = "is back with the new version"
    many: str = "are back with the new version"
    batches: str = "all came back"
    undo: str | None = None
    goes_back: str = "The old version goes back on"
    undone: str = "every server is back with the old version"


KINDS = {
    "software": Wording(title="Software change"),
    "config": Wording(title="Configuration change"),
    "os_update": Wording(title="Operating system update"),
    "new_service": Wording(
        title="New service",
        one="is up with the new service",
        many="are up with the new service",
        batches="all are up",
        undo="users are sent to the new service no more",
        undone="nobody is sent to the new service any more",
    ),
    "shutdown_service": Wording(
        title="Shutting a service down",
        act="switch off",
        one="is switched off",
        many="are switched off",
        batches="all are off",
        undo="the service is started again",
        goes_back="The service is started again on",
        undone="the service runs everywhere again",
    ),
}


def wording(change: Change) -> Wording:
    """The words for this change; what needs no restart never left, so it cannot come back."""
    words = KINDS[change.kind]
    if change.install.restart or change.kind in ("new_service", "shutdown_service"):
        return words
    return replace(
        words, one="has the new version", many="have the new version", batches="all took it"
    )
