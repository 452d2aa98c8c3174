"""`coalmine judge size`: how many canaries, and how long a bake, see a fault of this size this often."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from sim.cli import ask
from sim.cli.compare import RUNS, Jobs, shown_as
from sim.cli.errors import Refused
from sim.cli.judge_curve import FalseAlarms, Policy, strictly, the_judges, wrapped
from sim.cli.options import MOST, Cluster, Json, Quiet, ScenarioName, Seed, Sets, hands, whole
from sim.cli.words import some

if TYPE_CHECKING:
    from sim.model.change import Fault
    from sim.scenario import Scenario
    from sim.study.shares import Share
    from sim.study.sized import Size, Sized

Sizes = Annotated[
    str | None, shown_as("--effect", "SIZE", "The fault: 1% of requests fail, or 1.5x as slow.")
]
FaultName = Annotated[
    str | None, shown_as("--fault", "NAME", "A fault of the scenario, with its onset and servers; --effect resizes it.")
]
Judge = Annotated[
    str, typer.Option("--judge", metavar="NAME", help="own, a name of `judge curve`, or FILE.yaml with a rule.")
]
Power = Annotated[str, typer.Option("--power", metavar="SHARE", help="Of the bakes in which it must be seen.")]
Longest = Annotated[
    str | None, shown_as("--longest", "TIME", "Longest bake to consider (an hour, or six of the policy's own).")
]
Of = Annotated[
    Literal["failed", "slow"] | None,
    shown_as("--of", "failed|slow", "What a named judge counts; without it: what the fault does."),
]
Runs = Annotated[str | None, shown_as("--runs", "N", f"Bakes of each number of canaries ({RUNS:,} unless given).")]


def size(
    scenario: ScenarioName,
    effect: Sizes = None,
    fault: FaultName = None,
    power: Power = "90%",
    judge: Judge = "own",
    policy: Policy = None,
    false_alarms: FalseAlarms = "1%",
    longest: Longest = None,
    of: Of = None,
    runs: Runs = None,
    seed: Seed = "1",
    jobs: Jobs = None,
    cluster: Cluster = None,
    sets: Sets = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say how many canaries and how long a bake see a fault of this size this often, at this traffic.

    Exact where the judge's chances are known (thresholds over single scrapes, the k-th failure), simulated else; it
    says which. When nothing can see it, it says why.
    """
    most = RUNS if runs is None else whole("--runs", runs, 1, 10_000_000)
    root = whole("--seed", seed, 0, MOST)
    workers = hands(jobs, cluster)
    wanted, allowed = strictly("--power", power), strictly("--false-alarms", false_alarms)
    said = ask.scenario(scenario, sets)
    meant, words = the_fault(said, fault, effect)
    named = the_judges(said, policy, [judge], of or ("slow" if meant.slow != 1 and not meant.errors else "failed"))[0]

    from sim.cli import output
    from sim.study import gate
    from sim.study import size as study

    chosen = policy or gate.first_judged(said)
    try:
        with output.progress(f"Sizing {said.name}", quiet=quiet) as step:
            found = study.size(
                said, named, meant, words, policy=chosen, power=wanted, false=allowed, runs=most, seed=root,
                longest_s=the_longest(longest, said), jobs=workers, on_progress=step,
            )
    except gate.NoGate as why:
        raise Refused(f"coalmine: {why}") from None
    if as_json:
        output.print_json(as_object(found))
        return
    for line in page(found, output.console().width):
        print(line)


def the_fault(scenario: Scenario, name: str | None, effect: str | None) -> tuple[Fault, str]:
    """The fault that is asked about, and what to call it. Refused without one, and for one that is not there."""
    from dataclasses import replace

    from sim.study import effects as sizes

    if effect is None and name is None:
        raise Refused("--effect: how large a fault must be seen? Say --effect 1%, --effect 1.5x, or --fault NAME")
    try:
        sized = None if effect is None else sizes.effect(effect)
    except sizes.NoEffect as why:
        raise Refused(f"--effect: {why}") from None
    if name is None:
        assert sized is not None
        return sized.fault(), f"a fault of {sized}"
    known: dict[str, Any] = {one.key: one for one in scenario.faults}
    if name not in known:
        raise Refused(f"--fault: unknown fault {name!r}; {ask.nearest(name, known)}")
    if sized is None:
        return known[name], f"the fault {name!r}"
    part = {"errors": sized.size} if sized.of == "failed" else {"slow": sized.size}
    return replace(known[name], **part), f"the fault {name!r} of {sized}"


