"""A healthy run done as one block is the very run that the engine does step by step."""

from dataclasses import replace

import pytest

from sim.engine.run import simulate
from sim.intake.scenario_file import find, read
from sim.measure import run
from sim.scenario import Scenario


@pytest.fixture(scope="module")
def web_fleet() -> Scenario:
    return read(find("web_fleet"))


@pytest.mark.parametrize("policy", ["direct", "test_first", "standby", "canary"])
def test_replayed_and_stepped_runs_are_equal_to_the_byte(web_fleet: Scenario, policy: str) -> None:
    plan = web_fleet.plan(policy)
    replayed = 0
    for i in range(40):
        replayed += simulate(plan, web_fleet, 5, i).events == 0
        assert run(plan, web_fleet, 5, i) == run(plan, web_fleet, 5, i, replay=False), f"run {i}"
    assert replayed > 20, "hardly any run was quiet: this test compares nothing"


def test_a_noisy_judge_sends_runs_back_to_the_plain_way(web_fleet: Scenario) -> None:
    canary = web_fleet.policies["canary"]
    noisy = replace(canary, judge=replace(canary.judge, above=0.0008, consecutive=1))
    scenario = replace(web_fleet, policies={"canary": noisy})
    plan = scenario.plan("canary")
    outcomes = [(run(plan, scenario, 5, i), run(plan, scenario, 5, i, replay=False)) for i in range(30)]
    assert all(fast == stepped for fast, stepped in outcomes)
    ended = {fast.ended for fast, _ in outcomes if not fast.faulty}
    assert ended == {"promoted", "rolled_back"}, "the judge should be fooled now and then, not always"


def test_a_policy_that_hurts_by_itself_is_never_remembered(web_fleet: Scenario) -> None:
    direct = web_fleet.policies["direct"]
    batch = replace(direct.batch, size=replace(direct.batch.size, count=60))
    scenario = replace(web_fleet, policies={"direct": replace(direct, batch=batch)})
    plan = scenario.plan("direct")
    tallies = [simulate(plan, scenario, 5, i) for i in range(10)]
    assert all(tally.events > 0 for tally in tallies)
    assert all(tally.harmed > 0 for tally in tallies)
