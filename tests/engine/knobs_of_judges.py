"""Knobs of the judges that compare: for every field, other settings that change a verdict on some evidence.

A verdict is what a gate acts on; that it moves outcomes is tried for the judges in `knobs_of_policies.py`. Evidence is
a bank of rollouts, each sixty scrapes of a canary beside its control, from equal to far apart, with gaps.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.judges.base import JudgeTerm
from sim.model.evidence import Counts, Evidence, Setting, Verdict

SCRAPE_S = 10.0
RATES = [
    (canary, control, requests)
    for canary, control in (
        (0.01, 0.01), (0.02, 0.01), (0.05, 0.01), (0.3, 0.01), (0.01, 0.05), (0.002, 0.0), (0.02, 0.018)
    )
    for requests in (20, 400)
]


def bank() -> list[list[Evidence]]:
    """Rollouts to judge: (failed share of the canary, of the control, mean requests a scrape), fixed luck."""
    luck = np.random.default_rng(5)
    rollouts = []
    for k, (canary, control, requests) in enumerate(RATES):
        windows = []
        for window in range(60):
            groups = []
            for failing, slow in ((canary, 0.5 * canary), (control, control)):
                # Every third rollout has scrapes without a canary, every fourth a spike.
                gone = k % 3 == 2 and window % 7 < 3 and not groups
                asked = 0 if gone else int(luck.poisson(requests))
                spike = 10 if k % 4 == 3 and window % 20 == 19 else 1
                bad = int(luck.binomial(asked, min(1.0, failing * spike)))
                groups.append(Counts(asked, bad, int(luck.binomial(asked - bad, slow))))
            new, old = groups
            whole = Counts(*(20 * o + n for n, o in zip(new, old, strict=True)))
            windows.append(Evidence((window + 1) * SCRAPE_S, SCRAPE_S, new, old, whole))
        rollouts.append(windows)
    return rollouts


def verdicts(judge: JudgeTerm, rollouts: list[list[Evidence]]) -> list[list[Verdict]]:
    """What it says of every scrape of every rollout."""
    said = []
    for windows in rollouts:
        state, row = judge.start(Setting(SCRAPE_S, 0.999)), []
        for window in windows:
            state, verdict = judge.look(state, window)
            row.append(verdict)
        said.append(row)
    return said


COMMON: dict[str, Any] = {"of": "slow", "min_requests": 500}
REFUSED_OVER = "refused: it has a memory of its own"
OPINIONS: dict[str, dict[str, tuple[dict[str, Any], Any]]] = {
    "Sprt": {"p0": ({}, 0.01), "p1": ({}, 0.1), "alpha": ({}, 1e-6), "beta": ({}, 1e-6)},
    "Cusum": {"p0": ({}, 0.01), "p1": ({}, 0.1), "limit": ({}, 30.0), "head_start": ({}, 0.5)},
    "AlwaysValid": {"alpha": ({}, 1e-6), "concentration": ({}, 500.0), "one_sided": ({}, False)},
    "Fisher": {"alpha": ({}, 1e-6), "at": ({}, 60.0), "peeked": ({}, 30.0), "min_requests": ({}, 9000)},
    "Vote": {"signals": ({}, ("slow",)), "sigma": ({}, 1.5), "needed": ({}, 5.0), "half_life": ({}, 30.0)},
    "Dashboard": {"over": ({}, 30.0), "times": ({}, 4.0), "visible": ({}, 0.05)},
    "Kayenta": {
        "every": ({}, 60.0),
        "begin_after": ({}, 200.0),
        "lookback": ({}, 120.0),
        "tolerance": ({}, 0.9),
        "confidence": ({}, 0.5),
        "direction": ({}, "either"),
        "effect_size": ({"allowed_increase": 0.8}, "cles"),
        "allowed_increase": ({}, 3.0),
        "allowed_decrease": ({"direction": "decrease"}, 0.1),
        "nan_strategy": ({}, "replace"),
        "outliers": ({"outlier_factor": 0.5}, "remove"),
        "outlier_factor": ({"outliers": "remove"}, 0.5),
        "must_have_data": ({"min_requests": 100}, True),
        "classifier": ({}, "mean_inequality"),
    },
}
"""Class -> field -> (settings it is tried over, its other value)."""
NO_OPINION: dict[str, str] = {f"{name}.over": REFUSED_OVER for name in OPINIONS if name != "Dashboard"} | {
    "Vote.of": "refused: it has its `signals`",
} | {f"{name}.{field}": "read by the engine, tried for Threshold" for name in OPINIONS for field in ("on", "then")}
COMPARING = ("AlwaysValid", "Kayenta", "Vote", "Dashboard")
NO_OPINION |= {f"{name}.against": "read by the engine, tried for Fisher" for name in COMPARING}


def opinions(judge: str) -> dict[str, tuple[dict[str, Any], Any]]:
    """Everything that is tried for a judge: its own fields and those that every judge has."""
    shared = {field: ({}, value) for field, value in COMMON.items() if f"{judge}.{field}" not in NO_OPINION}
    return shared | OPINIONS[judge]
