"""Small scenarios built in code: one policy called `it`, and only what a closed form speaks of.

Unless a case says otherwise the change is a setting: it needs no restart, so that no server is ever
out of rotation.
"""

from __future__ import annotations

from sim.model.change import Fault, Install, Kind
from sim.model.fleet import Balancer, Reserve
from sim.model.people import People
from sim.model.service import Objective, Service, Sticky, Traffic, Users
from sim.model.terms import Delay
from sim.model.watch import Reports
from sim.scenario import Carried, Scenario, Servers, Watch, WholeFleet
from sim.strategies import AnyPolicy
from sim.units import MINUTE

SCRAPE_S = 10.0
NO_TIMES = Install()
"""Those of the kind of change."""
AT_ONCE = People(acknowledge=Delay(0.0), decide=Delay(0.0))


def people(undo_s: float) -> People:
    """An operator who always takes this long from the page to the undo."""
    return People(acknowledge=Delay(undo_s / 2), decide=Delay(undo_s / 2))


def rollout(
    policy: AnyPolicy,
    *faults: Fault,
    rate: float,
    horizon: float,
    servers: int = 20,
    production: Servers | None = None,
    slow_after: float = 1000.0,
    standby: int = 0,
    test: int = 0,
    balancer: Balancer | None = None,
    users: int = 1_000_000,
    sticky: Sticky = "none",
    base_errors: float = 0.0,
    objective: Objective | None = None,
    kind: Kind = "config",
    install: Install = NO_TIMES,
    alerts: tuple[object, ...] = (),
    reports: Reports | None = None,
    operator: People = AT_ONCE,
    scrape: float = SCRAPE_S,
) -> Scenario:
    """A scenario with one policy, and `servers` that are never busy; or `production` as given."""
    return Scenario(
        name="verify",
        service=Service(
            traffic=Traffic(rate=rate),
            users=Users(count=users, sticky=sticky),
            base_errors=base_errors,
            slow_after=slow_after,
            objective=objective or Objective(),
        ),
        fleet=WholeFleet(
            production=production or Servers(servers=servers, workers=1000, service_time=0.01),
            standby=Reserve(servers=standby),
            test=Reserve(servers=test),
            balancer=balancer,
        ),
        change=Carried(kind=kind, install=install, faults=faults),  # type: ignore[arg-type]
        watch=Watch(scrape=scrape, alerts=alerts, reports=reports),  # type: ignore[arg-type]
        people=operator,
        horizon=horizon,
        policies={"it": policy},
    )


LONG = 600 * MINUTE
"""A bake or horizon that is over long after the alarm."""
