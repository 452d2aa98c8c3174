"""Why no canary of this fleet and no bake see a fault: the first reason that holds, with its numbers."""

from __future__ import annotations

import math
from typing import Any

from sim.judges import Threshold, Vote
from sim.model.change import Fault
from sim.model.evidence import Counts
from sim.study.choice_words import percent, spoken
from sim.study.sized import Drawn, Size
from sim.units import say_seconds, say_share

TRIED = 100
"""Runs in which it is seen whether the fault meets the judged group at all."""
FEW, NOISE = 5.0, 3.0
"""Fewer bad requests than this are too few to tell; fewer standard deviations than this are noise."""


def reason(made: Size, work: Drawn) -> str:
    """One sentence or two. Looks at the most canaries that were tried and the longest bake."""
    # Without blips: they spoil requests as well, and not by this fault.
    post, healthy = (work.post(made.rows[-1].canaries, faulty).without_blips() for faulty in (True, False))
    usual = healthy.expected(made.seed)
    shown = [_more(post.expected(made.seed, run), usual) for run in range(TRIED)]
    kind, other = ("failed", "slow") if made.judge.judge.of == "failed" else ("slow", "failed")
    met = [more for more in shown if max(more.failed, more.slow) > 1e-6]
    counted = [more for more in met if getattr(more, kind) > 1e-6]
    servers, bake = made.rows[-1].canaries, spoken(made.longest_s)
    if len(met) < made.power * TRIED:
        return _not_met(work.fault, made, len(met) / TRIED, servers, bake)
    if len(counted) < made.power * TRIED and not isinstance(made.judge.judge, Vote):
        return (
            f"Wrong metric: the judge counts {kind} requests, and this fault makes them {other}. "
            f"A judge with `of: {other}` would see them."
        )
    more = sorted(getattr(one, kind) for one in counted)[len(counted) // 2] if counted else 0.0
    base = float(getattr(usual, kind))
    asked = float(usual.requests)
    best = made.rows[-1].power(made.longest_s)
    judge: Any = made.judge.judge
    if isinstance(judge, Threshold) and (base + more) / asked <= judge.above:
        return (
            f"The judge's limit is above the fault: with it {percent((base + more) / asked)} of the requests are bad, "
            f"and the judge rolls back above {say_share(judge.above)}, however long it looks."
        )
    if more < FEW:
        return (
            f"Not enough requests: {servers} servers see {asked:,.0f} in {bake}, of which the fault spoils {more:.2g}. "
            "More traffic on the canaries or a longer bake is needed."
        )
    if more < NOISE * math.sqrt(base + more):
        return (
            f"The effect is below the noise of the usual bad requests: in {bake}, {servers} servers see {base:,.0f} of "
            f"them, give or take {math.sqrt(base):,.0f}, and the fault adds {more:,.0f}."
        )
    powers = [row for row in made.rows if (row.power(made.longest_s).low or 0.0) >= made.power]
    if powers:
        return (
            f"The judge sees it, but is wrong too often: wherever it sees the fault often enough, it is "
            f"not shown to roll back at most {say_share(made.false)} of healthy changes"
            + (f"; {made.runs:,} runs may be too few to show it." if not made.rows[0].exact else ".")
        )
    return (
        f"The judge does not see it often enough: with {servers} servers and {bake}, in "
        f"{percent(best.share or 0.0)} of bakes. `coalmine judge curve` shows which judges see more."
    )


def _more(found: Counts, usual: Counts) -> Counts:
    """Bad requests beyond what the same requests would have had."""
    scale = found.requests / usual.requests if usual.requests else 0.0
    return Counts(found.requests, found.failed - scale * usual.failed, found.slow - scale * usual.slow)


def _not_met(fault: Fault, made: Size, share: float, servers: int, bake: str) -> str:
    """The fault does not meet the canaries, or not in time, or nobody can see it."""
    place = fault.on_kind or fault.zone
    said = f"it has met the {servers} canaries in {percent(share)} of {TRIED} rollouts by the end of a bake of {bake}"
    if fault.in_metrics == 0:
        return "No monitor sees it: in_metrics is 0%. Only users' reports or a check of the data find such a fault."
    if place is not None and share == 0:
        knob = "the policy's `kind`" if fault.on_kind else "waves by zone"
        return f"It is never on the canaries' servers: the fault needs {place!r}. Choose the canaries with {knob}."
    if fault.after is not None:
        return f"Its onset is later than the bake: {fault.after} after a restart; {said}."
    if fault.at is not None:
        return f"Its onset is later than the bake: it acts at {fault.at} o'clock; {said}."
    if fault.above_share is not None:
        return (
            f"It only begins when {say_share(fault.above_share)} of production is changed, and canaries never are so "
            f"many; {said}."
        )
    if fault.above_load is not None:
        return f"It only begins above {say_share(fault.above_load)} of a server's capacity, not reached here; {said}."
    if fault.side != "new":
        return f"It shows on the {fault.side} version, which a judge of the new one does not look at."
    if fault.servers is not None:
        return f"Too few servers have it ({fault.servers} of them): {said}."
    return f"It does not reach the canaries: {said}, with a scrape every {say_seconds(made.scrape_s)}."
