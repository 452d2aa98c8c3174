"""The best of k is chosen as surely as was promised, and runs go where the choice is hard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from sim.study.estimate import Floats
from sim.study.select import Observe, h_squared, kim_nelson, ocba


def normal(means: Sequence[float], seed: int, common: float = 0.0) -> Observe:
    """Policies "0", "1" ... with these means and deviation 1; `common` of the variance is shared between them."""
    dice = np.random.Generator(np.random.Philox(seed))
    luck = dice.normal(size=(5000, 1)) * common**0.5
    table = np.array(means) + luck + dice.normal(size=(5000, len(means))) * (1 - common) ** 0.5

    def observe(first: int, last: int, policies: Sequence[str]) -> Mapping[str, Floats]:
        return {policy: table[first:last, int(policy)] for policy in policies}

    return observe


@pytest.mark.parametrize(("policies", "value"), [(3, 7.04379), (5, 9.01506), (10, 11.51148)])
def test_the_constant_of_kim_and_nelson(policies: int, value: float) -> None:
    """Source: Kim and Nelson 2001, table of h squared; alpha = 5 %, 20 runs first."""
    assert h_squared(policies, 20) == pytest.approx(value, abs=6e-6)


def test_the_best_is_chosen_as_often_as_was_promised_and_sooner_with_common_numbers() -> None:
    """Slippage: all others are worse by exactly delta. 400 trials may miss the 0.95 promised by 3 standard errors."""
    names, runs = ["0", "1", "2"], []
    for common in (0.0, 0.3):
        found = [kim_nelson(normal((0.15, 0, 0.15), seed, common), names, 0.15) for seed in range(400)]
        assert np.mean([one.policy == "1" for one in found]) > 0.95 - 3 * (0.95 * 0.05 / 400) ** 0.5
        assert all(one.certain for one in found)
        runs.append(np.mean([one.runs for one in found]))
    assert runs[1] < 0.85 * runs[0], "pairing saves runs"


def test_a_wrong_constant_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from sim.study import select
    monkeypatch.setattr(select, "h_squared", lambda *_: 1.0)
    names = ["0", "1", "2"]
    right = [kim_nelson(normal((0.5, 0, 0.5), seed), names, 0.5, first=5).policy == "1" for seed in range(400)]
    assert np.mean(right) < 0.9


@pytest.mark.parametrize("block", [1, 7, 1000])
def test_how_many_are_asked_for_at_once_changes_nothing(block: int) -> None:
    wanted = kim_nelson(normal((0.2, 0, 0.3, 1.0), 5), ["0", "1", "2", "3"], 0.1)
    assert kim_nelson(normal((0.2, 0, 0.3, 1.0), 5), ["0", "1", "2", "3"], 0.1, block=block) == wanted
    assert wanted.dropped["3"] < wanted.runs, "what is clearly worse is not simulated to the end"


def test_without_enough_runs_it_says_so() -> None:
    found = kim_nelson(normal((0, 0.001), 1), ["0", "1"], 0.001, most=200)
    assert (found.certain, found.runs, found.dropped) == (False, 200, {})


def test_one_policy_needs_no_run() -> None:
    assert kim_nelson(normal((0,), 1), ["0"], 1)[:] == ("0", {}, 0, True)


@pytest.mark.parametrize(
    ("means", "deviations", "total", "wanted"),
    [
        ([1, 2, 3, 4, 5], [2] * 5, 1000, [421.823, 406.134, 101.534, 45.126, 25.383]),
        ([1, 1.5, 3], [1, 2, 3], 300, [91.707, 182.613, 25.680]),
    ],
)
def test_runs_go_where_the_choice_is_hard(
    means: list[float], deviations: list[float], total: int, wanted: list[float]
) -> None:
    """Source: Chen, Lin, Yucesan and Chick 2000, the OCBA rule."""
    assert ocba(means, deviations, total) == pytest.approx(wanted, abs=6e-4)


def test_what_does_not_vary_gets_no_runs_and_ties_are_looked_at() -> None:
    assert ocba([1, 2, 3], [1, 0, 1], 100)[1] == 0
    assert ocba([1, 1, 5], [1, 1, 1], 100)[:2].min() > 40
    assert ocba([1, 1], [1, 1], 100).tolist() == ocba([1, 2], [0, 0], 100).tolist() == [50, 50]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: h_squared(1, 20), "policies"),
        (lambda: kim_nelson(normal((0, 1), 1), ["0", "1"], 0), "delta"),
        (lambda: kim_nelson(normal((0, 1), 1), [], 1), "policies"),
        (lambda: kim_nelson(normal((0, 1), 1), ["0", "1"], 1, first=30, most=20), "first"),
        (lambda: ocba([1], [1], 10), "policies"),
        (lambda: ocba([1, 2], [1, -1], 10), "negative"),
    ],
)
def test_what_cannot_be_asked_is_refused(call: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        call()  # type: ignore[operator]
