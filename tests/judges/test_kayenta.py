"""Kayenta: its own suites as data, the rule on small cases by hand, and what bad input brings."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from sim.judges import Kayenta
from sim.judges.kayenta import Classification, classify, effect, passes, score, series, verdict_of, window
from sim.judges.kayenta.mann_whitney import AllTied, Statistic, root, shift_between
from sim.model.evidence import Counts, Verdict
from tests.judges.conformance import Case, cases
from tests.judges.watching import Window, first_alarm, setting, verdicts

NAME = "kayenta_judge_cases"


def as_array(values: list[float | None]) -> Any:
    return series.as_values(values, "values")


def close(found: float, expected: Case, key: str = "value", tolerance: str = "abs_tol") -> bool:
    wanted = expected[key]
    if wanted == "NaN":
        return math.isnan(found)
    return found == pytest.approx(wanted, abs=expected.get(tolerance, 1e-9), rel=0)


# --- the suites of the project itself


@pytest.mark.parametrize("case", cases(NAME, "metric_classifier", "issue_reported"))
def test_a_metric_is_classified_as_kayenta_does(case: Case) -> None:
    params, measure = case["params"], case["params"].get("effectSizeMeasure", "meanRatio")
    found = classify(
        case["control"],
        case["experiment"],
        direction=case["direction"],
        tolerance=params.get("tolerance", 0.25),
        confidence=params.get("confLevel", 0.98),
        nan_strategy=case["nanStrategy"],
        effect_size=measure,
        allowed=tuple(params.get("effectSizeThresholds", (1.0, 1.0))),
        critical=tuple(params.get("criticalThresholds", (1.0, 1.0))),
        critical_metric=case["critical"],
        must_have_data=case["mustHaveData"],
        classifier={"MannWhitney": "mann_whitney", "MeanInequality": "mean_inequality"}[case["classifier"]],  # type: ignore[arg-type]
    )
    expected = case["expected"]
    assert found == expected.get("classification", found), found.reason
    assert found.critical == expected.get("critical", found.critical)
    if "deviation" in expected:
        assert close(found.deviation, expected, "deviation")
    assert bool(found.reason) or not expected.get("reason_nonempty")
    told = case.get("intermediates", {})
    seen = {"lowerConfidence": found.low, "upperConfidence": found.high, "estimate": found.estimate,
            "meanRatio": found.deviation}  # fmt: skip
    assert {name: seen[name] for name in told} == pytest.approx(told, abs=1e-9)


@pytest.mark.parametrize("case", cases(NAME, "group_scorer"))
def test_metrics_are_scored_as_kayenta_does(case: Case) -> None:
    metrics, expected = case["metrics"], case["expected"]
    found = score(
        [metric["groups"] for metric in metrics],
        [Classification(metric["classification"], "", critical=metric["critical"]) for metric in metrics],
        weights=case["groupWeights"],
    )
    assert found == pytest.approx(expected["summaryScore"], abs=0.005)
    if "groupScores_sorted" in expected:
        assert sorted(found.groups.values()) == expected["groupScores_sorted"]


@pytest.mark.parametrize("case", cases(NAME, "outlier_detector"))
def test_outliers_are_those_of_kayenta(case: Case) -> None:
    values, params = as_array(case["values"]), case["params"]
    if case["detector"] == "IQR":
        mask = series.tukey_outliers(values, params["factor"], reduce_sensitivity=params["reduceSensitivity"])
    else:
        mask = series.sigma_outliers(values, params["k"])
    assert mask.tolist() == case["expected"]["outlier_mask"]


@pytest.mark.parametrize("case", cases(NAME, "transform"))
def test_values_are_prepared_as_in_kayenta(case: Case) -> None:
    values, params = as_array(case["values"]), case["params"]
    if case["transform"] == "removeOutliers":
        iqr = params["detector"] == "IQR"
        found = values[
            ~(series.tukey_outliers(values, params["factor"]) if iqr else series.sigma_outliers(values, params["k"]))
        ]
    else:
        found = series.without_nans(values, "remove" if case["transform"] == "removeNaNs" else "replace")
    assert found.tolist() == case["expected"]["values"]


@pytest.mark.parametrize("case", cases(NAME, "effect_size"))
def test_effect_sizes_are_those_of_kayenta(case: Case) -> None:
    measure = {"meanRatio": effect.mean_ratio, "cles": effect.cles, "cohenD": effect.cohen_d}[case["measure"]]
    found = measure(as_array(case["control"]), as_array(case["experiment"]))
    assert close(found, {"abs_tol": 1e-9} | case["expected"])


@pytest.mark.parametrize("case", cases(NAME, "percentile_R7"))
def test_percentiles_are_those_of_kayenta(case: Case) -> None:
    assert close(series.percentile(as_array(case["values"]), case["p"]), case["expected"])


@pytest.mark.parametrize("case", cases(NAME, "summary_statistics"))
def test_summaries_are_those_of_kayenta(case: Case) -> None:
    expected, given = case["expected"], as_array(case["values"])
    found = series.summary(given)
    slack = case.get("expected_abs_tol", {})
    assert all(found[key] == pytest.approx(expected[key], abs=slack.get(key, 1e-9)) for key in expected)


@pytest.mark.parametrize("case", cases(NAME, "wilcoxon_diff"))
def test_the_rank_statistic_is_that_of_kayenta(case: Case) -> None:
    found = Statistic(as_array(case["x"]), as_array(case["y"]))(case["mu"]) - case["quantile"]
    assert close(found, case["expected"])


@pytest.mark.parametrize("case", cases(NAME, "normal_quantile"))
def test_the_normal_quantile(case: Case) -> None:
    from scipy import special

    assert close(float(special.ndtri(case["p"])), case["expected"])


@pytest.mark.parametrize("case", cases(NAME, "mann_whitney_interval"))
def test_interval_and_estimate_are_those_of_kayenta(case: Case) -> None:
    expected = case["expected"]
    found = shift_between(as_array(case["control"]), as_array(case["experiment"]), case["confidenceLevel"])
    assert close(found.low, expected, "ci_low")
    assert close(found.high, expected, "ci_high")
    assert close(found.estimate, expected, "estimate", "estimate_abs_tol")


@pytest.mark.parametrize("case", cases(NAME, "mann_whitney_intermediate"))
def test_the_steps_of_the_interval_are_those_of_kayenta(case: Case) -> None:
    from scipy import special

    expected = case["expected"]
    statistic = Statistic(as_array(case["x"]), as_array(case["y"]))
    low, high = statistic.ends()
    z = float(special.ndtri(1 - (1 - case["confidenceLevel"]) / 2))

    def between(quantile: float) -> float:
        ends = statistic(low) - quantile, statistic(high) - quantile
        return root(lambda mu: statistic(mu) - quantile, low, high, *ends)

    found = {
        "rMumin": low, "rMumax": high, "rZqLower": z, "rZqUpper": -z,
        "rFlower1": statistic(low) - z, "rFupper1": statistic(high) - z,
        "rFlower2": statistic(low) + z, "rFupper2": statistic(high) + z,
        "rCil": between(z), "rCiu": between(-z), "rEst": between(0.0),
    }  # fmt: skip
    assert found == pytest.approx({key: expected[key] for key in found}, abs=expected["abs_tol"])


@pytest.mark.parametrize("case", cases(NAME, "aggregated_judgment"))
def test_an_analysis_passes_as_kayenta_s_does(case: Case) -> None:
    assert passes(case["finalCanaryScore"], case["marginal"], case["pass"]) == case["expected"]["didPassThresholds"]


@pytest.mark.parametrize("case", cases(NAME, "judgement_window"))
def test_an_analysis_looks_at_the_minutes_that_kayenta_s_does(case: Case) -> None:
    found = window(
        case["judgementNumber"], case["analysisIntervalMins"], begin_after=case["beginAfterMins"],
        lookback=case["lookbackMins"], explicit=case["explicit_start_and_end"],
    )  # fmt: skip
    assert found == (case["expected"]["start"], case["expected"]["end"])


# --- the rule by hand, and bad input


def test_the_tolerance_scales_the_estimate_it_is_no_allowed_degradation() -> None:
    control, experiment = [10.0 + i / 100 for i in range(50)], [10.6 + i / 100 for i in range(50)]
    found = classify(control, experiment)
    assert (found, found.estimate) == ("High", pytest.approx(0.6, abs=1e-3))
    assert found.deviation < 1.06, "six percent worse is High: 25 % are not allowed"
    assert classify(control, experiment, allowed=(1.0, 1.25)) == "Pass"


def test_a_change_of_spread_alone_passes() -> None:
    wide = [-30.0 + i for i in range(61)]
    assert classify([value / 100 for value in wide], wide) == "Pass"


@pytest.mark.parametrize("value", [0.0, 5.0, -3.0])
def test_all_ties_pass(value: float) -> None:
    assert classify([value] * 8, [value] * 5).reason == "all values are the same"


def test_two_points_a_side_are_judged_and_one_is_not() -> None:
    assert classify([1.0, 2.0], [8.0, 9.0]) == "High"  # no interval is wide enough: the ends of the data stand in
    with pytest.raises(AllTied, match="one value a side is not enough"):
        classify([1.0], [2.0])


@pytest.mark.parametrize("experiment", [[], [None, math.nan]])
def test_a_side_without_values(experiment: list[float | None]) -> None:
    assert classify([1.0, 2.0], experiment) == "Nodata"
    assert classify([1.0, 2.0], experiment, must_have_data=True) == "NodataFailMetric"
    critical = classify([1.0, 2.0], experiment, must_have_data=True, critical_metric=True)
    assert (critical, critical.critical) == ("Nodata", True)


def test_missing_values_may_count_as_nothing() -> None:
    control, experiment = [5.0 + i / 20 for i in range(16)], [5.1, *[None] * 15]
    assert classify(control, experiment) == "Pass"
    assert classify(control, experiment, nan_strategy="replace") == "Low"


def test_constant_samples_differ_whatever_their_unit() -> None:
    for unit in (1.0, 1e3, 1e12):
        assert classify([unit] * 6, [2 * unit] * 6) == "High"


def test_outliers_may_go() -> None:
    control = [1.0 + i / 1000 for i in range(30)]
    spiked = [*control[:-1], 900.0]
    assert classify(control, spiked, classifier="mean_inequality") == "High"
    kept = classify(control, spiked, classifier="mean_inequality", outliers="remove")
    assert kept.deviation == pytest.approx(1.0, abs=0.001)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"direction": "up"}, "direction(='up') must be one of increase, decrease, either"),
        ({"nan_strategy": "none"}, "must be one of remove, replace"),
        ({"outliers": "drop"}, "must be one of keep, remove"),
        ({"effect_size": "cohenD"}, "must be one of meanRatio, cles"),
        ({"classifier": "t"}, "must be one of mann_whitney, mean_inequality"),
        ({"tolerance": -1}, "must be at least 0"),
        ({"confidence": 1.0}, "below 1"),
        ({"outlier_factor": 0}, "above 0"),
    ],
)
def test_words_that_mean_nothing_are_refused(words: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the text is compared below
        classify([1.0, 2.0], [1.0, 3.0], **words)
    assert said in str(error.value)
    with pytest.raises(ValueError, match="infinite"):
        classify([1.0, math.inf], [1.0, 3.0])


def test_large_samples_take_the_other_way_to_the_same_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    luck = np.random.default_rng(2)
    for draw in (luck.normal, lambda size: luck.poisson(4, size).astype(float)):
        x, y = draw(size=80), draw(size=70)
        few = shift_between(y, x)
        monkeypatch.setattr("sim.judges.kayenta.mann_whitney.MOST_DIFFERENCES", 10)
        assert shift_between(y, x) == few
        monkeypatch.undo()


def test_scores_of_groups_with_and_without_weights() -> None:
    found = score([["a", "b"], "b", "c"], ["Pass", "High", "Nodata"], weights={"a": 50})
    assert (found, found.groups) == (75.0, {"a": 100.0, "b": 50.0, "c": 0.0})
    assert score(["a", "a"], ["Pass", "Low"], critical=[False, True]).reason == "a critical metric failed"
    with pytest.raises(ValueError, match="must be as many"):
        score(["a"], [])


def test_a_score_that_equals_a_limit_has_reached_it() -> None:
    assert [verdict_of(value, 75, 95) for value in (95, 94.9, 75, 74.9)] == ["Pass", "Marginal", "Marginal", "Fail"]


# --- as a judge


def percent(*shares: float) -> list[Window]:
    """Scrapes of a thousand requests, of which so many percent fail; the control's half that at most."""
    return [Window(1000, round(10 * share), 0, Counts(1000, round(10 * share) % 3, 0)) for share in shares]


