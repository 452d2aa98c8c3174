"""How it ended: the outcome in sentences, and the money with its parts."""

from __future__ import annotations

from collections.abc import Iterator

from sim.cli.story.facts import verdict
from sim.cli.story.money import bill
from sim.cli.story.page import Line, wrapped
from sim.cli.words import DETECTED, amount, duration, money, percent, some
from sim.model.outcome import Outcome
from sim.model.timeline import Timeline
from sim.scenario import Scenario


def ending(
    outcome: Outcome, timeline: Timeline, scenario: Scenario, *, truth: bool = True, width: int = 80
) -> list[Line]:
    """The end of a story. truth False: only what people could know, so no harm, fault or money."""
    page = [Line(""), Line("How it ended", "bold")]
    said = [result(outcome, scenario, undone_by(timeline, outcome.detected_by))]
    if truth:
        said += [*rightly(outcome), *harm(outcome, scenario), *strain(outcome)]
    for sentence in said:
        page += wrapped(sentence, "  ", width)
    if truth:
        page += priced(outcome, timeline, scenario)
    return page


def undone_by(timeline: Timeline, first: str) -> str:
    """Who undid the change: the gate, if it spoke at that instant, else whoever raised the alarm.

    People who decide after a page act for the one who paged them.
    """
    began = {event.t_s for event in timeline.events if event.kind in ("undo_started", "stopped")}
    judged = (event for event in timeline.events if event.kind == "judged" and event.t_s in began)
    decided = any(event.kind == "decided" and event.t_s in began for event in timeline.events)
    gate = any(verdict(event.data.get("verdict")) == "roll back" for event in judged)
    return "gate" if gate and not decided else first


def result(outcome: Outcome, scenario: Scenario, undone: str) -> str:
    """What became of the change, who found it, and who undid it (a word of `detected_by`)."""
    by = DETECTED[outcome.detected_by]
    found = f"found by {by}"
    if undone != outcome.detected_by:
        found = f"first noticed by {by}, undone by {DETECTED[undone]}"
    if outcome.ended == "promoted":
        lead = outcome.lead_time_s
        took = f" {duration(lead)} after the start" if lead is not None else ""
        late = (
            ""
            if outcome.detected_by == "none"
            else f" An alarm by {by} came, but the change stayed."
        )
        return f"Promoted{took}.{late}"
    if outcome.ended == "rolled_back":
        return f"Rolled back; {found}."
    if outcome.ended == "stopped":
        return f"Stopped half-way, without a way back; {found}."
    late = "" if outcome.detected_by == "none" else f" The alarm came from {by}."
    return (
        f"Unfinished when the simulated time was over, after {duration(scenario.horizon)}.{late}"
    )


def rightly(outcome: Outcome) -> Iterator[str]:
    """Whether that was right, which only the truth can say."""
    if outcome.false_rollback:
        yield "It was a false alarm: nothing was wrong, and nobody was harmed."
    if outcome.caught_before_users:
        yield "The change was faulty, and it was caught before any user met it."
    elif outcome.faulty and outcome.ended == "promoted" and not outcome.failed_requests:
        yield "The change was faulty, and nobody noticed anything."
    elif outcome.faulty and outcome.detected_by == "none":
        yield "The change was faulty, and nobody found out."
    elif not outcome.faulty and outcome.ended == "promoted":
        yield "The change was good."


def harm(outcome: Outcome, scenario: Scenario) -> Iterator[str]:
    """The blast radius in its five units, and how long it took to see and to end it."""
    if outcome.failed_requests or outcome.records_lost or outcome.users_hit:
        yield (
            f"Harm: {some(outcome.failed_requests, 'request')} failed that would not have, for "
            f"{outcome.users_hit:,} of {scenario.service.users.count:,} users; "
            f"{some(outcome.servers_hit, 'server')} had the fault. "
            f"{percent(outcome.budget_spent)} of the error budget of "
            f"{duration(scenario.service.objective.period)} is spent"
            + (
                f"; {some(outcome.records_lost, 'record')} cannot be recovered."
                if outcome.records_lost
                else "."
            )
        )
    else:
        yield "Harm: none; no request failed because of this rollout."
    if outcome.time_to_detect_s is not None:
        yield f"From the first harm to the first true alarm: {duration(outcome.time_to_detect_s)}."
    if outcome.time_to_restore_s is not None:
        yield f"From the first harm to the end of the last: {duration(outcome.time_to_restore_s)}."
    if outcome.slow_requests:
        slow = some(outcome.slow_requests, "request was", "requests were")
        yield f"{slow} slow that would not have been."
    if outcome.failed_requests:
        yield f"Worst minute: {percent(outcome.peak_failed_share)} of all requests failed."


def strain(outcome: Outcome) -> Iterator[str]:
    """How near to its limits the fleet came."""
    over = (
        f", and for {duration(outcome.overload_s)} some were overloaded"
        if outcome.overload_s
        else ""
    )
    peak = percent(outcome.peak_utilisation)
    yield f"The busiest servers reached {peak} of their capacity{over}."


def priced(outcome: Outcome, timeline: Timeline, scenario: Scenario) -> list[Line]:
    """The cost, and the parts that it is the sum of; nothing when the scenario has no prices."""
    parts = [part for part in bill(outcome, timeline, scenario) if part.cost]
    if not parts:
        return [Line(f"  Cost: {money(outcome.cost)}.")]
    weight = (
        "" if scenario.importance == 1 else f", outage prices times {amount(scenario.importance)}"
    )
    page = [Line(f"  Cost: {money(outcome.cost)}{weight}, of which")]
    places = 2 if outcome.cost < 1000 else 0  # the same for all, so that the column adds up
    said = [f"{part.cost:,.{places}f}" for part in parts]
    width = max(map(len, said))
    return [
        *page,
        *(
            Line(f"    {cost:>{width}}  {part.what}")
            for cost, part in zip(said, parts, strict=True)
        ),
    ]
