"""The service: its traffic and users, what it promises, the trouble that is nobody's fault, and prices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sim.model.terms import Profile, Term, refuse
from sim.units import DAY, MINUTE, MOST_USERS, Count, Number, Rate, Seconds, Share

Sticky = Literal["none", "version", "server"]


@dataclass(frozen=True, kw_only=True)
class Traffic(Term):
    """Poisson arrivals at `rate` times a daily profile, piecewise constant."""

    rate: Rate
    profile: Profile = ((0.0, 1.0),)

    def __post_init__(self) -> None:
        refuse(self.rate <= 0, "rate must be above 0/s: a service without requests cannot fail")
        refuse(max(by for _, by in self.profile) <= 0, "profile must rise above 0% at some time of the day")


@dataclass(frozen=True, kw_only=True)
class Users(Term):
    """Equally active people behind the requests, fixed for the horizon.

    sticky: `none` every request may meet any server; `version` a person stays on one version while both
            run; `server` a person stays on one server.
    """

    count: Count
    sticky: Sticky = "none"

    def __post_init__(self) -> None:
        refuse(not 1 <= self.count <= MOST_USERS, f"count(={self.count}) must be from 1 to 10G users")


@dataclass(frozen=True, kw_only=True)
class Objective(Term):
    """The promise: this share of requests good over this period. Slow requests count as bad only if said."""

    availability: Share = 0.999
    period: Seconds = 30 * DAY
    slow_counts: bool = False

    def __post_init__(self) -> None:
        refuse(not 0 < self.availability < 1, "availability must be above 0% and below 100%: no budget is left at 100%")
        refuse(self.period <= 0, "period must be longer than 0s")


@dataclass(frozen=True, kw_only=True)
class Blips(Term):
    """Trouble that is nobody's fault: on average one `every`, of this length, adding this share of errors."""

    every: Seconds
    length: Seconds = 2 * MINUTE
    errors: Share = 0.01

    def __post_init__(self) -> None:
        refuse(self.every <= 0, "every must be longer than 0s; leave `blips` out for none")


@dataclass(frozen=True, kw_only=True)
class Cost(Term):
    """Prices in one currency. `per_minute_down`: a minute in which at least half of the requests fail.

    The first four and `per_record_lost` are outage prices, multiplied by the scenario's `importance`.
    """

    per_failed_request: Number = 0.0
    per_user_hit: Number = 0.0
    per_minute_down: Number = 0.0
    per_record_lost: Number = 0.0
    per_server_hour: Number = 0.0
    per_day_of_delay: Number = 0.0

    @property
    def of_an_outage(self) -> tuple[float, ...]:
        """The prices of what goes wrong."""
        return self.per_failed_request, self.per_user_hit, self.per_minute_down, self.per_record_lost

    @property
    def all(self) -> tuple[float, ...]:
        """Every price; where all are 0, every policy costs the same."""
        return *self.of_an_outage, self.per_server_hour, self.per_day_of_delay


@dataclass(frozen=True, kw_only=True)
class Service(Term):
    """What users call."""

    traffic: Traffic
    users: Users
    base_errors: Share = 0.0
    slow_after: Seconds = 1.0
    objective: Objective = Objective()
    blips: Blips | None = None
    cost: Cost = Cost()

    def __post_init__(self) -> None:
        refuse(self.slow_after <= 0, "slow_after must be longer than 0s")
        refuse(self.base_errors >= 1, "base_errors must be below 100%: such a service cannot get worse")
