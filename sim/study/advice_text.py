"""The advice as one paragraph of plain sentences."""

from __future__ import annotations

from collections.abc import Iterator

from sim.study.advice import Advice
from sim.study.finding import count, percent, percents
from sim.study.switching import Crossing, Switch
from sim.units import say_rate, say_seconds, say_share

CALLED = {
    "importance": "importance", "fault_chance": "the share of changes that are faulty",
    "in_test": "the share of faults that a test can show", "service.traffic.rate": "traffic",
}


def paragraph(advice: Advice) -> str:
    """Which policy, what it buys, what it costs, what would have to be true for the runner-up to win, how sure."""
    return " ".join(sentences(advice))


def sentences(advice: Advice) -> list[str]:
    """The sentences of the paragraph, in order."""
    return [*_which(advice), *_buys(advice), *_costs(advice), *_switching(advice), *_how_sure(advice)]


def _which(advice: Advice) -> Iterator[str]:
    best = advice.best
    cost = best.means[best.policy]
    spread = "" if cost.low is None else f" ({count(max(0.0, cost.low))} to {count(cost.high)})"
    if best.runner_up is None or best.behind is None:
        yield (
            f"{advice.scenario}: {best.policy} is the only policy that was compared; "
            f"a change costs {count(cost.mean)}{spread}."
        )
        return
    if best.decided:
        yield f"{advice.scenario}: take {best.policy}."
        yield (
            f"A change costs {count(cost.mean)} on average{spread}, {count(best.behind.mean)} less than under "
            f"{best.runner_up}, the next best ({count(best.behind.low)} to {count(best.behind.high)} less)."
        )
        return
    yield f"{advice.scenario}: {best.policy} seems best, but these runs do not decide it."
    yield (
        f"A change costs {count(cost.mean)} on average{spread}; under {best.runner_up}, the next, "
        f"{_more_or_less(best.behind.mean, best.behind.low, best.behind.high)}."
    )


def _more_or_less(mean: float, low: float, high: float) -> str:
    sides = [f"{count(abs(end))} {'more' if end >= 0 else 'less'}" for end in (mean, low, high)]
    return f"{sides[0]} (from {sides[1]} to {sides[2]})"


def _buys(advice: Advice) -> Iterator[str]:
    if advice.best.policy == advice.plain:
        yield "It buys no protection beyond what everybody has: it is the plainest of them."
        return
    if advice.users is None:
        yield f"Whether a faulty change hits fewer users than under {advice.plain} cannot be told from these runs."
    elif advice.users.low <= 0:
        yield f"It is not shown to hit fewer users than {advice.plain} when a change is faulty."
    else:
        fewer, low, high = percents(advice.users.mean, advice.users.low, min(1.0, advice.users.high))
        yield (
            f"It buys safety: a faulty change hits {fewer} % fewer users than under {advice.plain} "
            f"({low} to {high} %)."
        )


def _costs(advice: Advice) -> Iterator[str]:
    later, servers = advice.later_s, advice.servers
    parts = []
    if later is not None:
        word = "later" if later.mean >= 0 else "sooner"
        parts.append(f"a healthy change is out {say_seconds(round(abs(later.mean)))} {word} than under {advice.plain}")
    stands = "no server stands by for it" if not servers else (
        f"{servers:,} more server{'s stand' if servers > 1 else ' stands'} by for it all month"
    )
    parts.append(stands)
    yield f"Its price: {', and '.join(parts)}; together {count(advice.running.mean)} a change."


def _switching(advice: Advice) -> Iterator[str]:
    best, other = advice.best.policy, advice.best.runner_up
    if other is None or not advice.switches:
        return
    moves, holds = [], []
    for switch in advice.switches:
        crossings = [(word, at) for word, at in (("below", switch.below), ("above", switch.above)) if at is not None]
        moves += [f"{CALLED.get(switch.word, switch.word)} {word} {_crossed(switch, at)}" for word, at in crossings]
        if not crossings:
            holds.append(_held(switch))
    if moves:
        yield f"{other} would win with {_or(moves)}."
    if holds:
        yield f"It stays {best} for {_or(holds, 'and for')}, wherever that was tried."


def _crossed(switch: Switch, at: Crossing) -> str:
    """The switching value, its interval, and what it is now."""
    low = "" if at.low is None else say_value(switch.word, at.low)
    high = "" if at.high is None else say_value(switch.word, at.high)
    if low and high:
        spread = f"95 %: {low} to {high}"
    elif low or high:
        spread = f"95 %: {low} or more" if low else f"95 %: {high} or less"
    else:
        spread = "where exactly, these runs do not tell"
    return f"{say_value(switch.word, at.at)} ({spread}; now {say_value(switch.word, switch.now)})"


def _held(switch: Switch) -> str:
    ends = f"from {say_value(switch.word, switch.first)} to {say_value(switch.word, switch.last)}"
    return f"{CALLED.get(switch.word, switch.word)} {ends} (now {say_value(switch.word, switch.now)})"


def _or(parts: list[str], word: str = "or") -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])}, {word} {parts[-1]}"


def say_value(word: str, value: float) -> str:
    """A value of an assumption, as a file would say it, with two digits.

    >>> say_value("fault_chance", 0.0123), say_value("service.traffic.rate", 1234), say_value("importance", 0.0151)
    ('1.2%', '1200/s', '0.015')
    """
    rounded = float(f"{value:.2g}")
    if word in ("fault_chance", "in_test"):
        return say_share(rounded)
    return say_rate(rounded) if word == "service.traffic.rate" else f"{rounded:.12f}".rstrip("0").rstrip(".")


def _how_sure(advice: Advice) -> Iterator[str]:
    best = advice.best
    if advice.duel is not None and advice.duel.share is not None and best.runner_up is not None:
        yield (
            f"In {percent(advice.duel.share)} of single changes {best.policy} is the cheaper of the two: "
            + ("it pays by the rare ones." if advice.duel.share < 0.5 else "not only on average.")
        )
    sure = "decided at 95 %" if best.decided else "not decided at 95 %: ask for more --runs"
    yield f"All this from {advice.runs:,} changes under each policy, seed {advice.seed}; {sure}."
