"""`coalmine judge curve`: one table that says which judge to use, as file and as picture, and plain refusals."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.doors.command import Run

QUICK = ("--judges", "own,cusum,always_valid", "--effects", "5%,20%,50%", "--runs", "20", "--jobs", "1")


def test_the_page_has_the_table_the_curves_and_the_recommendation_at_80_columns(coalmine: Run, small: Path) -> None:
    result = coalmine("judge", "curve", small, *QUICK, "--false-alarms", "20%", "--power", "50%")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    text = " ".join(result.stdout.split())
    assert "Small shop, policy canary: 1 server with the new version, 1 more kept as control, 10 requests/s" in text
    assert "* compares with a control, which this policy does not keep (control: true)" in text
    assert "Bakes in which the fault is seen, in %, by its size" in text
    assert "Use " in text
    assert "Rule: of the judges whose false alarms are shown to be at most 20%" in text


def test_json_and_csv_say_the_same(coalmine: Run, small: Path, tmp_path: Path) -> None:
    path = tmp_path / "curve.csv"
    made = json.loads(coalmine("judge", "curve", small, *QUICK, "--json", "--csv", path).stdout)
    rows = {(row["judge"], row["effect"]): row for row in csv.DictReader(path.read_text().splitlines())}
    assert len(rows) == 3 * 4
    for name, judge in made["judges"].items():
        for effect, cell in zip(("none", "5%", "20%", "50%"), (judge["false_alarms"], *judge["faults"]), strict=True):
            assert float(rows[name, effect]["seen"]) == cell["seen"]["share"]
            half = rows[name, effect]["half_s"]
            assert (float(half) if half else None) == cell["half_s"]["value"]
    assert made["setting"]["requests_per_s"] == pytest.approx(10)
    assert made["runs"] == 20


@pytest.mark.slow
def test_a_slower_version_is_judged_by_slow_requests(coalmine: Run, small: Path) -> None:
    words = ("--effects", "4x,8x", "--judges", "flagger", "--runs", "5", "--jobs", "1", "--json")
    made = json.loads(coalmine("judge", "curve", small, *words).stdout)
    assert made["judges"]["flagger"]["faults"][1]["seen"]["share"] == 1.0
    blind = json.loads(coalmine("judge", "curve", small, *words, "--of", "failed").stdout)
    assert blind["judges"]["flagger"]["faults"][0]["seen"]["share"] == 0.0, "four times as slow, and nothing fails"


@pytest.mark.slow
def test_a_picture_is_written(coalmine: Run, small: Path, tmp_path: Path) -> None:
    path = tmp_path / "curve.svg"
    result = coalmine("judge", "curve", small, *QUICK, "--figure", path)
    assert f"Written: {path}" in result.stderr
    assert path.read_bytes()[:5] == b"<?xml"


@pytest.mark.parametrize(("words", "said"), [
    (("--effects", "0%"), "--effects: '0%': must be above 0%"),
    (("--effects", "150%"), "--effects: '150%': a share must be at most 100%"),
    (("--runs", "0"), "--runs: '0', must be a whole number from 1"),
    (("--judges", "cussum"), "--judges: unknown judge 'cussum'; did you mean cusum?"),
    (("--power", "100%"), "--power: '100%', must be above 0% and below 100%"),
    (("--power", "0.9"), "--power: '0.9': a share is a number and a percent sign"),
    (("--policy", "direct"), "policy 'direct' has no bake"),
    (("--policy", "canry"), "--policy: unknown policy 'canry'; did you mean 'canary'?"),
    (("--set", "policies.canary.bake=3s"), "a bake of 3s is shorter than one scrape of 10s"),
    (("--cluster", "127.0.0.1:1"), "--cluster 127.0.0.1:1: no Dask scheduler answers there"),
    (("--cluster", "h:1", "--jobs", "2"), "--cluster and --jobs: name one"),
    (("--figure", "a.gif"), "--figure: a.gif must end in one of .png, .svg, .pdf"),
])
def test_bad_input_is_a_sentence_and_exit_code_2(coalmine: Run, small: Path, words: tuple[str, ...], said: str) -> None:
    result = coalmine("judge", "curve", small, *words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""


# --- judge size


def test_the_size_is_a_table_and_an_answer_at_80_columns(coalmine: Run, small: Path) -> None:
    result = coalmine("judge", "size", small, "--effect", "30%", "--runs", 20, "--jobs", 1)
    assert result.exit_code == 0, result.output
    assert max(map(len, result.stdout.splitlines())) <= 80
    text = " ".join(result.stdout.split())
    assert "in how many bakes the policy's own judge (threshold) sees a fault of 30%, in %" in text
    assert "exact chances" in text
    assert "the smallest canary is 1 server (10 requests/s) with a bake of" in text
    made = json.loads(coalmine("judge", "size", small, "--effect", "30%", "--runs", 20, "--jobs", 1, "--json").stdout)
    assert made["method"] == "exact"
    assert made["smallest"]["canaries"] == 1
    assert made["smallest"]["power"]["share"] >= 0.9
    assert made["answer"] in text


@pytest.mark.slow
def test_the_size_says_when_nothing_is_enough_and_why(coalmine: Run, small: Path) -> None:
    result = coalmine("judge", "size", small, "--effect", "1.2x", "--of", "failed", "--runs", 5, "--jobs", 1)
    assert result.exit_code == 0
    assert "Nothing up to 5 canaries and a bake of 1h is enough" in " ".join(result.stdout.split())
    assert "Wrong metric" in result.stdout


@pytest.mark.parametrize(("words", "said"), [
    ((), "--effect: how large a fault must be seen?"),
    (("--effect", "0%"), "--effect: '0%': must be above 0%"),
    (("--effect", "101%"), "--effect: '101%': a share must be at most 100%"),
    (("--effect", "1%", "--power", "100%"), "--power: '100%', must be above 0% and below 100%"),
    (("--effect", "1%", "--runs", "0"), "--runs: '0', must be a whole number from 1"),
    (("--effect", "1%", "--judge", "cussum"), "--judges: unknown judge 'cussum'; did you mean cusum?"),
    (("--fault", "lek"), "--fault: unknown fault 'lek'; did you mean 'leak'?"),
    (("--effect", "1%", "--longest", "1s"), "--longest: '1s', must be at least one scrape of 10s"),
    (("--effect", "1%", "--policy", "direct"), "policy 'direct' has no bake"),
])
def test_the_size_refuses_bad_input_with_code_2(
    coalmine: Run, small: Path, words: tuple[str, ...], said: str
) -> None:
    result = coalmine("judge", "size", small, *words)
    assert result.exit_code == 2
    assert said in result.stderr
