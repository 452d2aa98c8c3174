"""A person looking at a graph: a pure opinion of what its lines show. When they look belongs to `people`.

Rule: over the last `over` the canary's line stands out when it is `times` as high as the other line and at least
`visible` above it: people see ratios, and nothing below a pixel. The other line is the control's, or without one
what the service usually shows (`whole` before the start); with neither, zero.
Missing data: fewer than `min_requests` in the window is a gap in the graph: `hold`.
Source: an assumption, kept apart from the tests above: Weber's law for the ratio (Cleveland and McGill, Graphical
Perception, JASA 79, 1984), the height of a graph for what is visible.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from sim.judges.base import Comparing, before, is_above
from sim.judges.history import Seen, nothing_seen
from sim.model.evidence import Evidence, Setting, Verdict
from sim.model.terms import refuse
from sim.units import MINUTE, Number, Seconds, Share


class Lines(NamedTuple):
    """The two lines of the graph, the usual share behind them, and the window in scrapes."""

    canary: Seen
    control: Seen
    usual: float
    windows: int


@dataclass(frozen=True, kw_only=True)
class Dashboard(Comparing):
    """Roll back when the canary's line visibly stands out from the other one.

    over      how far back the graph shows
    times     how many times as high as the other line worries a person
    visible   how much above the other line can be seen at all
    """

    judge: Literal["dashboard"] = "dashboard"
    over: Seconds | None = 5 * MINUTE
    times: Number = 2.0
    visible: Share = 0.01

    def __post_init__(self) -> None:
        super().__post_init__()
        refuse(self.times < 1, "times must be at least 1: nobody worries about a lower line")

    def start(self, setting: Setting) -> Lines:
        requests, bad = self.prior(setting)
        usual = bad / requests if requests > 0 else 0.0
        return Lines(nothing_seen(requests, bad), nothing_seen(), usual, self.windows(setting.scrape_s))

    def look(self, state: Lines, evidence: Evidence) -> tuple[Lines, Verdict]:
        canary = state.canary.with_window(*self.counted(evidence))
        state = state._replace(canary=canary, control=state.control.with_window(*self.baseline(evidence)))
        requests, bad = canary.last(state.windows)
        if requests < self.min_requests:
            return state, Verdict.HOLD
        others, other_bad = state.control.last(state.windows)
        usual = other_bad / others if others > 0 else state.usual
        return state, Verdict.ROLL_BACK if self._stands_out(bad, requests, usual) else Verdict.PROMOTE

    def _stands_out(self, bad: Any, requests: Any, usual: Any) -> Any:
        """Numbers or arrays."""
        return is_above(bad, usual * self.times, requests) & is_above(bad, usual + self.visible, requests)

    def scan(self, state: Lines, block: Evidence) -> tuple[int, Lines, Verdict | None]:
        import numpy as np

        (new, new_bad), (old, old_bad) = self.counted(block), self.baseline(block)
        if len(new) == 0:
            return 0, state, None
        requests, bad = self._sums(state.canary, new, new_bad, state.windows)
        others, other_bad = self._sums(state.control, old, old_bad, state.windows)
        usual = np.where(others > 0, other_bad / np.maximum(others, 1), state.usual)
        enough = requests >= self.min_requests
        suspicious = enough & self._stands_out(bad, requests, usual)
        calm = before(suspicious)
        if calm == 0:
            return 0, state, None
        after = state._replace(
            canary=state.canary.with_block(new, new_bad, calm),
            control=state.control.with_block(old, old_bad, calm),
        )
        return calm, after, Verdict.PROMOTE if enough[calm - 1] else Verdict.HOLD

    def _sums(self, seen: Seen, requests: Any, bad: Any, windows: int) -> tuple[Any, Any]:
        """What the window that ends with each scrape of a block holds."""
        all_requests, all_bad = seen.reach(windows, requests, bad)
        return all_requests[windows + 1 :] - all_requests[1:-windows], all_bad[windows + 1 :] - all_bad[1:-windows]
