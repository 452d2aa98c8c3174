"""Servers that differ: the law of their factors, what it does to counts, and that nobody pays for a large fleet.

Broken on purpose and seen red: a factor of the wrong spread (differ.py), a split of blocks that forgets their total
(differ.py), a base error of the canary that counts as harm of the rollout (serving.py), chances that are not cut at 1.
"""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from scipy import stats

from sim.engine.clock import US
from sim.engine.differ import BLOCK, Factors
from sim.engine.flows import Shape
from sim.engine.illness import Move, Weighed, Weights
from sim.engine.prepared import Prepared
from sim.engine.run import simulate
from sim.engine.streams import Streams
from sim.engine.world import World
from sim.measure import run_many
from sim.model.timeline import Timeline
from sim.scenario import Scenario
from sim.theory.power import effective_requests
from tests.engine.rollouts import shop

DIFFER = "fleet.production.differ=50%"
NO_JUDGE = "policies={canary: {strategy: canary, canaries: 5, bake: 3m, batch: 5 every 1m}}"
AT_ONCE = "change.install={drain: 0, restart: 0}"


def factors(run: int, servers: int = 150, spread: float = 0.5) -> Factors:
    return Factors(Streams(5, run), "x", spread, servers)


def test_factors_are_gamma_with_mean_one_and_their_spread() -> None:
    with Streams(5, 0):
        drawn = np.array([factors(run).of(np.array([0, 63, 64, 149])) for run in range(1500)])
    for one in drawn.T:
        assert stats.kstest(one, stats.gamma(4, scale=0.25).cdf).pvalue > 1e-4
    together = np.corrcoef(drawn.T)[np.triu_indices(4, 1)]
    assert np.abs(together).max() < 4 / math.sqrt(len(drawn)), "servers are independent, in one block or in two"


def test_what_was_asked_before_changes_nothing_and_totals_are_sums() -> None:
    with Streams(5, 0):
        one, other = factors(3), factors(3)
        alone = other.of(np.array([149, 2]))
        everybody = one.of(np.arange(150))
        assert alone.tolist() == [everybody[149], everybody[2]]
        for first, last in ((0, 150), (0, BLOCK), (3, 5), (60, 131), (149, 150)):
            assert other.total(first, last) == pytest.approx(everybody[first:last].sum(), rel=1e-12)


def test_the_counts_of_a_canary_are_overdispersed_as_the_closed_form_says() -> None:
    """C4: five servers with 2,000 requests each are about as many as n_eff independent ones."""
    runs, servers, each, chance = 800, 5, 2000, 0.01
    scenario = shop(
        NO_JUDGE, AT_ONCE, DIFFER, "service.base_errors=0%", "watch.scrape=50s", "watch.alerts=[{judge: burn_rate}]",
        "horizon=5m", fault="fault: errors, errors: 1%",
    )
    plan, failed = scenario.plan("canary"), []
    for i in range(runs):
        timeline = Timeline()
        simulate(plan, scenario, 1, i, timeline=timeline)
        failed.append(timeline.scrapes[0][2])                # 50 s of five servers at 40/s
    correlation = chance * 0.5**2 / (1 - chance)
    requests = servers * each
    wanted = requests * chance * (1 - chance) * requests / effective_requests(servers, each, correlation)
    seen = float(np.var(failed, ddof=1))
    skewed = float(stats.kurtosis(failed, fisher=False))
    assert abs(np.mean(failed) - requests * chance) < 4 * math.sqrt(wanted / runs)
    assert abs(seen - wanted) < 4 * wanted * math.sqrt((skewed - 1) / runs) + 0.02 * wanted
    assert wanted > 5 * requests * chance, "else the test could not tell it from independent requests"


def base_chances(scenario: Scenario, policy: str, i: int) -> tuple[float, ...]:
    with Streams(7, i) as streams:
        world = World(Prepared(scenario.plan(policy), scenario, Shape), streams, [], None)
        assert world.fleet.differing is not None
        return tuple(world.fleet.differing.each(world.fleet.sides[0])[0].tolist())


