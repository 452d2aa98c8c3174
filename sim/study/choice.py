"""Which judge to use, from their curves: few false alarms, then the smallest fault, then the soonest."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import numpy as np

from sim.study.curve import HEALTHY, Curve
from sim.study.estimate import Floats, bonferroni, paired_difference
from sim.study.shares import Share
from sim.units import say_share

FALSE, POWER = 0.01, 0.9
RULE = (
    "Rule: of the judges whose false alarms are shown to be at most {false} (the upper end of the 95% interval), "
    "those that see the smallest fault, it and all larger ones in at least {power} of the bakes (the lower end); of "
    "these the one that is soonest on that fault, all where the runs do not tell."
)


class Standing(NamedTuple):
    """One judge by the rule.

    allowed   yes: false alarms shown to be at most the limit; no: shown to be more; open: the runs do not tell
    smallest  the smallest effect (its place) that it sees often enough, with all larger ones; None: none of them
    """

    judge: int
    allowed: Literal["yes", "no", "open"]
    smallest: int | None


class Choice(NamedTuple):
    """best: judges (their places) between which the runs do not decide; empty: none of them will do.

    Of several the policy's own comes first, for nothing needs to be changed then, and after it the soonest.
    """

    false: float
    power: float
    standings: tuple[Standing, ...]
    best: tuple[int, ...]

    @property
    def smallest(self) -> int | None:
        """The effect that the best judge sees."""
        return self.standings[self.best[0]].smallest if self.best else None

    def rule(self) -> str:
        """The rule in words."""
        return RULE.format(false=say_share(self.false), power=say_share(self.power))


def choose(curve: Curve, false: float = FALSE, power: float = POWER) -> Choice:
    """The judges to use by the rule. Raises ValueError unless both shares are above 0 and below 1."""
    for name, share in (("false", false), ("power", power)):
        if not 0 < share < 1:
            raise ValueError(f"{name}(={share}) must be above 0 and below 1")
    standings = tuple(_standing(curve, judge, false, power) for judge in range(len(curve.judges)))
    able = {one.judge: one.smallest for one in standings if one.allowed == "yes" and one.smallest is not None}
    if not able:
        return Choice(false, power, standings, ())
    smallest = min(able.values())
    return Choice(false, power, standings, _soonest(curve, [j for j, at in able.items() if at == smallest], smallest))


def _standing(curve: Curve, judge: int, false: float, power: float) -> Standing:
    wrong = curve.false_alarms(judge).seen
    allowed: Literal["yes", "no", "open"] = "open"
    if wrong.high is not None and wrong.low is not None:
        allowed = "yes" if wrong.high <= false else "no" if wrong.low > false else "open"
    smallest = None
    for effect in reversed(range(len(curve.effects))):
        low = curve.cell(judge, effect).seen.low
        if low is None or low < power:
            break
        smallest = effect
    return Standing(judge, allowed, smallest)


def _soonest(curve: Curve, judges: list[int], effect: int) -> tuple[int, ...]:
    """Those of the judges that no other one is shown to be sooner than, on the same bakes."""
    taken = {judge: _until(curve, judge, effect) for judge in judges}
    order = sorted(judges, key=lambda judge: (taken[judge].mean(), judge))
    first = order[0]
    confidence = bonferroni(0.95, max(1, len(judges) - 1))
    tied = [first]
    for judge in order[1:]:
        later = paired_difference(taken[judge], taken[first], confidence) if curve.runs > 1 else None
        if later is None or later.low <= 0:
            tied.append(judge)
    return tuple(sorted(tied, key=lambda judge: not curve.judges[judge].own))


def _until(curve: Curve, judge: int, effect: int) -> Floats:
    """Seconds that the fault is served in each bake: to the roll-back, or to the end of the bake."""
    times = curve.times[1 + effect, judge]
    return np.where(np.isnan(times), curve.bake_s, times)


def needed(false: float) -> int:
    """Healthy changes without a false alarm that show that they are at most this share (95 %, both sides).

    >>> needed(0.01)
    368
    """
    return math.ceil(math.log(0.025) / math.log1p(-false))


def one_in(share: float) -> str:
    """A small share as people say it.

    >>> one_in(0.033), one_in(0.25), one_in(0.6), one_in(1.0), one_in(0)
    ('one in 30', 'one in 4', '60%', 'every one', 'none')
    """
    if share <= 0 or share >= 1:
        return "none" if share <= 0 else "every one"
    if share > 0.4:
        return f"{100 * share:.0f}%"
    number = 1 / share
    rounded = round(number, 1 - math.floor(math.log10(number))) if number >= 10 else round(number)
    return f"one in {rounded:,.0f}"


def wrong_share(share: Share) -> str:
    """How often a judge is wrong about healthy changes, its uncertainty where nothing was seen."""
    if not share.share:
        return f"none of {share.n:,} healthy changes (at most {one_in(share.high or 1.0)})"
    said = one_in(share.share)
    return f"{said} healthy changes" if said.startswith("one") else f"{said} of healthy changes"


__all__ = ["FALSE", "HEALTHY", "POWER", "Choice", "Standing", "choose", "needed", "one_in", "wrong_share"]
