"""Kinds of change and their default install times, with the source of each.

A scenario may say any of them again under `change.install`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sim.model.change import Change, Install, Kind
from sim.units import MINUTE


@dataclass(frozen=True, kw_only=True)
class KindDefaults:
    """Install times of one kind, what they mean and where they come from."""

    install: Install
    about: str
    source: str


KINDS: dict[Kind, KindDefaults] = {
    "software": KindDefaults(
        install=Install(drain=10.0, restart=30.0, ready_within=2 * MINUTE),
        about="a new version: the process is drained, stopped and started again",
        source="restart: Kubernetes terminationGracePeriodSeconds 30 s; drain and ready_within: assumed",
    ),
    "config": KindDefaults(
        install=Install(drain=0.0, restart=0.0, ready_within=1 * MINUTE),
        about="a setting: read while running, no restart",
        source="Cloudflare 2019: configuration reached the fleet in seconds (p99 2.3 s), taken as at once",
    ),
    "os_update": KindDefaults(
        install=Install(drain=5 * MINUTE, restart=15 * MINUTE, ready_within=10 * MINUTE),
        about="the operating system: drained, updated, rebooted",
        source=(
            "drain: Amazon ELB deregistration delay 300 s; "
            "restart: 10-20 min for a physical server with POST (ZDNet log)"
        ),
    ),
    "new_service": KindDefaults(
        install=Install(drain=0.0, restart=30.0, ready_within=2 * MINUTE),
        about="something that was not there before: no old version, undone by withdrawal",
        source="as software, nothing to drain",
    ),
    "shutdown_service": KindDefaults(
        install=Install(drain=0.0, restart=0.0, ready_within=1 * MINUTE),
        about="switching off: who still calls is refused; undone by starting again",
        source="assumed: who needs it is refused at once, nobody else notices",
    ),
}


def with_defaults(change: Change) -> Change:
    """The change with every install time filled in from its kind."""
    given, usual = change.install, KINDS[change.kind].install
    filled = replace(
        given,
        drain=usual.drain if given.drain is None else given.drain,
        restart=usual.restart if given.restart is None else given.restart,
        ready_within=usual.ready_within if given.ready_within is None else given.ready_within,
    )
    return replace(change, install=filled)