def test_it_speaks_at_its_analyses_and_stands_by_that_in_between() -> None:
    sick, calm = percent(5, 6, 7, 8, 9), percent(0, 0, 0, 0, 0)
    assert verdicts(Kayenta(every=50.0), setting(), [*sick, *calm]) == [
        *[Verdict.HOLD] * 4, *[Verdict.ROLL_BACK] * 5, Verdict.PROMOTE,
    ]  # fmt: skip


def test_growing_windows_dilute_what_sliding_ones_see() -> None:
    late = [*percent(*[0.1, 0.2] * 21), *percent(4, 5, 6, 4, 5, 6)]
    growing, sliding = (Kayenta(every=60.0, lookback=back) for back in (0.0, 60.0))
    assert first_alarm(sliding, setting(), late) == 48
    assert first_alarm(growing, setting(), late) is None


def test_a_warm_up_is_not_looked_at() -> None:
    warm = [*percent(20, 20, 20), *percent(*[0] * 12)]
    assert first_alarm(Kayenta(every=30.0), setting(), warm) == 3
    assert first_alarm(Kayenta(every=30.0, begin_after=30.0), setting(), warm) is None


def test_a_canary_without_data_holds_unless_it_must_have_some() -> None:
    nothing = [Window(0, 0, 0, Counts(1000, 0, 0))] * 6
    assert set(verdicts(Kayenta(every=30.0), setting(), nothing)) == {Verdict.HOLD}
    assert first_alarm(Kayenta(every=30.0, must_have_data=True), setting(), nothing) == 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"over": 60.0}, "no `over`"),
        ({"every": 0.0}, "every"),
        ({"lookback": -1.0}, "lookback"),
        ({"confidence": 1.0}, "confidence"),
        ({"tolerance": -0.1}, "tolerance"),
        ({"outlier_factor": 0.0}, "outlier_factor"),
    ],
)
def test_what_it_cannot_mean_is_refused(words: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Kayenta(**words)


# --- how often it speaks: a healthy canary, and one that is worse


@pytest.mark.parametrize(
    ("points", "shift", "tolerance", "share"),
    [
        (30, 0.0, 0.0, 0.0187),
        (30, 0.0, 0.25, 0.0020),
        (30, 0.0, 0.5, 0.0),
        (30, 0.5, 0.25, 0.124),
        (30, 1.0, 0.25, 0.740),
        (60, 0.5, 0.25, 0.292),
        (60, 1.0, 0.25, 0.984),
        (60, 1.5, 0.25, 1.0),
    ],
)
def test_normal_data_differ_as_often_as_was_measured(
    points: int, shift: float, tolerance: float, share: float
) -> None:
    """High or Low of normal data around 10, in standard deviations: the tolerance takes most of the nominal 2 %."""
    luck, runs = np.random.default_rng([points, round(10 * shift), round(100 * tolerance)]), 500
    found = sum(
        classify(luck.normal(10, 1, points), luck.normal(10 + shift, 1, points), tolerance=tolerance) != "Pass"
        for _ in range(runs)
    )
    # The figures are themselves of a few thousand runs: a standard error for them too.
    assert abs(found / runs - share) <= 4 * math.sqrt(max(share * (1 - share), 0.002) * (1 / runs + 1 / 2000))


@pytest.mark.parametrize(("before", "now", "share"), [(1, 2, 0.41), (1, 4, 1.0), (5, 7.5, 0.98)])
def test_counts_a_minute_differ_as_often_as_was_measured(before: float, now: float, share: float) -> None:
    """Sixty points a side: twice as many errors at one a minute are mostly missed."""
    luck, runs = np.random.default_rng([int(before), int(now)]), 300
    found = sum(classify(luck.poisson(before, 60), luck.poisson(now, 60)) == "High" for _ in range(runs))
    assert abs(found / runs - share) <= 4 * math.sqrt(max(share * (1 - share), 0.004) * (1 / runs + 1 / 2000))
