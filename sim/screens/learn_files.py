"""What can be taken away from a lesson: worksheet, answers, the visitor's predictions, the lesson itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.figures.palette import ACCENT, FAINT
from sim.intake.lesson import Lesson
from sim.screens import exports, worksheet
from sim.screens.guard import plain
from sim.screens.lesson_text import guesses, in_unit
from sim.study.lesson import Values

if TYPE_CHECKING:
    from sim.figures.rendered import Figure


def stem(lesson: Lesson) -> str:
    """The beginning of its files' names."""
    return exports.stem(Path(lesson.file).stem)


def files(lesson: Lesson, values: Values, kept: dict[str, float]) -> list[exports.File]:
    """Paper first; what was predicted only when something was. kept: guesses by question."""
    name = stem(lesson)
    command = f"coalmine compare {lesson.scenario_name or f'{name}.yaml'} --runs {lesson.runs} --seed {lesson.seed}"
    where = exports.source(lesson.scenario, command, seed=lesson.seed, runs=lesson.runs, lesson=lesson.title)
    made = [
        exports.File("Worksheet to print (HTML)", f"{name}-worksheet.html", "text/html",
                     lambda: worksheet.sheet(lesson, values)),
        exports.File("Answers (HTML)", f"{name}-answers.html", "text/html", lambda: worksheet.answers(lesson, values)),
        exports.File("Worksheet and answers (Markdown)", f"{name}-worksheet.md", "text/markdown",
                     lambda: worksheet.markdown(lesson, values)),
        exports.scenario_file(lesson.scenario, where, name),
    ]
    if Path(lesson.file).is_file():
        made.append(exports.File("Lesson (Markdown)", f"{name}.md", "text/markdown", Path(lesson.file).read_bytes))
    if kept:
        held = dict(kept)

        def rows() -> list[dict[str, Any]]:
            return [{**row, "guess": str(row["guess"]), "simulated": str(row["simulated"])}
                    for row in guesses(lesson, values, held)]

        def figure() -> Figure:
            return drawn(lesson, values, held, exports.said(where))

        made += exports.tables(rows, where, f"{name}-predictions", "my predictions")
        if any(ask.kind == "number" and ask.id in held for ask in lesson.asks):
            made += exports.pictures(figure, where, f"{name}-predictions")
        made.append(exports.report(
            f"My predictions: {lesson.title}", lambda: words(lesson, values, held), where, f"{name}-predictions"
        ))
    return made


def words(lesson: Lesson, values: Values, kept: dict[str, float]) -> str:
    """Every prediction beside the simulation, as Markdown."""
    lines = [f"# My predictions: {plain(lesson.title)}", "", "| Question | I said | The simulation says | |",
             "|:--|--:|--:|:--|"]
    for row in guesses(lesson, values, kept):
        guess, truth = (
            in_unit(row[key], row["unit"]) if row["unit"] else exports.paper_text(row[key])
            for key in ("guess", "simulated")
        )
        mark = "✓" if row["good"] else ""
        lines.append(f"| {exports.paper_text(row['asked'])} | {guess} | {truth} | {mark} |")
    return "\n".join(lines) + "\n"


def drawn(lesson: Lesson, values: Values, kept: dict[str, float], source: str) -> Figure:
    """Guess and simulation, a panel a question that has a number."""
    from sim.figures import bars

    rows = [row for row in guesses(lesson, values, kept) if row["unit"]]
    panels = [
        bars.Bars(row["unit"], [
            bars.Bar("my guess", row["guess"], FAINT, in_unit(row["guess"], row["unit"])),
            bars.Bar("simulation", row["simulated"], ACCENT, in_unit(row["simulated"], row["unit"]), row["low"],
                     row["high"]),
        ])
        for row in rows
    ]
    return bars.draw(f"{lesson.title}: predicted and simulated", panels, source)
