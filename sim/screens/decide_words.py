"""What is said to the person who decides: the evidence before, the truth after, and what ten changes teach."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sim.cli.story.evidence import added
from sim.cli.story.facts import verdict
from sim.cli.words import amount, duration, money, percent, some
from sim.model.evidence import Evidence, Verdict
from sim.model.outcome import Outcome
from sim.scenario import Scenario
from sim.screens.sentences import hurt, named
from sim.study.deciding import Answered, End, Ends, Question, Score, score
from sim.theory.tails import poisson_at_least

WHO = {"person": "You", "rule": "The rule", "always": "Always promote"}
MOST_POINTS = 60
ENDED = {
    "promoted": "promoted", "rolled_back": "taken back", "stopped": "stopped half-way", "unfinished": "not finished",
}


def points(evidence: Sequence[Evidence]) -> list[dict[str, Any]]:
    """Rows for the chart: new version, and beside it the control or the rest of the service."""
    size = max(1, -(-len(evidence) // MOST_POINTS))
    rows = []
    for at in range(0, len(evidence), size):
        part = evidence[at : at + size]
        minute = round(float(part[-1].end_s) / 60, 2)
        for group, (failed, requests) in seen(part).items():
            if requests:
                rows.append({
                    "minute": minute, "group": group, "share": failed / requests, "failed": failed,
                    "requests": requests,
                })
    return rows


def seen(evidence: Sequence[Evidence]) -> dict[str, tuple[int, int]]:
    """(failed, requests) of the new version and of what it can be held against."""
    new, control, whole = (added(evidence, name) for name in ("judged", "control", "whole"))
    found = {"new version": (new.failed, new.requests)}
    if control.requests:
        found["control"] = (control.failed, control.requests)
    elif whole.requests > new.requests:
        found["old version"] = (whole.failed - new.failed, whole.requests - new.requests)
    return found


def told(question: Question) -> str:
    """The evidence in a sentence, for those who cannot see the chart."""
    parts = [
        f"{group}: {amount(failed)} of {amount(requests)} requests failed ({percent(failed / requests)})"
        for group, (failed, requests) in seen(question.evidence).items() if requests
    ]
    return "; ".join(parts) or "no request was seen yet"


def odds(question: Question, scenario: Scenario) -> str:
    """What the evidence was worth: how often a good change looks at least as bad."""
    failed, requests = seen(question.evidence)["new version"]
    usual = requests * scenario.service.base_errors
    if not requests or usual <= 0:
        return ""
    chance = poisson_at_least(usual, failed) if failed else 1.0
    return (
        f"{amount(failed)} of {amount(requests)} requests had failed, where {amount(round(usual))} are usual. "
        f"Of good changes, {in_words(chance)} look at least as bad as this, by luck alone."
    )


def in_words(chance: float) -> str:
    """A chance as a count of changes.

    >>> in_words(0.31), in_words(0.004), in_words(0.0000001)
    ('31 of 100', '4 of 1,000', 'fewer than 1 of 100,000')
    """
    if chance >= 0.995:
        return "nearly all"
    for many in (100, 1_000, 10_000, 100_000):
        if chance * many >= 1:
            return f"{chance * many:.0f} of {many:,}"
    return "fewer than 1 of 100,000"


def judgement(found: Ends, fault: str) -> tuple[bool, str]:
    """Whether the person decided well, and the truth in a sentence or two."""
    mine, rule = found.person.outcome, found.rule.outcome
    kept = mine.ended == "promoted"
    if fault == "none":
        if kept:
            return True, "**Nothing was wrong with it**, and you let it pass."
        return False, (
            "**Nothing was wrong with it.** A false alarm: the work waits, and somebody will look for a fault that "
            "is not there."
        )
    carried = f"**It was faulty: *{named(fault)}*.**"
    if kept:
        return False, f"{carried} You let it through; {hurt(mine)}. {_by_rule(rule)}"
    if not mine.users_hit:
        return True, f"{carried} It was taken back, and nobody was hurt."
    if mine.users_hit > 2 * rule.users_hit + 10:
        return False, f"{carried} It was taken back, but late; {hurt(mine)}. {_by_rule(rule)}"
    return True, f"{carried} It was taken back; {hurt(mine)}. {_by_rule(rule)}"


def _by_rule(rule: Outcome) -> str:
    ended = "let it through as well" if rule.ended == "promoted" else "took it back"
    return f"The rule {ended}; {hurt(rule)}."


def answers(found: Sequence[Answered], rule_name: str) -> list[str]:
    """Gate by gate: what the person said and what the rule did."""
    lines = []
    for one in found:
        rule = verdict(one.rule)
        if one.acted_s is not None:
            rule = f"roll back, already at {duration(one.acted_s)}"
        lines.append(f"After {duration(one.t_s)}, stage *{one.stage}*: you said **{verdict(one.answer)}**, "
                     f"{rule_name} says **{rule}**.")
    return lines


def row(who: str, end: End) -> dict[str, str]:
    """One line of the table after a change."""
    return {
        "": WHO[who], "Ended": ENDED[end.outcome.ended], "Users hurt": f"{end.outcome.users_hit:,}",
        "Over after": duration(end.over_s), "Cost": money(end.outcome.cost),
    }


def rows(found: Sequence[Ends], runs: Sequence[int], faults: Sequence[str]) -> list[dict[str, Any]]:
    """One row a change that is decided, for the table at the end and for files."""
    made = []
    for one, run, fault in zip(found, runs, faults, strict=True):
        made.append({
            "run": run, "fault": fault,
            **{f"{who}_{what}": value for who in WHO for what, value in (
                ("ended", getattr(one, who).outcome.ended), ("users_hit", getattr(one, who).outcome.users_hit),
                ("over_s", getattr(one, who).over_s), ("cost", getattr(one, who).outcome.cost),
            )},
        })
    return made


def bars(found: Sequence[Ends]) -> list[tuple[str, list[dict[str, Any]]]]:
    """(title, rows) of the three charts of a score."""
    scored = {who: score(found, who) for who in WHO}

    def one(title: str, value: Any, said: Any) -> tuple[str, list[dict[str, Any]]]:
        return title, [{"who": WHO[who], "value": value(part), "said": said(part)} for who, part in scored.items()]

    return [
        one("users hurt", lambda s: s.users_hit, lambda s: f"{s.users_hit:,}"),
        one("minutes that good changes lost", lambda s: s.held_up_s / 60, lambda s: duration(s.held_up_s)),
        one("good changes taken back", lambda s: s.false_alarms, lambda s: str(s.false_alarms)),
    ]


def summary(found: Sequence[Ends], faulty: int) -> list[str]:
    """The end of ten, in sentences: the three side by side, and what is to be learnt from the difference."""
    mine, rule, always = (score(found, who) for who in WHO)
    lines = [
        f"**{some(faulty, 'change was', 'changes were')} faulty and {len(found) - faulty} good.** You hurt "
        f"**{mine.users_hit:,}** users, the rule **{rule.users_hit:,}**; always saying promote would have hurt "
        f"**{always.users_hit:,}**.",
        f"You let {some(mine.let_through, 'faulty change')} through and took {some(mine.false_alarms, 'good one')} "
        f"back; the rule {rule.let_through} and {rule.false_alarms}. Good changes lost {duration(mine.held_up_s)} with "
        f"you, {duration(rule.held_up_s)} with the rule.",
    ]
    return [*lines, *lessons(mine, rule, always)]


def lessons(mine: Score, rule: Score, always: Score) -> list[str]:
    """What the three scores teach, by how they differ."""
    said = []
    if always.users_hit and mine.users_hit <= always.users_hit / 2:
        fewer = percent(1 - mine.users_hit / always.users_hit)
        said.append(f"To look before going on spared {fewer} of the users whom pushing on would have hurt.")
    if rule.users_hit * 2 < mine.users_hit:
        said.append(
            "The rule knew nothing that you did not. It **looks at every scrape, and acts at once**; you were asked "
            "when the bake was over, and by then people had been hurt."
        )
    elif mine.users_hit * 2 < rule.users_hit:
        said.append("You did better than the rule, on ten changes. Would you on a thousand, at four in the morning?")
    if mine.false_alarms > rule.false_alarms:
        said.append(
            "You took back more good changes than the rule. **We see patterns in noise**: a few failures close "
            "together look like a fault. Decide what is too many *before* you look."
        )
    if mine.let_through > rule.let_through:
        said.append(
            "You let more faults through than the rule. Where the evidence is thin, **hoping is a decision too**: more "
            "canaries, a longer bake or a control group would have made it less thin."
        )
    elif mine.let_through < rule.let_through:
        said.append(
            "You stopped faults that the rule let pass, because they are smaller than its limit. A lower limit would "
            "stop them too, and take back more good changes: **every limit is a choice between two mistakes**."
        )
    if len(said) < 2:
        said.append(
            "Where evidence is thin nobody can be right always, neither you nor the rule. A wider look costs time or "
            "users; which is dearer depends on the service."
        )
    return said


def is_good(answer: Verdict, fault: str) -> bool:
    """Whether an answer fits the truth; to hold is never wrong by itself."""
    return answer is Verdict.HOLD or (answer is Verdict.PROMOTE) == (fault == "none")
