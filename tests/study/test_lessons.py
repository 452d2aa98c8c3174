"""The lessons that come along: every answer is computed, and says what the lesson's text says."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pytest

from sim.intake import lesson_library
from sim.intake.lesson import Lesson, Number, Prose
from sim.study.lesson import Truth, Values, near, parse, read

LESSONS = lesson_library.names()
TRUE = {                               # lesson, question -> what the text around it claims
    ("1_just_push_it", "one"): (80_000, 140_000),             # "a small fault times everybody is a big fault"
    ("1_just_push_it", "slow"): 1,                            # people and the way back take longer
    ("1_just_push_it", "mean"): (30, 80),
    ("1_just_push_it", "month"): (20_000, 200_000),
    ("2_test_first", "caught"): (25, 70),                     # many, and by far not all
    ("2_test_first", "longer"): 1,
    ("2_test_first", "fewer"): (30, 90),
    ("2_test_first", "longer_minutes"): (20, 35),
    ("3_a_standby", "restart"): (500, 1_200),                 # a good change hurts visitors
    ("3_a_standby", "swap"): 2,                               # and with a standby nearly none
    ("3_a_standby", "bad"): (5, 55),                          # "many people expect far more"
    ("3_a_standby", "best"): 3,
    ("4_canaries", "same"): (100, 400),
    ("4_canaries", "mean"): (80, 99.5),
    ("4_canaries", "blind"): 1,
    ("4_canaries", "price"): (50, 90),
    ("5_why_a_canary_pays", "counted"): (1.1, 2.5),           # "the truth is near one"
    ("5_why_a_canary_pays", "paged"): (22, 26),               # "the factor that everybody expected"
    ("5_why_a_canary_pays", "formula"): (12_020, 12_020),
    ("5_why_a_canary_pays", "effort"): 1,
}


@cache
def opened(name: str) -> tuple[Lesson, Values]:
    lesson = read(LESSONS[name])
    return lesson, Values(lesson)


@pytest.mark.slow
@pytest.mark.parametrize("name", LESSONS)
def test_every_question_has_its_answer_and_says_what_the_text_says(name: str) -> None:
    lesson, values = opened(name)
    for ask in lesson.asks:
        truth, wanted = values.truth(ask), TRUE[name, ask.id]
        if isinstance(wanted, tuple):
            assert wanted[0] <= truth.value <= wanted[1], ask.id
        else:
            assert truth.value == wanted, ask.id


@pytest.mark.parametrize("name", LESSONS)
def test_every_number_of_the_text_has_a_value(name: str) -> None:
    lesson, values = opened(name)
    for section in lesson.sections:
        for part in section.parts:
            if isinstance(part, Prose):
                for piece in part.pieces:
                    if isinstance(piece, Number):
                        assert np.isfinite(values.number(piece).value), piece.line


@pytest.mark.parametrize("name", LESSONS)
def test_no_result_is_typed_into_the_text(name: str) -> None:
    lesson, _ = opened(name)
    for section in lesson.sections:
        for part in section.parts:
            if isinstance(part, Prose):
                typed = " ".join(piece for piece in part.pieces if isinstance(piece, str))
                assert re.findall(r"\d{3,}|\d+\.\d|\d,\d{3}", typed.replace("600 s", "")) == []


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_has_what_a_lesson_needs(name: str) -> None:
    lesson, _ = opened(name)
    assert len(lesson.asks) >= 4
    assert lesson.goals
    assert 10 <= lesson.minutes <= 20
    assert lesson.scenario_name                               # so that its end leads into the sandbox


def test_the_formula_of_the_last_lesson_is_what_the_simulation_gives() -> None:
    _, values = opened("5_why_a_canary_pays")
    rate, errors = 2000, 0.02
    for policy, share in (("paged_2", 0.02), ("paged_50", 0.5)):
        found = values.of(f"{policy}.faulty.failed_requests.mean")
        assert found.low is not None
        assert found.high is not None
        error = (found.high - found.low) / 2 / 1.96
        # A scrape a second: the twentieth failure is seen between at once and a second late.
        least = 20 + share * rate * errors * 600
        assert least - 4 * error <= found.value <= least + share * rate * errors + 4 * error, policy


def test_the_interval_of_a_sum_is_that_of_its_runs() -> None:
    _, values = opened("2_test_first")
    once = values.of("direct.faulty.users_hit.mean")
    twice = values.truth(parse(
        "---\ntitle: T\nscenario: web_fleet\npolicies: [direct]\n---\n```ask\nkind: number\nask: x\nunit: users\n"
        "answer: 2 * direct.faulty.users_hit.mean\n```\n"
    ).asks[0])
    assert once.low is not None
    assert once.high is not None
    assert twice.low is not None
    assert twice.high is not None
    assert twice.value == pytest.approx(2 * once.value)
    assert twice.high - twice.low == pytest.approx(2 * (once.high - once.low), rel=0.15)
    same = values.worked_out(parse(
        "---\ntitle: T\nscenario: web_fleet\npolicies: [direct]\n---\n"
        "{{ direct.faulty.users_hit.mean - direct.faulty.users_hit.mean }}\n"
    ).sections[0].parts[0].pieces[1].formula)                 # type: ignore[union-attr]
    assert (same.low, same.high) == (0, 0)                    # the same runs on both sides


@pytest.mark.parametrize(
    ("guess", "good"), [(100, True), (124, True), (126, False), (74, False), (90, True), (0, False)]
)
def test_a_good_guess_is_within_a_quarter_or_inside_the_interval(guess: float, good: bool) -> None:
    assert near(guess, Truth(100, 85, 110)) is good
