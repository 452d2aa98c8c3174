"""The engine against what a user would write instead: milliseconds a run, and their ratio.

    python -m benchmarks.against_per_request

Both run the same small canary whose fault its judge finds, with the same rules; tests/laws/ shows
that they agree in distribution. The smaller the fleet, the better for the rival: its cost grows
with every request, the engine's does not.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from benchmarks.per_request_simpy import STYLES, CanaryRollout
from sim.scenario import Scenario
from tests.laws import per_request
from tests.laws.per_request_cells import CANARY, build

GATE = {"judge": "threshold", "above": "4%", "consecutive": 2}


def small_canary(rate: str = "200/s") -> Scenario:
    """Twelve servers, three canaries, errors of 10 %: caught by the gate within a minute."""
    return build(
        CANARY | {"judge": GATE},
        {
            "service.traffic.rate": rate,
            "change.faults": [{"fault": "errors", "errors": "10%"}],
        },
    )


def milliseconds(run: Callable[[int], object], runs: int) -> float:
    """Processor time of one run, the first left out: it fills caches."""
    run(0)
    begun = time.process_time()
    for i in range(1, runs + 1):
        run(i)
    return 1e3 * (time.process_time() - begun) / runs


def measure(rate: str = "200/s") -> dict[str, float]:
    """Milliseconds a run: the engine in a block, SimPy in both styles, and the NumPy oracle."""
    from sim.measure import run_many

    scenario = small_canary(rate)
    plan = scenario.plan("it")
    block = 400
    took = {"engine": milliseconds(lambda i: run_many(plan, scenario, i, range(block)), 2) / block}

    def simpy_run(i: int, style: str) -> object:
        return CanaryRollout(scenario, "it", i, style).run()

    for style in STYLES:
        took[f"SimPy, a {style} a request"] = milliseconds(partial(simpy_run, style=style), 3)
    took["NumPy, every request"] = milliseconds(
        lambda i: per_request.run_many(scenario, "it", "benchmark", range(i, i + 1)), 10
    )
    return took


def main() -> None:
    for rate in ("100/s", "1000/s"):
        took = measure(rate)
        print(f"canary of 12 servers, 20 minutes at {rate}, caught by its gate")
        for name, ms in took.items():
            print(f"  {name:30} {ms:10.3f} ms a run   {ms / took['engine']:8.0f} x")


if __name__ == "__main__":
    main()
