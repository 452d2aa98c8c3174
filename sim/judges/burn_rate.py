"""Multi-window multi-burn-rate alert on the error budget.

Alarms when, for some row (long window, short window, factor), the bad share over *both* windows is above
factor x (1 - objective). Windows that reach back before the start are filled with what a scrape usually held
(alerts over the whole service), or hold nothing (a group that did not exist). No request in a window: not above.
Source: The Site Reliability Workbook, ch. 5, "Alerting on SLOs", table 5-8.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from sim.judges.base import JudgeTerm, before, is_above
from sim.judges.history import Seen, nothing_seen
from sim.model.evidence import Evidence, Setting, Verdict
from sim.model.terms import Term, refuse
from sim.units import DAY, HOUR, MINUTE, Number, Seconds, Share


@dataclass(frozen=True, kw_only=True)
class Row(Term):
    """Both windows must burn at more than `factor` times the pace that would just use up the budget."""

    long: Seconds
    short: Seconds
    factor: Number

    def __post_init__(self) -> None:
        refuse(not 0 < self.short <= self.long, "short must be above 0s and at most long")
        refuse(self.factor <= 0, "factor must be above 0")


WORKBOOK = (
    Row(long=HOUR, short=5 * MINUTE, factor=14.4),
    Row(long=6 * HOUR, short=30 * MINUTE, factor=6.0),
)
"""The two rows that page; those that open a ticket (1 day and 3 days) act too late for a rollout."""


Limit = tuple[int, int, float]
LONG, SHORT, ABOVE = range(3)
"""A row in scrapes: how many the long window spans, how many the short one, and the share to pass."""


class Burning(NamedTuple):
    seen: Seen
    limits: tuple[Limit, ...]


@dataclass(frozen=True, kw_only=True)
class BurnRate(JudgeTerm):
    """Roll back (or page) when the error budget burns too fast. `objective` None: the service's own."""

    judge: Literal["burn_rate"] = "burn_rate"
    objective: Share | None = None
    rows: tuple[Row, ...] = WORKBOOK

    def __post_init__(self) -> None:
        super().__post_init__()
        refuse(not self.rows, "rows must hold at least one pair of windows")
        refuse(self.over is not None, "burn_rate has its windows in `rows`: it has no `over`")
        refuse(self.objective is not None and not 0 < self.objective < 1, "objective must be above 0% and below 100%")
        refuse(any(row.long > 30 * DAY for row in self.rows), "long must be at most 30d")

    def start(self, setting: Setting) -> Burning:
        allowed = 1 - (self.objective if self.objective is not None else setting.availability)

        def scrapes(window: float) -> int:
            return max(1, round(window / setting.scrape_s))

        limits = tuple(
            (scrapes(row.long), scrapes(row.short), row.factor * allowed) for row in self.rows
        )
        return Burning(nothing_seen(*self.prior(setting)), limits)

    def look(self, state: Burning, evidence: Evidence) -> tuple[Burning, Verdict]:
        requests, bad = self.counted(evidence)
        state = Burning(state.seen.with_window(requests, bad), state.limits)
        if any(self._burns(state.seen, *limit) for limit in state.limits):
            return state, Verdict.ROLL_BACK
        return state, Verdict.PROMOTE if state.seen.requests[state.seen.length] >= self.min_requests else Verdict.HOLD

    def _burns(self, seen: Seen, long: int, short: int, above: float) -> bool:
        # The short window first: while it is calm the long one need not be summed.
        for windows in (short, long):
            requests, bad = seen.last(windows)
            if requests < self.min_requests or not is_above(bad, above, requests):
                return False
        return True

    def scan(self, state: Burning, block: Evidence) -> tuple[int, Burning, Verdict | None]:
        requests, bad = self.counted(block)
        seen, limits = state
        burning: Any = None
        for limit, short in self._above(seen, requests, bad, limits, SHORT):
            # As in `_burns`: while the short window is calm nobody needs the long one.
            if short.any():
                ((_, long),) = self._above(seen, requests, bad, (limit,), LONG)
                burning = short & long if burning is None else burning | (short & long)
        calm = len(requests) if burning is None else before(burning)
        if calm == 0:
            return 0, state, None
        after = Burning(seen.with_block(requests, bad, calm), limits)
        enough = after.seen.requests[after.seen.length] >= self.min_requests
        return calm, after, Verdict.PROMOTE if enough else Verdict.HOLD

    def _above(
        self, seen: Seen, requests: Any, bad: Any, limits: tuple[Limit, ...], which: int
    ) -> list[tuple[Limit, Any]]:
        """Each limit, and for each window of a block whether the long or short sum ending there is above."""
        reach = int(max(limit[which] for limit in limits))
        all_requests, all_bad = seen.reach(reach, requests, bad)
        first, end = reach + 1, reach + 1 + len(requests)
        found = []
        for limit in limits:
            back = limit[which]
            asked = all_requests[first:] - all_requests[first - back : end - back]
            wrong = all_bad[first:] - all_bad[first - back : end - back]
            above = (asked >= self.min_requests) & is_above(wrong, limit[ABOVE], asked)
            found.append((limit, above))
        return found
