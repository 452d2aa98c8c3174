"""`coalmine check` reads lessons too, in the words that scenarios are checked with."""

from __future__ import annotations

import json
from pathlib import Path

from tests.doors.command import Run

ROOT = Path(__file__).resolve().parents[2]


def test_check_says_what_a_lesson_is(coalmine: Run) -> None:
    done = coalmine("check", ROOT / "lessons" / "1_just_push_it.md")
    assert done.exit_code == 0
    assert done.stdout.replace("\n    ", " ").endswith("Just push it: 6 steps, 4 questions\n")


def test_check_names_the_line_of_a_mistake(coalmine: Run, tmp_path: Path) -> None:
    wrong = tmp_path / "x.md"
    wrong.write_text("---\ntitle: T\nscenario: website\nsed: 1\n---\nText\n", encoding="utf-8")
    done = coalmine("check", wrong)
    assert done.exit_code == 2
    assert "x.md:4: sed: is unknown here, did you mean seed?" in done.stderr
    told = json.loads(coalmine("check", wrong, "--json").stdout)
    assert told["errors"][0]["line"] == 4


def test_lessons_and_scenarios_are_checked_apart(coalmine: Run) -> None:
    done = coalmine("check", "website", ROOT / "lessons" / "1_just_push_it.md")
    assert done.exit_code == 2
    assert "website is no lesson" in done.stderr


def test_explore_refuses_a_folder_that_is_not_there(coalmine: Run) -> None:
    done = coalmine("explore", "--lessons", "nowhere")
    assert done.exit_code == 2
    assert "--lessons: nowhere is not a folder" in done.stderr
