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
            f"({count(means[base].mean)} on average)"
        )
    if less.mean < 0:
        more, low, high = percents(-less.mean, -less.high, -less.low)
        return (
            f"On faulty changes, no policy beats {base}: {best}, the next, hits "
            f"{more} % more users (95 % interval: {low} to {high} %)"
        )
    fewer, low, high = percents(less.mean, less.low, min(1.0, less.high))
    return (
        f"On faulty changes, {best} hits {fewer} % fewer users than {base} "
        f"(95 % interval: {low} to {high} %)"
    )


def percents(*shares: float) -> list[str]:
    """Shares in per cent, without the sign, all with as many decimals as the most delicate needs.

    So many that none is shown as 0 or 100 which is not.

    >>> percents(0.934, 0.91, 0.952), percents(0.991, 0.9886, 1.0), percents(2.5)
    (['93', '91', '95'], ['99.1', '98.9', '100.0'], ['250'])
    """
    rooms = [min(abs(share), abs(1 - share)) for share in shares]
    delicate = min((room for room in rooms if room > 1e-9), default=1.0)
    decimals = 0 if delicate >= 0.01 else min(6, math.ceil(round(-math.log10(delicate), 6)) - 2)
    decimals = max(decimals, int(delicate < 0.02 and len(shares) > 1))
    return [f"{share * 100:,.{decimals}f}" for share in shares]


def percent(share: float) -> str:
    """A share in per cent, with as many decimals as keep it apart from 0 and from 100 %.

    >>> percent(0.934), percent(0.9973), percent(0.00042), percent(1.0), percent(2.5)
    ('93 %', '99.7 %', '0.04 %', '100 %', '250 %')
    """
    return f"{percents(share)[0]} %"


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
    ' (95 % interval: 4 to 6)'
    """
    if mean.low is None or mean.high is None:
        return f" ({mean.n} run)"
    return f" (95 % interval: {count(max(0.0, mean.low))} to {count(mean.high)})"
