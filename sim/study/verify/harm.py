"""What a rollout costs until it is undone."""

from __future__ import annotations

import math

from sim.catalogue.custom import Custom
from sim.judges import KthFailure
from sim.model.service import Objective
from sim.model.terms import Batch, Delay, KInT, Portion
from sim.model.watch import Reports
from sim.strategies import Canary, Direct, Waves
from sim.study.verify.case import Case, Draw, mean_case
from sim.study.verify.setting import LONG, SCRAPE_S, people, rollout
from sim.theory import budget, exposure, kth_failure, tails
from sim.units import DAY, MINUTE

FIRST_REPORT = KInT(1, 10 * MINUTE)


def canary(draw: Draw) -> Case:
    """Users' reports as the hazard: on the canary until the bake ends, then on everything."""
    rate, share, chance, report, bake, undo = 100.0, 0.5, 0.1, 0.0004, 20 * MINUTE, 5 * MINUTE
    policy = Canary(canaries=Portion(share=share), bake=bake, batch=Batch())
    seen = draw(
        rollout(
            policy, Custom(errors=chance), rate=rate, horizon=10 * LONG, scrape=bake,
            reports=Reports(chance=report, page=FIRST_REPORT), operator=people(undo),
        ),
        12_000,
    )
    hazard = exposure.report_hazard(rate, chance, report)
    exposed = exposure.canary_exposure(
        rate, share, bake, share * hazard, 0.0, undo, fleet_detect_s=1 / hazard, fleet_undo_s=undo
    )
    return mean_case(
        "canary, the first report pages: requests failed",
        "λ p (w [E min(D, T) + (1 - b) R] + b (D2 + R2)), b = exp(-d T)",
        "exponential detection cut off at the bake's end, derived in sim/theory/exposure.py",
        chance * exposed,
        seen["failed_requests"],
    )


def waves(draw: Draw) -> Case:
    """The schedule drops out: only whether the last wave has seen it matters."""
    rate, chance, report, bake = 100.0, 0.1, 0.00006, 20 * MINUTE
    policy = Waves(by="size", first=Portion(count=1), growth=4.0, bake=bake, batch=Batch())
    seen = draw(
        rollout(
            policy, Custom(errors=chance), rate=rate, servers=21, horizon=3 * bake,
            reports=Reports(chance=report, page=FIRST_REPORT, then="undo"), scrape=bake,
        ),
        7_000,
    )
    expected = exposure.waves_exposure(
        rate, (1 / 21, 5 / 21, 1), (bake,) * 3, exposure.report_hazard(rate, chance, report), 0.0
    )
    return mean_case(
        "waves, the first report undoes: requests failed",
        "p λ/c (1 - exp(-c Σ w T))",
        "hazard proportional to exposure, derived in sim/theory/exposure.py",
        chance * expected.before_alarm,
        seen["failed_requests"],
    )


def waves_with_people(draw: Draw) -> Case:
    """What the people cost on top: their time, at the share that the alarm found."""
    rate, chance, report, bake, undo = 100.0, 0.1, 0.001, 20 * MINUTE, 60 * MINUTE
    policy = Waves(by="size", first=Portion(count=6), growth=1.0, bake=bake, batch=Batch())
    seen = draw(
        rollout(
            policy, Custom(errors=chance), rate=rate, servers=18, horizon=LONG,
            reports=Reports(chance=report, page=FIRST_REPORT), operator=people(undo), scrape=bake,
        ),
        1_000,
    )
    hazard = exposure.report_hazard(rate, chance, report)
    expected = exposure.waves_exposure(rate, (6 / 18, 12 / 18, 1), (bake, bake, LONG), hazard, undo)
    return mean_case(
        "waves, the first report pages: requests failed",
        "p λ/c (1 - S_end) + p λ R Σ S_i (1 - exp(-c w_i T_i)) w_i",
        "hazard proportional to exposure, derived in sim/theory/exposure.py",
        chance * expected.requests,
        seen["failed_requests"],
    )


def kth_report(draw: Draw) -> Case:
    """Every failure is reported, the tenth one pages: k failures, and what people's time costs."""
    rate, share, chance, undo = 200.0, 0.05, 0.02, 3 * MINUTE
    seen = draw(
        rollout(
            Canary(canaries=Portion(share=share), bake=LONG), Custom(errors=chance), rate=rate,
            reports=Reports(chance=1.0, page=KInT(10, LONG)), operator=people(undo),
            horizon=LONG, scrape=LONG,
        ),
        1_000,
    )
    return mean_case(
        "k-th failure, seen at once: requests failed",
        "k + w λ p (L + R)",
        "k-th Poisson arrival is Gamma, Feller I, VI",
        kth_failure.failures_mean(10, share * rate * chance, 0.0, undo),
        seen["failed_requests"],
    )


