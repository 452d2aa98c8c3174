"""Fisher's exact test of canary against control: once, as it is meant, or `peeked`, the classic mistake.

Rule: all requests since the start, in a two by two table; rolls back when the one-sided p-value (a worse canary) is
below alpha. Once: one look `at` a time, whose verdict stands; before it, `hold`. `peeked: 1m`: a look every minute
from the first one on until a p-value is small enough, as one does at a dashboard, which raises the false alarms
several times above alpha (`always_valid` is the cure).
Missing data: when canary or control has had no requests, or both together fewer than `min_requests`, a look holds;
the one look is then made at the next scrape that has them.
Source: Fisher, Statistical Methods for Research Workers, 5th ed., 1934, section 21.02; on peeking: Armitage,
McPherson and Rowe, Journal of the Royal Statistical Society A 132, 1969.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from sim.judges.base import Comparing
from sim.model.evidence import Evidence, Setting, Verdict
from sim.model.terms import refuse
from sim.theory import fisher
from sim.units import MINUTE, Seconds, Share

Table = tuple[int, int, int, int]


class Tabled(NamedTuple):
    """Requests and bad ones of canary and control, scrapes so far, the last verdict, and whether it is final.

    at, every: the first look and the time between looks, in scrapes; every 0: one look.
    """

    table: Table
    scrapes: int
    said: Verdict
    final: bool
    at: int
    every: int


@dataclass(frozen=True, kw_only=True)
class Fisher(Comparing):
    """Roll back when the canary's bad requests are too many for chance, by Fisher's exact test.

    alpha    p-value below which it rolls back
    at       time of the one look; None: 5m, or with `peeked` as often as it peeks
    peeked   None: one look. A time: a look that often, which is the mistake
    """

    judge: Literal["fisher"] = "fisher"
    alpha: Share = 0.05
    at: Seconds | None = None
    peeked: Seconds | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        refuse(self.over is not None, "fisher counts from the start: it has no `over`")
        refuse(not 0 < self.alpha < 1, "alpha must be above 0% and below 100%")
        refuse(self.at is not None and self.at <= 0, "at must be longer than 0s")
        refuse(self.peeked is not None and self.peeked <= 0, "peeked must be longer than 0s")

    def start(self, setting: Setting) -> Tabled:
        def scrapes(length: float) -> int:
            return max(1, round(length / setting.scrape_s))

        every = 0 if self.peeked is None else scrapes(self.peeked)
        at = scrapes(self.at) if self.at is not None else every or scrapes(5 * MINUTE)
        return Tabled((0, 0, 0, 0), 0, Verdict.HOLD, False, at, every)

    def look(self, state: Tabled, evidence: Evidence) -> tuple[Tabled, Verdict]:
        if state.final:
            return state, state.said
        mine, bad = self.counted(evidence)
        theirs, other = self.baseline(evidence)
        table = (state.table[0] + bad, state.table[1] + mine, state.table[2] + other, state.table[3] + theirs)
        state = state._replace(table=table, scrapes=state.scrapes + 1)
        if self._due(state):
            state = self._decide(state)
        return state, state.said

    def _due(self, state: Tabled) -> bool:
        late = state.scrapes - state.at
        return late >= 0 and (state.every == 0 or late % state.every == 0)

    def _decide(self, state: Tabled) -> Tabled:
        _, mine, _, theirs = state.table
        if mine == 0 or theirs == 0 or mine + theirs < self.min_requests:
            return state
        worse = fisher.p_value(*state.table) < self.alpha
        said = Verdict.ROLL_BACK if worse else Verdict.PROMOTE
        return state._replace(said=said, final=worse or state.every == 0)

    def scan(self, state: Tabled, block: Evidence) -> tuple[int, Tabled, Verdict | None]:
        windows = len(block.judged.requests)
        if windows == 0 or (state.final and state.said == Verdict.ROLL_BACK):
            return 0, state, None
        if state.final:
            return windows, state, state.said
        calm = min(windows, self._until_a_look(state))
        if calm == 0:
            return 0, state, None
        mine, bad = self.counted(block)
        theirs, other = self.baseline(block)
        added: Any = (bad, mine, other, theirs)
        a, b, c, d = (have + int(more[:calm].sum()) for have, more in zip(state.table, added, strict=True))
        return calm, state._replace(table=(a, b, c, d), scrapes=state.scrapes + calm), state.said

    def _until_a_look(self, state: Tabled) -> int:
        """Scrapes before the one of the next look."""
        late = state.scrapes - state.at
        if late < 0:
            return -late - 1
        return 0 if state.every == 0 else state.every - late % state.every - 1
