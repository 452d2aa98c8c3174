"""Common random numbers: the same run meets the same change, servers, operator and blips under every policy.

Guards DESIGN 4. Broken on purpose and seen red: onsets in order of install, all coins from one stream, visibility
drawn anew for each test (luck.py), the operator drawn from the stream of the requests (people.py).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.engine.luck import Traits, present_faults
from sim.engine.streams import Streams
from sim.measure import faults_in, run_many
from sim.scenario import Scenario
from tests.engine.rollouts import shop, told

SEED = 9
POLICIES = ("direct", "rolling", "swap", "canary")
MIXTURE = (
    "change.faults=[{fault: errors, chance: 40%, in_test: 50%}, {fault: slow, chance: 30%}, "
    "{fault: leak, chance: 50%, after: {median: 20m, p95: 50m}, servers: 60%}]"
)


def traits(scenario: Scenario, name: str, i: int, count: int) -> tuple[Any, ...]:
    """Who can have this fault, when each falls ill and is repaired, and what probes and tests will see."""
    fault = next(fault for fault in scenario.faults if fault.key == name)
    with Streams(SEED, i) as streams:
        found = Traits(fault, scenario, streams)
        servers = np.arange(count)
        inside = found.in_scope(servers, 0)
        return tuple(
            np.asarray(part).tolist()
            for part in (inside, found.onset_us(servers, 0), found.probe_draws(count, 0), found.test_draws(9))
        )


def test_every_policy_meets_the_same_changes() -> None:
    scenario = shop(MIXTURE)
    carried = [run_many(scenario.plan(policy), scenario, SEED, range(60))["fault"].tolist() for policy in POLICIES]
    assert all(one == carried[0] for one in carried)
    assert carried[0] == faults_in(scenario, SEED, range(60)).tolist()
    assert len(set(carried[0])) > 4


def test_every_policy_meets_the_same_ill_servers() -> None:
    """All production servers end up changed: the hit ones are the same, in whatever order they were installed."""
    quiet = ("fleet.balancer=null", "horizon=6h")
    scenario = shop(*quiet, "policies.canary={strategy: canary, canaries: 2, bake: 5m, batch: 4 every 1m}",
                    fault="fault: leak, after: {median: 20m, p95: 50m}, servers: 40%")
    policies = ("direct", "rolling", "canary")
    hit = [run_many(scenario.plan(p), scenario, SEED, range(40))["servers_hit"] for p in policies]
    assert (hit[0] == hit[1]).all()
    assert (hit[0] == hit[2]).all()
    assert len(set(hit[0].tolist())) > 3


def test_every_policy_meets_the_same_sleepy_operator() -> None:
    people = ("people={acknowledge: {median: 5m, p95: 20m}, decide: {median: 5m, p95: 15m}}",)
    alert, unjudged = "watch.alerts=[{judge: threshold, above: 1%}]", "policies.canary={strategy: canary, bake: 5m}"
    scenario = shop(*people, alert, unjudged, fault="fault: errors, errors: 50%")
    for i in range(5):
        waits = []
        for policy in ("direct", "rolling", "canary"):
            _, events = told(scenario, policy, i)
            waits.append([data["after_s"] for kind in ("acknowledged", "decided") for _, data in events[kind]])
        assert waits[0] == pytest.approx(waits[1])
        assert waits[0] == pytest.approx(waits[2])


def test_every_policy_meets_the_same_blips() -> None:
    scenario = shop("service.blips={every: 15m, length: 1m, errors: 1%}", "horizon=3h")
    for i in range(5):
        told_by = []
        for policy in POLICIES:
            _, events = told(scenario, policy, i)
            told_by.append([t for t, _ in events.get("blip_began", [])])
        assert all(blips == told_by[0] for blips in told_by)
        assert told_by[0]


OTHERS = ("{fault: dormant, chance: 50%}", "{fault: late, chance: 10%, servers: 30%}")


@pytest.mark.parametrize("place", ["before", "between", "after"])
def test_another_fault_moves_nobody_s_luck(place: str) -> None:
    mine = ["{fault: errors, chance: 40%, servers: 50%}", "{fault: leak, chance: 50%, in_health_check: 50%}"]
    more = {"before": [*OTHERS, *mine], "between": [mine[0], *OTHERS, mine[1]], "after": [*mine, *OTHERS]}[place]
    few, many = (shop(f"change.faults=[{', '.join(faults)}]") for faults in (mine, more))
    for i in range(20):
        carried = []
        for scenario in (few, many):
            with Streams(SEED, i) as streams:
                carried.append({scenario.faults[bit].key for bit in present_faults(scenario, streams)})
        assert carried[0] == carried[1] & {"errors", "leak"}
        for name in ("errors", "leak"):
            assert traits(few, name, i, 20) == traits(many, name, i, 20)


def test_a_server_s_luck_does_not_depend_on_how_many_are_asked() -> None:
    scenario = shop(fault="fault: leak, after: {median: 20m, p95: 50m}, servers: 40%")
    few, many = traits(scenario, "leak", 3, 4), traits(scenario, "leak", 3, 10)
    assert [part[:4] for part in few[:3]] == [part[:4] for part in many[:3]]


def test_a_server_s_luck_does_not_depend_on_when_it_is_installed() -> None:
    scenario = shop(fault="fault: leak, after: {median: 20m, p95: 50m}, servers: 40%")
    inside, onset, _, _ = traits(scenario, "leak", 3, 10)
    with Streams(SEED, 3) as streams:
        found = Traits(scenario.faults[0], scenario, streams)
        for order in ([7, 2], [9, 0, 1], [5], [3, 4, 6, 8]):
            servers = np.array(order)
            assert np.asarray(found.onset_us(servers, 0)).tolist() == [onset[server] for server in order]
            assert np.asarray(found.in_scope(servers, 0)).tolist() == [inside[server] for server in order]


def test_what_a_test_cannot_show_no_repetition_shows() -> None:
    """Whether tests can show a fault at all is the fault's luck, not the test's."""
    twice = "policies={it: {strategy: standby_swap, test: {for: 5m}, smoke: {for: 5m}, bake: 5m}}"
    scenario = shop(twice, "change.faults=[{fault: errors, errors: 90%, in_test: 50%}]")
    found = run_many(scenario.plan("it"), scenario, SEED, range(40))["detected_by"].tolist()
    assert set(found) == {"test", "none"}


def test_another_run_or_seed_is_other_luck() -> None:
    scenario = shop(MIXTURE)
    assert traits(scenario, "leak", 0, 20) != traits(scenario, "leak", 1, 20)
    assert (faults_in(scenario, 1, range(60)) != faults_in(scenario, 2, range(60))).any()


def test_one_run_does_not_hear_of_the_others() -> None:
    scenario = shop(MIXTURE, "watch.alerts=[{judge: threshold, above: 2%}]")
    plan = scenario.plan("canary")
    together = run_many(plan, scenario, SEED, range(12))
    alone = run_many(plan, scenario, SEED, [7])
    backwards = run_many(plan, scenario, SEED, range(11, -1, -1))
    for column, values in together.items():
        assert values[7:8].tolist() == alone[column].tolist() or np.isnan(alone[column]).all()
        assert repr(values.tolist()) == repr(backwards[column][::-1].tolist())
