"""When the alarm comes: counters, burn rates, health checks, people."""

from __future__ import annotations

from sim.catalogue.custom import Custom
from sim.judges import AnyJudge, BurnRate, Threshold
from sim.judges.burn_rate import Row
from sim.model.fleet import Balancer
from sim.model.people import People
from sim.model.service import Objective
from sim.model.terms import Delay, Portion
from sim.scenario import Scenario
from sim.strategies import Canary, Direct
from sim.study.verify.case import Case, Draw, mean_case
from sim.study.verify.setting import LONG, SCRAPE_S, rollout
from sim.theory import breach, burn_rate, counters, kth_failure
from sim.units import DAY, HOUR, MINUTE

RATE, CHANCE = 20.0, 0.02
SEEN = RATE / 2 * SCRAPE_S
"""Requests that a scrape sees of the canary, one of two servers."""


def _judged(judge: AnyJudge, bake: float = LONG) -> Scenario:
    policy = Canary(canaries=Portion(count=1), bake=bake, judge=judge)
    return rollout(policy, Custom(errors=CHANCE), rate=RATE, servers=2, horizon=bake)


def _detected_after(checks: float) -> float:
    """Mean seconds from the first harm, which comes at random, to the alarm, at a scrape."""
    return checks * SCRAPE_S - kth_failure.delay_mean_s(1, RATE / 2 * CHANCE)


def consecutive(draw: Draw) -> Case:
    """Three breaches in a row."""
    seen = draw(_judged(Threshold(above=0.007, consecutive=3)), 6_700)
    q = breach.breach_thinned(SEEN, CHANCE, 0.007)
    return mean_case(
        "3 breaches in a row: seconds from first harm to alarm",
        "s (1 - q^N) / ((1 - q) q^N) - 1/(w λ p), q = P(failed / seen > above)",
        "success runs, Feller I, XIII.7",
        _detected_after(counters.consecutive_mean(q, 3)),
        seen["time_to_detect_s"],
    )


def consecutive_in_a_bake(draw: Draw) -> Case:
    """Two in a row, in a bake of so many scrapes."""
    checks = 10
    seen = draw(_judged(Threshold(above=0.02, consecutive=2), checks * SCRAPE_S), 6_700)
    q = breach.breach_thinned(SEEN, CHANCE, 0.02)
    return mean_case(
        "2 breaches in a row within 10 scrapes: share rolled back",
        "chain on the length of the present row, absorbed at N",
        "success runs, Feller I, XIII.7",
        counters.consecutive_by(q, 2, checks),
        seen["ended"] == "rolled_back",
    )


def flagger(draw: Draw) -> Case:
    """Cumulative, acted on one check late."""
    seen = draw(_judged(Threshold(above=0.01, cumulative=4)), 1_500)
    q = breach.breach_thinned(SEEN, CHANCE, 0.01)
    return mean_case(
        "Flagger, 4 failed checks in all: seconds from first harm to roll-back",
        "s (1 + k/q) - 1/(w λ p)",
        "negative binomial; fluxcd/flagger pkg/controller/scheduler.go",
        _detected_after(counters.flagger_mean(q, 4)),
        seen["time_to_detect_s"],
    )


def argo(draw: Draw) -> Case:
    """Fails above its limit, not at it."""
    seen = draw(_judged(Threshold(above=0.01, total=3)), 2_000)
    q = breach.breach_thinned(SEEN, CHANCE, 0.01)
    return mean_case(
        "Argo Rollouts, failureLimit 3: seconds from first harm to failure",
        "s (limit + 1)/q - 1/(w λ p)",
        "negative binomial; argoproj/argo-rollouts analysis/analysis.go",
        _detected_after(counters.argo_mean(q, 3)),
        seen["time_to_detect_s"],
    )


