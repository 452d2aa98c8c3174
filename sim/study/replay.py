"""One judge over real measurements of a control and a canary: the verdict of every scrape, and of the whole.

The same judges as in a simulation. Rows are scrapes of equal width: rows of one time are one scrape, a scrape without
a row of a side saw nothing of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sim.intake.measurements import Measurements
from sim.intake.problems import InputError, Problem
from sim.judges import BurnRate, Dashboard, Kayenta, Threshold
from sim.judges.kayenta import Classification
from sim.model.evidence import Counts, Evidence, Setting, Verdict

MOST_SCRAPES = 2_000_000
MOST_SORTED = 20_000_000
"""Values in all analyses together: about a minute."""
BY_SHARE = (Threshold, Dashboard)
BY_VALUE = (*BY_SHARE, Kayenta)
"""Judges that understand a metric without its counts."""


@dataclass(frozen=True)
class Replay:
    """verdicts: of every scrape, as far as the first roll back. at_s: its end, since the first scrape began."""

    verdict: Verdict
    scrapes: int
    width_s: float
    at_s: float | None
    compared: int
    classification: Classification | None


def replay(judge: Any, control: Measurements, canary: Measurements) -> Replay:
    """What the judge says. Raises InputError where rule and measurements do not fit together."""
    _refuse_misfits(judge, control, canary)
    slots, width = _slots(control, canary)
    _refuse_endless(judge, canary, slots[1], width)
    state = judge.start(Setting(width, 0.0))
    verdict, compared = Verdict.HOLD, 0
    mine, theirs = (_by_slot(side, slots, width) for side in (canary, control))
    number = 0
    for number in range(1, slots[1] + 1):
        new, old = mine.get(number - 1, NOTHING), theirs.get(number - 1, NOTHING)
        compared += new.requests > 0 and old.requests > 0
        whole = Counts(*(n + o for n, o in zip(new, old, strict=True)))
        on = whole if judge.on == "whole" else new
        state, verdict = judge.look(state, Evidence(number * width, width, on, old, whole))
        if verdict == Verdict.ROLL_BACK:
            break
    at = number * width if verdict == Verdict.ROLL_BACK else None
    return Replay(verdict, number, width, at, compared, _classified(judge, control, canary))


NOTHING = Counts(0, 0, 0)


def _refuse_misfits(judge: Any, control: Measurements, canary: Measurements) -> None:
    name = judge.judge
    for side in (control, canary):
        if not side.counts and not isinstance(judge, BY_VALUE):
            raise _misfit(side, f"{name} counts requests: it needs the columns time,requests,failed")
        if side.counts and judge.of == "slow" and "slow" not in side.columns:
            raise _misfit(side, f"{name} is `of: slow`: it needs a column slow")
        if not side.counts and isinstance(judge, BY_SHARE):
            wrong = next((v for _, (v, *_) in side.rows if v is not None and not 0 <= v <= 1), None)
            if wrong is not None:
                raise _misfit(side, f"value {wrong:g}: {name} wants shares from 0 to 1 (5% is 0.05)")
    if getattr(judge, "against", "") == "before":
        raise _misfit(control, "is what is compared with: leave `against: before` out, and put into it what was before")
    if not canary.counts and getattr(judge, "against", "") == "whole":
        raise _misfit(canary, "has no requests to add to those of the control: `against: whole` needs counts")
    if control.counts != canary.counts:
        raise _misfit(canary, f"has {'counts' if canary.counts else 'values'}, {control.file} has the other")
    if not canary.counts and judge.min_requests > 1:
        raise _misfit(canary, "has no requests to compare with min_requests: leave that out")
    if isinstance(judge, BurnRate) and judge.objective is None:
        raise _misfit(canary, "has no service to take its objective from: give burn_rate one, `objective: 99.9%`")


def _refuse_endless(judge: Any, canary: Measurements, scrapes: int, width: float) -> None:
    """Kayenta sorts all values of a window at every analysis: say so before hours are spent on it."""
    if not isinstance(judge, Kayenta):
        return
    analyses = scrapes // max(1, round(judge.every / width))
    each = min(scrapes, round(judge.lookback / width)) if judge.lookback else scrapes / 2
    if analyses * each > MOST_SORTED:
        much = f"{analyses:,} analyses of {each:,.0f} values"
        raise _misfit(canary, f"would need {much}: give kayenta a longer `every`, or a `lookback`")


def _slots(control: Measurements, canary: Measurements) -> tuple[tuple[float, int], float]:
    """The first time and the number of scrapes, and their width: the shortest step of either side."""
    times = sorted({time for side in (control, canary) for time, _ in side.rows})
    steps = [b - a for side in (control, canary) for (a, _), (b, _) in zip(side.rows, side.rows[1:], strict=False)]
    width = min(steps, default=0.0)
    if not steps:
        raise _misfit(canary, "one row a side says nothing of the time between rows: at least two are needed")
    if not {time for time, _ in control.rows} & {time for time, _ in canary.rows}:
        raise _misfit(canary, f"has no time in common with {control.file}: query both with one start and one step")
    count = round((times[-1] - times[0]) / width) + 1
    if count > MOST_SCRAPES:
        raise _misfit(canary, f"would be {count:,} scrapes of {width:g} s with its gaps, at most {MOST_SCRAPES:,}")
    return (times[0], count), width


def _by_slot(side: Measurements, slots: tuple[float, int], width: float) -> dict[int, Counts]:
    found: dict[int, Counts] = {}
    for time, values in side.rows:
        place = (time - slots[0]) / width
        slot = round(place)
        if abs(place - slot) > 0.1 or slot in found:
            raise _misfit(side, f"time {time:.15g} is not on the grid of {width:g} s that the other rows are on")
        found[slot] = _counts(side, values)
    return found


def _counts(side: Measurements, values: tuple[float | None, ...]) -> Counts:
    if not side.counts:
        # A metric is one request that failed so much: judges only divide the two.
        (value,) = values
        return NOTHING if value is None else Counts(1, value, value)
    row = dict(zip(side.columns, values, strict=True))
    if row["requests"] is None or row["failed"] is None:
        return NOTHING
    return Counts(int(row["requests"]), int(row["failed"]), int(row.get("slow") or 0))


def _classified(judge: Any, control: Measurements, canary: Measurements) -> Classification | None:
    """What Kayenta says of all values at once, whenever its analyses were."""
    if not isinstance(judge, Kayenta):
        return None
    series = []
    for side in (control, canary):
        counts = [_counts(side, values) for _, values in side.rows]
        bad = [(c.failed if judge.of == "failed" else c.slow, c.requests) for c in counts]
        scale = 100 if side.counts else 1
        series.append([scale * b / r if r >= judge.min_requests else None for b, r in bad])
    try:
        return judge.classified(*series)
    except ValueError as error:
        raise _misfit(canary, str(error)) from None


def _misfit(side: Measurements, message: str) -> InputError:
    return InputError([Problem(file=side.file, message=message)])
