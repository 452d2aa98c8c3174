"""Results in words, for the top of a page: whom a change hurt, and who noticed."""

from __future__ import annotations

from collections.abc import Sequence

from sim.cli.words import DETECTED, amount, duration, percent
from sim.model.outcome import Outcome
from sim.scenario import Scenario
from sim.screens.plainly import plain


def verdict(outcome: Outcome) -> str:
    """One run in a line: how it ended, who noticed, whom it hurt.

    Users are named where there are any; a run that harmed nobody says so.
    """
    ended = {
        "promoted": "promoted", "rolled_back": "rolled back", "stopped": "stopped half-way", "unfinished": "unfinished",
    }[outcome.ended]
    by = "nobody noticed" if outcome.detected_by == "none" else f"found by {DETECTED[outcome.detected_by]}"
    if outcome.detected_by == "none" and not outcome.faulty:
        by = "nothing to notice"
    after = f" after {duration(outcome.time_to_detect_s)}" if outcome.time_to_detect_s is not None else ""
    return f"{hurt(outcome)}; {by}{after}; {ended}"


def hurt(outcome: Outcome) -> str:
    """'1,234 users hurt', or that nobody was."""
    if outcome.users_hit:
        return f"{outcome.users_hit:,} {'user' if outcome.users_hit == 1 else 'users'} hurt"
    return "no user hurt"


def headline(scenario: Scenario, outcomes: dict[str, Outcome], fault: str) -> str:
    """The result of one change under some policies, in a sentence or two of Markdown.

    fault: what the change carries, as `faults_in` names it; 'none' is a healthy change.
    """
    outcomes = {plain(policy): outcome for policy, outcome in outcomes.items()}
    hit = {policy: outcome.users_hit for policy, outcome in outcomes.items()}
    everybody = f"of {scenario.service.users.count:,} users"
    if fault == "none":
        took = ", ".join(f"**{name}** {lead(outcome)}" for name, outcome in outcomes.items())
        blamed = [name for name, outcome in outcomes.items() if outcome.false_rollback]
        false = f" A false alarm took it back under {listed(blamed)}." if blamed else ""
        strained = [name for name in hit if hit[name]]
        harmed = f" Installing alone hurt users under {listed(strained)}." if strained else ""
        return f"A healthy change: nothing was wrong with it. {took}.{false}{harmed}"
    if not any(hit.values()):
        return f"A change with the fault *{plain(named(fault))}*: no user was hurt under {listed(list(hit))}."
    order = sorted(hit, key=lambda policy: -hit[policy])
    parts = [f"**{policy}** hurt {people(hit[policy])}" for policy in order]
    parts[0] += f" {everybody}"
    text = f"The same change with the fault *{plain(named(fault))}*, the same luck: {', '.join(parts)}."
    worst, best = hit[order[0]], hit[order[-1]]
    if best and worst > 4 * best:
        text += f" That is {percent(1 - best / worst)} fewer under {order[-1]}."
    return text


def people(count: int) -> str:
    return "nobody" if count == 0 else f"{count:,}"


def lead(outcome: Outcome) -> str:
    """'took 12m' for a promoted change, or how it ended instead."""
    if outcome.lead_time_s is not None:
        return f"took {duration(outcome.lead_time_s)}"
    return {"rolled_back": "was rolled back", "stopped": "was stopped", "unfinished": "was not finished"}.get(
        outcome.ended, "was promoted"
    )


def listed(names: Sequence[str]) -> str:
    """'direct, standby and canary'."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else "no policy"


def named(fault: str) -> str:
    """A fault's key as words: 'crash at start'; several are joined by 'and'."""
    return " and ".join(part.replace("_", " ") for part in fault.split("+"))


def wrong(fault: str) -> str:
    """What goes wrong with a change, for a list of choices.

    >>> wrong("none"), wrong("crash_at_start")
    ('nothing: a healthy change', 'crash at start')
    """
    return "nothing: a healthy change" if fault == "none" else named(fault)


def about(scenario: Scenario) -> str:
    """The scenario in a line."""
    fleet, service = scenario.fleet, scenario.service
    return (
        f"{fleet.production.servers:,} servers, {amount(service.traffic.rate)} requests/s, "
        f"{service.users.count:,} users."
    )
