"""What the curves say, in sentences: which judge to use at this traffic, and what the others do."""

from __future__ import annotations

import math
from collections.abc import Iterator

from sim.study.choice import Choice, needed, wrong_share
from sim.study.curve import Cell, Curve
from sim.units import say_seconds, say_share


def rate(per_s: float) -> str:
    """Requests a second, as many digits as help.

    >>> rate(250.0), rate(4.9999), rate(1234.5), rate(0.5)
    ('250 requests/s', '5 requests/s', '1,230 requests/s', '30 requests/min')
    """
    rounded = float(f"{per_s:.3g}")
    if rounded < 1:
        return f"{60 * rounded:.3g} requests/min"
    return f"{rounded:,.10g} requests/s"


def spoken(seconds: float) -> str:
    """A time in whole seconds."""
    return say_seconds(round(seconds)) if seconds >= 1 else say_seconds(round(seconds, 1))


def _number(share: float) -> str:
    room = 100 * min(share, 1 - share)
    if room <= 0:
        return f"{100 * share:g}"
    places = max(0, min(2, 1 - math.floor(math.log10(room))))
    text = f"{100 * share:.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(share: float) -> str:
    """A share in per cent: two digits of what keeps it apart from 0 and from 100%, but no more than 0.01%.

    >>> percent(0.934), percent(0.99731), percent(1.0), percent(0.013851), percent(0.00001)
    ('93.4%', '99.73%', '100%', '1.4%', '0%')
    """
    return _number(share) + "%"


def interval(cell: Cell) -> str:
    """The interval of a share of bakes; empty without bakes."""
    if cell.seen.low is None or cell.seen.high is None:
        return ""
    return f"{_number(cell.seen.low)}–{_number(cell.seen.high)}%"


def chance(cell: Cell) -> str:
    """A share of bakes with its interval, in words."""
    if cell.seen.share is None:
        return "no bake"
    return f"{percent(cell.seen.share)} of bakes (95% interval: {interval(cell).replace('–', ' to ')})"


def finding(curve: Curve, choice: Choice) -> str:
    """The result in one sentence, for the title of a picture."""
    where = f"At {rate(curve.rate_s)}"
    if not choice.best:
        return f"{where} and a bake of {spoken(curve.bake_s)}, none of these judges will do"
    names = _names(curve, choice.best)
    effect = curve.effects[choice.smallest or 0]
    sees = "sees" if len(choice.best) == 1 else "see"
    within = curve.cell(choice.best[0], choice.smallest or 0).most.value
    soon = f" within {spoken(within)}" if within is not None else ""
    return f"{where}, {names} {sees} a fault of {effect} in {say_share(choice.power)} of bakes{soon}"


def sentences(curve: Curve, choice: Choice) -> Iterator[str]:
    """The recommendation, what is faster or sees less but is not allowed, the policy's own judge, and the rule."""
    yield recommendation(curve, choice)
    tempting = _tempting(curve, choice)
    if tempting:
        yield tempting
    own = next((at for at, one in enumerate(curve.judges) if one.own), None)
    if own is not None and own not in choice.best:
        yield _own(curve, choice, own)
    open_ = [one.judge for one in choice.standings if one.allowed == "open"]
    if open_:
        verb = "has" if len(open_) == 1 else "have"
        yield (
            f"{_names(curve, tuple(open_))} {verb} false alarms that {curve.runs:,} runs do not tell from "
            f"{say_share(choice.false)}: more --runs decide" + (
                f" ({needed(choice.false):,} at least)." if curve.runs < needed(choice.false) else "."
            )
        )
    for judge, one in enumerate(curve.judges):
        undecided = curve.false_alarms(judge).undecided
        if undecided:
            yield (
                f"{one.name} was still on hold when the gate gave up in {percent(undecided / curve.runs)} of healthy "
                "bakes: they are rolled back for want of a verdict, and counted as false alarms."
            )
    yield choice.rule()


