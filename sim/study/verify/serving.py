"""Queues and lost capacity: slow requests by Erlang's formulas, refused ones."""

from __future__ import annotations

from sim.catalogue.custom import Custom
from sim.model.change import Install
from sim.model.terms import Batch, Portion
from sim.scenario import Scenario, Servers
from sim.strategies import Direct
from sim.study.verify.case import Case, Draw, mean_case
from sim.study.verify.setting import rollout
from sim.theory import capacity, queueing
from sim.units import MINUTE

RATE, SERVERS, WORKERS, SERVICE_S, LATE_S = 600.0, 10, 4, 0.05, 0.2
FLEET = Servers(servers=SERVERS, workers=WORKERS, service_time=SERVICE_S)
AWAY = Install(drain=10.0, restart=50.0)
AWAY_S = 60.0


def _restarted(rate: float, at_once: int) -> Scenario:
    """A good change that takes so many servers out of rotation every two minutes, for one each."""
    batch = Batch(Portion(count=at_once), 2 * MINUTE)
    return rollout(
        Direct(batch=batch), rate=rate, kind="software", install=AWAY, horizon=30 * MINUTE,
        production=FLEET, slow_after=LATE_S,
    )


def slow(draw: Draw) -> Case:
    """A version that needs 1.2 times as long for everything."""
    length, factor = 10 * MINUTE, 1.2
    fault = Custom(slow=factor)
    scenario = rollout(
        Direct(), fault, rate=RATE, production=FLEET, slow_after=LATE_S, horizon=length
    )
    seen = draw(scenario, 200)
    each = RATE / SERVERS
    more = queueing.response_tail(WORKERS, factor * SERVICE_S, each, LATE_S)
    more -= queueing.response_tail(WORKERS, SERVICE_S, each, LATE_S)
    return mean_case(
        "a version 1.2 times slower: slow requests",
        "λ T (P(W > t; 1.2 s) - P(W > t; s)), W the response time of M/M/c by Erlang C",
        "M/M/c, Gross et al., 4th ed., section 2.3",
        RATE * length * more,
        seen["slow_requests"],
    )


def fewer_servers(draw: Draw) -> Case:
    """A good change: two of ten servers away at a time, five times, and the others busier."""
    seen = draw(_restarted(RATE, 2), 200)
    more = queueing.response_tail(WORKERS, SERVICE_S, RATE / (SERVERS - 2), LATE_S)
    more -= queueing.response_tail(WORKERS, SERVICE_S, RATE / SERVERS, LATE_S)
    return mean_case(
        "2 of 10 servers restarting: slow requests",
        "λ t (P(W > t; λ/8) - P(W > t; λ/10)), W the response time of M/M/c by Erlang C",
        "M/M/c, Gross et al., 4th ed., section 2.3",
        RATE * 5 * AWAY_S * more,
        seen["slow_requests"],
    )


def too_few_servers(draw: Draw) -> Case:
    """A good change: half of the servers away at a time, and the others cannot carry it."""
    seen = draw(_restarted(RATE, 5), 200)
    busy = capacity.utilisation_without(SERVERS, 5, RATE, WORKERS / SERVICE_S)
    return mean_case(
        "5 of 10 servers restarting: requests refused",
        "λ t (1 - 1/ρ), ρ = λ/(5 c/s)",
        "conservation of requests",
        RATE * 2 * AWAY_S * queueing.overload(busy),
        seen["failed_requests"],
    )


CASES = (slow, fewer_servers, too_few_servers)
