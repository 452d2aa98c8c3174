"""`coalmine judge run`: past rollouts replayed with the judges of the simulation."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.doors.command import Run

Write = Callable[[str, str], Path]
SPRT = "judge: sprt\np0: 0.1%\np1: 2%\n"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return to


def values(*found: float | str, step: int = 60) -> str:
    return "time,value\n" + "".join(f"{step * i},{value}\n" for i, value in enumerate(found))


def counts(*rows: tuple[int, int], start: int = 0) -> str:
    return "time,requests,failed\n" + "".join(f"{start + 10 * i},{r},{f}\n" for i, (r, f) in enumerate(rows))


def test_kayenta_over_a_metric(coalmine: Run, write: Write) -> None:
    control, canary = values(*range(10, 20)), values(*range(30, 40))
    rule = write("r.yaml", "judge: kayenta\nevery: 10m\n")
    result = coalmine("judge", "run", "--rule", rule, write("a.csv", control), write("b.csv", canary))
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "verdict  roll back after 10m",
        "seen     10 scrapes of 1m, 10 with both sides",
        "all      High: the experiment is higher than the control at confidence 0.98",
        "shift    20, from 16 to 24",
    ]


def test_a_prometheus_answer_is_judged_as_the_same_csv(coalmine: Run, write: Write) -> None:
    rule, control = write("r.yaml", "judge: kayenta\nevery: 5m\n"), write("a.csv", values(1, 2, 3, 4, 5))
    found = [[60 * i, str(value)] for i, value in enumerate((9, 8, 9, 7, 8))]
    answer = {"status": "success", "data": {"resultType": "matrix", "result": [{"metric": {}, "values": found}]}}
    same = [write("b.json", json.dumps(answer)), write("b.csv", values(9, 8, 9, 7, 8))]
    said = [coalmine("judge", "run", "--json", "--rule", rule, control, canary).stdout for canary in same]
    assert said[0] == said[1]
    assert json.loads(said[0])["classification"]["label"] == "High"


def test_sprt_over_counts_says_when(coalmine: Run, write: Write) -> None:
    rule, control = write("r.yaml", SPRT), write("a.csv", counts(*[(100, 0)] * 5))
    sick = write("b.csv", counts((20, 0), (20, 1), (20, 3), (20, 0), (20, 0)))
    said = json.loads(coalmine("judge", "run", "--json", "--rule", rule, control, sick).stdout)
    assert (said["verdict"], said["at_s"], said["scrape_s"]) == ("roll_back", 30.0, 10.0)
    calm = write("c.csv", counts(*[(100, 0)] * 5))
    assert json.loads(coalmine("judge", "run", "--json", "--rule", rule, control, calm).stdout)["verdict"] == "promote"


def test_gaps_are_scrapes_without_a_side(coalmine: Run, write: Write) -> None:
    rule = write("r.yaml", "{judge: fisher, at: 40s}")
    control = write("a.csv", "time,requests,failed\n0,100,0\n10,100,0\n30,100,0\n")
    canary = write("b.csv", "time,requests,failed\n0,100,9\n20,100,9\n30,,\n")
    said = json.loads(coalmine("judge", "run", "--json", "--rule", rule, control, canary).stdout)
    assert (said["verdict"], said["scrapes"], said["compared_scrapes"]) == ("roll_back", 4, 1)


@pytest.mark.parametrize(
    ("rule", "control", "canary", "said"),
    [
        (SPRT, values(1, 2), values(1, 2), "a.csv: sprt counts requests: it needs the columns time,requests,failed"),
        ("judge: sprt\nalpah: 1%\n", values(1), values(1), "r.yaml:2: alpah: is unknown here, did you mean alpha?"),
        ("judge: wald\n", values(1), values(1), "r.yaml:1: judge: wald, is unknown; known: threshold"),
        ("[1]", values(1), values(1), "r.yaml"),
        ("{judge: threshold}", values(0, 5), values(0, 0), "a.csv: value 5: threshold wants shares from 0 to 1"),
        ("{judge: threshold, min_requests: 9}", values(0, 0), values(0, 0), "leave that out"),
        ("{judge: threshold}", values(0, 0), counts((1, 0), (1, 0)), "b.csv: has counts, "),
        ("{judge: threshold, of: slow}", counts((1, 0)), counts((1, 0)), "needs a column slow"),
        ("{judge: burn_rate}", counts((1, 0), (1, 0)), counts((1, 0), (1, 0)), "`objective: 99.9%`"),
        (SPRT, counts((1, 0), (1, 0)), counts((1, 0), (1, 0), start=5), "has no time in common with"),
        (SPRT, counts((1, 0)), counts((1, 0)), "one row a side says nothing"),
        ("{judge: kayenta}", values(1, "NaN"), values("NaN", 2), "one value a side is not enough"),
        ("{judge: kayenta}", values(1, 2), values("1 s", 2), "b.csv:2: value: 1 s, is no plain number"),
    ],
)
def test_what_does_not_fit_is_refused(
    coalmine: Run, write: Write, rule: str, control: str, canary: str, said: str
) -> None:
    files = write("r.yaml", rule), write("a.csv", control), write("b.csv", canary)
    result = coalmine("judge", "run", "--rule", *files)
    assert result.exit_code == 2
    assert said in result.stderr


def test_rows_between_the_scrapes_are_refused(coalmine: Run, write: Write) -> None:
    rule, grid = write("r.yaml", SPRT), write("a.csv", counts(*[(1, 0)] * 4))
    between = write("b.csv", "time,requests,failed\n0,1,0\n15,1,0\n30,1,0\n")
    result = coalmine("judge", "run", "--rule", rule, grid, between)
    assert (result.exit_code, "time 15 is not on the grid of 10 s" in result.stderr) == (2, True)


def test_all_missing_is_no_evidence(coalmine: Run, write: Write) -> None:
    rule = write("r.yaml", "{judge: kayenta, every: 1m}")
    nothing = write("b.csv", values("", "NaN", "null"))
    result = coalmine("judge", "run", "--rule", rule, write("a.csv", values(1, 2, 3)), nothing)
    assert result.stdout.splitlines()[0] == "verdict  hold: the rule has not decided"
    assert "Nodata: missing data for experiment" in result.stdout


TWICE = "time,requests,failed\n0,100,1\n10,100,1\n10,100,1\n"
KAYENTA = "{judge: kayenta, every: 2m}"


@pytest.mark.parametrize(
    ("rule", "control", "canary", "said"),
    [
        # Two points a side: the rank test cannot tell even these apart at 98 %.
        (KAYENTA, values(1, 2), values(8, 9), "all      High: "),
        (KAYENTA, values(1, 9), values(2, 8), "all      Pass: "),
        # All ties, within a side and between the two; all zero.
        (KAYENTA, values(3, 3, 3, 3), values(3, 3, 3, 3), "all      Pass: experiment and control data are identical"),
        (KAYENTA, values(3, 3, 3, 3, 3, 3), values(4, 4, 4, 4, 4, 4), "all      High: "),
        (KAYENTA, values(0, 0, 0, 0), values(0, 0, 0, 0), "all      Pass: "),
        ("{judge: fisher, at: 20s}", counts((100, 0), (100, 0)), counts((100, 0), (100, 0)), "verdict  promote"),
        ("{judge: fisher, at: 20s}", counts((9, 9), (9, 9)), counts((9, 9), (9, 9)), "verdict  promote"),
        ("{judge: always_valid}", counts((0, 0), (0, 0)), counts((0, 0), (0, 0)), "verdict  hold"),
        ("{judge: vote, needed: 1}", counts((9, 0), (9, 0)), counts((9, 9), (9, 9)), "verdict  roll back after 10s"),
        # The same canary beside the control, and in a whole that it is half of.
        ("{judge: fisher, at: 20s}", counts((90, 0), (90, 0)), counts((90, 3), (90, 3)), "verdict  roll back"),
        ("{judge: fisher, at: 20s, against: whole}", counts((90, 0), (90, 0)), counts((90, 3), (90, 3)), "promote"),
        # Missing values: of a side, of both in turn.
        (KAYENTA, values("NaN", 1, "", 2), values(1, "null", 2, "nan"), "0 with both sides"),
    ],
)
def test_little_or_odd_data_get_the_verdict_that_the_rule_gives(
    coalmine: Run, write: Write, rule: str, control: str, canary: str, said: str
) -> None:
    result = coalmine("judge", "run", "--rule", write("r.yaml", rule), write("a.csv", control), write("b.csv", canary))
    assert (result.exit_code, result.stderr) == (0, "")
    assert said in result.stdout


@pytest.mark.parametrize(
    ("rule", "control", "canary", "said"),
    [
        (SPRT, counts((1, 0), (1, 0)), TWICE, "b.csv:4: time: 10, is the same as the time above it"),
        (SPRT, "time,requests,failed\n10,1,0\n0,1,0\n", TWICE, "a.csv:3: time: 0, is before the time above it"),
        (SPRT, "time,requests,failed\n", TWICE, "a.csv: holds no measurement"),
        (SPRT, counts((1, 0), (1, 0)), "", "b.csv:1: the first line must be"),
        (KAYENTA, values("10ms", 2), values(1, 2), "a.csv:2: value: 10ms, is no plain number: all values in one unit"),
        (KAYENTA, values(1, 2), values("5%", 2), "b.csv:2: value: 5%, is no plain number"),
        ("{judge: fisher, against: before}", counts((1, 0)), counts((1, 0)), "leave `against: before` out"),
        ("{judge: dashboard, against: whole}", values(0, 0), values(0, 0), "`against: whole` needs counts"),
    ],
)
def test_bad_files_are_refused_with_file_and_line(
    coalmine: Run, write: Write, rule: str, control: str, canary: str, said: str
) -> None:
    result = coalmine("judge", "run", "--rule", write("r.yaml", rule), write("a.csv", control), write("b.csv", canary))
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def test_an_analysis_of_hours_is_refused_with_what_to_do(coalmine: Run, write: Write, monkeypatch) -> None:
    from sim.study import replay

    monkeypatch.setattr(replay, "MOST_SORTED", 1000)
    long = write("a.csv", values(*range(100)))
    result = coalmine("judge", "run", "--rule", write("r.yaml", "{judge: kayenta, every: 1m}"), long, long)
    assert (result.exit_code, "100 analyses of 50 values" in result.stderr) == (2, True)
    sliding = write("s.yaml", "{judge: kayenta, every: 1m, lookback: 5m}")
    assert coalmine("judge", "run", "--rule", sliding, long, long).exit_code == 0


def test_the_command_has_help(coalmine: Run) -> None:
    for words in (("judge", "--help"), ("judge", "run", "--help")):
        result = coalmine(*words)
        assert result.exit_code == 0
        assert max(len(line) for line in result.stdout.splitlines()) <= 80
