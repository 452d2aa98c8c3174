"""The service, its fleet, and what is watched: invariants, capacity, zones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sim.engine.luck import kind_indices
from sim.model.fleet import Balancer, Fleet, Production, Reserve
from sim.model.service import Blips, Objective, Service, Traffic, Users
from sim.model.watch import Reports

SERVICE = Service(traffic=Traffic(rate=10.0), users=Users(count=5))
REFUSED: list[tuple[Any, dict[str, Any], str]] = [
    (Traffic, {"rate": 0.0}, "above 0/s"),
    (Traffic, {"rate": 1.0, "profile": ((0.0, 0.0), (60.0, 0.0))}, "rise above 0%"),
    (Users, {"count": 0}, "from 1 to 10G"),
    (Users, {"count": 10**11}, "from 1 to 10G"),
    (Objective, {"availability": 1.0}, "no budget is left"),
    (Objective, {"availability": 0.0}, "above 0%"),
    (Objective, {"period": 0.0}, "period"),
    (Blips, {"every": 0.0}, "leave `blips` out"),
    (Production, {"servers": 0}, "from 1 to"),
    (Production, {"servers": 10**12}, "from 1 to 1000000"),
    (Production, {"servers": 1, "workers": 0}, "workers"),
    (Production, {"servers": 1, "service_time": 0.0}, "longer than 0s"),
    (Production, {"servers": 3, "zones": ("a", "a")}, "different names"),
    (Production, {"servers": 1, "zones": ("a", "b")}, "at most as many as servers"),
    (Production, {"servers": 9, "kinds": (("a", 0.5), ("b", 0.4))}, "not 90%"),
    (Reserve, {"servers": 10**7}, "at most"),
    (Balancer, {"probe_every": 0.0}, "at least 1ms"),
    (Balancer, {"fall": 0}, "fall"),
    (Balancer, {"rise": 0}, "rise"),
]


@pytest.mark.parametrize(("kind", "wrong", "said"), REFUSED, ids=str)
def test_what_cannot_be_is_refused_with_its_bound(kind: Any, wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        kind(**wrong)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"slow_after": 0.0}, "longer than 0s"), ({"base_errors": 1.0}, "cannot get worse")],
)
def test_a_service_that_cannot_be_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        replace(SERVICE, **wrong)


def test_capacity_is_workers_over_service_time() -> None:
    assert Production(servers=3, workers=4, service_time=0.05).capacity == 80.0


def test_the_first_few_servers_are_spread_over_all_zones() -> None:
    fleet = Fleet(production=Production(servers=7, zones=("a", "b", "c")))
    assert [fleet.zone_of(server) for server in range(7)] == ["a", "b", "c", "a", "b", "c", "a"]
    assert Fleet(production=Production(servers=7)).zone_of(3) is None


@pytest.mark.parametrize("shares", [(0.4, 0.6), (0.1, 0.2, 0.7), (1.0,), (0.3, 0.3, 0.3, 0.1)])
def test_any_first_few_servers_hold_about_the_right_share_of_each_kind(
    shares: tuple[float, ...],
) -> None:
    names = tuple(f"k{i}" for i in range(len(shares)))
    kinds = tuple(zip(names, shares, strict=True))
    fleet = Fleet(production=Production(servers=2000, kinds=kinds))
    of = [fleet.kind_of(server) for server in range(2000)]
    for first in (10, 50, 333, 2000):
        for name, share in kinds:
            assert abs(of[:first].count(name) - share * first) < 3
    servers = np.arange(2000)
    engine_s = kind_indices(kinds, servers)
    assert of == [names[i] for i in engine_s], "the engine has the same rule"


def test_a_fleet_without_kinds_has_none() -> None:
    assert Fleet(production=Production(servers=7)).kind_of(3) is None


def test_without_a_word_nothing_stands_by_and_nothing_is_probed() -> None:
    fleet = Fleet(production=Production(servers=1))
    assert (fleet.standby.servers, fleet.test.servers, fleet.balancer) == (0, 0, None)


def test_reports_page_people_unless_said() -> None:
    assert Reports(chance=0.01).then == "page"