def the_longest(text: str | None, scenario: Scenario) -> float | None:
    """--longest in seconds; Refused for what is no time, or shorter than a scrape."""
    from sim.units import say_seconds, seconds

    if text is None:
        return None
    try:
        value = seconds(text)
    except ValueError as why:
        raise Refused(f"--longest: {text!r}: {why}") from None
    if value < scenario.watch.scrape:
        scrape = say_seconds(scenario.watch.scrape)
        raise Refused(f"--longest: {text!r}, must be at least one scrape of {scrape}: no judge sees less than a window")
    return value


def page(found: Size, width: int) -> Iterator[str]:
    """The table of canaries and bakes, and the answer."""
    from sim.study.choice_words import spoken
    from sim.units import say_share

    how = "exact chances" if found.rows[0].exact else f"{found.runs:,} simulated bakes of each, seed {found.seed}"
    yield from wrapped(
        f"{found.scenario.name}, policy {found.policy}: in how many bakes {judged(found)} sees {found.effect}, in "
        f"%, by canaries and length of the bake; {how}. A scrape every {spoken(found.scrape_s)}.", width,
    )
    yield ""
    yield from _table(found)
    yield ""
    yield from wrapped(answer(found), width)
    for sentence in odd(found):
        yield ""
        yield from wrapped(sentence, width)
    yield ""
    yield from wrapped(
        f"Rule: seen in at least {say_share(found.power)} of bakes and at most {say_share(found.false)} of healthy "
        f"changes rolled back by the end of the bake{'' if found.rows[0].exact else ', by the ends of 95% intervals'}; "
        "the smallest canary begins the longest row of numbers tried that are all enough.", width,
    )


def odd(found: Size) -> Iterator[str]:
    """What more canaries do not improve, said where it happens."""
    def listed(numbers: list[int]) -> str:
        return ", ".join(map(str, numbers[:8])) + (", ..." if len(numbers) > 8 else "")

    if found.besides:
        yield (
            f"Fewer canaries are enough as well, at {listed(found.besides)}, but a few more than these are not: the "
            "judge's limit falls between whole numbers of bad requests, a saw-tooth. Do not rely on it: traffic moves."
        )
    if found.able and found.too_many:
        yield (
            f"More canaries are not enough, at {listed(found.too_many)}: the more requests a scrape holds, the less "
            "often chance carries the bad ones over the judge's limit, and this fault alone does not."
        )


def _table(found: Size) -> Iterator[str]:
    from sim.study.choice_words import percent, rate, spoken

    bakes = shown_bakes(found)
    wide = max(6, *(len(spoken(bake)) + 1 for bake in bakes))
    yield "canaries  requests" + "".join(spoken(bake).rjust(wide) for bake in bakes) + "  enough    false"
    yield " " * 18 + " " * wide * len(bakes) + "   from   alarms"
    yield "-" * (18 + wide * len(bakes) + 17)
    for row in shown_rows(found):
        enough = found.enough(row)
        mark = ">" if row is found.smallest else " "
        cells = "".join(_power(row.power(bake)).rjust(wide) for bake in bakes)
        end = "-".rjust(8) if enough is None else spoken(enough.bake_s).rjust(8)
        wrong = row.false_alarms(found.longest_s if enough is None else enough.bake_s)
        false = f"<{percent(wrong.high or 0.0)}" if wrong.n and not wrong.share else _exactly(wrong.share or 0.0)
        asked = rate(row.rate_s).replace(" requests", "")
        yield f"{mark}{row.canaries:7,}  {asked:>8}{cells}{end}{false:>9}"


def _power(share: Share) -> str:
    value = share.share or 0.0
    if 1e-9 < value < 0.005:
        return "<1"
    return "99+" if 0.995 < value < 1 - 1e-9 else f"{100 * value:.0f}"


def shown_bakes(found: Size) -> list[float]:
    """Six lengths: the policy's own, and others around what is enough."""
    from sim.study.size import BAKES

    fit = [bake for bake in BAKES if found.scrape_s <= bake < found.longest_s]
    chosen = {*fit[-6:], found.longest_s, min(found.bake_s, found.longest_s)}
    if found.smallest is not None and (enough := found.enough(found.smallest)) is not None:
        near = sorted(fit, key=lambda bake: abs(bake / enough.bake_s - 1))
        chosen = {*near[:3], found.longest_s, min(found.bake_s, found.longest_s)}
    return sorted(chosen)[-6:]


