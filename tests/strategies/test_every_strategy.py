"""The trial that every strategy of the register must pass, future members included."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from sim.model.plan import Impossible, RolloutPlan
from sim.model.terms import Batch, Portion
from sim.strategies import STRATEGIES, AnyPolicy, Canary, Judged, Policy, StandbySwap, Trial, Waves
from tests.strategies.fleets import (
    CHANGE,
    JUDGE,
    fleet,
    installed,
    members,
    service,
    with_undo,
    without_names,
)

EVERY_POLICY = [policy for kind in STRATEGIES for policy in members(kind)]
each_policy = pytest.mark.parametrize("policy", EVERY_POLICY, ids=lambda p: f"{p.strategy}-{EVERY_POLICY.index(p)}")
SIZES = st.integers(2, 400)
ZONES = st.integers(0, 7)


def plan_of(policy: Policy, servers: int = 100, zones: int = 0, rate: float = 5000.0) -> RolloutPlan:
    at_most = min(zones, servers)
    return policy.plan(fleet(servers, zones=at_most), CHANGE, service(rate))


# --- everybody, once, in order


@each_policy
@settings(max_examples=40)
@given(servers=SIZES, zones=ZONES)
def test_every_serving_server_is_installed_exactly_once(policy: Policy, servers: int, zones: int) -> None:
    plan = plan_of(policy, servers, zones)
    assert installed(plan) == list(range(servers)), "in the order of their positions, none twice"


@each_policy
@settings(max_examples=40)
@given(servers=SIZES, zones=ZONES)
def test_batches_hold_at_least_one_server_and_at_most_the_pool(policy: Policy, servers: int, zones: int) -> None:
    for stage in plan_of(policy, servers, zones).stages:
        if stage.install:
            assert 1 <= stage.install.size <= servers
            assert stage.install.first < stage.install.last
            assert stage.install.every_s >= 0


@each_policy
def test_a_test_comes_first_and_a_smoke_run_after_the_standby_s_install(policy: Policy) -> None:
    kinds: list[str] = []
    for stage in plan_of(policy).stages:
        kinds += [stage.test.name] if stage.test else []
        kinds += [stage.install.on] if stage.install else []
    assert kinds == sorted(kinds, key=["test", "standby", "smoke", "production"].index)


@each_policy
def test_every_install_can_be_undone(policy: Policy) -> None:
    for stage, undo in with_undo(plan_of(policy)):
        assert stage.install is None or undo is not None, f"no undo in force in {stage.name!r}"


@each_policy
def test_stages_have_different_names(policy: Policy) -> None:
    names = [stage.name for stage in plan_of(policy, zones=3).stages]
    assert len(set(names)) == len(names)
    assert all(names)


@each_policy
@settings(max_examples=20)
@given(servers=SIZES)
def test_the_control_is_an_equal_group_changed_last(policy: Policy, servers: int) -> None:
    plan = plan_of(policy, servers)
    first = next(s.install for s in plan.stages if s.install and s.install.on == "production")
    last = [s.install for s in plan.stages if s.install and s.install.on == "production"][-1]
    assert plan.control in (0, min(first.last, servers - first.last))
    assert last.first <= servers - plan.control, "the whole control is in the last install"


@each_policy
def test_a_plan_is_frozen_and_written_the_same_each_time(policy: Any) -> None:
    plan = plan_of(policy)
    assert plan == plan_of(policy)
    assert hash(plan) == hash(plan_of(policy))
    with pytest.raises(FrozenInstanceError):
        plan.control = 3  # type: ignore[misc]


@each_policy
def test_only_a_judged_bake_has_a_judge_to_ask(policy: Policy) -> None:
    asked = {stage.gate.judge for stage in plan_of(policy).stages if stage.bake_s or stage.watched}
    assert asked <= {getattr(policy, "judge", None)}


# --- capacity


@each_policy
@settings(max_examples=40)
@given(servers=SIZES, rate=st.floats(1.0, 40_000.0))
def test_a_reinstall_leaves_utilisation_at_ninety_percent_where_it_can(
    policy: Policy, servers: int, rate: float
) -> None:
    stay = plan_of(policy, servers, rate=rate).min_in_rotation
    assert 0 <= stay <= servers - 1, "one server must be free to be reinstalled"
    if stay < servers - 1:
        assert rate / (stay * 80.0) <= 0.9 * (1 + 1e-9)
    assert stay == 0 or (stay - 1) * 80.0 * 0.9 < rate, "no more than needed"


def test_the_floor_counts_the_busiest_hour() -> None:
    busy = service(2500.0, profile=((0.0, 0.2), (8 * 3600.0, 2.0)))
    assert StandbySwap().plan(fleet(), CHANGE, busy).min_in_rotation == 70


@each_policy
def test_a_given_floor_is_kept_and_one_that_leaves_nobody_is_impossible(policy: Policy) -> None:
    assert plan_of(replace(policy, min_in_rotation=42)).min_in_rotation == 42
    with pytest.raises(Impossible, match="min_in_rotation"):
        plan_of(replace(policy, min_in_rotation=100))


@each_policy
def test_reserves_are_those_that_the_plan_needs(policy: Policy) -> None:
    plan = policy.plan(fleet(100, standby=70, tests=5), CHANGE, service())
    tested = any(stage.test and stage.test.on == "test" for stage in plan.stages)
    swapped = bool(installed(plan, "standby"))
    assert plan.reserves == 5 * tested + 70 * swapped


# --- fleets that cannot

CANNOT = [
    ({"tests": 0}, lambda p: p.test is not None, "fleet has no test servers"),
    ({"standby": 0}, lambda p: p.strategy == "standby_swap", "fleet has none"),
    ({"servers": 1}, lambda p: p.strategy in ("canary", "waves"), "at least 2 production servers"),
]


@each_policy
@pytest.mark.parametrize(("made", "cannot", "reason"), CANNOT, ids=lambda x: str(x)[:20])
def test_a_fleet_that_cannot_is_told_why(policy: Policy, made: dict[str, int], cannot: Any, reason: str) -> None:
    if cannot(policy):
        with pytest.raises(Impossible, match=reason):
            policy.plan(fleet(**made), CHANGE, service())
    else:
        policy.plan(fleet(**made), CHANGE, service())


# --- no dead knobs

FULL = fleet(zones=4, kinds=(("blob", 0.4), ("table", 0.6)))
# A field of any strategy: what to say beside it, and two values that must not give the same plan.
KNOBS: dict[str, tuple[dict[str, Any], Any, Any]] = {
    "test": ({}, Trial(), None),
    "undo": ({}, None, Batch(Portion(count=3), 30.0)),
    "min_in_rotation": ({}, None, 12),
    "judge": ({}, None, JUDGE),
    "early": ({"judge": JUDGE}, False, True),
    "give_up": ({"judge": JUDGE}, None, 77.0),
    "on_give_up": ({"judge": JUDGE}, "roll_back", "promote"),
    "batch": ({}, Batch(Portion(count=5), 60.0), Batch(Portion(count=6), 60.0)),
    "watch_after": ({}, 0.0, 60.0),
    "bake": ({}, 60.0, 90.0),
    "smoke": ({}, None, Trial()),
    "lease": ({}, 0.0, 60.0),
    "canaries": ({}, Portion(count=3), Portion(count=4)),
    "weight": ({}, None, 0.01),
    "mirror": ({}, 0.0, 60.0),
    "control": ({}, False, True),
    "kind": ({}, None, "blob"),
    "by": ({}, "zone", "size"),
    "first": ({}, Portion(count=1), Portion(count=2)),
    "growth": ({"by": "size"}, 2.0, 3.0),
    "first_bake": ({}, None, 60.0),
}
DEAD = {
    "strategy": "the name of the strategy",
    "about": "words for people",
    "counterfactual": "a label for people",
}


@pytest.mark.parametrize("kind", STRATEGIES, ids=lambda kind: kind.__name__)
def test_every_knob_changes_the_plan(kind: type[Policy]) -> None:
    for field in fields(kind):
        if field.name in DEAD:
            continue
        assert field.name in KNOBS, f"say in KNOBS or DEAD what {kind.__name__}.{field.name} is for"
        beside, one, other = KNOBS[field.name]
        plans = [
            without_names(kind(**{**beside, field.name: value}).plan(FULL, CHANGE, service())) for value in (one, other)
        ]
        assert plans[0] != plans[1], f"{kind.__name__}.{field.name} is a dead knob"


@pytest.mark.parametrize(("field", "value"), [("every", 61.0), ("size", Portion(count=6))], ids=["every", "size"])
def test_both_halves_of_a_batch_change_the_plan(field: str, value: Any) -> None:
    batch = Batch(Portion(count=5), 60.0)
    every: tuple[Any, ...] = STRATEGIES
    for kind in every:
        if "batch" in {f.name for f in fields(kind)}:
            plans = [kind(batch=b).plan(FULL, CHANGE, service()) for b in (batch, replace(batch, **{field: value}))]
            assert plans[0] != plans[1], f"{kind.__name__}: batch.{field} is a dead knob"


@pytest.mark.parametrize("knob", ["test", "smoke"])
def test_every_knob_of_a_trial_changes_the_plan(knob: str) -> None:
    changes = {"length": 77.0, "rate": 3.0, "coverage": 0.5}
    assert {field.name for field in fields(Trial)} == set(changes)
    swap: Any = StandbySwap
    usual = swap(**{knob: Trial()}).plan(FULL, CHANGE, service())
    for name, value in changes.items():
        trial = Trial(**{name: value})
        assert swap(**{knob: trial}).plan(FULL, CHANGE, service()) != usual, name


def test_a_judge_s_reaction_is_its_gate_s() -> None:
    reactions: list[tuple[Any, str]] = [(None, "undo"), ("page", "page"), ("undo", "undo")]
    for then, wanted in reactions:
        judged = Canary(judge=replace(JUDGE, then=then))
        assert judged.gate().then == wanted


# --- at the door


@pytest.mark.parametrize("kind", STRATEGIES, ids=lambda kind: kind.__name__)
def test_a_strategy_is_read_by_its_name_and_refuses_unknown_words(kind: Any) -> None:
    reads: Any = TypeAdapter(AnyPolicy)
    assert reads.validate_python({"strategy": kind().strategy}) == kind()
    with pytest.raises(ValidationError, match="misspelt"):
        reads.validate_python({"strategy": kind().strategy, "misspelt": 1})


def test_an_unknown_strategy_is_refused_with_the_known_ones() -> None:
    reads: Any = TypeAdapter(AnyPolicy)
    with pytest.raises(ValidationError, match="'direct', 'rolling', 'test_first'"):
        reads.validate_python({"strategy": "cannary"})


@pytest.mark.parametrize("kind", [k for k in STRATEGIES if issubclass(k, Judged)])
@pytest.mark.parametrize("given_", [{"early": True}, {"give_up": 60.0}, {"on_give_up": "promote"}])
def test_what_only_a_judge_can_do_needs_one(kind: Any, given_: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="judge"):
        kind(**given_)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: Canary(weight=0.0), "weight must be above 0%"),
        (lambda: Canary(weight=1.0), "below 100%"),
        (lambda: Waves(growth=0.5), "never grows never ends"),
        (lambda: Trial(length=0.0), "for must be longer"),
    ],
)
def test_what_no_strategy_can_mean_is_refused(wrong: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        wrong()
