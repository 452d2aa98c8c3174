"""Roll back at the k-th bad request, whenever it comes: the judge of the closed forms C3.

Its harm until the alarm does not depend on the size of the canary, only on k and on the fixed delays after it.
No request seen yet is `hold`. Source: standard Poisson process; the k-th arrival is Gamma(k, rate).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sim.judges.base import JudgeTerm
from sim.model.evidence import Evidence, Setting, Verdict
from sim.model.terms import refuse
from sim.units import Count


@dataclass(frozen=True, kw_only=True)
class KthFailure(JudgeTerm):
    """Roll back when `failures` bad requests have been seen since the judge began to look."""

    judge: Literal["kth_failure"] = "kth_failure"
    failures: Count = 10

    def __post_init__(self) -> None:
        super().__post_init__()
        refuse(self.failures < 1, "failures must be at least 1")
        refuse(self.over is not None, "kth_failure counts from the start: it has no `over`")

    def start(self, setting: Setting) -> tuple[int, int]:
        return 0, 0

    def look(self, state: tuple[int, int], evidence: Evidence) -> tuple[tuple[int, int], Verdict]:
        requests, bad = self.counted(evidence)
        seen = state[0] + requests, state[1] + bad
        if seen[1] >= self.failures:
            return seen, Verdict.ROLL_BACK
        return seen, Verdict.PROMOTE if seen[0] >= self.min_requests else Verdict.HOLD

    def scan(self, state: tuple[int, int], block: Evidence) -> tuple[int, tuple[int, int], Verdict | None]:
        requests, bad = self.counted(block)
        all_bad = state[1] + bad.cumsum()
        calm = int(all_bad.searchsorted(self.failures))
        if calm == 0:
            return 0, state, None
        after = state[0] + int(requests[:calm].sum()), int(all_bad[calm - 1])
        return calm, after, Verdict.PROMOTE if after[0] >= self.min_requests else Verdict.HOLD
