"""Learn, without a browser: predict, compare, go on to the end; worksheets that give nothing away."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from sim.intake import lesson_library
from sim.intake.lesson import CHARTED, Lesson
from sim.screens import learn_files, lesson_text, tables, worksheet
from sim.study.lesson import Truth, Values, read
from tests.screens.app import opened, text

FIRST = "1_just_push_it"


@cache
def first() -> tuple[Lesson, Values]:
    lesson = read(lesson_library.names()[FIRST])
    return lesson, Values(lesson)


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label.startswith(label)).click()
    return app.run()


def test_a_student_goes_through_lesson_one_with_the_mouse_alone() -> None:
    app = opened("learn")
    assert app.title[0].value == "Just push it"
    press(app, "Next: A small fault")
    assert "107,723" not in text(app)                          # no answer before the guess
    assert press(app, "Keep my prediction").warning[0].value.startswith("Predict first")
    app.number_input[0].set_value(5000)
    press(app, "Keep my prediction")
    assert "You said 5,000 users. The simulation says **107,723 users**" in app.info[0].value
    press(app, "Next: Where the time went")
    app.radio[0].set_value(app.radio[0].options[1])
    press(app, "Keep my prediction")
    assert app.success[0].value.startswith("Your prediction was right")
    press(app, "Next: Was that bad luck?")
    app.number_input[0].set_value(50)
    press(app, "Keep my prediction")
    assert "95 % interval" in app.success[1].value
    press(app, "Next: But most changes are good")
    app.number_input[0].set_value(1)
    press(app, "Keep my prediction")
    press(app, "Next: What to remember")
    assert "**2 of 4 predictions were good.**" in text(app)
    assert not app.exception
    assert not app.error
    press(app, "Begin again")
    assert "You said" not in text(app)


def test_a_lessons_study_is_done_by_workers_and_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    lesson, values = first()
    ask = lesson.asks[2]
    told = lesson_text.answered(ask, 50, values.truth(ask))[1]
    assert "95 % interval" in told                             # it is a number of the study, not of one run

    def never(*_: object, **__: object) -> None:
        raise AssertionError("the process that answers thirty visitors simulates nothing")

    monkeypatch.setattr("sim.study.lesson.compare", never)
    app = opened("learn")
    app.session_state["lessons kept"] = {lesson.key: {"guesses": {a.id: 50.0 * (a is ask) for a in lesson.asks[:3]},
                                                      "step": 3}}
    app.run()
    assert not app.exception
    assert not app.error
    assert told in [box.value for box in (*app.success, *app.info)]


@pytest.mark.slow
@pytest.mark.parametrize("name", list(lesson_library.names())[1:])
def test_a_link_opens_a_lesson(name: str) -> None:
    app = opened("learn", lesson=name)
    assert app.title[0].value == read(lesson_library.names()[name]).title
    assert not app.exception
    assert not app.error


def test_a_broken_link_opens_the_first_lesson() -> None:
    assert opened("learn", lesson="<script>").title[0].value == "Just push it"


def test_lessons_of_a_teachers_folder_are_offered_and_their_mistakes_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_own.md").write_text("---\ntitle: Mine\nscenario: website\nsed: 1\n---\nHello\n", encoding="utf-8")
    monkeypatch.setenv(lesson_library.FOLDER, str(tmp_path))
    app = opened("learn", lesson="my_own")
    assert "This lesson has mistakes" in app.error[0].value
    assert "did you mean seed" in text(app).replace("\\", "")
    (tmp_path / "my_own.md").write_text("---\ntitle: Mine\nscenario: website\n---\nHello\n", encoding="utf-8")
    assert app.run().title[0].value == "Mine"


def test_the_worksheet_asks_and_the_answers_are_apart() -> None:
    lesson, values = first()
    sheet, answers = worksheet.sheet(lesson, values), worksheet.answers(lesson, values)
    assert sheet.count('class="question"') == len(lesson.asks) == answers.count('class="question"')
    assert "107,723" not in sheet
    assert "107,723 users" in answers
    assert "{{" not in sheet + answers
    both = worksheet.markdown(lesson, values)
    assert both.index("My prediction") < both.index("# Answers") < both.index("107,723")


def test_predictions_can_be_taken_away() -> None:
    lesson, values = first()
    files = {file.label: file for file in learn_files.files(lesson, values, {"one": 5000.0, "slow": 0.0})}
    assert "one,How many of all these people" in str(files["CSV (my predictions)"].make())
    assert "5,000 users" in str(files["Report (HTML)"].make())
    assert bytes(files["PNG picture"].make()).startswith(b"\x89PNG")      # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("guess", "said"),
    [(50.0, "That is 20 times as much"), (5000.0, "You thought of 5 times as much"), (1000.0, "A good guess")],
)
def test_a_guess_is_answered_by_how_far_it_was_off(guess: float, said: str) -> None:
    assert said in lesson_text.answered(first()[0].asks[0], guess, Truth(1000, None, None))[1]


def test_what_a_lesson_can_chart_is_what_the_app_can_draw() -> None:
    assert set(CHARTED) == set(tables.COLUMNS)