def kth_scraped(draw: Draw) -> Case:
    """The same count, seen only at scrapes."""
    rate, share, chance = 200.0, 0.25, 0.02
    policy = Canary(canaries=Portion(share=share), bake=LONG, judge=KthFailure(failures=10))
    seen = draw(rollout(policy, Custom(errors=chance), rate=rate, horizon=LONG), 2_000)
    return mean_case(
        "k-th failure, seen at scrapes: requests failed",
        "w λ p s Σ P(Pois(w λ p j s) < k) + w λ p (L + R)",
        "k-th Poisson arrival seen at scrapes, derived in sim/theory/kth_failure.py",
        kth_failure.scraped_failures(10, share * rate * chance, SCRAPE_S),
        seen["failed_requests"],
    )


def kth_scraped_and_people(draw: Draw) -> Case:
    """A gate that only pages: the harm of the people's time comes on top."""
    rate, share, chance, undo = 200.0, 0.25, 0.02, MINUTE
    judge = KthFailure(failures=10, then="page")
    policy = Canary(canaries=Portion(share=share), bake=LONG, judge=judge)
    fault = Custom(errors=chance)
    seen = draw(rollout(policy, fault, rate=rate, horizon=LONG, operator=people(undo)), 1_000)
    return mean_case(
        "k-th failure at scrapes, paging: requests failed",
        "w λ p s Σ P(Pois(w λ p j s) < k) + w λ p (L + R)",
        "k-th Poisson arrival seen at scrapes, derived in sim/theory/kth_failure.py",
        kth_failure.scraped_failures(10, share * rate * chance, SCRAPE_S, 0.0, undo),
        seen["failed_requests"],
    )


def false_alarm(draw: Draw) -> Case:
    """A healthy change whose base errors reach k within the bake."""
    rate, share, base, bake, k = 200.0, 0.25, 0.001, 15 * MINUTE, 40
    policy = Canary(canaries=Portion(share=share), bake=bake, judge=KthFailure(failures=k))
    seen = draw(rollout(policy, rate=rate, base_errors=base, horizon=bake), 7_000)
    return mean_case(
        "k-th failure, healthy change: share rolled back for nothing",
        "P(Pois(w λ p0 T) >= k)",
        "k-th Poisson arrival is Gamma, Feller I, VI",
        kth_failure.alarm(k, share * rate * base, bake),
        seen["false_rollback"],
    )


def spent(draw: Draw) -> Case:
    """A canary that bakes to the horizon, and the share of the month's budget that it costs."""
    rate, share, p0, p1, bake, objective = 1000.0, 0.1, 0.001, 0.3, 20 * MINUTE, 0.999
    policy = Canary(canaries=Portion(share=share), bake=bake)
    seen = draw(
        rollout(
            policy, Custom(errors=(p1 - p0) / (1 - p0)), rate=rate, base_errors=p0, horizon=bake,
            objective=Objective(availability=objective, period=30 * DAY),
        ),
        200,
    )
    return mean_case(
        "error budget spent by a canary: share of 30 days",
        "w (p1 - p0) t / ((1 - S) P)",
        "SRE Workbook ch. 16",
        budget.spent(share, p1 - p0, bake, objective, 30 * DAY),
        seen["budget_spent"],
    )


def first_harm(draw: Draw) -> Case:
    """About one failure in all: from the first one to the end of the stretch."""
    rate, chance, length = 1.0, 0.003, 10 * MINUTE
    seen = draw(rollout(Direct(), Custom(errors=chance), rate=rate, horizon=length), 6_000)
    harms = rate * chance * length
    never = tails.poisson_below(harms, 1)
    return mean_case(
        "first harm: seconds from it to the end of the harm, where there was any",
        "H - E(X | X < H) = H/(1 - exp(-f H)) - 1/f, X ~ Exp(f), f = λ p",
        "smallest of F uniforms, F Poisson",
        length / (1 - never) - kth_failure.delay_mean_s(1, rate * chance),
        seen["time_to_restore_s"],
    )


def one_by_one(draw: Draw) -> Case:
    """Servers that fall ill each in its own lognormal time, and nobody who watches."""
    rate, servers, chance, length = 5000.0, 400, 0.2, 60 * MINUTE
    onset = Delay(30 * MINUTE, 60 * MINUTE)
    fault = Custom(errors=chance, after=onset)
    seen = draw(rollout(Direct(), fault, rate=rate, servers=servers, horizon=length), 200)
    return mean_case(
        "servers falling ill one by one: requests failed",
        "λ p E(H - X)+ = λ p (H Φ(z) - m exp(σ²/2) Φ(z - σ)), z = ln(H/m)/σ",
        "partial mean of a lognormal",
        rate * chance * _ill_s(onset, length),
        seen["failed_requests"],
    )


def _ill_s(onset: Delay, until: float) -> float:
    """E(until - X)+ of a lognormal time X."""
    from scipy import special

    z = math.log(until / onset.median) / onset.sigma
    return float(until * special.ndtr(z) - onset.mean * special.ndtr(z - onset.sigma))


CASES = (
    canary, waves, waves_with_people, kth_report, kth_scraped, kth_scraped_and_people, false_alarm,
    spent, first_harm, one_by_one,
)
