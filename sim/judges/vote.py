"""Signals vote, votes decay: an ensemble after Gandalf, the deployment guard of Azure.

Rule: in every scrape each signal (failed requests, slow requests) in which the canary is more than `sigma` standard
errors above the control votes against the rollout; old votes lose half their weight every `half_life`. Rolls back
while the votes weigh `needed` or more. Gandalf weighs faults by how soon after a deployment they came, over many
deployments; with one rollout under watch only the decay is left of that, which is why this is "after" it.
Missing data: a scrape in which canary or control has fewer than `min_requests` has no vote and holds, though the
votes there are still decide.
Source: Li et al., Gandalf: An Intelligent, End-To-End Analytics Service for Safe Deployment, NSDI 2020, section 4.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from sim.judges.base import Comparing, before
from sim.model.evidence import Evidence, Setting, Verdict
from sim.model.terms import refuse
from sim.units import MINUTE, Number, Seconds


class Votes(NamedTuple):
    """What the votes weighed in scrape number `since`, and how many scrapes there have been.

    Untouched between votes, so that a block of quiet scrapes leaves the very number that single looks leave.
    """

    weight: float
    since: int
    scrapes: int
    decay: float

    def now(self) -> float:
        return self.weight * self.decay ** (self.scrapes - self.since)


@dataclass(frozen=True, kw_only=True)
class Vote(Comparing):
    """Roll back when failed and slow requests together have cast enough votes lately.

    signals    which requests vote, instead of one kind only
    sigma      standard errors of the difference of two shares above which a signal votes
    needed     weight of votes to roll back
    half_life  time in which a vote loses half its weight
    """

    judge: Literal["vote"] = "vote"
    signals: tuple[Literal["failed", "slow"], ...] = ("failed", "slow")
    sigma: Number = 3.0
    needed: Number = 2.0
    half_life: Seconds = 10 * MINUTE

    def __post_init__(self) -> None:
        super().__post_init__()
        refuse(self.over is not None, "vote remembers by its half_life: it has no `over`")
        refuse(self.of != "failed", "vote has its `signals`: it has no `of`")
        refuse(not self.signals or len(set(self.signals)) < len(self.signals), "signals must be one or two, each once")
        refuse(self.sigma <= 0, "sigma must be above 0")
        refuse(self.needed <= 0, "needed must be above 0")
        refuse(self.half_life <= 0, "half_life must be longer than 0s")

    def start(self, setting: Setting) -> Votes:
        return Votes(0.0, 0, 0, 0.5 ** (setting.scrape_s / self.half_life))

    def look(self, state: Votes, evidence: Evidence) -> tuple[Votes, Verdict]:
        state = state._replace(scrapes=state.scrapes + 1)
        mine, theirs = evidence.judged, self.other(evidence)
        known = mine.requests >= self.min_requests and theirs.requests >= self.min_requests
        cast = sum(
            self._votes(getattr(mine, signal), mine.requests, getattr(theirs, signal), theirs.requests)
            for signal in self.signals
        ) if known else 0  # fmt: skip
        if cast:
            state = state._replace(weight=state.now() + cast, since=state.scrapes)
        if state.now() >= self.needed:
            return state, Verdict.ROLL_BACK
        return state, Verdict.PROMOTE if known else Verdict.HOLD

    def _votes(self, bad: int, requests: int, other: int, others: int) -> int:
        """1 when the canary's share is so far above the control's, else 0: the z test of two shares."""
        pooled = (bad + other) / (requests + others)
        error = math.sqrt(pooled * (1 - pooled) * (1 / requests + 1 / others))
        return int(bad / requests - other / others > self.sigma * error)

    def scan(self, state: Votes, block: Evidence) -> tuple[int, Votes, Verdict | None]:
        import numpy as np

        mine, theirs = block.judged, self.other(block)
        windows = len(mine.requests)
        if windows == 0 or state._replace(scrapes=state.scrapes + 1).now() >= self.needed:
            return 0, state, None
        known = (mine.requests >= self.min_requests) & (theirs.requests >= self.min_requests)
        suspicious: Any = np.zeros(windows, dtype=bool)
        requests, others = np.maximum(mine.requests, 1), np.maximum(theirs.requests, 1)
        for signal in self.signals:
            bad, other = getattr(mine, signal), getattr(theirs, signal)
            pooled = (bad + other) / (requests + others)
            error = np.sqrt(pooled * (1 - pooled) * (1 / requests + 1 / others))
            # A hair early: what rounds to a vote here or in `look` alone is looked at plainly.
            suspicious |= (bad / requests - other / others > self.sigma * error - 1e-12) & (bad > 0)
        suspicious &= known
        calm = before(suspicious)
        if calm == 0:
            return 0, state, None
        said = Verdict.PROMOTE if known[calm - 1] else Verdict.HOLD
        return calm, state._replace(scrapes=state.scrapes + calm), said
