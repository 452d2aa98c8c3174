"""Microseconds of processor time a scrape that each judge takes, plainly and in blocks, and Kayenta's one analysis.

The budget: counters and sequential tests at most 2 us a plain look, Mann-Whitney with its interval at most 1 ms at 60
points a side, on a machine that does the fixed piece of work of budget.py in 10 ms; `scaled` is what a look would
take there.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.budget import calibration, timed
from sim.judges import JUDGES, Kayenta
from sim.judges.kayenta import classify
from sim.model.evidence import Counts, Evidence, Setting

LONGEST_BLOCK = 512
SCRAPES, SCRAPE_S = 1000, 10.0
MUST_US, MUST_MS, FIXED_MS = 2.0, 1.0, 10.0
COUNTERS = ("threshold", "kth_failure", "sprt", "cusum", "always_valid", "fisher")
"""Counters and sequential tests: the others keep windows, values or votes."""
BUSY = {
    "kth_failure": {"failures": 100_000},
    "sprt": {"p0": 0.000_199, "p1": 0.000_201, "alpha": 1e-9, "beta": 1e-9},
    "fisher": {"peeked": 300.0, "alpha": 1e-9},
    "kayenta": {"every": 2e4},
}
"""Settings that keep a judge at work: one that has decided has nothing left to do. Kayenta without its analyses."""


def evidence(points: int = SCRAPES) -> Evidence:
    """A healthy canary of five servers beside its control, in one block."""
    luck = np.random.default_rng(1)
    groups = []
    for requests in (2500, 2500, 50_000):
        asked = luck.poisson(requests, points)
        groups.append(Counts(asked, luck.binomial(asked, 0.0002), luck.binomial(asked, 0.0001)))
    ends = SCRAPE_S * np.arange(1, points + 1)
    return Evidence(ends, SCRAPE_S, *groups)


def windows(block: Evidence) -> list[Evidence]:
    """The same, window by window, in plain numbers."""
    rows = [[column.tolist() for column in counts] for counts in block[2:5]]
    return [
        Evidence(SCRAPE_S * (i + 1), SCRAPE_S, *(Counts(*(column[i] for column in counts)) for counts in rows))
        for i in range(len(block.end_s))
    ]


def plain(judge: Any, shown: list[Evidence]) -> None:
    state = judge.start(Setting(SCRAPE_S, 0.999))
    for window in shown:
        state, _ = judge.look(state, window)


def in_blocks(judge: Any, block: Evidence) -> None:
    """As the engine does: scan, and a plain look where that stops."""
    state, done, shown = judge.start(Setting(SCRAPE_S, 0.999)), 0, windows(block)
    while done < len(shown):
        calm, state, _ = judge.scan(state, cut(block, done, done + LONGEST_BLOCK))
        done += calm
        if done < len(shown):
            state, _ = judge.look(state, shown[done])
            done += 1


def cut(block: Evidence, first: int, last: int) -> Evidence:
    groups = [Counts(*(column[first:last] for column in counts)) for counts in block[2:5]]
    return Evidence(block.end_s[first:last], block.width_s, *groups)


def main() -> None:
    unit = timed(calibration, 1)
    block = evidence()
    shown = windows(block)
    overhead = timed(lambda: windows(block), SCRAPES) * 1e3
    print(f"calibration {unit:.2f} ms")
    print(f"{'judge':14s} {'look us':>8s} {'block us':>9s} {'scaled us':>10s}  must {MUST_US:g} us")
    for kind in JUDGES:
        judge = kind(**BUSY.get(kind.__dataclass_fields__["judge"].default, {}))
        look = timed(lambda: plain(judge, shown), SCRAPES) * 1e3  # noqa: B023
        blocks = timed(lambda: in_blocks(judge, block), SCRAPES) * 1e3 - overhead  # noqa: B023
        scaled = look * FIXED_MS / unit
        said = "" if judge.judge not in COUNTERS else "must" if scaled <= MUST_US else "MISSED"
        print(f"{judge.judge:14s} {look:8.2f} {max(0.0, blocks):9.3f} {scaled:10.2f}  {said}")
    luck = np.random.default_rng(2)
    control, canary = luck.normal(10, 1, 60).tolist(), luck.normal(10.2, 1, 60).tolist()
    ms = timed(lambda: [classify(control, canary) for _ in range(50)], 50)
    scaled = ms * FIXED_MS / unit
    said = "must" if scaled <= MUST_MS else "MISSED"
    print(f"{'mann_whitney, 60 points a side':32s} {ms:.3f} ms, scaled {scaled:.3f} ms  {said} (must {MUST_MS:g} ms)")
    assert Kayenta().every >= 60, "an analysis comes once an interval, not once a scrape"


if __name__ == "__main__":
    main()
