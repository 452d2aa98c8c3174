"""A lesson with a mistake names file, line and field; a right one is read as it stands."""

from __future__ import annotations

import pytest

from sim.intake.formula import condition, formula
from sim.intake.problems import InputError
from sim.study.lesson import parse

HEAD = "---\ntitle: T\nscenario: website\npolicies: [direct, standby]\n---\n"
ASK = "## S\n```ask\nkind: number\nask: How many?\nunit: users\nanswer: direct.faulty.users_hit.mean\n```\nAfter.\n"
MISTAKES = {
    "no head": ("# Hello\n", "x.md:1: a lesson begins with a line `---`"),
    "open head": ("---\ntitle: T\n", "x.md:1: the head that begins here has no second"),
    "unknown key": (HEAD.replace("title: T", "titel: T") + ASK, "x.md:2: titel: is unknown here, did you mean title?"),
    "no title": (HEAD.replace("title: T\n", "") + ASK, "title: is missing"),
    "no scenario": (HEAD.replace("website", "websight") + ASK, "x.md:3: scenario: websight, does not exist"),
    "policy": (HEAD.replace("standby]", "canary]") + ASK, "x.md:4: policies: canary is no policy that this fleet can"),
    "seed": (HEAD.replace("---\n", "---\nseed: -1\n", 1) + ASK, "x.md:2: seed: -1, must be a whole number from 0"),
    "runs": (HEAD.replace("---\n", "---\nruns: 10000000\n", 1) + ASK, "x.md:2: runs: 10000000, must be a whole"),
    "kind": (HEAD + ASK.replace("kind: number", "kind: numbr"), "x.md:8: ask.kind: numbr, must be one of number"),
    "unit": (HEAD + ASK.replace("unit: users", "unit: apples"), "x.md:10: ask.unit: apples, must be one of users"),
    "no answer": (HEAD + ASK.replace("answer: direct.faulty.users_hit.mean\n", ""), "ask.answer: is missing"),
    "formula": (HEAD + ASK.replace(".mean", ".mean +"), "x.md:11: ask.answer: direct.faulty.users_hit.mean +, ends"),
    "column": (HEAD + ASK.replace("users_hit", "users_hurt"), "did you mean 'users_hit'?"),
    "in text": (HEAD + "One\n\nTwo {{ direct.cost }}\n" + ASK, "x.md:8: {{ }}: direct.cost"),
    "format": (HEAD + "Two {{ direct.cost.mean | euros }}\n" + ASK, "x.md:6: {{ }}: direct.cost.mean, 'euros' is no"),
    "field": (HEAD + "Two {{ scenario.fleet.prodction }}\n" + ASK, "is not known, did you mean production?"),
    "open block": (HEAD + "```ask\nkind: number\n", "x.md:6: a block that is not closed"),
    "yaml": (HEAD + "```ask\nkind: [number\n```\n", "x.md:"),
    "id twice": (HEAD + (ASK + ASK).replace("kind:", "id: a\nkind:"), "ask.id: a, given twice"),
    "one choice": (HEAD + "```ask\nkind: choice\nask: x\nchoices: [{say: a}]\n```\n", "ask.choices: a list of two to"),
    "watch": (HEAD + "```watch\nrun: 1\npolicies: [cana]\n```\n", "watch.policies: cana is none of the lesson's"),
    "chart": (HEAD + "```chart\ncolumn: users\n```\n", "x.md:7: chart.column: users, must be one of users_hit"),
    "nothing": (HEAD, "there is no text after the head"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_names_file_line_and_field(name: str) -> None:
    text, said = MISTAKES[name]
    with pytest.raises(InputError) as caught:
        parse(text, "x.md")
    assert said in str(caught.value)
    assert all(problem.file == "x.md" for problem in caught.value.problems)


def test_an_inline_scenario_errs_at_its_own_line() -> None:
    text = "---\ntitle: T\nscenario:\n  name: S\n  servce: {}\n---\nText\n"
    with pytest.raises(InputError, match=r"x.md:5: scenario.servce: is unknown here, did you mean service"):
        parse(text, "x.md")


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        parse(HEAD.replace("title: T", "seed: x") + ASK.replace("users_hit", "?"), "x.md")
    assert len(caught.value.problems) == 3                     # title, seed, formula


def test_text_blocks_and_lines_stand_in_order() -> None:
    lesson = parse(HEAD + "Read {{ scenario.change.per_month }} times.\n\n" + ASK, "x.md")
    assert [section.title for section in lesson.sections] == ["", "S"]
    assert [type(part).__name__ for part in lesson.sections[1].parts] == ["Ask", "Prose"]
    assert (lesson.scenario_name, lesson.policies, lesson.asks[0].line) == ("website", ("direct", "standby"), 10)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 - 2 - 3", -4), ("2 * (3 + 4)", 14), ("8 / 4 / 2", 1), ("10m - 1m", 540), ("50%", 0.5), ("2k", 2000),
        ("3/s", 3),
    ],
)
def test_a_formula_is_worked_out_as_at_school(text: str, value: float) -> None:
    assert formula(text).value(lambda name: 0.0) == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "1 +", "(1", "1 2", "* 1", "__import__", "a.b()", "1; 2", "(" * 50 + "1"])
def test_what_is_no_formula_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        formula(text)


def test_all_parts_of_a_condition_must_hold() -> None:
    assert condition("1 < 2 and 2 < 3").holds(lambda name: 0.0)
    assert not condition("1 < 2 and 3 < 3").holds(lambda name: 0.0)