def test_a_server_is_the_same_under_every_policy_and_another_one_in_another_run() -> None:
    scenario = shop(DIFFER, "service.base_errors=1%")
    assert base_chances(scenario, "canary", 0) == base_chances(scenario, "swap", 0)
    assert base_chances(scenario, "canary", 0) != base_chances(scenario, "canary", 1)


def test_a_healthy_change_harms_nobody_on_however_bad_a_server() -> None:
    scenario = shop(NO_JUDGE, AT_ONCE, "fleet.production.differ=100%", "service.base_errors=2%")
    table = run_many(scenario.plan("canary"), scenario, 1, range(20))
    assert set(table["failed_requests"]) == {0}


def test_a_chance_stays_a_chance() -> None:
    """Errors of 80 % that differ by as much: the mean of min(1, 0.8 g), g gamma."""
    scenario = shop(
        "fleet.production={servers: 400, workers: 4, service_time: 50ms, differ: 80%}", "service.traffic.rate=16k/s",
        AT_ONCE, "policies={direct: {strategy: direct, batch: all}}", "horizon=1m", fault="fault: errors, errors: 80%",
    )
    table = run_many(scenario.plan("direct"), scenario, 1, range(30))
    shape = 1 / 0.8**2
    law = stats.gamma(shape, scale=1 / shape)
    mean = 0.8 * law.expect(lambda g: g, ub=1.25) + law.sf(1.25)
    share = table["failed_requests"] / table["requests"]
    assert abs(share.mean() - mean) < 4 * share.std(ddof=1) / math.sqrt(len(share))
    assert mean < 0.7


def test_who_falls_ill_one_by_one_counts_for_what_he_is() -> None:
    times = np.array([2, 5, 5, 9], dtype=np.int64) * US
    weights = np.array([0.5, 2.0, 1.0, 4.0])
    move = Move(0, 1, times, Weights((1,), weights[None, :]))
    ramp = move.weighed(1)
    assert isinstance(ramp, Weighed)
    assert move.weighed(0) is None
    for start, end in ((0, 3), (3, 7), (0, 20), (6, 8)):
        exact = sum(w * (max(0, end * US - t) - max(0, start * US - t)) for w, t in zip(weights, times, strict=True))
        assert ramp.between(0, start * US, end * US) == pytest.approx(exact)
        assert ramp.between_each(0, np.array([start, end]) * US)[0] == ramp.between(0, start * US, end * US)
    assert [ramp.count(t * US) for t in (1, 2, 5, 30)] == [0.0, 0.5, 3.5, 7.5]


def test_what_a_move_can_tell_a_weighed_one_can_tell_too() -> None:
    """Whoever reads ramps reads both: the worst minute of a leak on servers that differ, reports, the truth."""
    move = Move(0, 1, np.array([US], dtype=np.int64), Weights((1,), np.ones((1, 1))))
    ramp, own = move.weighed(1), ("ejects", "weighed", "weights", "passed_sums")
    assert [name for name in dir(move) if name[0] != "_" and name not in own and not hasattr(ramp, name)] == []
    leak = "fault: leak, after: {median: 5m, p95: 9m}"
    scenario = shop(DIFFER, "watch.reports={chance: 5%, page: 20 in 5m}", fault=leak)
    assert run_many(scenario.plan("direct"), scenario, 1, range(3))["peak_failed_share"].min() > 0


@pytest.mark.slow
def test_a_large_fleet_costs_hardly_more_than_a_small_one() -> None:
    """10,000 servers against 10; processor time, so at most three times where the budget says 1.6: machines jitter."""
    took = []
    for servers, rate in ((10, "500/s"), (10_000, "500k/s")):
        scenario = shop(
            f"fleet.production={{servers: {servers}, workers: 4, service_time: 50ms, differ: 30%}}",
            f"service.traffic.rate={rate}", "policies={canary: {strategy: canary, canaries: 5%, batch: 10% every 1m}}",
            fault="fault: errors, errors: 10%",
        )
        plan = scenario.plan("canary")
        run_many(plan, scenario, 1, range(20))
        begun = time.process_time()
        run_many(plan, scenario, 1, range(100))
        took.append(time.process_time() - begun)
    assert took[1] < 3 * took[0], took
