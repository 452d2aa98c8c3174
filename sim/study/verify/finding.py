"""Whether a fault is found at all: power, which servers it bites, tests."""

from __future__ import annotations

from sim.catalogue.custom import Custom
from sim.judges import KthFailure
from sim.model.change import Fault
from sim.model.terms import Delay, Portion
from sim.scenario import Scenario
from sim.strategies import Canary, StandbySwap, TestFirst
from sim.strategies.base import Trial
from sim.study.verify.case import Case, Draw, mean_case
from sim.study.verify.setting import rollout
from sim.theory import escape, power
from sim.units import MINUTE


def _canary(
    fault: Fault, *, rate: float, servers: int, canaries: int, bake: float, k: int
) -> Scenario:
    policy = Canary(canaries=Portion(count=canaries), bake=bake, judge=KthFailure(failures=k))
    return rollout(policy, fault, rate=rate, servers=servers, horizon=bake)


def missed(draw: Draw) -> Case:
    """Fewer than five failures on five canaries of two requests a second in half an hour."""
    fault, bake = Custom(errors=2e-4), 30 * MINUTE
    seen = draw(_canary(fault, rate=100.0, servers=50, canaries=5, bake=bake, k=5), 11_000)
    return mean_case(
        "canary too small to see 2e-4: share promoted",
        "P(Pois(n r T p) < k)",
        "Poisson tail",
        power.canary_miss(5, 2.0, bake, 2e-4, 5),
        seen["ended"] == "promoted",
    )


def chosen_servers(draw: Draw) -> Case:
    """Four of a hundred servers are affected, and an affected canary is sure to show it."""
    fault = Custom(errors=0.5, servers=Portion(count=4))
    seen = draw(_canary(fault, rate=1000.0, servers=100, canaries=5, bake=MINUTE, k=1), 6_500)
    return mean_case(
        "4 of 100 servers affected, 5 canaries: share promoted",
        "C(N - G, n) / C(N, n)",
        "hypergeometric",
        power.no_affected_canary(100, 4, 5),
        seen["ended"] == "promoted",
    )


def chosen_servers_and_power(draw: Draw) -> Case:
    """The same with failures so rare that an affected canary may stay silent too."""
    fault = Custom(errors=1e-3, servers=Portion(count=10))
    seen = draw(_canary(fault, rate=1000.0, servers=100, canaries=10, bake=MINUTE, k=2), 5_500)
    return mean_case(
        "10 of 100 servers affected, rare failures: share promoted",
        "Σ P(j of n affected) P(Pois(j r T p) < k)",
        "hypergeometric",
        power.partial_miss(100, 10, 10, 10.0, MINUTE, 1e-3, 2),
        seen["ended"] == "promoted",
    )


def two_tests(draw: Draw) -> Case:
    """What tests cannot show no repetition shows: fidelity is the fault's, coverage the test's."""
    visible, covered = 0.4, 0.5
    trial = Trial(length=MINUTE, coverage=covered)
    policy = StandbySwap(test=trial, smoke=trial, bake=MINUTE)
    fault = Custom(errors=0.9, in_test=visible)
    scenario = rollout(
        policy, fault, rate=10.0, servers=2, standby=2, test=2, horizon=3 * MINUTE
    )
    seen = draw(scenario, 12_000)
    return mean_case(
        "a test and a smoke run: share of faults that pass both",
        "(1 - f) + f (1 - c)^2",
        "shared visibility, derived in sim/theory/escape.py",
        escape.escape(visible, covered, 2),
        (seen["detected_by"] != "test") & (seen["detected_by"] != "smoke"),
    )


def late_in_the_test(draw: Draw) -> Case:
    """An onset inside the test, and so few requests after it that none may fail."""
    length, onset, chance = 10 * MINUTE, 4 * MINUTE, 1e-4
    policy = TestFirst(test=Trial(length=length, rate=10.0, coverage=0.8))
    fault = Custom(errors=chance, after=Delay(onset), in_test=0.5)
    seen = draw(rollout(policy, fault, rate=10.0, test=2, servers=2, horizon=length), 7_500)
    return mean_case(
        "onset in mid-test, few requests: share of faults that pass it",
        "1 - f c (1 - exp(-n r p (T - onset)))",
        "shared visibility, derived in sim/theory/escape.py",
        escape.unseen_in_test(0.5, 0.8, 2, 10.0, length, chance, onset),
        seen["detected_by"] != "test",
    )


CASES = (missed, chosen_servers, chosen_servers_and_power, two_tests, late_in_the_test)
