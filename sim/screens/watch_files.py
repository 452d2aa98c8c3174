"""What can be taken away from Watch: outcomes and events as tables, the picture, the scenario, a report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sim.scenario import Scenario
from sim.screens import casting, curves, exports, film, sentences, telling

if TYPE_CHECKING:
    from sim.figures.rendered import Figure


def files(
    scenario: Scenario, command: str, seed: int, run: int, policies: Sequence[str], name: str
) -> list[exports.File]:
    """All files of one change under some policies. name: of the scenario, as commands know it."""
    where = exports.source(scenario, command, seed=seed, run=run, policies=list(policies))
    stem = exports.stem(name, "seed", seed, "run", run)

    def made() -> list[film.Take]:
        return film.takes(scenario, seed, run, policies)

    def figure() -> Figure:
        return drawn(scenario, made(), exports.said(where), title(scenario, made(), seed, run))

    return [
        *exports.pictures(figure, where, stem),
        *exports.tables(lambda: outcomes(made(), run), where, stem, "outcomes"),
        *exports.tables(lambda: events(scenario, made()), where, f"{stem}-events", "events"),
        exports.scenario_file(scenario, where, exports.stem(name)),
        exports.report(
            f"{scenario.name}: one change under {len(policies)} policies",
            lambda: words(scenario, made(), seed, run), where, stem, figure,
        ),
    ]


def title(scenario: Scenario, made: Sequence[film.Take], seed: int, run: int) -> str:
    """The result as plain text."""
    told = sentences.headline(
        scenario, {take.policy: take.outcome for take in made}, casting.carried(scenario, seed, run)
    )
    return told.replace("*", "")


def outcomes(made: Sequence[film.Take], run: int) -> list[dict[str, Any]]:
    """A row a policy, every column of its outcome."""
    return [{"policy": take.policy, "run": run, **asdict(take.outcome)} for take in made]


def events(scenario: Scenario, made: Sequence[film.Take]) -> list[dict[str, Any]]:
    """A row a fact: when, in words, and whether nobody could know it."""
    return [
        {"policy": take.policy, "t_s": t_s, "hidden": bool(hidden), "event": text}
        for take in made
        for t_s, text, _, hidden in telling.story(take.timeline, scenario, take.plan)
    ]


def words(scenario: Scenario, made: Sequence[film.Take], seed: int, run: int) -> str:
    """The report: result, a row a policy, and what happened under each."""
    lines = [f"# {exports.paper_text(scenario.name)}", "", title(scenario, made, seed, run), "",
             exports.paper_text(scenario.about), "", "| Policy | What came of it |", "|:--|:--|"]
    lines += [f"| {exports.paper_text(take.policy)} | {sentences.verdict(take.outcome)} |" for take in made]
    for take in made:
        lines += ["", f"## Under {exports.paper_text(take.policy)}", "", "| After | What happened |", "|--:|:--|"]
        lines += [
            f"| {exports.clock(t_s)} | {exports.paper_text(text)}{' *(hidden)*' if hidden else ''} |"
            for t_s, text, _, hidden in telling.story(take.timeline, scenario, take.plan)
        ]
    return "\n".join(lines) + "\n"


def drawn(scenario: Scenario, made: Sequence[film.Take], source: str, headline: str) -> Figure:
    """The picture of the report: what was seen, and the harm that was done."""
    from sim.figures import rollouts
    from sim.figures.palette import styles

    end, looks = film.length(made, scenario.horizon), styles(scenario.policies)
    shown = []
    for take in made:
        seen = curves.seen(take.timeline, end)
        harm = curves.harm(take.timeline, take.outcome, scenario, end)
        stages = [(a, b, name) for a, b, name in telling.stages(take.timeline, end)]
        shown.append(rollouts.Rollout(
            take.policy, sentences.verdict(take.outcome), looks[take.policy].colour, stages, seen["t"], seen["new"],
            seen["old"], harm["t"], harm["users"],
        ))
    return rollouts.draw(headline, shown, end, source)
