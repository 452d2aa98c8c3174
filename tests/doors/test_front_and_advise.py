"""`coalmine front` and `coalmine advise` at the command line: what they print, in JSON too, and what they refuse."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.doors.command import Run

KNOBS = ("--set", "policies.canary.bake=5m,10m", "--runs", 30, "--jobs", 1)
HUGE = ("--set", "policies.canary.bake=1s..3000s:lin:30000", "--set", "horizon=1h..9h:log:30000")


@pytest.mark.slow
def test_a_front_says_of_each_setting_how_it_stands(coalmine: Run, small: Path) -> None:
    text, made = coalmine("front", small, *KNOBS), json.loads(coalmine("front", small, *KNOBS, "--json").stdout)
    assert text.exit_code == 0, text.output
    held = sum(one["standing"] == "front" for one in made["settings"])
    assert text.stdout.splitlines()[0].startswith(f"Small shop, canary: {held} of 2 settings")
    assert [line[0] for line in text.stdout.splitlines() if line[:1] == "*"] == ["*"] * held
    assert [one["set"]["policies.canary.bake"] for one in made["settings"]] == ["5m", "10m"]
    lead = [one["lead_time_s"]["mean"] for one in made["settings"]]
    assert lead[1] - lead[0] == pytest.approx(300, abs=60), "five minutes more of bake, on a healthy change"


def test_the_options_of_advise_are_said_in_80_columns(coalmine: Run) -> None:
    lines = coalmine("advise", "--help").stdout.splitlines()
    assert max(map(len, lines)) <= 80


@pytest.mark.slow
def test_advice_is_the_same_in_words_and_in_json(coalmine: Run, small: Path) -> None:
    asked = ("advise", small, "--policy", "direct", "--policy", "canary", "--runs", 40, "--jobs", 1)
    text, made = coalmine(*asked), json.loads(coalmine(*asked, "--json").stdout)
    assert text.exit_code == 0, text.output
    assert " ".join(text.stdout.split()) == " ".join(made["text"].split())
    assert max(map(len, text.stdout.splitlines())) <= 80
    assert {made["best"]["policy"], made["best"]["runner_up"]} == {"direct", "canary"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("front", "--set", "policies.canary.bak=5m,10m"), "did you mean bake?"),
        (("front", "--set", "policies.canary.bake=5m"), "no knob has several values"),
        (("front", "--risk", "users_hitt"), "did you mean 'users_hit'?"),
        (("front", *KNOBS[:2], "--policy", "canry"), "did you mean 'canary'?"),
        (("front", "--figure", "front.txt"), "must end in one of .png, .svg, .pdf"),
        (("front", *HUGE), "900,000,000 points are more than 1,000,000: at 1,000 runs a point, each policy would take"),
        (("map", "--x", HUGE[1], "--y", HUGE[3]), "900,000,000 points are more than 1,000,000: at 4,000 runs"),
        (("advise", "--policy", "canry"), "did you mean 'canary'?"),
        (("advise", "--runs", "1"), "--runs: '1', must be a whole number from 2"),
        (("sensitivity", "--column", "coast"), "did you mean 'cost'?"),
        (("sensitivity", "--policy", "a", "--policy", "b", "--policy", "c"), "at most two"),
        (("sensitivity", "--trajectories", "1"), "--trajectories: '1', must be a whole number from 2"),
    ],
)
def test_nonsense_is_refused_with_the_right_word(
    coalmine: Run, small: Path, words: tuple[str, ...], said: str
) -> None:
    result = coalmine(words[0], small, *words[1:])
    assert result.exit_code == 2, result.output
    assert said in " ".join(result.stderr.split())
    assert result.stdout == ""


@pytest.fixture(scope="module")
def free(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scenario in which nothing has a price."""
    path = tmp_path_factory.mktemp("free") / "free.yaml"
    path.write_text(re.sub(r"  cost: \{[^}]*\}\n", "", small.read_text()))
    return path


@pytest.mark.parametrize("words", [
    ("advise",), ("map", "--x", "size=4,8"), ("front", *KNOBS[:2]), ("sensitivity",),
    ("front", *KNOBS[:2], "--set", "service.cost.per_server_hour=1"),
])
def test_the_cheapest_is_not_looked_for_where_nothing_has_a_price(
    coalmine: Run, free: Path, words: tuple[str, ...]
) -> None:
    result = coalmine(words[0], free, *words[1:])
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    assert "has a price, so every policy costs the same" in " ".join(result.stderr.split())


def test_a_price_that_is_moved_is_one(coalmine: Run, free: Path) -> None:
    assert "one range alone" in coalmine("sensitivity", free, "--set", "service.cost.per_user_hit=1..2").stderr


def test_a_screening_that_would_take_years_is_refused_with_how_many(coalmine: Run, small: Path) -> None:
    asked = coalmine("sensitivity", small, "--trajectories", 10_000, "--points", 1_000_000, "--runs", 10_000_000)
    assert (asked.exit_code, asked.stdout) == (2, "")
    assert "hours on one core" in asked.stderr
