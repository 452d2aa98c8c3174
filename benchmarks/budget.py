"""Milliseconds a run against the budget of the design, each beside a calibration measured in the same minute.

Times on a shared machine mean little by themselves; `ratio` is the run's time over that of a fixed piece of work
(10,000 turns of an empty SimPy event and a scalar Poisson), and can be compared between machines and days.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import simpy

from sim.intake.scenario_file import find, parse
from sim.measure import collected_seldom, faults_in, run, run_many
from sim.scenario import Scenario

REPEATS = 5


def timed(work: Callable[[], Any], per: int) -> float:
    """Milliseconds of processor time for one of `per` units of work: median of repeats after a warm-up."""
    work()
    seen = []
    for _ in range(REPEATS):
        begun = time.process_time()
        work()
        seen.append((time.process_time() - begun) / per * 1e3)
    return statistics.median(seen)


def calibration() -> None:
    """A fixed piece of work of the same kind as the engine's."""
    env, draw = simpy.Environment(), np.random.default_rng(1).poisson

    def ticking() -> Any:
        for _ in range(10_000):
            yield env.timeout(1)
            draw(100.0)

    env.process(ticking())
    env.run()


def scenario(fault: str = "none", **changes: Any) -> Scenario:
    """`web_fleet` with one certain fault (or none) that no test shows, and other fields by path."""
    text = find("web_fleet").read_text()
    settings = [f"{path}={value}" for path, value in changes.items()]
    settings += ["change.one_of=[{fault: none, chance: 100%}]" if fault == "none" else f"change.one_of=[{fault}]"]
    return parse(text, source="web_fleet", set=tuple(settings))


def only(canary: str) -> dict[str, str]:
    """Settings that leave one policy."""
    return {"policies": f"{{canary: {canary}}}"}


GATE = "judge: {judge: threshold, above: 2%, consecutive: 2}"
CANARY = f"{{strategy: canary, canaries: 5%, bake: 10m, {GATE}, batch: 5 every 1m}}"
ONE_STAGE = f"{{strategy: canary, canaries: 5%, bake: 30m, {GATE}, batch: 20 every 1m}}"
LEAK = "{fault: custom, %s, in_test: 0%%, after: {median: 1h, p95: 2h}, chance: 100%%}"
ERRORS = "{fault: errors, errors: 5%, in_test: 0%, chance: 100%}"


def cases() -> list[tuple[str, float, float, Scenario, str, dict[str, Any]]]:
    """name, must, stretch (ms), scenario, policy, options of `run`."""
    quiet = {"watch.alerts": "[]", "watch.reports": "null", "service.blips": "null"}
    leaking = {
        "fleet.production.servers": 5000,
        "service.traffic.rate": "250k/s",
        **quiet,
        "fleet.balancer.probe_every": "10s",
        "policies": "{direct: {strategy: direct, batch: all}}",
    }
    short = {"horizon": "45m", **quiet}
    whole = scenario()
    return [
        ("canary caught", 0.3, 0.1, scenario(ERRORS, **quiet, **only(CANARY)), "canary", {}),
        ("healthy 30 min in one stage", 0.5, 0.15, scenario(**short, **only(ONE_STAGE)), "canary", {}),
        ("healthy 30 min, step by step", 0.5, 0.15, scenario(**short, **only(ONE_STAGE)), "canary", {"replay": False}),
        ("web_fleet healthy canary, 2 h", 1.5, 0.5, whole, "canary", {}),
        ("web_fleet healthy canary, step by step", 1.5, 0.5, whole, "canary", {"replay": False}),
        ("24 h watch", 5, 2.5, replace(whole, horizon=86400.0), "canary", {}),
        ("24 h watch, step by step", 5, 2.5, replace(whole, horizon=86400.0), "canary", {"replay": False}),
        ("5,000 falling ill by errors", 5, 1.5, scenario(LEAK % "errors: 20%", **leaking), "direct", {}),
        ("5,000 falling ill by crash", 15, 8, scenario(LEAK % "crash: true", **leaking), "direct", {}),
    ]


def main() -> None:
    unit = timed(calibration, 1)
    print(f"calibration {unit:.2f} ms")
    print(f"{'case':42s} {'ms':>7s} {'must':>6s} {'stretch':>7s} {'ratio':>7s}")
    for name, must, stretch, what, policy, options in cases():
        plan = what.plan(policy)
        runs = 30
        ms = timed(lambda: [run(plan, what, 1, i, **options) for i in collected_seldom(range(runs))], runs)  # noqa: B023
        verdict = "stretch" if ms <= stretch else "must" if ms <= must else "MISSED"
        print(f"{name:42s} {ms:7.3f} {must:6.1f} {stretch:7.2f} {ms / unit:7.4f}  {verdict}")
    sizes = [
        (
            "10 against 10,000 servers",
            "fleet.production.servers",
            (10, 10_000),
            "service.traffic.rate",
            ("500/s", "500k/s"),
        ),
        (
            "100 against 1,000,000 requests/s",
            "service.traffic.rate",
            ("100/s", "1M/s"),
            "fleet.production.workers",
            (1, 4000),
        ),
    ]
    for name, field, (a, b), other, (c, d) in sizes:
        took = []
        for x, y in ((a, c), (b, d)):
            what = scenario(ERRORS, **{field: x, other: y}, **only(CANARY.replace("5 every 1m", "5% every 1m")))
            plan = what.plan("canary")
            took.append(timed(lambda: run_many(plan, what, 1, range(60)), 60))  # noqa: B023
        print(f"{name:42s} {took[1] / took[0]:7.2f} x  (must be under 1.6)")
    carried = faults_in(whole := scenario(), 1, range(10))
    assert set(carried.tolist()) == {"none"}, whole


if __name__ == "__main__":
    main()
