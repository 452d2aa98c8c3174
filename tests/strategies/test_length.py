"""The length of a plan, worked out without a run, is when the engine promotes a healthy change."""

from dataclasses import replace

import pytest

from sim.engine.run import simulate
from sim.intake.scenario_file import parse, read
from sim.model.plan import RolloutPlan
from sim.scenario import Scenario
from sim.strategies.length import out_of_rotation_s, plan_length_s, stage_ends_s
from tests.intake.samples import LIBRARY, SMALL


def calm(scenario: Scenario) -> Scenario:
    """The same with nothing that could stop a rollout: no fault, no error, nobody looking."""
    return replace(
        scenario,
        change=replace(scenario.change, faults=(), one_of=(), missed=0),
        watch=replace(scenario.watch, alerts=(), reports=None),
        service=replace(scenario.service, base_errors=0.0, blips=None),
    )


def promoted_s(plan: RolloutPlan, scenario: Scenario) -> float:
    promoted = simulate(plan, scenario, 1, 0).story.promoted_at
    assert promoted is not None
    return promoted / 1_000_000


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.stem)
def test_a_healthy_rollout_of_the_library_takes_as_long_as_said(path) -> None:
    scenario = calm(read(path))
    plans, _ = scenario.runnable()
    assert {name: promoted_s(plan, scenario) for name, plan in plans.items()} == {
        name: plan_length_s(plan, scenario) for name, plan in plans.items()
    }


@pytest.mark.parametrize(
    "said",
    [
        ["policies.direct.batch=1 every 7s"],
        ["policies.direct.batch=all"],
        ["policies.direct.batch=3 every 1s", "change.install.drain=0s"],
        ["fleet.balancer={probe_every: 7s, rise: 3}"],
        ["fleet.balancer={probe_every: 333ms, rise: 1}", "change.install.restart=1.1s"],
        ["change.kind=config"],
        ["policies.canary.batch=2 every 0s", "change.install.restart=13s"],
        ["policies.canary.mirror=3m", "policies.canary.watch_after=1m"],
        ["policies.canary.weight=5%", "policies.canary.test={for: 90s}"],
    ],
)
def test_whatever_the_pace_the_length_is_the_engines(said: list[str]) -> None:
    scenario = calm(parse(SMALL, set=said))
    for plan in scenario.runnable()[0].values():
        assert promoted_s(plan, scenario) == plan_length_s(plan, scenario)


def test_stages_end_one_after_the_other() -> None:
    scenario = parse(SMALL)
    ends = stage_ends_s(scenario.plan("canary"), scenario)
    assert ends == sorted(ends)
    assert ends[-1] == plan_length_s(scenario.plan("canary"), scenario)


def test_an_empty_plan_takes_no_time() -> None:
    assert plan_length_s(RolloutPlan(stages=()), parse(SMALL)) == 0.0


def test_a_server_that_is_up_exactly_at_a_probe_is_seen_by_it() -> None:
    scenario = parse(
        SMALL, set=["fleet.balancer={probe_every: 100ms, rise: 1}", "change.install={drain: 100ms, restart: 200ms}"]
    )
    assert out_of_rotation_s(scenario) == 0.3, "0.1 + 0.2 is a little more than 0.3 in binary"
