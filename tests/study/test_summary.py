"""The JSON object of `compare --json`: its shape, and its numbers made again from the rows."""

from __future__ import annotations

import json
import math
from itertools import combinations

import numpy as np
import pytest
import scipy.stats

from sim.model.outcome import COLUMNS, FLAGS, UNITS, VALUES, WORDS
from sim.study.compare import Comparison, compare
from sim.study.notable import notable, notable_of
from sim.study.summary import MEASURED, column_summary, differences, duels, summary
from tests.study.fake_engine import Dice, scenario


@pytest.fixture(scope="module")
def found() -> Comparison:
    return compare(scenario(), runs=300, seed=5, jobs=1, engine=Dice())


def test_it_has_exactly_the_members_that_doors_promise(found: Comparison) -> None:
    made = summary(found)
    assert list(made) == [
        "scenario", "seed", "runs", "asked", "only", "partial", "version", "seconds", "policies",
        "faulty", "healthy", "differences", "duels", "notable", "skipped", "counterfactual",
    ]
    assert made["scenario"] == {"name": "Dice", "sha256": found.sha256}
    assert list(made["policies"]) == list(made["faulty"]) == list(made["healthy"])


def test_every_column_is_there_in_its_own_shape(found: Comparison) -> None:
    for among in ("policies", "faulty", "healthy"):
        for columns in summary(found)[among].values():
            assert tuple(columns) == COLUMNS
            for name, entry in columns.items():
                if name in WORDS:
                    assert tuple(entry) == VALUES[name]
                    assert math.isclose(sum(part["share"] for part in entry.values()), 1)
                elif name in FLAGS:
                    assert list(entry) == ["share", "low", "high", "n"]
                else:
                    assert list(entry) == ["mean", "low", "high", "p50", "p95", "n", "unit"]
                    assert entry["unit"] == UNITS[name]


def test_it_is_json_without_nan(found: Comparison) -> None:
    made = summary(found)
    assert json.loads(json.dumps(made, allow_nan=False)) == made


@pytest.mark.parametrize("runs", [1, 2, 7])
def test_few_runs_give_null_and_no_warning(runs: int) -> None:
    few = compare(scenario(), runs=runs, seed=5, jobs=1, engine=Dice())
    made = summary(few)
    assert made["policies"]["canary"]["cost"]["p95"] is None
    assert (made["policies"]["canary"]["cost"]["low"] is None) is (runs == 1)
    json.dumps(made, allow_nan=False)


def test_no_run_at_all_is_defined() -> None:
    def at_once(done: int, total: int) -> None:
        raise KeyboardInterrupt
    nothing = compare(scenario(), runs=5000, seed=5, jobs=1, engine=Dice(), on_progress=at_once)
    made = json.loads(json.dumps(summary(nothing), allow_nan=False))
    assert (made["partial"], made["runs"]) == (True, 0)
    assert made["policies"]["canary"]["cost"]["n"] == 0
    assert made["notable"] == dict.fromkeys(("direct", "test_first", "standby", "canary"))


def test_a_mean_is_over_the_runs_that_have_a_value(found: Comparison) -> None:
    column = found.tables["canary"]["time_to_restore_s"]
    entry = column_summary(found.tables["canary"], "time_to_restore_s")
    assert 0 < entry["n"] == np.count_nonzero(~np.isnan(column)) < 300
    assert entry["mean"] == pytest.approx(np.nanmean(column))


def test_differences_are_paired_and_hold_together(found: Comparison) -> None:
    rows = differences(found)
    pairs = list(combinations(found.tables, 2))
    assert [(r["a"], r["b"]) for r in rows[: len(pairs)]] == pairs
    assert {r["column"] for r in rows} == set(MEASURED)
    row = next(r for r in rows if (r["a"], r["b"], r["column"]) == ("direct", "canary", "cost"))
    test = scipy.stats.ttest_rel(found.tables["direct"]["cost"], found.tables["canary"]["cost"])
    interval = test.confidence_interval(row["confidence"])
    assert row["confidence"] == pytest.approx(1 - 0.05 / 6)
    assert (row["low"], row["high"]) == pytest.approx((interval.low, interval.high))
    assert list(row) == ["a", "b", "column", "mean", "low", "high", "n", "confidence"]


def test_differences_without_common_runs_are_null(found: Comparison) -> None:
    healthy = differences(found, "healthy")
    row = next(r for r in healthy if r["column"] == "time_to_detect_s")
    assert (row["mean"], row["low"], row["n"]) == (None, None, 0)


def test_duels_say_how_often_and_what_the_pairing_gained(found: Comparison) -> None:
    rows = {(row["a"], row["b"]): row for row in duels(found)}
    row = rows["direct", "canary"]
    a, b = found.tables["direct"]["cost"], found.tables["canary"]["cost"]
    assert row["share"] == np.mean((a < b) + 0.5 * (a == b))
    variances = np.var(a) + np.var(b)
    assert row["gain"] == pytest.approx(variances / np.var(a - b))


def test_the_worst_run_has_the_most_failed_requests_and_then_the_highest_cost(
    found: Comparison,
) -> None:
    for name, table in found.among("faulty").items():
        runs = notable(found)[name]
        assert runs is not None
        keys = list(zip(table["failed_requests"], table["cost"], strict=True))
        by_run = dict(zip(table.runs.tolist(), keys, strict=True))
        assert by_run[runs.worst] == max(keys)
        assert by_run[runs.median] == sorted(keys)[(len(keys) - 1) // 2]


def test_of_equal_runs_the_first_is_the_worst(found: Comparison) -> None:
    table = found.among("healthy")["canary"]
    runs = notable_of(table)
    assert runs is not None
    assert runs.worst == table.runs.min()
