"""Each strategy's own law: its stages, told one by one."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.catalogue import with_defaults
from sim.model.change import Change
from sim.model.plan import Impossible, RolloutPlan
from sim.model.terms import Batch, Portion
from sim.strategies import Canary, Direct, Rolling, StandbySwap, TestFirst, Trial, Waves
from sim.strategies.waves import MOST_WAVES
from tests.strategies.fleets import CHANGE, JUDGE, fleet, service, with_undo


def names(plan: RolloutPlan) -> list[str]:
    return [stage.name for stage in plan.stages]


def undos(plan: RolloutPlan) -> list[tuple[str, str | None]]:
    """Stage and the way back from it."""
    return [(stage.name, undo and undo.way) for stage, undo in with_undo(plan)]


def shares(plan: RolloutPlan) -> list[int]:
    """Servers changed in each installing stage of production."""
    steps = [s.install for s in plan.stages if s.install and s.install.on == "production"]
    return [step.last - step.first for step in steps]


# --- direct, rolling, test first


def test_direct_waits_for_nobody_and_comes_back_as_it_went() -> None:
    batch = Batch(Portion(count=25), 60.0)
    (stage,) = Direct(batch=batch).plan(fleet(), CHANGE, service()).stages
    assert stage.install is not None
    assert stage.undo is not None
    assert (stage.install.wait, stage.install.size, stage.install.every_s) == (False, 25, 60.0)
    assert (stage.undo.way, stage.undo.batch) == ("reinstall", batch)
    (faster,) = Direct(batch=batch, undo=Batch()).plan(fleet(), CHANGE, service()).stages
    assert faster.undo == replace(stage.undo, batch=Batch())


@pytest.mark.parametrize("kind", [Rolling, TestFirst, StandbySwap, Canary, Waves])
def test_only_direct_does_not_wait(kind: Any) -> None:
    plan = kind().plan(fleet(), CHANGE, service())
    assert all(stage.install.wait for stage in plan.stages if stage.install)


def test_rolling_goes_through_everything_and_watches_if_asked() -> None:
    plan = Rolling(judge=JUDGE, watch_after=600.0).plan(fleet(), CHANGE, service())
    assert undos(plan) == [("everything", "reinstall"), ("watch", "reinstall")]
    assert [(s.watched, s.bake_s) for s in plan.stages] == [(True, 0.0), (False, 600.0)]


def test_test_first_rolls_only_after_its_test() -> None:
    plan = TestFirst().plan(fleet(), CHANGE, service())
    assert undos(plan) == [("test", None), ("everything", "reinstall")]
    assert plan.stages[0].test is not None
    assert plan.stages[0].test.installs


@given(servers=st.integers(1, 500), share=st.floats(0.001, 1.0))
def test_a_batch_given_as_a_share_rounds_up(servers: int, share: float) -> None:
    plan = Rolling(batch=Batch(Portion(share=share), 0.0)).plan(fleet(servers), CHANGE, service())
    (stage,) = plan.stages
    assert stage.install is not None
    assert stage.install.size == max(1, math.ceil(round(share * servers, 9)))


# --- standby swap


def test_a_swap_is_told_to_its_end() -> None:
    policy = StandbySwap(test=Trial(), smoke=Trial(length=60.0), judge=JUDGE, lease=60.0)
    plan = policy.plan(fleet(100, standby=90), CHANGE, service())
    assert undos(plan) == [
        ("test", None),
        ("standby", "reinstall"),
        ("smoke", "reinstall"),
        ("swap", "swap_back"),
        ("other side", "idle_first"),
    ]
    test, standby, smoke, swap, other = plan.stages
    assert test.test is not None
    assert smoke.test is not None
    assert standby.install is not None
    assert swap.route is not None
    assert other.install is not None
    assert (smoke.test.on, smoke.test.installs) == ("standby", False)
    assert (standby.install.on, standby.install.size, standby.install.last) == ("standby", 90, 90)
    assert (swap.route.verb, swap.route.share, swap.bake_s) == ("swap", 1.0, 600.0)
    assert (other.install.on, other.install.size, other.watched) == ("production", 100, True)


def test_a_lease_holds_clients_there_and_back() -> None:
    plan = StandbySwap(lease=60.0).plan(fleet(), CHANGE, service())
    assert [stage.undo.lease_s for stage in plan.stages if stage.undo] == [0.0, 60.0, 60.0]
    assert [stage.route.lease_s for stage in plan.stages if stage.route] == [60.0]


def test_people_stuck_to_a_server_leave_over_the_drain() -> None:
    sticky = service()
    sticky = replace(sticky, users=replace(sticky.users, sticky="server"))
    leases = {
        (lease, users.users.sticky): StandbySwap(lease=lease).plan(fleet(), CHANGE, users)
        for lease in (0.0, 60.0)
        for users in (service(), sticky)
    }
    found = {key: next(s.route.lease_s for s in plan.stages if s.route) for key, plan in leases.items()}
    assert found == {
        (0.0, "none"): 0.0,
        (0.0, "server"): CHANGE.install.drain,
        (60.0, "none"): 60.0,
        (60.0, "server"): 60.0,
    }


def test_a_new_service_has_nothing_to_swap_or_to_compare_with() -> None:
    new = with_defaults(Change(kind="new_service"))
    with pytest.raises(Impossible, match="no old primary"):
        StandbySwap().plan(fleet(), new, service())
    with pytest.raises(Impossible, match="no control"):
        Canary(control=True).plan(fleet(), new, service())
    Canary().plan(fleet(), new, service())


# --- canary


@given(servers=st.integers(2, 1000), share=st.floats(0.0, 1.0))
def test_canaries_round_up_at_least_one_and_leave_at_least_one(servers: int, share: float) -> None:
    plan = Canary(canaries=Portion(share=share)).plan(fleet(servers), CHANGE, service())
    wanted = min(servers - 1, max(1, math.ceil(round(share * servers, 9))))
    assert shares(plan) == [wanted, servers - wanted]


@given(servers=st.integers(2, 1000), count=st.integers(0, 2000))
def test_a_number_of_canaries_is_taken_as_said_within_the_fleet(servers: int, count: int) -> None:
    plan = Canary(canaries=Portion(count=count)).plan(fleet(servers), CHANGE, service())
    assert shares(plan)[0] == min(servers - 1, max(1, count))


def test_a_canary_is_baked_then_the_rest_is_watched_then_all_is_baked() -> None:
    policy = Canary(test=Trial(), judge=JUDGE, watch_after=1800.0)
    plan = policy.plan(fleet(), CHANGE, service())
    assert undos(plan) == [
        ("test", None),
        ("canary", "withdraw"),
        ("the rest", "reinstall"),
        ("watch", "reinstall"),
    ]
    told = [(s.bake_s, s.watched, s.gate.judge) for s in plan.stages]
    assert told == [
        (0.0, False, None),
        (600.0, False, JUDGE),
        (0.0, True, JUDGE),
        (1800.0, False, JUDGE),
    ]


def test_a_mirror_comes_before_users_and_a_weight_ends_before_the_rest() -> None:
    policy = Canary(judge=JUDGE, mirror=300.0, weight=0.01)
    plan = policy.plan(fleet(), CHANGE, service())
    told = [(s.name, s.route and (s.route.verb, s.route.share), s.bake_s) for s in plan.stages]
    assert told == [
        ("mirror", ("mirror", 1.0), 300.0),
        ("canary", ("weight", 0.01), 600.0),
        ("equal shares", ("equal", 1.0), 0.0),
        ("the rest", None, 0.0),
    ]
    assert undos(plan)[:3] == [
        ("mirror", "withdraw"),
        ("canary", "withdraw"),
        ("equal shares", "withdraw"),
    ]


def test_after_a_mirror_without_a_weight_canaries_get_an_equal_share() -> None:
    plan = Canary(mirror=300.0).plan(fleet(), CHANGE, service())
    assert [s.route and s.route.verb for s in plan.stages] == ["mirror", "equal", None]


@pytest.mark.parametrize(
    ("servers", "canaries", "control"), [(100, 5, 5), (2, 1, 1), (3, 2, 1), (10, 9, 1), (10, 4, 4)]
)
def test_the_control_is_as_large_as_the_canaries_if_so_many_are_left(servers: int, canaries: int, control: int) -> None:
    policy = Canary(canaries=Portion(count=canaries), control=True)
    assert policy.plan(fleet(servers), CHANGE, service()).control == control


def test_canaries_of_a_kind_need_that_kind() -> None:
    mixed = fleet(kinds=(("blob", 0.4), ("table", 0.6)))
    assert Canary(kind="blob").plan(mixed, CHANGE, service()).kind_first == "blob"
    with pytest.raises(Impossible, match="'queue'"):
        Canary(kind="queue").plan(mixed, CHANGE, service())


def test_canaries_of_a_kind_are_at_most_as_many_as_there_are() -> None:
    mixed = fleet(10, kinds=(("blob", 0.2), ("table", 0.8)))
    there = sum(mixed.kind_of(server) == "blob" for server in range(10))
    exact = Canary(kind="blob", canaries=Portion(count=there))
    assert exact.plan(mixed, CHANGE, service()).kind_first == "blob"
    with pytest.raises(Impossible, match=f"more than the {there} servers of kind 'blob'"):
        replace(exact, canaries=Portion(count=there + 1)).plan(mixed, CHANGE, service())


# --- waves


@given(servers=st.integers(2, 600), zones=st.integers(1, 9), first=st.integers(1, 5))
def test_waves_by_zone_end_where_zones_end(servers: int, zones: int, first: int) -> None:
    zones = min(zones, servers)
    here = fleet(servers, zones=zones)
    plan = Waves(first=Portion(count=first)).plan(here, CHANGE, service())
    assert plan.order == "zones"
    by_zone = sorted(range(servers), key=lambda server: server % zones)  # as the plan's order says
    one, *waves = [s.install for s in plan.stages if s.install]
    assert (one.first, one.last) == (0, min(first, servers - 1))
    for wave in waves[1:]:  # the first goes on where the one box ended
        met = {here.zone_of(by_zone[position]) for position in range(wave.first, wave.last)}
        assert len(met) == 1, f"a wave in zones {met}"
    edges = {wave.last for wave in waves}
    sizes = [sum(1 for server in range(servers) if server % zones == z) for z in range(zones)]
    ends = [sum(sizes[: zone + 1]) for zone in range(zones)]
    assert edges == {end for end in ends if end > one.last}


@given(servers=st.integers(2, 600), growth=st.floats(1.0, 10.0), first=st.integers(1, 20))
def test_waves_by_size_grow_by_their_factor_until_nobody_is_left(servers: int, growth: float, first: int) -> None:
    policy = Waves(by="size", growth=growth, first=Portion(count=first))
    plan = policy.plan(fleet(servers, zones=2), CHANGE, service())
    assert plan.order == "spread"
    one = min(first, servers - 1)
    *waves, last = shares(plan)
    for wave, size in enumerate(waves):
        exact = one * growth**wave
        assert exact * (1 - 1e-9) <= size < exact * (1 + 1e-9) + 1, "rounded up"
    assert 1 <= last <= math.ceil(one * growth ** len(waves)) + 1


def test_every_wave_bakes_and_is_judged_and_only_the_one_box_is_withdrawn() -> None:
    policy = Waves(judge=JUDGE, first_bake=60.0, bake=3600.0)
    plan = policy.plan(fleet(zones=3), CHANGE, service())
    assert [(s.name, s.bake_s, s.gate.judge, s.watched) for s in plan.stages] == [
        ("one box", 60.0, JUDGE, True),
        ("wave 1", 3600.0, JUDGE, True),
        ("wave 2", 3600.0, JUDGE, True),
        ("wave 3", 3600.0, JUDGE, True),
    ]
    assert [way for _, way in undos(plan)] == ["withdraw", *["reinstall"] * 3]


def test_the_one_box_bakes_like_the_others_unless_said() -> None:
    plan = Waves(bake=3600.0).plan(fleet(zones=2), CHANGE, service())
    assert [stage.bake_s for stage in plan.stages] == [3600.0] * 3


def test_a_wave_is_installed_in_batches_of_its_own_size() -> None:
    plan = Waves(batch=Batch(Portion(share=0.33), 0.0)).plan(fleet(100, zones=2), CHANGE, service())
    sizes = [s.install.size for s in plan.stages if s.install]
    assert list(zip(shares(plan), sizes, strict=True)) == [(1, 1), (49, 17), (50, 17)]


def test_waves_by_zone_need_zones() -> None:
    with pytest.raises(Impossible, match="names no zones"):
        Waves(by="zone").plan(fleet(), CHANGE, service())
    assert Waves().plan(fleet(), CHANGE, service()).order == "spread"


def test_endless_waves_are_refused_before_they_cost_memory() -> None:
    policy = Waves(by="size", growth=1.0)
    assert len(policy.plan(fleet(MOST_WAVES), CHANGE, service()).stages) == MOST_WAVES
    with pytest.raises(Impossible, match="raise growth or first"):
        policy.plan(fleet(1_000_000), CHANGE, service())
