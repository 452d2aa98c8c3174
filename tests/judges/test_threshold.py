"""The threshold judge: three counters, window sums, and their exact distributions."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest

from sim.judges import Threshold
from sim.judges.threshold import ERRORS_IN_A_ROW
from sim.model.evidence import Judge, Verdict
from sim.theory import burn_rate, counters, tails
from tests.judges.watching import Window, first_alarm, seen, setting, verdicts

HOLD, PROMOTE, ROLL_BACK = Verdict.HOLD, Verdict.PROMOTE, Verdict.ROLL_BACK
CALM, BREACH, EMPTY = Window(100, 0), Window(100, 50), Window(0, 0)


# --- what a breach is


@pytest.mark.parametrize(
    ("above", "requests", "failed", "alarms"),
    [
        (0.02, 100, 2, False),  # a share equal to the limit is calm
        (0.02, 100, 3, True),
        (0.29, 100, 29, False),  # 0.29 * 100 is 28.999... in floating point
        (0.072, 375, 27, False),
        (0.072, 375, 28, True),
        (0.0, 100, 0, False),
        (0.0, 100, 1, True),
        (1.0, 100, 100, False),
    ],
)
def test_a_breach_is_strictly_above(above: float, requests: int, failed: int, alarms: bool) -> None:
    found = first_alarm(Threshold(above=above), setting(), [Window(requests, failed)])
    assert (found == 1) == alarms


def test_the_limit_is_the_one_that_theory_uses() -> None:
    for requests in (1, 7, 100, 375, 999, 1000):
        for above in (0.0, 0.001, 0.02, 0.029, 0.072, 0.29, 0.58, 1.0):
            calm = tails.largest_calm(requests, above)
            judge = Threshold(above=above)
            failing = [calm, calm + 1]
            said = [first_alarm(judge, setting(), [Window(requests, n)]) for n in failing]
            assert said == [None, 1], (requests, above, calm)


def test_slow_requests_are_counted_when_asked() -> None:
    evidence = [Window(100, 0, 50)]
    assert first_alarm(Threshold(above=0.1, of="slow"), setting(), evidence) == 1
    assert first_alarm(Threshold(above=0.1), setting(), evidence) is None


def test_too_few_requests_are_no_evidence() -> None:
    judge = Threshold(above=0.1, min_requests=101)
    assert verdicts(judge, setting(), [BREACH, Window(101, 50)]) == [HOLD, ROLL_BACK]


# --- the three counters


def test_prometheus_needs_its_breaches_in_a_row() -> None:
    judge = Threshold(above=0.1, consecutive=3)
    evidence = [BREACH, BREACH, CALM, BREACH, BREACH, BREACH]
    assert verdicts(judge, setting(), evidence) == [HOLD, HOLD, PROMOTE, HOLD, HOLD, ROLL_BACK]


def test_an_empty_window_ends_a_pending_prometheus_alert() -> None:
    judge = Threshold(above=0.1, consecutive=2)
    assert verdicts(judge, setting(), [BREACH, EMPTY, BREACH, BREACH]) == [
        HOLD,
        HOLD,
        HOLD,
        ROLL_BACK,
    ]


def test_flagger_acts_one_check_after_its_last_failed_one_whatever_that_check_says() -> None:
    judge = Threshold(above=0.1, cumulative=2)
    assert verdicts(judge, setting(), [BREACH, CALM, BREACH, CALM]) == [
        HOLD,
        PROMOTE,
        HOLD,
        ROLL_BACK,
    ]


def test_flagger_takes_no_value_for_a_failed_check() -> None:
    judge = Threshold(above=0.1, cumulative=2)
    assert verdicts(judge, setting(), [EMPTY, EMPTY, CALM]) == [HOLD, HOLD, ROLL_BACK]


@pytest.mark.parametrize("limit", [0, 1, 3])
def test_argo_fails_when_failures_exceed_the_limit(limit: int) -> None:
    judge = Threshold(above=0.1, total=limit)
    evidence = [*[BREACH, CALM] * limit, BREACH]
    assert verdicts(judge, setting(), evidence) == [*[PROMOTE, PROMOTE] * limit, ROLL_BACK]


def test_argo_fails_at_the_fifth_error_in_a_row() -> None:
    judge = Threshold(above=0.1, total=0)
    assert verdicts(judge, setting(), [EMPTY] * 5) == [HOLD] * 4 + [ROLL_BACK]
    assert first_alarm(judge, setting(), [*[EMPTY] * 4, CALM] * 3) is None


def test_without_a_counter_the_first_breach_is_enough() -> None:
    assert first_alarm(Threshold(above=0.1), setting(), [CALM, BREACH]) == 2


def test_one_counter_at_a_time_and_from_one() -> None:
    with pytest.raises(ValueError, match="give one counter"):
        Threshold(consecutive=2, total=1)
    none: list[dict[str, Any]] = [{"consecutive": 0}, {"cumulative": 0}]
    for wrong in none:
        with pytest.raises(ValueError, match="count from 1"):
            Threshold(**wrong)


# --- exact distributions: a dynamic program over the judge's own states


def alarm_cdf(judge: Judge, chances: dict[Window, float], checks: int) -> list[float]:
    """P(alarm by check j), j = 0 to `checks`, when each check is one of these windows by chance.

    No Monte Carlo: all states the judge can be in, each with its exact chance.
    """
    alive: dict[Any, float] = {judge.start(setting()): 1.0}
    alarmed, cdf = 0.0, [0.0]
    for check in range(checks):
        ahead: dict[Any, float] = defaultdict(float)
        for state, weight in alive.items():
            for window, chance in chances.items():
                after, verdict = judge.look(state, seen(window, check))
                if verdict == ROLL_BACK:
                    alarmed += weight * chance
                else:
                    ahead[after] += weight * chance
        alive = ahead
        cdf.append(alarmed)
    return cdf


CELLS = [(0.5, 3), (0.2, 2), (0.9, 5), (0.05, 2), (0.3, 3), (1.0, 4), (0.0, 1)]
TABLE = {  # statistics.md A.1, P(alarm within 10 checks)
    (0.5, 3): (0.507812, 0.945312),
    (0.2, 2): (0.273337, 0.624190),
    (0.9, 5): (0.885735, 0.999853),
    (0.05, 2): (0.021380, 0.086138),
    (0.3, 3): (0.155116, 0.617217),
}


@pytest.mark.parametrize(("q", "n"), CELLS)
def test_breaches_in_a_row_have_the_chain_s_distribution(q: float, n: int) -> None:
    cdf = alarm_cdf(Threshold(above=0.1, consecutive=n), {BREACH: q, CALM: 1 - q}, 40)
    assert cdf == pytest.approx(list(counters.consecutive_cdf(q, n, 40)), abs=1e-12)
    assert cdf[10] == pytest.approx(TABLE.get((q, n), (cdf[10],))[0], abs=5e-7)


@pytest.mark.parametrize(("q", "n"), CELLS)
def test_flagger_has_the_binomial_s_distribution_one_check_late(q: float, n: int) -> None:
    cdf = alarm_cdf(Threshold(above=0.1, cumulative=n), {BREACH: q, CALM: 1 - q}, 40)
    assert cdf == pytest.approx([counters.flagger_by(q, n, j) for j in range(41)], abs=1e-12)
    assert cdf[11] == pytest.approx(TABLE.get((q, n), (0.0, cdf[11]))[1], abs=5e-7)


@pytest.mark.parametrize(("q", "n"), CELLS)
def test_argo_has_the_binomial_s_distribution_above_its_limit(q: float, n: int) -> None:
    cdf = alarm_cdf(Threshold(above=0.1, total=n), {BREACH: q, CALM: 1 - q}, 40)
    assert cdf == pytest.approx([counters.argo_by(q, n, j) for j in range(41)], abs=1e-12)


@pytest.mark.parametrize("empty", [0.1, 0.5, 0.9])
def test_argo_s_errors_in_a_row_have_the_chain_s_distribution(empty: float) -> None:
    cdf = alarm_cdf(Threshold(above=0.1, total=0), {EMPTY: empty, CALM: 1 - empty}, 40)
    row = counters.consecutive_cdf(empty, ERRORS_IN_A_ROW + 1, 40)
    assert cdf == pytest.approx(list(row), abs=1e-12)


@pytest.mark.parametrize(("q", "empty"), [(0.1, 0.2), (0.3, 0.3)])
def test_flagger_counts_empty_windows_as_breaches(q: float, empty: float) -> None:
    chances = {BREACH: q, EMPTY: empty, CALM: 1 - q - empty}
    cdf = alarm_cdf(Threshold(above=0.1, cumulative=3), chances, 30)
    assert cdf == pytest.approx([counters.flagger_by(q + empty, 3, j) for j in range(31)], abs=1e-12)


@pytest.mark.parametrize(("q", "empty"), [(0.1, 0.2), (0.3, 0.3)])
def test_prometheus_takes_empty_windows_for_calm_ones(q: float, empty: float) -> None:
    chances = {BREACH: q, EMPTY: empty, CALM: 1 - q - empty}
    cdf = alarm_cdf(Threshold(above=0.1, consecutive=3), chances, 30)
    assert cdf == pytest.approx(list(counters.consecutive_cdf(q, 3, 30)), abs=1e-12)


def test_the_dynamic_program_notices_a_wrong_formula() -> None:
    cdf = alarm_cdf(Threshold(above=0.1, consecutive=3), {BREACH: 0.3, CALM: 0.7}, 40)
    off = counters.consecutive_cdf(0.3 * 1.05, 3, 40)
    assert abs(cdf[40] - off[40]) > 0.02


# --- windows longer than a scrape


def test_a_window_sums_its_scrapes_and_forgets_the_older_ones() -> None:
    judge = Threshold(above=0.1, over=30.0)
    evidence = [Window(100, 31), CALM, CALM, CALM]
    assert verdicts(judge, setting(), evidence) == [ROLL_BACK, ROLL_BACK, ROLL_BACK, PROMOTE]


def test_before_the_start_lies_what_a_scrape_usually_held() -> None:
    judge = Threshold(above=0.1, over=30.0)
    evidence = [Window(100, 31)]
    assert verdicts(judge, setting((100.0, 0.0, 0.0)), evidence) == [ROLL_BACK]
    assert verdicts(judge, setting((110.0, 0.0, 0.0)), evidence) == [PROMOTE]
    assert verdicts(judge, setting((110.0, 1.0, 0.0)), evidence) == [ROLL_BACK]


def test_a_rolling_window_with_for_alarms_as_prometheus_does() -> None:
    """statistics.md A.1: W = 300, e = 30, F = 120, th = 1 %, 0.1 % then 10 %: mean 162.27 s."""
    scrape, phases, per_scrape = 30.0, 200, 3_000_000
    judge = Threshold(above=0.01, over=300.0, consecutive=5)  # true at once, and still 120 s later
    before, during = 0.001, 0.1
    delays = []
    for phase in range(phases):
        into = (phase + 0.5) / phases  # the fault begins so far into the first scrape
        failed = round(per_scrape * (into * before + (1 - into) * during))
        evidence = [
            Window(per_scrape, failed),
            *[Window(per_scrape, round(per_scrape * during))] * 20,
        ]
        prior = (float(per_scrape), per_scrape * before, 0.0)
        alarm = first_alarm(judge, setting(prior, scrape_s=scrape), evidence)
        assert alarm is not None
        delays.append(alarm * scrape - into * scrape)
    mean = burn_rate.held_delay_s(300, 0.01, during, before, scrape, 120)
    assert mean == pytest.approx(162.27, abs=0.005)
    assert sum(delays) / phases == pytest.approx(mean, abs=scrape / phases)
