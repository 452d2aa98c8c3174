"""Wald's sequential probability ratio test of two bad shares, p0 that is fine against p1 that is not.

Rule: every good request lowers the log likelihood ratio by ln((1-p0)/(1-p1)), every bad one raises it by ln(p1/p0).
At ln((1-beta)/alpha) it rolls back, at ln(beta/(1-alpha)) it promotes, and either is final: a fault that begins
after the test has accepted is not seen (`cusum` never accepts). Undecided is `hold`. It looks once a scrape, so it
may pass a limit by what one scrape holds.
Missing data: a scrape without requests changes nothing; before `min_requests` it decides nothing.
Source: Wald, Sequential Tests of Statistical Hypotheses, Annals of Mathematical Statistics 16, 1945.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from sim.judges.base import JudgeTerm, before
from sim.model.evidence import Evidence, Setting, Verdict
from sim.model.terms import refuse
from sim.theory import sprt
from sim.units import Share


class Sums(NamedTuple):
    """All requests and bad ones so far, and the decision once there is one; the test's own steps and limits."""

    requests: int
    bad: int
    decided: Verdict
    test: sprt.Design


@dataclass(frozen=True, kw_only=True)
class Sprt(JudgeTerm):
    """Roll back when the requests so far are far likelier under p1 than under p0, promote when far less likely.

    p0       bad share that is fine
    p1       bad share that must be found
    alpha    nominal chance to roll back at p0 (the true one is smaller: `sim.theory.sprt`)
    beta     nominal chance to promote at p1
    """

    judge: Literal["sprt"] = "sprt"
    p0: Share = 0.001
    p1: Share = 0.02
    alpha: Share = 0.01
    beta: Share = 0.05

    def __post_init__(self) -> None:
        super().__post_init__()
        refuse(self.over is not None, "sprt counts from the start: it has no `over`")
        refuse(not 0 < self.p0 < self.p1 < 1, "p1 must be above p0, both above 0% and below 100%")
        refuse(self.alpha <= 0 or self.beta <= 0, "alpha and beta must be above 0%: certainty takes forever")
        refuse(self.alpha + self.beta >= 1, "alpha and beta together must be below 100%: a coin would do better")

    def start(self, setting: Setting) -> Sums:
        return Sums(0, 0, Verdict.HOLD, sprt.design(self.p0, self.p1, self.alpha, self.beta))

    def look(self, state: Sums, evidence: Evidence) -> tuple[Sums, Verdict]:
        all_requests, all_bad, decided, test = state
        if decided != Verdict.HOLD:
            return state, decided
        requests, bad = self.counted(evidence)
        all_requests += requests
        all_bad += bad
        ratio = all_bad * test.bad + (all_requests - all_bad) * test.good
        if all_requests >= self.min_requests:
            if ratio >= test.reject:
                decided = Verdict.ROLL_BACK
            elif ratio <= test.accept:
                decided = Verdict.PROMOTE
        return Sums(all_requests, all_bad, decided, test), decided

    def scan(self, state: Sums, block: Evidence) -> tuple[int, Sums, Verdict | None]:
        windows = len(block.judged.requests)
        if windows == 0 or state.decided == Verdict.ROLL_BACK:
            return 0, state, None
        if state.decided == Verdict.PROMOTE:
            return windows, state, Verdict.PROMOTE
        requests, bad = self.counted(block)
        all_requests, all_bad = state.requests + requests.cumsum(), state.bad + bad.cumsum()
        test = state.test
        ratio = all_bad * test.bad + (all_requests - all_bad) * test.good  # the sums of `look`, to the bit
        enough = all_requests >= self.min_requests
        rejects, accepts = enough & (ratio >= test.reject), enough & (ratio <= test.accept)
        calm = before(rejects)
        if accepts[:calm].any():
            return windows, Sums(0, 0, Verdict.PROMOTE, test), Verdict.PROMOTE
        if calm == 0:
            return 0, state, None
        return calm, Sums(int(all_requests[calm - 1]), int(all_bad[calm - 1]), Verdict.HOLD, test), Verdict.HOLD
