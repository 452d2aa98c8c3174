"""Kayenta: its own suites as data, the rule on small cases by hand, and what bad input brings."""

from __future__ import annotations

import math
from typing import Any

import pytest

from sim.judges.kayenta import Classification, classify, effect, passes, score, series, window
from sim.judges.kayenta.mann_whitney import Statistic, root, shift_between
from tests.judges.conformance import Case, cases

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
        return root(lambda mu: statistic(mu) - quantile, low, high, statistic(low) - quantile, statistic(high) - quantile)

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
