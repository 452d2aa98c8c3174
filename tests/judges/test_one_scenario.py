"""All judges on one scenario: who speaks on a healthy canary, who finds a fault, and when.

A canary of 10 requests a second, a control of 190, 0.1 % errors, a bake of 30 minutes; the figures were measured once
by an independent simulation of 4,000 rollouts, to 0.02. One stream of evidence is judged by all.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import pytest

from sim.judges import AlwaysValid, Cusum, Fisher, KthFailure, Sprt, Threshold
from sim.model.evidence import Counts, Evidence, Judge, Verdict
from tests.judges.watching import setting

BAKE_S, RUNS = 1800, 300
MEASURED = 4000
HEALTHY, LITTLE, LARGE = 0.001, 0.003, 0.02
NEVER = math.nan


@cache
def stream(failing: float, scrape_s: int) -> tuple[Any, Any, Any, Any]:
    """Requests and failures of canary and control, each of shape (runs, scrapes)."""
    luck = np.random.default_rng([round(1e4 * failing), scrape_s])
    shape = (RUNS, BAKE_S // scrape_s)
    mine, theirs = np.full(shape, 10 * scrape_s), np.full(shape, 190 * scrape_s)
    return mine, luck.binomial(mine, failing), theirs, luck.binomial(theirs, HEALTHY)


def alarms(judge: Judge, failing: float, scrape_s: int) -> np.ndarray:
    """When the judge rolls each rollout back, in seconds; NaN where it does not."""
    found = np.full(RUNS, NEVER)
    columns = stream(failing, scrape_s)
    for run in range(RUNS):
        mine, bad, theirs, other = (column[run] for column in columns)
        state, done = judge.start(setting(scrape_s=scrape_s)), 0
        while done < len(mine):
            cut = slice(done, None)
            new, old = Counts(mine[cut], bad[cut], bad[cut]), Counts(theirs[cut], other[cut], other[cut])
            ends = scrape_s * (1.0 + np.arange(done, len(mine)))
            calm, state, _ = judge.scan(state, Evidence(ends, scrape_s, new, old, new))
            done += calm
            if done < len(mine):
                now = [int(column[done]) for column in (mine, bad, theirs, other)]
                new, old = Counts(now[0], now[1], now[1]), Counts(now[2], now[3], now[3])
                state, verdict = judge.look(state, Evidence((done + 1.0) * scrape_s, scrape_s, new, old, new))
                done += 1
                if verdict == Verdict.ROLL_BACK:
                    found[run] = done * scrape_s
                    break
    return found


@pytest.mark.parametrize(
    ("judge", "scrape_s", "failing", "share", "mean_s"),
    [
        (Threshold(above=0.01), 60, HEALTHY, 0.0, NEVER),
        (Threshold(above=0.01), 60, LARGE, 1.0, 63),
        (Threshold(above=0.01), 60, LITTLE, 0.07, 935),
        (Threshold(above=0.01, consecutive=3), 60, LARGE, 1.0, 197),
        (Threshold(above=0.01, consecutive=3), 60, HEALTHY, 0.0, NEVER),
        (Threshold(above=0.01, consecutive=3), 60, LITTLE, 0.0, NEVER),
        (Threshold(above=0.01, total=4), 60, HEALTHY, 0.0, NEVER),
        (Threshold(above=0.01, total=4), 60, LARGE, 1.0, 314),
        (Threshold(above=0.01, cumulative=5), 60, LARGE, 1.0, 374),  # Flagger acts one check later
        (KthFailure(failures=10), 1, HEALTHY, 0.985, NEVER),
        (KthFailure(failures=10), 1, LARGE, 1.0, 50),
        (KthFailure(failures=10), 1, LITTLE, 1.0, 332),
        (Sprt(p0=0.001, p1=0.02, alpha=0.001, beta=0.05), 1, HEALTHY, 0.0005, NEVER),
        (Sprt(p0=0.001, p1=0.02, alpha=0.001, beta=0.05), 1, LARGE, 0.951, 19),
        (Sprt(p0=0.001, p1=0.02, alpha=0.001, beta=0.05), 1, LITTLE, 0.023, NEVER),
        (Cusum(p0=0.001, p1=0.02, limit=4.0), 10, HEALTHY, 0.0005, NEVER),
        (Cusum(p0=0.001, p1=0.02, limit=4.0), 10, LARGE, 1.0, 38),
        (Cusum(p0=0.001, p1=0.02, limit=4.0), 10, LITTLE, 0.116, 887),
        (AlwaysValid(alpha=0.05), 10, HEALTHY, 0.023, NEVER),
        (AlwaysValid(alpha=0.05), 10, LARGE, 1.0, 23),
        (AlwaysValid(alpha=0.05), 10, LITTLE, 0.9995, 332),
        (AlwaysValid(alpha=0.001), 10, LARGE, 1.0, 38),
        (AlwaysValid(alpha=0.001), 10, LITTLE, 0.988, 659),
        (Fisher(alpha=0.05), 60, HEALTHY, 0.034, NEVER),
        (Fisher(alpha=0.05), 60, LITTLE, 0.763, 300),
        (Fisher(alpha=0.05, peeked=60.0), 60, HEALTHY, 0.170, NEVER),
        (Fisher(alpha=0.05, peeked=60.0), 60, LITTLE, 1.0, 208),
    ],
)
def test_who_finds_it_and_when(judge: Judge, scrape_s: int, failing: float, share: float, mean_s: float) -> None:
    when = alarms(judge, failing, scrape_s)
    spoke = when[~np.isnan(when)]
    error = math.sqrt(max(share * (1 - share), 1e-3) * (1 / RUNS + 1 / MEASURED))
    assert abs(len(spoke) / RUNS - share) <= 4 * error
    if not math.isnan(mean_s):
        assert abs(spoke.mean() - mean_s) <= 4 * spoke.std() / math.sqrt(len(spoke)) + 1.0