def burning(draw: Draw) -> Case:
    """Both windows above 14.4 times the budget's pace, with counts that leave nothing to luck."""
    rate, objective, error, before = 50_000.0, 0.995, 0.2, 0.001
    alert = BurnRate(rows=(Row(long=HOUR, short=5 * MINUTE, factor=14.4),), then="undo")
    seen = draw(
        rollout(
            Direct(), Custom(errors=(error - before) / (1 - before)), rate=rate, horizon=LONG,
            base_errors=before, objective=Objective(availability=objective), alerts=(alert,),
        ),
        300,
    )
    delay = burn_rate.multiwindow_delay_s(HOUR, 5 * MINUTE, 14.4, objective, error, before)
    return mean_case(
        "burn rate 14.4 over 1 h and 5 min: requests failed until the alert",
        "λ (e - b) t, t = W (B (1 - S) - b)/(e - b) at the next scrape",
        "SRE Workbook ch. 5",
        rate * (error - before) * burn_rate.scraped_delay_s(delay, SCRAPE_S),
        seen["failed_requests"],
    )


def windowed(draw: Draw) -> Case:
    """A threshold over a sliding window, held for three scrapes: Prometheus' `for:`."""
    rate, above, error, before, window, held = 50_000.0, 0.0116, 0.1, 0.001, 5 * MINUTE, 3
    alert = Threshold(above=above, over=window, consecutive=held, then="undo")
    seen = draw(
        rollout(
            Direct(), Custom(errors=(error - before) / (1 - before)), rate=rate, horizon=LONG,
            base_errors=before, alerts=(alert,),
        ),
        300,
    )
    crossed = burn_rate.scraped_delay_s(burn_rate.delay_s(window, above, error, before), SCRAPE_S)
    return mean_case(
        "threshold over 5 min held for 3 scrapes: requests failed until the alert",
        "λ (p1 - p0) (t + (N - 1) s), t = W (th - p0)/(p1 - p0) at the next scrape",
        "mean field of a rolling window, derived in sim/theory/burn_rate.py",
        rate * (error - before) * (crossed + (held - 1) * SCRAPE_S),
        seen["failed_requests"],
    )


def ejected(draw: Draw) -> Case:
    """A server that flaps is out at the first run of failed probes, and here never comes back."""
    rate, servers, fails, probe = 2000.0, 20, 0.95, 5.0
    balancer = Balancer(probe_every=probe, fall=4, rise=1000)
    one = Portion(count=1)
    fault = Custom(errors=0.5, servers=one, after=Delay(MINUTE), in_health_check=fails)
    scenario = rollout(
        Direct(), fault, rate=rate, servers=servers, balancer=balancer,
        horizon=20 * MINUTE, scrape=MINUTE,
    )
    return mean_case(
        "ejected at the 4th failed probe in a row: requests failed until then",
        "λ/N p e ((1 - q^N)/((1 - q) q^N) - 1): the first probe meets the onset",
        "success runs, Feller I, XIII.7",
        rate / servers * 0.5 * probe * (counters.consecutive_mean(fails, 4) - 1),
        draw(scenario, 5_000)["failed_requests"],
    )


def operator(draw: Draw) -> Case:
    """Paged at the first scrape; then the people take their lognormal time."""
    rate, chance = 1000.0, 0.05
    acknowledge, decide = Delay(5 * MINUTE, 10 * MINUTE), Delay(5 * MINUTE, 8 * MINUTE)
    seen = draw(
        rollout(
            Direct(), Custom(errors=chance), rate=rate, horizon=3 * DAY,
            alerts=(Threshold(above=0.01),),
            operator=People(acknowledge=acknowledge, decide=decide),
        ),
        2_000,
    )
    return mean_case(
        "paged operator: seconds from first harm to the undo",
        "s + median_a exp(σ_a²/2) + median_d exp(σ_d²/2) - 1/(λ p)",
        "mean of a lognormal",
        SCRAPE_S + acknowledge.mean + decide.mean - kth_failure.delay_mean_s(1, rate * chance),
        seen["time_to_restore_s"],
    )


CASES = (consecutive, consecutive_in_a_bake, flagger, argo, burning, windowed, ejected, operator)
