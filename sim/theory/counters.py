"""Judges that count breaches: when does the alarm come if each check is a breach with chance q?

Two rules. `consecutive`: the alarm is the check that completes N breaches in a row (Prometheus
`for:`, and a balancer that ejects at the `fall`-th failed probe). `cumulative`: the check of the
k-th breach, good checks between do not matter (Flagger and Argo Rollouts, each off by one in its
own way). Checks are numbered from 1; `by` means at or before; a `cdf` is a tuple from check 0.
"""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Sequence
from functools import lru_cache

from sim.theory import bounds
from sim.theory.tails import binomial_at_least

NEEDED = "a judge that needs no breach alarms before it has looked"
CHECKS = "it is a number of checks"


def consecutive_mean(breach: float, needed: int) -> float:
    """Expected checks until `needed` breaches in a row; infinite when breach is 0.

    breach: chance per check. Raises ValueError if it is not in [0, 1] or needed < 1.
    Source: Feller, An Introduction to Probability Theory I, 3rd ed., XIII.7.

    >>> round(consecutive_mean(0.2, 2), 6)
    30.0
    """
    breach, needed = bounds.share("breach", breach), bounds.count("needed", needed, 1, NEEDED)
    total = 0.0                                     # (1-q^N)/((1-q)q^N) as a sum: exact at q = 1
    for _ in range(needed):
        total = (total + 1.0) / breach if breach else math.inf
    return total


def consecutive_cdf(breach: float, needed: int, checks: int) -> tuple[float, ...]:
    """P(alarm by check j) for j = 0 to `checks`, with `needed` breaches in a row.

    Returns a tuple of checks + 1 chances that never falls; computed once and kept.
    Raises ValueError if breach is not in [0, 1], needed < 1 or checks < 0.
    Source: standard Markov chain on the length of the present row; derived here.

    >>> [round(p, 4) for p in consecutive_cdf(0.5, 2, 4)]
    [0.0, 0.0, 0.25, 0.375, 0.5]
    """
    checks = bounds.count("checks", checks, 0, CHECKS)
    breach, needed = bounds.share("breach", breach), bounds.count("needed", needed, 1, NEEDED)
    return _consecutive_cdf(breach, needed, checks)


@lru_cache(maxsize=256)
def _consecutive_cdf(breach: float, needed: int, checks: int) -> tuple[float, ...]:
    # fresh[j] = P(no alarm yet and check j was calm): the row in progress can only start there.
    fresh, whole, calm, done = [1.0], breach**needed, 1.0, 0.0
    cdf = [0.0]
    for check in range(1, checks + 1):
        if check >= needed:
            done += whole * fresh[check - needed]
        cdf.append(min(done, 1.0))
        fresh.append((1.0 - breach) * calm)
        # Horner over the rows still alive, all terms positive: no cancellation near certainty.
        calm = 0.0
        for start in range(max(0, check - needed + 1), check + 1):
            calm = calm * breach + fresh[start]
    return tuple(cdf)


def consecutive_by(breach: float, needed: int, checks: int) -> float:
    """P(alarm within `checks` checks) with `needed` breaches in a row.

    Raises ValueError if breach is not in [0, 1], needed < 1 or checks < 0.
    Source: standard Markov chain; derived here.

    >>> round(consecutive_by(0.3, 3, 10), 6)
    0.155116
    """
    return consecutive_cdf(breach, needed, checks)[-1]


def cumulative_mean(breach: float, needed: int) -> float:
    """Expected checks until the `needed`-th breach; infinite when breach is 0.

    Raises ValueError if breach is not in [0, 1] or needed < 1.
    Source: negative binomial, Feller I, VI.8.

    >>> cumulative_mean(0.2, 2)
    10.0
    """
    breach, needed = bounds.share("breach", breach), bounds.count("needed", needed, 1, NEEDED)
    return needed / breach if breach else math.inf


def cumulative_by(breach: float, needed: int, checks: int) -> float:
    """P(alarm within `checks` checks) at the `needed`-th breach: a binomial tail.

    Raises ValueError if breach is not in [0, 1], needed < 1 or checks < 0.
    Source: negative binomial, Feller I, VI.8.

    >>> round(cumulative_by(0.3, 3, 10), 6)
    0.617217
    """
    breach, needed = bounds.share("breach", breach), bounds.count("needed", needed, 1, NEEDED)
    return binomial_at_least(bounds.count("checks", checks, 0, CHECKS), breach, needed)


def cumulative_cdf(breach: float, needed: int, checks: int) -> tuple[float, ...]:
    """P(alarm by check j) for j = 0 to `checks`, at the `needed`-th breach.

    Raises ValueError if breach is not in [0, 1], needed < 1 or checks < 0.
    Source: negative binomial, Feller I, VI.8.

    >>> [round(p, 4) for p in cumulative_cdf(0.5, 2, 4)]
    [0.0, 0.0, 0.25, 0.5, 0.6875]
    """
    checks = bounds.count("checks", checks, 0, CHECKS)
    return tuple(cumulative_by(breach, needed, check) for check in range(checks + 1))


