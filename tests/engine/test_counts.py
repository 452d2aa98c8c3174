"""What a run costs, in events and draws: pinned, and the same for ten servers and ten thousand.

Guards the budget of DESIGN 4 without a clock: seconds live in `benchmarks/`. A number here may be changed by whoever
makes the engine cheaper; it must not creep up unseen. Broken on purpose and seen red: scrapes that are scheduled
twice, blocks of four windows, no blocks at all (monitor.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from sim.engine.run import simulate
from sim.engine.streams import Streams
from sim.scenario import Scenario
from tests.engine.rollouts import shop

ERRORS = "fault: errors, errors: 50%"
LEAK = "fault: leak, errors: 20%, after: {median: 20m, p95: 50m}"
CRASH = "fault: custom, crash: true, after: {median: 20m, p95: 50m}"
WATCHED = "policies={canary: {strategy: canary, canaries: 2, bake: 30m, judge: {judge: threshold, above: 2%}}}"
PAGED = "watch.alerts=[{judge: threshold, above: 3%, consecutive: 3}]"
DAY = ("watch.alerts=[{judge: threshold, above: 90%}]", "horizon=24h")
REPORTS = "watch.reports={chance: 0.01%, page: 1000 in 1h}"
LEASE = "policies.swap.lease=5m"


class Cost(NamedTuple):
    """SimPy events, and how often a generator is asked: for requests, and for anything else."""

    events: int
    requests: int
    others: int


class Counted:
    """A generator that notes how often it is asked."""

    def __init__(self, generator: Any, asked: Counter[str], purpose: str) -> None:
        self._generator = generator
        self._asked = asked
        self._purpose = purpose

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._generator, name)
        if not callable(value):
            return value

        def ask(*args: Any, **kwargs: Any) -> Any:
            self._asked[self._purpose] += 1
            return value(*args, **kwargs)

        return ask


@pytest.fixture
def cost(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Cost]:
    """What one run costs."""
    asked: Counter[str] = Counter()
    plain = Streams.of

    def of(self: Streams, purpose: str, name: str = "") -> Any:
        generator = plain(self, purpose, name)
        return Counted(generator, asked, purpose) if hasattr(generator, "bit_generator") else generator

    monkeypatch.setattr(Streams, "of", of)

    def run(scenario: Scenario, policy: str, i: int = 0, **options: Any) -> Cost:
        plan = scenario.plan(policy)
        simulate(plan, scenario, 1, i, **options)           # the first run of a plan also remembers it
        asked.clear()
        tally = simulate(plan, scenario, 1, i, **options)
        return Cost(tally.events, asked["requests"], asked.total() - asked["requests"])

    return run


# name -> (scenario, policy, options of simulate), and what a run of it costs
PINNED: dict[str, tuple[Scenario, str, dict[str, bool], Cost]] = {
    "a canary caught": (shop(fault=ERRORS), "canary", {}, Cost(10, 26, 2)),
    "a healthy run, remembered": (shop(WATCHED), "canary", {}, Cost(0, 1, 0)),
    "a healthy run step by step": (shop(WATCHED), "canary", {"replay": False}, Cost(34, 92, 0)),
    "a healthy run scrape by scrape": (shop(WATCHED), "canary", {"block": False}, Cost(244, 966, 0)),
    "a page and its people": (shop(PAGED, fault=ERRORS), "direct", {}, Cost(18, 37, 3)),
    "a watch of a day": (shop(*DAY, fault=LEAK), "direct", {}, Cost(28, 90, 4)),
    "a day of reports that nobody minds": (shop(REPORTS, fault=LEAK), "canary", {}, Cost(58, 125, 42)),
    "a swap inside its lease": (shop(LEASE, fault=ERRORS), "swap", {}, Cost(48, 98, 2)),
    "crashes, each ejected by a probe": (shop("fleet.balancer.panic=0%", fault=CRASH), "direct", {}, Cost(18, 47, 4)),
}


@pytest.mark.parametrize("name", PINNED)
def test_events_and_draws_are_as_few_as_they_were(name: str, cost: Callable[..., Cost]) -> None:
    scenario, policy, options, pinned = PINNED[name]
    assert cost(scenario, policy, **options) == pinned


# --- the size law ---------------------------------------------------------------------------------

SHARES = (
    "policies={direct: {strategy: direct, batch: 30% every 1m}, swap: {strategy: standby_swap, bake: 5m}, "
    "canary: {strategy: canary, canaries: 20%, bake: 5m, batch: 30% every 1m, "
    "judge: {judge: threshold, above: 2%, consecutive: 2}}}"
)


@pytest.mark.parametrize("policy", ["direct", "swap", "canary"])
@pytest.mark.parametrize("fault", [None, ERRORS, "fault: slow, slow: 1.2", LEAK])
def test_ten_servers_and_ten_thousand_cost_the_same(policy: str, fault: str | None, cost: Callable[..., Cost]) -> None:
    costs = []
    for servers in (10, 10_000):
        size = (f"fleet.production.servers={servers}", f"fleet.standby.servers={servers}")
        scenario = shop(SHARES, PAGED, *size, f"service.traffic.rate={40 * servers}/s", fault=fault)
        costs.append(cost(scenario, policy))
    assert costs[0] == costs[1]


@pytest.mark.parametrize("policy", ["direct", "canary"])
def test_a_hundred_requests_a_second_and_a_million_cost_the_same(policy: str, cost: Callable[..., Cost]) -> None:
    costs = []
    for rate, workers in ((100, 4), (1_000_000, 40_000)):
        room = (f"service.traffic.rate={rate}/s", f"fleet.production.workers={min(workers, 10_000)}")
        scenario = shop(SHARES, PAGED, *room, "fleet.production.service_time=5ms", fault=ERRORS)
        costs.append(cost(scenario, policy))
    assert costs[0] == costs[1]