def shown_rows(found: Size) -> list[Sized]:
    """Rows for the screen: where all numbers were tried, those around the answer and a few others."""
    from sim.study.sized import STEPS

    steps = {step * 10**power for power in range(7) for step in STEPS}
    kept = {found.canaries, found.rows[-1].canaries, *steps}
    if found.smallest is not None:
        at = found.smallest.canaries
        kept |= {at - 1, at, at + 1}
    if found.soonest is not None:
        kept.add(found.soonest.canaries)
    return [row for row in found.rows if row.canaries in kept]


def answer(found: Size) -> str:
    """The question answered in a sentence or two; or that nothing is enough, and why."""
    from sim.study.choice_words import spoken
    from sim.units import say_share

    if found.smallest is None or found.soonest is None:
        return (
            f"Nothing up to {some(found.rows[-1].canaries, 'canary', 'canaries')} and a bake of "
            f"{spoken(found.longest_s)} is enough for {judged(found)} to see {found.effect} in "
            f"{say_share(found.power)} of bakes. {found.why}"
        )
    said = (
        f"For {judged(found)} to see {found.effect} in {say_share(found.power)} of bakes, the smallest canary is "
        + _one(found, found.smallest)
    )
    if found.check is not None and (enough := found.enough(found.smallest)) is not None:
        share = found.check.power(enough.bake_s)
        said += f" Simulated as a check, it is seen in {_interval(share)} of {share.n:,} bakes."
    if found.soonest is not found.smallest:
        said += f" The shortest bake takes {_one(found, found.soonest)}"
    own = next((row for row in found.rows if row.canaries == found.canaries), None)
    if own is not None and found.bake_s <= found.longest_s:
        now = own.power(found.bake_s)
        said += (
            f" The policy as it is, {some(own.canaries, 'canary', 'canaries')} and {spoken(found.bake_s)}, sees it in "
            f"{_interval(now)}."
        )
    if found.control:
        said += f" {found.judge.name} needs a control of equal size, which the policy does not keep (control: true)."
    return said


def judged(found: Size) -> str:
    """The judge, as a sentence names it."""
    return f"the policy's own judge ({found.judge.judge.judge})" if found.judge.own else found.judge.name


def _one(found: Size, row: Sized) -> str:
    from sim.study.choice_words import rate, spoken

    enough = found.enough(row)
    assert enough is not None
    wrong = enough.false_alarms
    alarms = _interval(wrong) if wrong.share or wrong.n else "none"
    return (
        f"{some(row.canaries, 'server')} ({rate(row.rate_s)}) with a bake of {spoken(enough.bake_s)}: "
        f"{_interval(enough.power)}, false alarms {alarms}."
    )


def _interval(share: Share) -> str:
    """A share with its interval; exact ones have none, and of none seen only the upper end is said."""
    from sim.study.choice_words import percent

    if share.share is None or share.low is None or share.high is None:
        return "no bake"
    if share.n == 0:
        return _exactly(share.share)
    if share.share == 0:
        return f"at most {percent(share.high)}"
    return f"{percent(share.share)} ({percent(share.low)} to {percent(share.high)})"


def _exactly(value: float) -> str:
    """An exact share; what two decimals do not tell from 0 and 100% is not said to be that."""
    from sim.study.choice_words import percent

    if 0 < value < 0.00005:
        return "<0.01%"
    return ">99.99%" if 0.99995 < value < 1 - 1e-9 else percent(value)


def as_object(found: Size) -> dict[str, Any]:
    """What --json prints."""
    def one(row: Sized | None) -> dict[str, Any] | None:
        enough = None if row is None else found.enough(row)
        if row is None or enough is None:
            return None
        return {
            "canaries": row.canaries, "requests_per_s": row.rate_s, "bake_s": enough.bake_s,
            "power": enough.power._asdict(), "false_alarms": enough.false_alarms._asdict(),
        }

    bakes = shown_bakes(found)
    return {
        "scenario": {"name": found.scenario.name, "sha256": found.sha256}, "policy": found.policy,
        "judge": found.judge.name, "effect": found.effect, "seed": found.seed, "runs": found.runs,
        "version": found.version, "seconds": found.seconds,
        "method": "exact" if found.rows[0].exact else "simulated",
        "asked": {"power": found.power, "false_alarms": found.false, "longest_s": found.longest_s},
        "smallest": one(found.smallest), "shortest": one(found.soonest), "enough_besides": found.besides,
        "too_many": found.too_many,
        "why": found.why, "answer": answer(found),
        "rows": [
            {
                "canaries": row.canaries, "requests_per_s": row.rate_s, "enough": one(row),
                "bakes": [
                    {
                        "bake_s": bake, "power": row.power(bake)._asdict(),
                        "false_alarms": row.false_alarms(bake)._asdict(),
                    }
                    for bake in bakes
                ],
            }
            for row in found.rows
        ],
    }
