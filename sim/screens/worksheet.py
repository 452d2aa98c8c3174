"""A lesson on paper: what is read, questions with room for the answers, and the answers on sheets of their own."""

from __future__ import annotations

from html import escape

from sim.intake.lesson import Ask, Lesson, Part, Prose, Watch
from sim.screens import paper
from sim.screens.guard import plain
from sim.screens.lesson_text import in_unit, prose
from sim.study.lesson import Values

LINES = 3
HOLLOW = "☐"


def sheet(lesson: Lesson, values: Values) -> str:
    """The worksheet as an HTML page that prints well; nothing on it gives an answer away."""
    body = [f"<h1>{escape(lesson.title)}</h1>", _head(lesson)]
    number = 0
    for section in lesson.sections:
        if section.title:
            body.append(f"<h2>{escape(section.title)}</h2>")
        asked = False
        for part in section.parts:
            if isinstance(part, Ask):
                number += 1
                asked = True
                body.append(_question(part, number))
            elif not asked:
                body.append(_part(part, values))
    return paper.page(f"Worksheet: {lesson.title}", "\n".join(body))


def answers(lesson: Lesson, values: Values) -> str:
    """The answers and what they mean, computed by the simulation, for the teacher or for later."""
    body = [f"<h1>Answers: {escape(lesson.title)}</h1>",
            f"<p>Computed from {lesson.runs:,} changes of seed {lesson.seed}, the same under every policy.</p>"]
    number = 0
    for section in lesson.sections:
        asked = False
        for part in section.parts:
            if isinstance(part, Ask):
                number += 1
                asked = True
                body.append(f'<div class="question"><p><b>{number}.</b> {paper.inline(part.asked)}</p>'
                            f"<p>→ <b>{escape(_answer(part, values))}</b></p></div>")
            elif asked:
                body.append(_part(part, values))
    return paper.page(f"Answers: {lesson.title}", "\n".join(body))


def markdown(lesson: Lesson, values: Values) -> str:
    """The worksheet as Markdown, to be changed in any editor, with the answers at its end."""
    lines = [f"# {plain(lesson.title)}", "", lesson.about, "", "Name: ________________  Date: ____________", ""]
    later, number = ["---", "", "# Answers", ""], 0
    for section in lesson.sections:
        lines += [f"## {section.title}", ""] if section.title else []
        asked = False
        for part in section.parts:
            if isinstance(part, Ask):
                number += 1
                asked = True
                lines += [f"**{number}.** {part.asked}", ""]
                lines += [f"- {HOLLOW} {choice.said}" for choice in part.choices]
                lines += ["", f"My prediction: ________________ {part.unit}", ""]
                later += [f"**{number}.** {_answer(part, values)}", ""]
            else:
                (later if asked else lines).append(_plain_part(part, values))
    return "\n".join([*lines, *later]) + "\n"


def _head(lesson: Lesson) -> str:
    goals = "".join(f"<li>{escape(goal)}</li>" for goal in lesson.goals)
    return (
        '<p>Name: <span class="line short"></span> &nbsp; Date: <span class="line short"></span></p>'
        f"<p>{escape(lesson.about)} About {lesson.minutes} minutes.</p>"
        + (f"<p>After it you can:</p><ul>{goals}</ul>" if goals else "")
    )


def _question(ask: Ask, number: int) -> str:
    asked = f"{paper.inline(ask.asked)}</p>"
    if ask.kind == "choice":
        room = '<ul class="choice">' + "".join(f"<li>{escape(choice.said)}</li>" for choice in ask.choices) + "</ul>"
    else:
        room = f'<p>My prediction: <span class="line short"></span> {escape(ask.unit)}</p>'
    why = "".join('<div class="line"></div>' for _ in range(LINES))
    return (
        f'<div class="question"><p><b>{number}.</b> {asked}{room}<p>Because:</p>{why}'
        '<p>What the simulation said: <span class="line short"></span></p></div>'
    )


def _part(part: Part, values: Values) -> str:
    return paper.html(_plain_part(part, values))


def _plain_part(part: Part, values: Values) -> str:
    if isinstance(part, Prose):
        return prose(part, values)
    if isinstance(part, Watch):
        return f"*In the app: watch run {part.run} under {', '.join(part.policies)}.*\n"
    return "*In the app: look at the chart.*\n"


def _answer(ask: Ask, values: Values) -> str:
    truth = values.truth(ask)
    if ask.kind == "choice":
        return ask.choices[int(truth.value)].said
    said = in_unit(truth.value, ask.unit)
    if truth.low is None or truth.high is None:
        return said
    return f"{said} (95 % interval {in_unit(max(0.0, truth.low), ask.unit)} to {in_unit(truth.high, ask.unit)})"