def alarm_pmf(cdf: Sequence[float]) -> tuple[float, ...]:
    """P(alarm at exactly check j) for j = 0 to the last check of a cdf; element 0 is 0.

    What is missing to a sum of 1 is the chance of no alarm by then. Raises ValueError if cdf is
    empty. Source: differences; nothing to cite.

    >>> alarm_pmf(cumulative_cdf(0.5, 1, 3))
    (0.0, 0.5, 0.25, 0.125)
    """
    _table(cdf)
    return (cdf[0], *(late - early for early, late in itertools.pairwise(cdf)))


def stopped_mean(cdf: Sequence[float]) -> float:
    """Expected checks until the alarm or the last check of the cdf, whichever comes first.

    Times the scrape's length it is the mean exposure of a bake of that many scrapes. Raises
    ValueError if cdf is empty. Source: E min(D, m) = sum of P(D > j) over j < m.

    >>> stopped_mean(cumulative_cdf(0.5, 1, 3))
    1.75
    """
    _table(cdf)
    return math.fsum(1.0 - by for by in cdf[:-1])


def alarm_check(cdf: Sequence[float], draw: float) -> int | None:
    """The check of the alarm for one uniform draw in [0, 1); None when it is after the last one.

    So one draw gives a failing server's whole row of probes (`numpy.searchsorted(cdf, draws,
    side="right")` does many). Raises ValueError if cdf is empty or draw is not in [0, 1].
    Source: inversion, Devroye, Non-Uniform Random Variate Generation, 1986, III.2.

    >>> table = consecutive_cdf(0.5, 2, 4)
    >>> alarm_check(table, 0.1), alarm_check(table, 0.45), alarm_check(table, 0.7)
    (2, 4, None)
    """
    _table(cdf)
    check = bisect.bisect_right(cdf, bounds.share("draw", draw))
    return check if check < len(cdf) else None


def _table(cdf: Sequence[float]) -> None:
    if not len(cdf):
        raise ValueError("cdf(=()) must hold at least check 0: an empty table says nothing")


def flagger_mean(breach: float, threshold: int) -> float:
    """Expected ticks until Flagger rolls back: it acts one tick after the threshold-th failure.

    breach: chance that a tick's checks fail. threshold: `analysis.threshold`; 0 acts at tick 1.
    Raises ValueError if breach is not in [0, 1] or threshold < 0.
    Source: fluxcd/flagger, pkg/controller/scheduler.go (commit 15bd6ad5).

    >>> flagger_mean(1.0, 5)
    6.0
    """
    threshold = bounds.count("threshold", threshold, 0, "it is a number of failed checks")
    return 1.0 + (cumulative_mean(breach, threshold) if threshold else 0.0)


def flagger_by(breach: float, threshold: int, ticks: int) -> float:
    """P(Flagger has rolled back by tick `ticks`), counted from the first shift of weight.

    Raises ValueError if breach is not in [0, 1], or threshold or ticks is negative.
    Source: fluxcd/flagger, pkg/controller/scheduler.go (commit 15bd6ad5).

    >>> flagger_by(1.0, 5, 5), flagger_by(1.0, 5, 6)
    (0.0, 1.0)
    """
    threshold = bounds.count("threshold", threshold, 0, "it is a number of failed checks")
    breach, ticks = bounds.share("breach", breach), bounds.count("ticks", ticks, 0, CHECKS)
    return 0.0 if ticks == 0 else binomial_at_least(ticks - 1, breach, threshold)


def argo_mean(breach: float, limit: int) -> float:
    """Expected measurements until Argo Rollouts fails the run: failures must *exceed* failureLimit.

    Raises ValueError if breach is not in [0, 1] or limit < 0 (-1 switches the rule off there).
    Source: argoproj/argo-rollouts, analysis/analysis.go (commit 9f8d111d8).

    >>> argo_mean(0.5, 3)
    8.0
    """
    return cumulative_mean(breach, bounds.count("limit", limit, 0, "it is failureLimit") + 1)


def argo_by(breach: float, limit: int, measurements: int) -> float:
    """P(Argo Rollouts has failed the run within `measurements`): more than `limit` failures.

    Raises ValueError if breach is not in [0, 1], or limit or measurements is negative.
    Source: argoproj/argo-rollouts, analysis/analysis.go (commit 9f8d111d8).

    >>> argo_by(0.5, 0, 1), argo_by(1.0, 3, 3)
    (0.5, 0.0)
    """
    limit = bounds.count("limit", limit, 0, "it is failureLimit")
    return cumulative_by(breach, limit + 1, bounds.count("measurements", measurements, 0, CHECKS))