def recommendation(curve: Curve, choice: Choice) -> str:
    """Which judge to use, with its numbers; or that none of them will do, and why."""
    place = f"At {rate(curve.rate_s)} on the new version"
    if not choice.best:
        return f"{place}, none of them: {_why_none(curve, choice)}"
    at = choice.smallest or 0
    effect = curve.effects[at]
    first, *others = choice.best
    cell = curve.cell(first, at)
    waits = [f"{name} within {spoken(quantile.value)}" for name, quantile in
             (("in half", cell.half), ("in 90%", cell.most)) if quantile.value is not None]
    said = (
        f"Use {curve.judges[first].name}. {place} it sees a fault of {effect} in {chance(cell)}"
        + (f", {' and '.join(waits)}" if waits else "")
        + f". It rolls back {wrong_share(curve.false_alarms(first).seen)}."
    )
    if others:
        many = "does" if len(others) == 1 else "do"
        said += f" {_names(curve, tuple(others))} {many} as well: {curve.runs:,} bakes do not tell which is sooner."
    if curve.added and curve.judges[first].compares:
        said += f" It needs {curve.control} servers as a control (control: true), which this policy does not keep."
    return said


def _why_none(curve: Curve, choice: Choice) -> str:
    allowed = [one for one in choice.standings if one.allowed == "yes"]
    limit = say_share(choice.false)
    if allowed:
        largest = curve.effects[-1]
        best = max(allowed, key=lambda one: curve.cell(one.judge, len(curve.effects) - 1).seen.share or 0.0)
        cell = curve.cell(best.judge, len(curve.effects) - 1)
        return (
            f"those with false alarms of at most {limit} do not see even a fault of {largest} in "
            f"{say_share(choice.power)} of bakes; the best of them, {curve.judges[best.judge].name}, sees it in "
            f"{chance(cell)}. A longer bake, more canaries or more traffic show more to a judge."
        )
    if any(one.allowed == "open" for one in choice.standings):
        return f"none is shown to have false alarms of at most {limit}."
    return f"all of them roll back more than {limit} of healthy changes."


def _tempting(curve: Curve, choice: Choice) -> str | None:
    """The best of the judges that are wrong too often: what it would see, and at what price."""
    wrong = [one for one in choice.standings if one.allowed == "no" and one.smallest is not None]
    if not wrong or not choice.best:
        return None
    best = min(wrong, key=lambda one: (one.smallest, curve.false_alarms(one.judge).seen.share))
    at, mine = best.smallest, choice.smallest
    if at is None or mine is None:
        return None
    name, price = curve.judges[best.judge].name, wrong_share(curve.false_alarms(best.judge).seen)
    half, ours = curve.cell(best.judge, mine).half.value, curve.cell(choice.best[0], mine).half.value
    if at < mine:
        return f"{name} sees smaller faults, from {curve.effects[at]} on, but rolls back {price}."
    if at == mine and half is not None and ours is not None and half < ours:
        return f"{name} is sooner (half within {spoken(half)}), but rolls back {price}."
    return None


def _own(curve: Curve, choice: Choice, own: int) -> str:
    standing, wrong = choice.standings[own], curve.false_alarms(own).seen
    name = f"The policy's own judge ({curve.judges[own].judge.judge})"
    if standing.smallest is None:
        cell = curve.cell(own, len(curve.effects) - 1)
        return f"{name} sees a fault of {curve.effects[-1]} in {chance(cell)}, and rolls back {wrong_share(wrong)}."
    half = curve.cell(own, standing.smallest).half.value
    soon = f", half of them within {spoken(half)}" if half is not None else ""
    return (
        f"{name} sees faults from {curve.effects[standing.smallest]} on{soon}, and rolls back {wrong_share(wrong)}."
    )


def _names(curve: Curve, judges: tuple[int, ...]) -> str:
    names = [curve.judges[judge].name for judge in judges]
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
