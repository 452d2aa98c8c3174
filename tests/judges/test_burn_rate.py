"""The burn-rate alert: published delays on deterministic counts, and a naive recomputation."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.judges import BurnRate
from sim.judges.burn_rate import WORKBOOK, Row
from sim.model.evidence import Setting, Verdict
from sim.theory import burn_rate
from sim.units import DAY, HOUR, MINUTE
from tests.judges.watching import PRIORS, WINDOWS, Window, block, first_alarm, setting, verdicts

# statistics.md A.2: objective, row (short = long / 12), failed share during and before, delay in s.
PUBLISHED = [
    (0.995, Row(long=HOUR, short=5 * MINUTE, factor=14.4), 1.0, 0.0, 259.2),
    (0.995, Row(long=HOUR, short=5 * MINUTE, factor=14.4), 0.2, 0.001, 1284.4),
    (0.995, Row(long=6 * HOUR, short=30 * MINUTE, factor=6.0), 0.08, 0.001, 7929.1),
    (0.995, Row(long=DAY, short=2 * HOUR, factor=3.0), 0.5, 0.0, 2592.0),
    (0.99, Row(long=HOUR, short=5 * MINUTE, factor=14.4), 0.08, 0.001, math.inf),
    (0.99, Row(long=3 * DAY, short=6 * HOUR, factor=1.0), 0.2, 0.001, 11722.6),
]
PER_SCRAPE = 10_000  # so that every share is a whole number of failures


def alarm_s(judge: BurnRate, given_: Setting, window: Window, windows: int) -> float:
    """When the alarm comes if every scrape sees the same, scanning blocks; inf if it does not."""
    state: Any = judge.start(given_)
    done = 0
    while done < windows:
        size = min(4096, windows - done)
        calm, state, _ = judge.scan(state, block([window] * size, done, scrape_s=given_.scrape_s))
        done += calm
        if calm < size:
            return (done + 1) * given_.scrape_s
    return math.inf


@pytest.mark.parametrize(("objective", "row", "error", "before", "published"), PUBLISHED)
@pytest.mark.parametrize("scrape_s", [1.0, 10.0])
def test_a_lasting_fault_is_found_after_the_published_time(
    objective: float, row: Row, error: float, before: float, published: float, scrape_s: float
) -> None:
    exact = burn_rate.multiwindow_delay_s(row.long, row.short, row.factor, objective, error, before)
    assert exact == pytest.approx(published, abs=0.05)
    given_ = setting((PER_SCRAPE, PER_SCRAPE * before, 0.0), scrape_s=scrape_s, availability=objective)
    found = alarm_s(BurnRate(rows=(row,)), given_, Window(PER_SCRAPE, round(PER_SCRAPE * error)), 13_000)
    assert found == burn_rate.scraped_delay_s(exact, scrape_s)


def test_the_first_row_to_burn_alarms() -> None:
    given_ = setting((PER_SCRAPE, 0.0, 0.0), availability=0.995)
    rows = {row: BurnRate(rows=(row,)) for row in WORKBOOK}
    for error in (0.04, 0.08, 0.2, 1.0):
        window = Window(PER_SCRAPE, round(PER_SCRAPE * error))
        alone = [alarm_s(judge, given_, window, 3000) for judge in rows.values()]
        assert alarm_s(BurnRate(), given_, window, 3000) == min(alone)


def test_a_whole_service_alert_does_not_see_a_canary() -> None:
    """statistics.md 0.2: w = 4 %, 30 % errors, 99.5 %: burn 2.5 x in all, 60 x on the canary."""
    whole, canary = (
        Window(PER_SCRAPE, round(PER_SCRAPE * 0.0124)),
        Window(PER_SCRAPE, round(PER_SCRAPE * 0.3)),
    )
    given_ = setting((PER_SCRAPE, PER_SCRAPE * 0.0005, 0.0), availability=0.995)
    assert alarm_s(BurnRate(), given_, whole, 3000) == math.inf
    assert alarm_s(BurnRate(), setting(availability=0.995), canary, 3000) == 10.0


def test_the_short_window_ends_the_alert_when_the_fault_is_gone() -> None:
    judge = BurnRate(objective=0.9, rows=(Row(long=100.0, short=20.0, factor=2.0),))
    evidence = [*[Window(100, 100)] * 5, *[Window(100, 0)] * 4]
    said = verdicts(judge, setting((100.0, 0.0, 0.0)), evidence)
    assert [verdict == Verdict.ROLL_BACK for verdict in said] == [
        False,
        False,
        *[True] * 4,
        False,
        False,
        False,
    ]


def test_the_service_s_own_objective_holds_unless_the_judge_has_one() -> None:
    row = Row(long=60.0, short=20.0, factor=10.0)
    evidence = [Window(100, 5)] * 10
    assert first_alarm(BurnRate(rows=(row,)), setting(availability=0.999), evidence) == 1
    assert first_alarm(BurnRate(rows=(row,)), setting(availability=0.99), evidence) is None
    assert first_alarm(BurnRate(rows=(row,), objective=0.999), setting(availability=0.99), evidence) == 1


def naive(judge: BurnRate, given_: Setting, windows: list[Window]) -> list[bool]:
    """Every window summed anew from its scrapes, with fractions by definition."""
    objective = judge.objective if judge.objective is not None else given_.availability
    seen, said = [], []
    for window in windows:
        seen.append((float(window.requests), float(window.failed if judge.of == "failed" else window.slow)))
        prior = (
            given_.prior.requests,
            given_.prior.failed if judge.of == "failed" else given_.prior.slow,
        )
        burns = False
        for row in judge.rows:
            both = True
            for length in (row.long, row.short):
                scrapes = max(1, round(length / given_.scrape_s))
                asked = [*[prior] * scrapes, *seen][-scrapes:]
                requests, bad = math.fsum(r for r, _ in asked), math.fsum(b for _, b in asked)
                limit = row.factor * (1 - objective)
                both &= requests >= judge.min_requests and bad / max(requests, 1e-300) > limit * (1 + 1e-7)
            burns |= both
        said.append(burns)
    return said


@given(
    windows=WINDOWS,
    prior=PRIORS,
    rows=st.lists(
        st.builds(
            lambda short, more, factor: Row(long=10.0 * (short + more), short=10.0 * short, factor=factor),
            st.integers(1, 6),
            st.integers(0, 30),
            st.sampled_from([0.5, 1.0, 2.0, 6.0, 14.4]),
        ),
        min_size=1,
        max_size=3,
    ),
    objective=st.sampled_from([None, 0.5, 0.9, 0.995]),
    of=st.sampled_from(["failed", "slow"]),
    least=st.sampled_from([1, 40]),
)
def test_it_equals_a_naive_recomputation_of_every_window(
    windows: list[Window],
    prior: tuple[float, float, float],
    rows: list[Row],
    objective: float | None,
    of: Any,
    least: int,
) -> None:
    judge = BurnRate(objective=objective, rows=tuple(rows), of=of, min_requests=least)
    given_ = setting(prior)
    assert [said == Verdict.ROLL_BACK for said in verdicts(judge, given_, windows)] == naive(judge, given_, windows)


def test_rare_errors_in_thin_traffic_fire_by_the_poisson_tail() -> None:
    """statistics.md A.2: n = 100, p = .002, S = .995, B = 6: false fire 5.684e-5 an evaluation."""
    judge = BurnRate(objective=0.995, rows=(Row(long=10.0, short=10.0, factor=6.0),))
    fires = next(n for n in range(100) if first_alarm(judge, setting(), [Window(100, n)]))
    calm = math.fsum(math.exp(-0.2) * 0.2**n / math.factorial(n) for n in range(fires))
    assert 1 - calm == pytest.approx(5.684e-5, rel=1e-3)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"rows": ()}, "at least one pair"),
        ({"over": 60.0}, "no `over`"),
        ({"objective": 1.0}, "objective must be above 0% and below 100%"),
        ({"objective": 0.0}, "objective must be above 0% and below 100%"),
        ({"rows": (Row(long=31 * DAY, short=HOUR, factor=1.0),)}, "at most 30d"),
    ],
    ids=str,
)
def test_what_it_cannot_mean_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        BurnRate(**wrong)


@pytest.mark.parametrize("wrong", [{"short": 61.0}, {"short": 0.0}, {"factor": 0.0}], ids=str)
def test_a_row_that_can_never_or_always_fire_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be above 0"):
        Row(**{"long": 60.0, "short": 20.0, "factor": 1.0, **wrong})
