"""What can be taken away from Decide: every change and its three ends, the score as a picture, a report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim.figures.palette import ACCENT, FAINT, INK, THEMES
from sim.scenario import Scenario
from sim.screens import decide_words, exports
from sim.study.deciding import Ends

if TYPE_CHECKING:
    from sim.figures.rendered import Figure


def colours(*, dark: bool = False) -> dict[str, str]:
    """The three of a score: the person in the accent, the others greyer."""
    names = list(decide_words.WHO.values())
    shades = (THEMES["dark"]["primaryColor"], "#B7BEC8", "#7B8490") if dark else (ACCENT, INK, FAINT)
    return dict(zip(names, shades, strict=True))


def files(
    scenario: Scenario, name: str, policy: str, seed: int, found: Sequence[Ends], runs: Sequence[int],
    faults: Sequence[str],
) -> list[exports.File]:
    """All files of a game."""
    command = f"coalmine run {name} --policy {policy} --seed {seed} --run {runs[0] if runs else 0} --step"
    where = exports.source(scenario, command, seed=seed, policy=policy, decided=list(runs))
    stem = exports.stem("decide", name, policy, "seed", seed)
    faulty = sum(fault != "none" for fault in faults)

    def figure() -> Figure:
        from sim.figures import bars

        shades = colours()
        panels = [
            bars.Bars(title, [bars.Bar(row["who"], row["value"], shades[row["who"]], row["said"]) for row in rows])
            for title, rows in decide_words.bars(found)
        ]
        title = decide_words.summary(found, faulty)[0].replace("*", "")
        return bars.draw(title, panels, exports.said(where))

    def words() -> str:
        lines = [f"# {len(found)} decisions: {exports.paper_text(scenario.name)}", ""]
        for line in decide_words.summary(found, faulty):
            lines += [line, ""]
        lines += ["| Run | Truth | I | The rule | Users hurt by me | by the rule | by always promoting |",
                  "|--:|:--|:--|:--|--:|--:|--:|"]
        for run, fault, end in zip(runs, faults, found, strict=True):
            lines.append(
                f"| {run} | {exports.paper_text(fault)} | {decide_words.ENDED[end.person.outcome.ended]} "
                f"| {decide_words.ENDED[end.rule.outcome.ended]} | {end.person.outcome.users_hit:,} "
                f"| {end.rule.outcome.users_hit:,} | {end.always.outcome.users_hit:,} |"
            )
        return "\n".join(lines) + "\n"

    return [
        *exports.tables(lambda: decide_words.rows(found, runs, faults), where, stem, "every change"),
        *exports.pictures(figure, where, stem),
        exports.scenario_file(scenario, where, exports.stem(name)),
        exports.report(f"Decisions on {scenario.name}", words, where, stem, figure),
    ]
