"""What all judges share: which requests they count, over which window, and the plain loop behind `scan`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sim.model.evidence import Counts, Evidence, Setting, Verdict
from sim.model.people import Reaction
from sim.model.terms import Term, refuse
from sim.units import Count, Seconds


def is_above(bad: Any, share: float, requests: Any) -> Any:
    """Whether bad / requests is above the share; a share that equals it is not. Numbers or arrays.

    The slack is floating point's: 0.072 * 375 is 26.999... there, and 27 in fact.

    >>> is_above(27, 0.072, 375), is_above(28, 0.072, 375), is_above(0, 0.0, 0)
    (False, True, False)
    """
    return bad > share * (1 + 1e-9) * requests + 1e-9


def before(flagged: Any) -> int:
    """How many windows come before the first flagged one (bool array); all of them when none is.

    >>> import numpy as np
    >>> before(np.array([False, False, True, True])), before(np.array([False, False])), before(np.array([]))
    (2, 2, 0)
    """
    if not len(flagged):
        return 0
    first = int(flagged.argmax())                            # a third of the time that any() and argmax() take
    return first if flagged[first] else len(flagged)


@dataclass(frozen=True, kw_only=True)
class JudgeTerm(Term):
    """Fields that every judge understands.

    of            what counts as bad: failed or slow requests
    over          window; one scrape unless given, else the last so many whole scrapes
    min_requests  fewer in the window are no evidence
    on            `new` version or `whole` service; None: what the place asks about (gate: new, alert: whole)
    then          `undo` at once or `page` the operator; None: gate undoes, alert pages
    """

    of: Literal["failed", "slow"] = "failed"
    over: Seconds | None = None
    min_requests: Count = 1
    on: Literal["new", "whole"] | None = None
    then: Reaction | None = None

    def __post_init__(self) -> None:
        refuse(self.over is not None and self.over <= 0, "over must be longer than 0s")
        refuse(self.min_requests < 1, "min_requests must be at least 1: nothing seen is no evidence")

    def windows(self, scrape_s: float) -> int:
        """How many scrapes the window spans, at least one."""
        return 1 if self.over is None else max(1, round(self.over / scrape_s))

    def counted(self, evidence: Evidence) -> tuple[Any, Any]:
        """Requests and bad ones of the group under judgement."""
        counts = evidence.judged
        return counts.requests, counts.failed if self.of == "failed" else counts.slow

    def prior(self, setting: Setting) -> tuple[float, float]:
        """What a scrape held before the start: requests and bad ones, expected."""
        counts = setting.prior
        return counts.requests, counts.failed if self.of == "failed" else counts.slow

    def start(self, setting: Setting) -> Any:
        raise TypeError(f"{type(self).__name__} must say how it starts")

    def look(self, state: Any, evidence: Evidence) -> tuple[Any, Verdict]:
        raise TypeError(f"{type(self).__name__} must say how it looks")

    def scan(self, state: Any, block: Evidence) -> tuple[int, Any, Verdict | None]:
        """The plain loop over a block: what `scan` must equal, and good enough for a judge without arrays."""
        verdict = None
        for window in range(len(block.judged.requests)):
            after, said = self.look(state, window_of(block, window))
            if said == Verdict.ROLL_BACK:
                return window, state, verdict
            state, verdict = after, said
        return len(block.judged.requests), state, verdict


@dataclass(frozen=True, kw_only=True)
class Comparing(JudgeTerm):
    """A judge that compares two groups.

    against  what the judged group is compared with. `control`: an equal group left alone until last. `whole`: the
             whole service at the same time, the judged group in it, which dilutes the difference. `before`: the
             whole service in as many scrapes before the rollout began, which blames the change for every other
             difference between then and now
    """

    against: Literal["control", "whole", "before"] = "control"

    def __post_init__(self) -> None:
        super().__post_init__()
        refuse(
            self.on == "whole" and self.against == "whole",
            "against: whole with on: whole compares the service with itself",
        )

    def other(self, evidence: Evidence) -> Counts:
        """The group that is compared with. ValueError where the evidence does not go back that far."""
        if self.against == "control":
            return evidence.control
        if self.against == "whole":
            return evidence.whole
        if evidence.before is None:
            raise ValueError("against: before needs evidence of what was before the rollout")
        return evidence.before

    def baseline(self, evidence: Evidence) -> tuple[Any, Any]:
        """Requests and bad ones of the group that is compared with."""
        counts = self.other(evidence)
        return counts.requests, counts.failed if self.of == "failed" else counts.slow


def window_of(block: Evidence, i: int) -> Evidence:
    """The i-th window of a block as plain evidence of Python numbers."""

    def at(counts: Counts) -> Counts:
        return Counts(int(counts.requests[i]), int(counts.failed[i]), int(counts.slow[i]))

    before = None if block.before is None else at(block.before)
    return Evidence(float(block.end_s[i]), block.width_s, at(block.judged), at(block.control), at(block.whole), before)
