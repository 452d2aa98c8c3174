"""Which policy has the least of a column, and whether the runs decide it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sim.study.estimate import Floats, Interval, Mean, bonferroni, mean_of, paired_difference, surely_more


class Best(NamedTuple):
    """The policy with the least mean, and how sure that is.

    decided    no other policy has less, with the confidence asked for. False when the runs do not tell, and where a
               policy is equal to it in every run
    runner_up  the policy with the next mean; None when there is no other. `behind`: by how much, with its interval
    means      policy -> Mean, each with its own interval
    """

    policy: str
    decided: bool
    runner_up: str | None
    behind: Interval | None
    means: dict[str, Mean]


def best_of(columns: Mapping[str, Floats], confidence: float = 0.95) -> Best:
    """The policy with the least mean; on a tie the first. Decided by paired differences from all others.

    columns: policy -> array of shape (runs,), element i of each from run i, no NaN. The truly best policy is passed
    over only if its own interval against the one chosen misses, and it has as many as there are other policies: so
    Bonferroni over k - 1 holds although the choice is made after the fact. For the one point, not for all of a map.
    Raises ValueError without a policy, for unlike shapes, and for fewer than two runs.
    Source: Law, Simulation Modeling and Analysis, 5th ed., sections 10.2.1 and 10.3.

    >>> from numpy import array
    >>> found = best_of({"a": array([5., 6, 9]), "b": array([1., 2, 4])})
    >>> found.policy, found.decided, found.runner_up, [round(x, 2) for x in found.behind]
    ('b', True, 'a', [2.9, 4.33, 5.77])
    """
    if not columns:
        raise ValueError("columns must hold at least one policy")
    means = {policy: mean_of(column, confidence) for policy, column in columns.items()}
    order = sorted(means, key=lambda policy: means[policy].mean or 0.0)
    first, *others = order
    if not others:
        return Best(first, True, None, None, means)
    each = bonferroni(confidence, len(others))
    decided = all(surely_more(columns[policy], columns[first], each) for policy in others)
    return Best(first, decided, others[0], paired_difference(columns[others[0]], columns[first], each), means)
