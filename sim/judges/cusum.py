"""Poisson CUSUM: a sum of the bad requests above what is allowed, which forgets good times but never accepts.

Rule: C = max(0, C + bad - k x requests), with k = (p1 - p0) / ln(p1 / p0), the reference of least delay; rolls back
at C >= `limit`. `head_start` begins at that share of the limit (fast initial response): a fault that is there at
once is found sooner. It stays in force only until the sum is first back at 0.
Missing data: a scrape without requests changes nothing; before `min_requests` it holds.
Source: Lucas, Counted Data CUSUM's, Technometrics 27, 1985; Lucas and Crosier, Technometrics 24, 1982.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from sim.judges.base import JudgeTerm, before
from sim.model.evidence import Evidence, Setting, Verdict
from sim.model.terms import refuse
from sim.theory import cusum
from sim.units import Number, Share

SLACK = 1e-9
"""Floating point's: a sum within it of its limit has reached it."""


class Above(NamedTuple):
    """Requests and bad ones since the sum was last 0, what it held then, and all requests seen."""

    requests: int
    bad: int
    base: float
    seen: int
    k: float


@dataclass(frozen=True, kw_only=True)
class Cusum(JudgeTerm):
    """Roll back when the bad requests above the reference add up to `limit`.

    p0          bad share that is fine; with p1 it sets the reference k
    p1          bad share to find soonest
    limit       h, in bad requests: larger is calmer and later
    head_start  where the sum begins, as a share of the limit; 50% is usual, 0% is none
    """

    judge: Literal["cusum"] = "cusum"
    p0: Share = 0.001
    p1: Share = 0.02
    limit: Number = 5.0
    head_start: Share = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        refuse(self.over is not None, "cusum has its own memory: it has no `over`")
        refuse(not 0 < self.p0 < self.p1 <= 1, "p1 must be above p0, and p0 above 0%")
        refuse(self.limit <= 0, "limit must be above 0")
        refuse(not 0 <= self.head_start < 1, "head_start must be below 100%: there it alarms")

    def start(self, setting: Setting) -> Above:
        return Above(0, 0, self.head_start * self.limit, 0, cusum.reference(self.p0, self.p1))

    def look(self, state: Above, evidence: Evidence) -> tuple[Above, Verdict]:
        since, since_bad, base, seen, k = state
        requests, bad = self.counted(evidence)
        since += requests
        since_bad += bad
        seen += requests
        above = base + since_bad - k * since
        if above <= 0.0:
            since, since_bad, base, above = 0, 0, 0.0, 0.0
        state = Above(since, since_bad, base, seen, k)
        if seen < self.min_requests:
            return state, Verdict.HOLD
        return state, Verdict.ROLL_BACK if above >= self.limit - SLACK else Verdict.PROMOTE

    def scan(self, state: Above, block: Evidence) -> tuple[int, Above, Verdict | None]:
        import numpy as np

        requests, bad = self.counted(block)
        windows, k = len(requests), state.k
        if windows == 0:
            return 0, state, None
        all_requests, all_bad = state.requests + requests.cumsum(), state.bad + bad.cumsum()
        free = state.base + all_bad - k * all_requests  # as if it could fall below 0
        lowest = np.minimum(np.minimum.accumulate(free), 0.0)
        # Twice the slack: this sum rounds otherwise than `look`, which decides what is near the limit.
        suspicious = free - lowest >= self.limit - 2 * SLACK
        calm = before(suspicious)
        if calm == 0:
            return 0, state, None
        seen = state.seen + int(requests[:calm].sum())
        said = Verdict.PROMOTE if seen >= self.min_requests else Verdict.HOLD
        since, since_bad, base = int(all_requests[calm - 1]), int(all_bad[calm - 1]), state.base
        if free[:calm].min() <= 0.0:
            last = calm - 1 - int(free[:calm][::-1].argmin())  # the last time that it was back at 0
            since, since_bad, base = since - int(all_requests[last]), since_bad - int(all_bad[last]), 0.0
        return calm, Above(since, since_bad, base, seen, k), said
