"""The engine meets the closed forms, case by case and all together, and would not if one were 5 % wrong.

Guards DESIGN 7.1 and 7.7. The whole comparison is slow; a light one runs always. Broken on purpose and seen red:
a swap back that starts its leases anew (route.py), the alarm of Flagger's counter at its last failed check
(threshold.py); and, by the whole one only, visibility drawn anew for each test (luck.py).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from sim.scenario import Scenario
from sim.study import verify
from sim.study.verify import CASES, Case, likely, one, overall
from sim.study.verify.case import SHARPEST, mean_case
from sim.theory import counters, kth_failure


def case(z: float, *, error: float = 0.5) -> Case:
    """Theory 100, simulated so many standard errors away."""
    return Case("a case", "f", "s", 0.0, 100.0 + z * error, error, 0.0, ok=False).against(100.0)


# --- the comparison itself ------------------------------------------------------------------------

def test_a_case_passes_up_to_four_standard_errors() -> None:
    assert [case(z).ok for z in (-4.1, -3.9, 0.0, 3.9, 4.1)] == [False, True, True, True, False]


def test_a_blunt_case_does_not_pass_however_near_it_is() -> None:
    assert [case(0.0, error=error).ok for error in (0.69, 0.71)] == [True, False]


def test_runs_that_all_say_the_same_must_say_what_the_theory_says() -> None:
    assert mean_case("c", "f", "s", 3.0, [3.0, 3.0]).z == 0.0
    assert mean_case("c", "f", "s", 3.1, [3.0, 3.0]).z == -math.inf
    assert overall([mean_case("c", "f", "s", 3.1, [3.0, 3.0])]) == (math.inf, 0.0)


def test_runs_without_a_value_are_left_out() -> None:
    assert mean_case("c", "f", "s", 3.0, [2.0, np.nan, 4.0]).simulated == 3.0
    with pytest.raises(ValueError, match="'c': 1 runs with a value"):
        mean_case("c", "f", "s", 3.0, [2.0, np.nan])


def test_all_together_may_be_neither_too_far_nor_too_near() -> None:
    assert likely([case(z) for z in (-1.5, 0.3, 1.0, -0.4, 2.0)])
    assert not likely([case(2.5) for _ in range(12)])
    assert not likely([case(0.05) for _ in range(12)])


def test_cases_have_independent_numbers_and_as_many_runs_as_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []

    def run_many(plan: Any, scenario: Scenario, seed: int, runs: range) -> Any:
        asked.append((seed, len(runs)))
        return {"failed_requests": np.arange(len(runs)), "ended": np.array(["promoted", "rolled_back"])}

    monkeypatch.setattr(verify, "run_many", run_many)
    for seed in (1, 2):
        for one_case in (CASES[4], CASES[5], CASES[10]):
            one(one_case, 2.0, seed)
    assert len({seed for seed, _ in asked}) == 6
    assert [runs for _, runs in asked[:3]] == [600, 600, 2000]


def test_no_runs_are_refused() -> None:
    with pytest.raises(ValueError, match=r"factor\(=0\) must be above 0"):
        verify.verify(0.0)


# --- theory against simulation --------------------------------------------------------------------

def wrong_together(cases: list[Case]) -> list[str]:
    return [f"{c.name}: theory {c.theory:.6g}, simulated {c.simulated:.6g}, z {c.z:+.2f}" for c in cases if not c.ok]


@pytest.mark.slow
def test_a_light_comparison_meets_the_theory() -> None:
    steps: list[tuple[int, int]] = []
    cases = verify.verify(0.03, seed=4, on_progress=lambda done, of: steps.append((done, of)))
    assert wrong_together(cases) == []
    assert likely(cases), f"sum of z² and its chance: {overall(cases)}"
    assert len(cases) == len({c.name for c in cases}) == len(CASES) >= 12
    assert steps == [(k, len(CASES)) for k in range(len(CASES) + 1)]


@pytest.mark.slow
def test_the_simulation_meets_the_theory_and_no_formula_that_is_five_percent_wrong() -> None:
    cases = verify.verify()
    assert wrong_together(cases) == []
    assert likely(cases), f"sum of z² and its chance: {overall(cases)}"
    assert [c.name for c in cases if c.standard_error > SHARPEST * c.theory] == []
    for factor in (0.95, 1.05):
        assert [c.name for c in cases if c.against(factor * c.theory).ok] == [], f"theory times {factor} passes"


@pytest.mark.slow
def test_a_formula_put_wrong_at_its_source_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    by_name = {one_case.__name__: one_case for one_case in CASES}
    flagger, kth = counters.flagger_mean, kth_failure.failures_mean
    monkeypatch.setattr(counters, "flagger_mean", lambda *args: 1.05 * flagger(*args))
    monkeypatch.setattr(kth_failure, "failures_mean", lambda *args: 0.95 * kth(*args))
    assert not one(by_name["flagger"]).ok
    assert not one(by_name["kth_report"]).ok
