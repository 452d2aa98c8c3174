"""Bad share above a threshold, under the three counters that practice confuses.

consecutive: n  Prometheus `for:`. Rolls back at the n-th breach in a row; a calm or empty window resets it
                (an absent series ends a pending alert). Source: Prometheus documentation, alerting rules.
cumulative: n   Flagger. A calm window does not reset; the counter is compared at the *start* of the next check,
                so the roll-back comes one check after the n-th failed one; no value is a failed check.
                Source: fluxcd/flagger pkg/controller/scheduler.go.
total: n        Argo Rollouts `failureLimit`. Fails when failed measurements *exceed* n; no value is an error, and the
                fifth error in a row fails. Source: argoproj/argo-rollouts analysis/analysis.go.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from sim.judges.base import JudgeTerm, before, is_above
from sim.judges.history import Seen, nothing_seen
from sim.model.evidence import Evidence, Setting, Verdict
from sim.model.terms import refuse
from sim.units import Count, Share

ERRORS_IN_A_ROW = 4
"""Argo's consecutiveErrorLimit: one more fails the analysis."""


class Counted(NamedTuple):
    """failed: breaches so far (in a row, for `consecutive`); errors: windows without a value in a row."""

    failed: int
    errors: int
    windows: int
    seen: Seen | None


@dataclass(frozen=True, kw_only=True)
class Threshold(JudgeTerm):
    """Roll back when the bad share of a window is above `above` often enough."""

    judge: Literal["threshold"] = "threshold"
    above: Share = 0.01
    consecutive: Count | None = None
    cumulative: Count | None = None
    total: Count | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        given = [n for n in (self.consecutive, self.cumulative, self.total) if n is not None]
        refuse(len(given) > 1, "give one counter: consecutive (Prometheus), cumulative (Flagger) or total (Argo)")
        refuse(0 in (self.consecutive, self.cumulative), "consecutive and cumulative count from 1")

    def start(self, setting: Setting) -> Counted:
        windows = self.windows(setting.scrape_s)
        return Counted(0, 0, windows, nothing_seen(*self.prior(setting)) if windows > 1 else None)

    def look(self, state: Counted, evidence: Evidence) -> tuple[Counted, Verdict]:
        failed, errors, windows, seen = state
        requests, bad = self.counted(evidence)
        if seen is not None:
            seen = seen.with_window(requests, bad)
            requests, bad = seen.last(windows)
        known = requests >= self.min_requests
        breach = known and is_above(bad, self.above, requests)

        if self.cumulative is not None:
            if failed >= self.cumulative:
                verdict = Verdict.ROLL_BACK
            else:
                failed += breach or not known
                verdict = Verdict.PROMOTE if known and not breach else Verdict.HOLD
        elif self.total is not None:
            failed += breach
            errors = 0 if known else errors + 1
            over = failed > self.total or errors > ERRORS_IN_A_ROW
            verdict = Verdict.ROLL_BACK if over else Verdict.PROMOTE if known else Verdict.HOLD
        else:
            failed = failed + 1 if breach else 0
            over = failed >= (self.consecutive or 1)
            verdict = Verdict.ROLL_BACK if over else Verdict.PROMOTE if known and not breach else Verdict.HOLD
        return Counted(failed, errors, windows, seen), verdict

    def scan(self, state: Counted, block: Evidence) -> tuple[int, Counted, Verdict | None]:
        failed, errors, windows, seen = state
        requests, bad = new_requests, new_bad = self.counted(block)
        if seen is not None:
            all_requests, all_bad = seen.reach(windows, requests, bad)
            requests = all_requests[windows + 1 :] - all_requests[1:-windows]
            bad = all_bad[windows + 1 :] - all_bad[1:-windows]
        known = requests >= self.min_requests
        breach = known & is_above(bad, self.above, requests)
        counted = gaps = None
        if self.cumulative is not None:
            counted = (breach | ~known).cumsum()
            over = failed + counted - (breach | ~known) >= self.cumulative  # as it stood when the check began
        elif self.total is not None:
            counted, gaps = breach.cumsum(), _in_a_row(~known, errors)
            over = (failed + counted > self.total) | (gaps > ERRORS_IN_A_ROW)
        else:
            over = breach  # who is near the n-th in a row is looked at plainly
        calm = before(over)
        if calm == 0:
            return 0, state, None
        if seen is not None:
            seen = seen.with_block(new_requests, new_bad, calm)
        end = calm - 1
        kept = 0 if counted is None else failed + int(counted[end])
        said = Verdict.PROMOTE if known[end] and not breach[end] else Verdict.HOLD
        if self.total is not None and known[end]:
            said = Verdict.PROMOTE
        return calm, Counted(kept, int(gaps[end]) if gaps is not None else 0, windows, seen), said


def _in_a_row(gap: Any, before: int) -> Any:
    """How many gaps in a row end at each window, `before` of them already open at the first."""
    import numpy as np

    place = np.arange(1, len(gap) + 1)
    last = np.maximum.accumulate(np.where(gap, 0, place))
    return np.where(gap, place - last + np.where(last == 0, before, 0), 0)
