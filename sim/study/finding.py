"""The result of a comparison in one sentence, with its interval."""

from __future__ import annotations

import math

from sim.study.compare import Comparison
from sim.study.estimate import Mean, bonferroni, mean_of, relative_reduction
from sim.study.shares import share_of

CONFIDENCE = 0.95


def finding(comparison: Comparison) -> str:
    """How many fewer users the best policy hits on faulty changes than the plainest one.

    Plainest: the first with strategy `direct`, else the policy that hits most. Best: the one that
    hits fewest of the others; its interval is widened for having been picked (Bonferroni). Says so
    when nothing can be told apart, nobody was hit, or no change was faulty.
    """
    tables = comparison.among("faulty")
    n = len(next(iter(tables.values()), ()))
    if n == 0:
        return f"None of {comparison.runs:,} changes was faulty: no policy was put to the test"
    hit = {policy: table["users_hit"] for policy, table in tables.items()}
    means = {policy: mean_of(values) for policy, values in hit.items()}
    if all(mean.high is not None and mean.mean == 0 == mean.high for mean in means.values()):
        most = share_of(0, n).high or 1.0
        return (
            f"No policy hit a user in {n:,} faulty changes "
            f"(so at most {percent(most)} of such changes do, at 95 %)"
        )
    order = sorted(tables, key=lambda policy: means[policy].mean or 0.0)
    if len(order) == 1:
        mean = means[order[0]]
        return f"On faulty changes, {order[0]} hits {count(mean.mean)} users{spread(mean)}"
    policies = comparison.scenario.policies
    plain = [policy for policy in tables if policies[policy].strategy == "direct"]
    base = plain[0] if plain else order[-1]
    best = next(policy for policy in order if policy != base)
    confidence = bonferroni(CONFIDENCE, len(order) - 1)
    less = relative_reduction(hit[best], hit[base], confidence)
    if less is None or less.low <= 0 <= less.high:
        return (
            f"On {n:,} faulty changes, no policy hits clearly fewer users than {base} "
            f"({count(means[base].mean)}{spread(means[base])})"
        )
    if less.mean < 0:
        return (
            f"On faulty changes, no policy beats {base}: {best}, the next, hits "
            f"{percent(-less.mean)} more users "
            f"({percent(-less.high)} to {percent(-less.low)}, 95 %)"
        )
    return (
        f"On faulty changes, {best} hits {percent(less.mean)} fewer users than {base} "
        f"({percent(less.low)} to {percent(min(1.0, less.high))}, 95 %)"
    )


def percent(share: float) -> str:
    """A share in per cent, with as many decimals as keep it apart from 0 and from 100 %.

    >>> percent(0.934), percent(0.9973), percent(0.00042), percent(1.0), percent(2.5)
    ('93 %', '99.7 %', '0.04 %', '100 %', '250 %')
    """
    room = min(abs(share), abs(1 - share))
    decimals = 0 if room >= 0.01 or room == 0 else min(6, math.ceil(-math.log10(room)) - 2)
    return f"{share * 100:,.{decimals}f} %"


def count(number: float | None) -> str:
    """A number as people read it: three digits and separators.

    >>> count(1234.5), count(12.345), count(0.01234), count(None)
    ('1,234', '12.3', '0.0123', '-')
    """
    if number is None:
        return "-"
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"


def spread(mean: Mean) -> str:
    """The interval of a mean in brackets, or how many runs there were if too few.

    >>> spread(Mean(5.0, 4.0, 6.0, 9))
    ' (4 to 6, 95 %)'
    """
    if mean.low is None or mean.high is None:
        return f" ({mean.n} run)"
    return f" ({count(max(0.0, mean.low))} to {count(mean.high)}, 95 %)"
