"""Kayenta as the judge of a gate: every `every` it compares the scrapes of the canary with those of the control.

Rule: each scrape is one value, the bad requests in percent; at an analysis `classify` compares the values since
`begin_after`, or those of the last `lookback`. Pass promotes, High and Low roll back; between analyses the last
verdict stands, before the first one it holds. With one metric any score limits above 0 decide alike: they are left out.
Missing data: a scrape with too few requests is a missing value (`nan_strategy`). No value of the canary holds,
unless `must_have_data`: then it rolls back, as Kayenta's NodataFailMetric does (with a single metric without data
its scorer gives 0 in any case: a gate that holds to its end is given up, which comes to the same). A control without
requests, or one value a side, holds: there is nothing to compare.
Source: spinnaker/kayenta, NetflixACAJudge.scala, docs/canary-config.md, SetupAndExecuteCanariesStage.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from sim.judges.base import Comparing
from sim.judges.kayenta.classification import Classification, Classifier, Direction, classify
from sim.judges.kayenta.effect import EffectSize
from sim.judges.kayenta.mann_whitney import AllTied
from sim.judges.kayenta.series import OUTLIER_FACTOR, NanStrategy, Outliers
from sim.model.evidence import Evidence, Setting, Verdict
from sim.model.terms import refuse
from sim.units import MINUTE, Number, Seconds, Share

NEUTRAL = {"meanRatio": 1.0, "cles": 0.5}
Value = float | None


class Analysed(NamedTuple):
    """Values of canary and control (append-only, shared; `length` are ours), and what the last analysis said.

    first, step, back: begin_after, every and lookback in scrapes; back 0: growing windows.
    """

    canary: list[Value]
    control: list[Value]
    length: int
    said: Verdict
    first: int
    step: int
    back: int

    def due(self, windows: int) -> bool:
        """Whether an analysis comes with the so-manieth window."""
        return windows > self.first and (windows - self.first) % self.step == 0

    def calm(self) -> int:
        """Windows until the next analysis, without its own."""
        if self.length < self.first:
            return self.first - self.length + self.step - 1
        return self.step - (self.length - self.first) % self.step - 1

    def extended(self, canary: list[Value], control: list[Value]) -> Analysed:
        mine, theirs = self.canary, self.control
        if len(mine) != self.length:  # somebody looked on from here before: leave theirs alone
            mine, theirs = mine[: self.length], theirs[: self.length]
        mine.extend(canary)
        theirs.extend(control)
        return self._replace(canary=mine, control=theirs, length=self.length + len(canary))


@dataclass(frozen=True, kw_only=True)
class Kayenta(Comparing):
    """Roll back when the canary's values are higher (or lower) than the control's, by Kayenta's Mann-Whitney rule.

    every          analysisIntervalMins: time between analyses
    begin_after    beginAfterMins: warm-up that no analysis looks at
    lookback       lookbackMins: sliding windows of this length; 0s: growing ones
    tolerance      the interval must lie beyond this multiple of the estimated shift; *not* an allowed degradation
    confidence     of the interval: confLevel
    direction      which difference is bad. Kayenta's own default is `either`; errors have a good side, hence increase
    effect_size    what must pass the limits too: ratio of means, or chance that a canary's value is the higher one
    allowed_increase   least effect size that is High; None: any, which is 1.0, or 0.5 for cles
    allowed_decrease   largest effect size that is Low; None: as above
    nan_strategy   scrapes without requests: leave them out, or take each for 0 %
    outliers       keep them, or remove what lies outside the fences
    outlier_factor     quartile distances from the quartiles to the fences
    must_have_data     roll back when the canary has no value at all
    classifier     the rank test, or mean_inequality: whichever mean is higher
    """

    judge: Literal["kayenta"] = "kayenta"
    every: Seconds = 5 * MINUTE
    begin_after: Seconds = 0.0
    lookback: Seconds = 0.0
    tolerance: Number = 0.25
    confidence: Share = 0.98
    direction: Direction = "increase"
    effect_size: EffectSize = "meanRatio"
    allowed_increase: Number | None = None
    allowed_decrease: Number | None = None
    nan_strategy: NanStrategy = "remove"
    outliers: Outliers = "keep"
    outlier_factor: Number = OUTLIER_FACTOR
    must_have_data: bool = False
    classifier: Classifier = "mann_whitney"

    def __post_init__(self) -> None:
        super().__post_init__()
        refuse(self.over is not None, "kayenta has `every` and `lookback`: it has no `over`")
        refuse(self.every <= 0, "every must be longer than 0s")
        refuse(self.begin_after < 0 or self.lookback < 0, "begin_after and lookback must be at least 0s")
        refuse(self.tolerance < 0, "tolerance must be at least 0")
        refuse(not 0 < self.confidence < 1, "confidence must be above 0% and below 100%")
        refuse(self.outlier_factor <= 0, "outlier_factor must be above 0")

    def classified(self, control: list[Value], canary: list[Value]) -> Classification:
        """What the rule says of two series of values. ValueError where it says nothing: one value a side."""
        neutral = NEUTRAL[self.effect_size]
        decrease = neutral if self.allowed_decrease is None else self.allowed_decrease
        increase = neutral if self.allowed_increase is None else self.allowed_increase
        return classify(
            control,
            canary,
            direction=self.direction,
            tolerance=self.tolerance,
            confidence=self.confidence,
            nan_strategy=self.nan_strategy,
            outliers=self.outliers,
            outlier_factor=self.outlier_factor,
            effect_size=self.effect_size,
            allowed=(decrease, increase),
            must_have_data=self.must_have_data,
            classifier=self.classifier,
        )

    def start(self, setting: Setting) -> Analysed:
        def scrapes(length: float) -> int:
            return round(length / setting.scrape_s)

        back = max(1, scrapes(self.lookback)) if self.lookback > 0 else 0
        return Analysed([], [], 0, Verdict.HOLD, scrapes(self.begin_after), max(1, scrapes(self.every)), back)

    def look(self, state: Analysed, evidence: Evidence) -> tuple[Analysed, Verdict]:
        canary, control = self._values(evidence)
        state = state.extended([canary], [control])
        if state.due(state.length):
            state = state._replace(said=self._analysis(state))
        return state, state.said

    def _values(self, evidence: Evidence) -> tuple[Value, Value]:
        found: list[Value] = []
        for counts in (evidence.judged, self.other(evidence)):
            bad = counts.failed if self.of == "failed" else counts.slow
            enough = counts.requests > 0 and counts.requests >= self.min_requests
            found.append(100 * bad / counts.requests if enough else None)
        return found[0], found[1]

    def _analysis(self, state: Analysed) -> Verdict:
        first = max(0, state.length - state.back) if state.back else state.first
        canary, control = state.canary[first : state.length], state.control[first : state.length]
        has_data = any(value is not None for value in canary)
        if not any(value is not None for value in control) and (has_data or not self.must_have_data):
            return Verdict.HOLD
        if not has_data and not self.must_have_data:
            return Verdict.HOLD
        try:
            label = self.classified(control, canary)
        except AllTied:
            return Verdict.HOLD
        if label == "Nodata":
            return Verdict.HOLD
        return Verdict.PROMOTE if label == "Pass" else Verdict.ROLL_BACK

    def scan(self, state: Analysed, block: Evidence) -> tuple[int, Analysed, Verdict | None]:
        calm = min(state.calm(), len(block.judged.requests))
        if calm == 0 or state.said == Verdict.ROLL_BACK:
            return 0, state, None
        canary, control = (self._series(counts, calm) for counts in (block.judged, self.other(block)))
        return calm, state.extended(canary, control), state.said

    def _series(self, counts: Any, length: int) -> list[Value]:
        requests = counts.requests[:length].tolist()
        bad = (counts.failed if self.of == "failed" else counts.slow)[:length].tolist()
        least = max(1, self.min_requests)
        return [100 * b / r if r >= least else None for b, r in zip(bad, requests, strict=True)]
