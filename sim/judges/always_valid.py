"""Always-valid test of two count streams: may be looked at after every scrape, wrong at most `alpha` of the time.

Rule: under "no difference" a bad request is the canary's with a chance that is the canary's part of the requests of
its scrape. A Beta prior of weight `concentration` around that part is the alternative; rolls back, for good, when
the Bayes factor reaches 1/alpha. `one_sided`: only a worse canary counts. Assumes that bad requests are rare and
independent of each other: fleets whose servers differ need more caution than alpha says.
Missing data: a scrape in which canary or control has no requests says nothing; until both have had some, and at
least `min_requests` together, it holds. Without a control group it holds for ever.
Source: Lindon and Malek, Anytime-Valid Inference for Multinomial Count Data, NeurIPS 2022.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

from sim.judges.base import Comparing, before
from sim.model.evidence import Evidence, Setting, Verdict
from sim.model.terms import refuse
from sim.theory import sequential
from sim.units import Number, Share


class Streams(NamedTuple):
    """Requests of both groups; bad ones of each; ln of their chance under no difference.

    part: the canary's of the requests of the first scrape. cut: the most that cutting the prior there can add.
    prior: ln of the chance of no event at all under the prior, which every look needs.
    """

    requests: int
    canary: int
    control: int
    null: float
    part: float
    cut: float
    decided: bool
    prior: float = 0.0


@dataclass(frozen=True, kw_only=True)
class AlwaysValid(Comparing):
    """Roll back when the canary's part of the bad requests cannot be chance, however often one looks.

    alpha          chance to ever roll back when canary and control fail alike, at most
    concentration  weight of the prior, in bad requests: about 10 finds large faults soon, 100 small ones
    one_sided      a canary that fails less is no reason to roll back
    """

    judge: Literal["always_valid"] = "always_valid"
    alpha: Share = 0.01
    concentration: Number = 10.0
    one_sided: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        refuse(self.over is not None, "always_valid counts from the start: it has no `over`")
        refuse(not 0 < self.alpha < 1, "alpha must be above 0% and below 100%")
        refuse(self.concentration <= 0, "concentration must be above 0")

    def start(self, setting: Setting) -> Streams:
        return Streams(0, 0, 0, 0.0, 0.0, 0.0, False)

    def look(self, state: Streams, evidence: Evidence) -> tuple[Streams, Verdict]:
        requests, canary, control, null, part, cut, decided, prior = state
        if decided:
            return state, Verdict.ROLL_BACK
        mine, bad = self.counted(evidence)
        theirs, other = self.baseline(evidence)
        if mine > 0 and theirs > 0:
            both = mine + theirs
            if bad or other:
                null += bad * math.log(mine / both) + other * math.log1p(-mine / both)
            if part == 0.0:
                part = mine / both
                cut, prior = self._cut(part), self._prior(part)
            requests, canary, control = requests + both, canary + bad, control + other
            state = Streams(requests, canary, control, null, part, cut, False, prior)
        if part == 0.0 or requests < self.min_requests:
            return state, Verdict.HOLD
        a, b = self.concentration * part + canary, self.concentration * (1 - part) + control
        found = math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b) - prior - null
        limit = -math.log(self.alpha)
        # Far from the limit the one-sided part need not be known: it is several times dearer than the rest.
        if found + cut < limit:
            return state, Verdict.PROMOTE
        if self.one_sided:
            found += sequential.ln_upper(canary, control, part, self.concentration)
        if found >= limit:
            return state._replace(decided=True), Verdict.ROLL_BACK
        return state, Verdict.PROMOTE

    def _prior(self, part: float) -> float:
        a, b = self.concentration * part, self.concentration * (1 - part)
        return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)

    def _cut(self, part: float) -> float:
        return sequential.ln_most_upper(part, self.concentration) if self.one_sided else 0.0

    def scan(self, state: Streams, block: Evidence) -> tuple[int, Streams, Verdict | None]:
        import numpy as np
        from scipy import special

        (mine, bad), (theirs, other) = self.counted(block), self.baseline(block)
        windows = len(mine)
        if windows == 0 or state.decided:
            return 0, state, None
        both = (mine > 0) & (theirs > 0)
        part = np.where(both, mine / np.maximum(mine + theirs, 1), 0.5)
        first = state.part or (float(part[int(both.argmax())]) if both.any() else 0.0)
        if first == 0.0:
            return windows, state, Verdict.HOLD
        canary, control = state.canary + (bad * both).cumsum(), state.control + (other * both).cumsum()
        steps = np.where(both, bad * np.log(part) + other * np.log1p(-part), 0.0)
        null = np.cumsum(np.concatenate([[state.null], steps]))[1:]
        requests = state.requests + ((mine + theirs) * both).cumsum()
        a, b = self.concentration * first, self.concentration * (1 - first)
        factor = special.betaln(a + canary, b + control) - special.betaln(a, b) - null
        cut, prior = (state.cut, state.prior) if state.part else (self._cut(first), self._prior(first))
        # Rounding, and the one-sided part, are for `look`: what comes near the limit is not calm here.
        suspicious = (factor + cut >= -math.log(self.alpha) - 1e-6) & (requests >= self.min_requests)
        calm = before(suspicious)
        if calm == 0:
            return 0, state, None
        end = calm - 1
        seen = bool(both[:calm].any()) or state.part > 0.0
        seen_so_far = int(requests[end]), int(canary[end]), int(control[end]), float(null[end])
        after = Streams(*seen_so_far, first, cut, False, prior)
        if not seen:
            return calm, state, Verdict.HOLD
        return calm, after, Verdict.PROMOTE if after.requests >= self.min_requests else Verdict.HOLD
