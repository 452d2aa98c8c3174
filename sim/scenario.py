"""Scenario: all that a file says, typed by the registers of judges, strategies and fault archetypes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, WithJsonSchema

from sim.catalogue import AnyFault, with_defaults
from sim.judges import AnyJudge
from sim.model.change import Change
from sim.model.fleet import Fleet, Production
from sim.model.people import People
from sim.model.plan import Impossible, RolloutPlan
from sim.model.service import Service
from sim.model.terms import Term, refuse
from sim.model.watch import Reports
from sim.strategies import AnyPolicy
from sim.units import DAY, HOUR, LONGEST_S, Number, Seconds, Share, WeekdayClock, share

SCHEMA_VERSION = 1


@dataclass(frozen=True, kw_only=True)
class Watch(Term):
    """What is measured, and what alarms beside the gates.

    scrape   the monitor counts in windows of this length, on a grid that starts at t = 0
    missing  chance that a scrape fails: what the monitor counted in that window is lost
    alerts   judges over the whole service (or `on: new`), from t = 0 to the horizon
    reports  users who complain
    """

    scrape: Seconds = 10.0
    missing: Share = 0.0
    alerts: tuple[AnyJudge, ...] = ()
    reports: Reports | None = None

    def __post_init__(self) -> None:
        refuse(self.scrape < 0.1, "scrape must be at least 100ms")
        for i, alert in enumerate(self.alerts):
            itself = getattr(alert, "against", "") == "whole" and alert.on != "new"
            refuse(itself, f"alerts.{i}: against: whole compares the whole service with itself")


@dataclass(frozen=True, kw_only=True)
class Carried(Change):
    """What is rolled out, and the faults that it may carry."""

    faults: tuple[AnyFault, ...] = ()
    one_of: tuple[AnyFault, ...] = ()


def _kinds(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple((str(name), share(part)) for name, part in value.items())
    refuse(not isinstance(value, tuple), "kinds are names with shares, like {blob: 40%, table: 60%}")
    return value


@dataclass(frozen=True, kw_only=True)
class Servers(Production):
    """The servers that serve. They may stand in zones and be of several kinds: `kinds: {blob: 40%, table: 60%}`."""

    kinds: Annotated[
        tuple[tuple[str, float], ...],
        BeforeValidator(_kinds),
        WithJsonSchema({"type": "object", "additionalProperties": {"type": "string"}}),
    ] = ()


@dataclass(frozen=True, kw_only=True)
class WholeFleet(Fleet):
    """The servers by role."""

    production: Servers


@dataclass(frozen=True, kw_only=True)
class Expectation(Term):
    """A published number that the runs must meet: `{of: direct, column: time_to_restore_s, value: 1620, within: 120}`.

    of      the policy whose runs are meant; `value` and `within` in the column's own unit
    word    which word of a column of words, with `statistic: share`: gate, of detected_by
    role    `predicted` by the model; an `input` that was put in and therefore must come out; or `beyond` the model,
            which leaves out what made that number
    why     what the model leaves out (only `beyond`)
    """

    of: str
    column: str
    word: str | None = None
    statistic: Literal["p50", "mean", "share"] = "p50"
    value: float
    within: float
    role: Literal["input", "predicted", "beyond"]
    among: Literal["all", "faulty", "healthy"] = "faulty"
    published: str
    source: str
    why: str = ""

    def __post_init__(self) -> None:
        refuse(self.role == "beyond" and not self.why.strip(), "role beyond needs `why`: what is left out?")
        refuse(self.role != "beyond" and bool(self.why), f"why belongs to role beyond, not to role {self.role}")
        refuse(
            self.word is not None and self.statistic != "share",
            f"statistic must be share where a word is given: words are counted, they have no {self.statistic}",
        )


@dataclass(frozen=True, kw_only=True)
class Scenario(Term):
    """One service, one change, and the policies that may roll it out.

    start      weekday and clock time of the first install
    horizon    harm is counted to here, the same for all policies; longer than the slowest plan
    importance multiple of the outage prices (failed request, user hit, minute down, record lost)
    """

    schema_version: Literal[1] = 1
    name: str
    about: str = ""
    service: Service
    fleet: WholeFleet
    change: Carried
    watch: Watch = Watch()
    people: People = People()
    start: WeekdayClock = 10 * HOUR
    horizon: Seconds = DAY
    importance: Number = 1.0
    policies: dict[str, AnyPolicy] = field(default_factory=dict)
    expect: tuple[Expectation, ...] = ()

    def __post_init__(self) -> None:
        refuse(not self.policies, "policies must list at least one policy")
        refuse(not 1 <= self.horizon <= LONGEST_S, "horizon must be from 1s to 366d")
        refuse(self.watch.scrape > self.horizon, "scrape must be at most the horizon")
        refuse(not self.name.strip(), "name must not be empty")
        zones = self.fleet.production.zones
        kinds = [name for name, _ in self.fleet.production.kinds]
        for fault in (*self.change.faults, *self.change.one_of):
            refuse(
                fault.zone is not None and fault.zone not in zones,
                f"fault {fault.key!r}: zone {fault.zone!r} is not one of fleet.production.zones {list(zones)}",
            )
            refuse(
                fault.on_kind is not None and fault.on_kind not in kinds,
                f"fault {fault.key!r}: kind {fault.on_kind!r} is not one of fleet.production.kinds {kinds}",
            )
        for wanted in self.expect:
            refuse(
                wanted.of not in self.policies,
                f"expect: {wanted.of!r} is not one of the policies {list(self.policies)}",
            )
        # A change of a kind has that kind's install times; from here on nothing is left to be looked up.
        object.__setattr__(self, "change", with_defaults(self.change))

    def plan(self, policy: str) -> RolloutPlan:
        """The plan of one of the scenario's policies. Raises KeyError if unknown, Impossible with the reason."""
        return self.policies[policy].plan(self.fleet, self.change, self.service)

    def runnable(self) -> tuple[dict[str, RolloutPlan], dict[str, str]]:
        """Plans of the policies that this fleet can run, and the reasons why it cannot run the others."""
        plans, reasons = {}, {}
        for name in self.policies:
            try:
                plans[name] = self.plan(name)
            except Impossible as impossible:
                reasons[name] = str(impossible)
        return plans, reasons

    @cached_property
    def faults(self) -> tuple[Any, ...]:
        """All faults that the change may carry, without the harmless ones."""
        return tuple(f for f in (*self.change.faults, *self.change.one_of) if not f.harmless)

    @cached_property
    def fault_bits(self) -> dict[str, int]:
        """Place of each fault in `faults`, by its key."""
        return {fault.key: bit for bit, fault in enumerate(self.faults)}

    def with_importance(self, importance: float) -> Scenario:
        """The same, at another importance: costs are re-weighted, nothing else changes."""
        return replace(self, importance=importance)
