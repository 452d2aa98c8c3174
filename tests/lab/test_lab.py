"""The door for notebooks says what the studies say, in their own numbers, and refuses with the nearest right word."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim import lab, measure
from sim.lab.drawing import Picture
from sim.model.outcome import UNITS
from tests.doors.command import SMALL

RUNS = 40


@pytest.fixture(scope="module")
def study() -> lab.Study:
    return lab.compare(lab.written(SMALL), runs=RUNS, seed=3)


def outcomes(policy: str) -> dict[str, np.ndarray]:
    scenario = lab.written(SMALL)
    return measure.run_many(scenario.plan(policy), scenario, 3, range(RUNS))


def test_means_are_those_of_the_runs(study: lab.Study) -> None:
    table = outcomes("canary")
    faulty = table["faulty"] == 1
    assert study.mean("canary", "users_hit").value == pytest.approx(table["users_hit"][faulty].mean())
    lead = np.nanmean(table["lead_time_s"][~faulty])
    assert study.mean("canary", "lead_time_s", "healthy").value == pytest.approx(lead)
    leak = table["fault"] == "leak"
    assert study.mean("canary", "failed_requests", fault="leak").value == pytest.approx(
        table["failed_requests"][leak].mean())
    assert study.mean("canary", "failed_requests", fault="leak").n == leak.sum()


def test_shares_and_catches_are_those_of_the_runs(study: lab.Study) -> None:
    table = outcomes("canary")
    faulty = table["faulty"] == 1
    by_gate = (table["detected_by"] == "gate")[faulty].mean()
    assert study.share("canary", "detected_by", "gate").value == pytest.approx(by_gate)
    found = study.caught("canary")
    assert found["by a gate"].value == pytest.approx(by_gate)
    assert sum(answer.value or 0 for answer in found.values()) == pytest.approx(1)
    assert study.mean("canary", "false_rollback", "healthy").unit == "share"


def test_differences_are_paired_and_have_a_direction(study: lab.Study) -> None:
    direct, canary = outcomes("direct"), outcomes("canary")
    faulty = direct["faulty"] == 1
    more = study.difference("direct", "canary", "users_hit")
    assert more.value == pytest.approx((direct["users_hit"] - canary["users_hit"])[faulty].mean())
    assert more.decided
    fewer = study.fewer("canary", "direct")
    assert fewer.value == pytest.approx(1 - canary["users_hit"][faulty].mean() / direct["users_hit"][faulty].mean())
    assert study.difference("canary", "direct", "users_hit").value == pytest.approx(-more.value)


def test_two_studies_are_compared_only_on_the_same_changes(study: lab.Study) -> None:
    slower = lab.compare(lab.written(SMALL, "policies.direct.batch=1 every 2m"), ["direct"], runs=RUNS, seed=3)
    mean = slower.mean("direct", "users_hit").value
    for of in ("direct", "canary"):
        found = lab.difference(slower, study, "direct", "users_hit", of=of)
        assert found.value == pytest.approx(mean - study.mean(of, "users_hit").value)
    unlike = lab.compare(lab.written(SMALL), ["direct"], runs=RUNS, seed=4)
    with pytest.raises(ValueError, match="did not draw the same changes"):
        lab.difference(unlike, study, "direct", "users_hit")


def test_unknown_words_are_refused_with_the_nearest(study: lab.Study) -> None:
    with pytest.raises(ValueError, match=r"'canry' is not one of direct, canary.*did you mean 'canary'"):
        study.mean("canry", "users_hit")
    with pytest.raises(ValueError, match="did you mean 'users_hit'"):
        study.difference("canary", "direct", "user_hit")
    with pytest.raises(ValueError, match="did you mean 'leak'"):
        study.caught("canary", "leek")
    with pytest.raises(ValueError, match="none of 40 changes was faulty"):
        lab.compare(lab.written(SMALL, "change.one_of=[{fault: none, chance: 100%}]"), runs=RUNS).mean("direct", "cost")


def test_a_study_shows_itself_as_a_table(study: lab.Study) -> None:
    html, text = study._repr_html_(), repr(study)
    assert html.count("<tr>") == 1 + len(study.policies)
    for policy in study.policies:
        assert study.mean(policy, "users_hit").short in html
        assert study.mean(policy, "users_hit").short in text
    asked = study.table(("cost", "all"), ("lead_time_s", "healthy"))
    assert asked.heads == ["policy", "cost, all", "lead_time_s, healthy"]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lab.Answer(12345.6, 11145.6, 13545.6, "users", 40), "12.3k users (95% interval: 11.1k to 13.5k; 40 runs)"),
        (lab.Answer(-854.0, -863.0, -845.0, "s", 40), "-14m14s (95% interval: -14m23s to -14m5s; 40 runs)"),
        (lab.Answer(0.000001, -0.0005, 0.0005, "share", 9), "0% (95% interval: -0.05% to 0.05%; 9 runs)"),
        (lab.Answer(5.0, 5.0, 5.0, "s", 9), "5s (9 runs)"),
        (lab.Answer(5.0, None, None, "money", 1), "5 (1 run)"),
        (lab.Answer(None, None, None, "s", 0), "– (no value that 0 runs support)"),
    ],
)
def test_an_answer_reads_as_a_sentence_part(answer: lab.Answer, said: str) -> None:
    assert repr(answer) == said


@pytest.mark.parametrize(
    ("guess", "said"), [(0.5, "well guessed"), (0.2, "more than you thought"), (0.9, "less than you thought")]
)
def test_a_guess_is_measured_against_the_interval(guess: float, said: str) -> None:
    assert said in lab.Answer(0.55, 0.45, 0.65, "share", 100).against(guess)


@pytest.mark.slow
def test_pictures_are_png_and_files(study: lab.Study, tmp_path: Path) -> None:
    group = {name: study.mean(name, "users_hit") for name in study.policies}
    line = {name: {"1m": answer, "2m": answer} for name, answer in group.items()}
    for picture in (study.picture(), lab.bars("Found.", {"Users": group}),
                    lab.curves("Found.", "bake", {"Users": line}, log=["Users"])):
        assert isinstance(picture, Picture)
        assert picture._repr_png_().startswith(b"\x89PNG")
    picture.save(tmp_path / "a.svg")
    assert "Found." in (tmp_path / "a.svg").read_text(encoding="utf-8")


def test_curves_draw_each_point_with_its_interval(study: lab.Study) -> None:
    answer = study.mean("direct", "users_hit")
    bare = lab.Answer(7, None, None, "", 1)
    picture = lab.curves("Found.", "bake", {"Users": {"direct": {"1m": answer, "2m": bare}}})
    (axes,) = picture.figure.axes
    (drawn,) = axes.containers
    points, _, (bars,) = drawn
    assert list(points.get_ydata()) == [answer.value, 7]
    ends = [segment[:, 1] for segment in bars.get_segments()]
    assert np.allclose(ends, [[answer.low, answer.high], [7, 7]])


def test_a_story_is_that_of_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    faults = measure.faults_in(lab.written(SMALL), 3, range(RUNS))
    faulty = next(run for run in range(RUNS) if faults[run] != "none")
    lab.story(lab.written(SMALL), "direct", run=faulty, seed=3)
    truth = capsys.readouterr().out
    lab.story(lab.written(SMALL), "direct", run=faulty, seed=3, truth=False)
    seen = capsys.readouterr().out
    assert "carries the fault" in truth
    assert "carries the fault" not in seen
    assert max(map(len, truth.splitlines())) <= 100


def test_check_says_what_will_hurt() -> None:
    few, many = (lab.check(lab.written(SMALL, f"service.traffic.rate={rate}")) for rate in ("2/s", "100/s"))
    assert any("chance decides" in line and "try: " in line for line in few)
    assert len(many) < len(few)


def test_published_numbers_stand_beside_simulated_ones() -> None:
    shown = lab.compare(lab.load("incidents/cloudflare_2019"), ["as_it_was"], runs=20, only="faulty").published()
    assert len(shown.rows) == len(lab.load("incidents/cloudflare_2019").expect)
    assert {row[-1] for row in shown.rows} <= {"yes", "no"}
    assert "input" in {row[-2] for row in shown.rows}


@pytest.mark.slow
def test_winners_are_decided_or_said_not_to_be() -> None:
    found = lab.winners("any_size", "size=1,100", "importance=0.01,10", policies=["direct", "canary"], runs=400)
    assert found.at("100", "10") == "canary"
    assert found.at("100", "0.01") in ("direct", "undecided")
    assert found._repr_html_().count("<tr>") == 3
    assert found.table().rows[0][0] == "10", "the most important on top"
    with pytest.raises(ValueError, match=r"\(7, 10\) is no point of the map, which has size 1, 100"):
        found.at("7", "10")


def test_every_unit_can_be_said() -> None:
    assert all(repr(lab.Answer(1.5, 1.0, 2.0, unit, 9)) for unit in set(UNITS.values()))
