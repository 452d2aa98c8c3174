"""Which of several policies may still have the least cost: asked again and again while runs are added.

Every look spends its own part of the chance to be wrong, so that looking often costs nothing in honesty. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sim.study.best import Best
from sim.study.estimate import Floats, Interval, bonferroni, checked_confidence, mean_of, paired_difference, surely_more

FEWEST_FAULTY = 30
"""No policy is out before so many faulty changes were seen: what a policy saves shows only on these, and a t interval
over two or three disasters says little."""


def confidence_of(look: int, policies: int, confidence: float = 0.95) -> float:
    """Confidence of each interval at the look-th look, from 1: all looks there can ever be hold together.

    The chance to be wrong is shared out as 1/2, 1/6, 1/12, 1/20 ..., whose sum is 1, and each part over the
    policies - 1 others (Bonferroni). Raises ValueError below one look or two policies.

    >>> round(confidence_of(1, 2), 6), round(confidence_of(2, 3), 6)
    (0.975, 0.995833)
    """
    if look < 1 or policies < 2:
        raise ValueError(f"look(={look}) must be at least 1, policies(={policies}) at least 2")
    part = (1 - checked_confidence(confidence)) / (look * (look + 1))
    return bonferroni(1 - part, policies - 1)


def still_in(costs: Mapping[str, Floats], left: Sequence[str], look: int, confidence: float = 0.95) -> list[str]:
    """Those of the policies that are left which may still be the best, in their order.

    costs: policy -> array of shape (runs,), element i of each from run i, for all policies of the point; those that
    are out may have fewer runs. A policy is out when the one with the least mean beats it, in the runs that both
    have. The truly best policy is put out, at any look, with a chance of at most 1 - confidence: that needs one of
    the others to beat it, and each look has an interval for each of these.
    """
    if len(left) < 2:
        return list(left)
    each = confidence_of(look, len(costs), confidence)
    leader = least(costs, left)
    return [name for name in left if name == leader or not _beaten(costs[name], costs[leader], each)]


def standing(costs: Mapping[str, Floats], left: Sequence[str], confidence: float = 0.95) -> Best:
    """The policy ahead among those that are left, decided when it is the only one; the rest is as `best_of` says it."""
    means = {policy: mean_of(column, confidence) for policy, column in costs.items()}
    first = least(costs, left)
    # One that may still win is the runner-up before one that may not.
    others = sorted((name for name in costs if name != first), key=lambda name: (name not in left, means[name].mean))
    if not others:
        return Best(first, True, None, None, means)
    behind = _apart(costs[others[0]], costs[first], bonferroni(confidence, len(others)))
    return Best(first, len(left) == 1, others[0], behind, means)


def least(costs: Mapping[str, Floats], left: Sequence[str]) -> str:
    """The policy with the least mean over the runs that all of these have; on a tie the first."""
    shared = min(len(costs[name]) for name in left)
    return min(left, key=lambda name: float(costs[name][:shared].mean()))


def _beaten(column: Floats, leader: Floats, confidence: float) -> bool:
    shared = min(len(column), len(leader))
    return surely_more(column[:shared], leader[:shared], confidence)


def _apart(a: Floats, b: Floats, confidence: float) -> Interval:
    shared = min(len(a), len(b))
    return paired_difference(a[:shared], b[:shared], confidence)
