"""Choosing the best of k policies: with a guaranteed probability (Kim-Nelson), or with runs where they matter (OCBA).

Less is better, as for a cost. Pure: what a run costs comes from the caller, in order of run numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from sim.study.blocks import BLOCK
from sim.study.estimate import Floats, Moments, checked_confidence

Observe = Callable[[int, int, Sequence[str]], Mapping[str, Floats]]
"""(first, last, policies) -> the column of run numbers [first, last) under each of these policies."""


class Selected(NamedTuple):
    """The policy chosen; after how many runs each other one was dropped, and how many runs it took in all.

    certain: False when `most` runs were made and several were still in; the policy is then the least of these.
    """

    policy: str
    dropped: dict[str, int]
    runs: int
    certain: bool


def h_squared(policies: int, first: int, confidence: float = 0.95) -> float:
    """The constant of Kim and Nelson for so many policies and runs of the first stage.

    Raises ValueError below two policies or two runs.
    Source: Kim, Nelson, ACM TOMACS 11 (2001) 251, section 3, c = 1.

    >>> round(h_squared(3, 20), 5), round(h_squared(10, 20), 5)
    (7.04379, 11.51148)
    """
    if policies < 2 or first < 2:
        raise ValueError(f"policies(={policies}) and first(={first}) must be at least 2")
    alpha = 1 - checked_confidence(confidence)
    eta: float = 0.5 * ((2 * alpha / (policies - 1)) ** (-2 / (first - 1)) - 1)
    return 2 * eta * (first - 1)


def kim_nelson(
    observe: Observe,
    policies: Sequence[str],
    delta: float,
    *,
    confidence: float = 0.95,
    first: int = 20,
    most: int = 1_000_000,
    block: int = BLOCK,
) -> Selected:
    """Drop policies one by one until the best is left, right with the given probability.

    delta  the difference that matters, in the column's unit: when the best is better by so much, it is chosen with at
           least that probability, for normal columns; costs are skewed, so make `first` a few hundred there. Common
           random numbers only make it sooner
    first  runs of every policy before anything is dropped
    block  asked for at once; what is asked for too much is looked at no more, so that it changes nothing

    Raises ValueError for delta <= 0, no policy, or first > most. Source: as `h_squared`.
    """
    if not delta > 0:
        raise ValueError(f"delta(={delta}) must be above 0: equal policies would never be told apart")
    if not policies or not 2 <= first <= most:
        raise ValueError(f"policies(={len(policies)}) must be at least one, first(={first}) from 2 to most(={most})")
    if len(policies) == 1:
        return Selected(policies[0], {}, 0, True)
    left, dropped = list(policies), dict[str, int]()
    seen = {policy: np.asarray(column, dtype=np.float64) for policy, column in observe(0, first, left).items()}
    sums = {policy: math.fsum(column.tolist()) for policy, column in seen.items()}
    scale = h_squared(len(policies), first, confidence) / (2 * delta)
    # W x r of the paper for each pair: it shrinks by delta / 2 with every run.
    room = {
        (a, b): scale * Moments.of(seen[a] - seen[b]).squares / (first - 1)
        for a in policies for b in policies if a != b
    }
    runs, ahead = first, dict[str, Floats]()
    start = first
    while True:
        limit = delta / 2 * runs
        out = [a for a in left if any(sums[a] > sums[b] + max(0.0, room[a, b] - limit) for b in left if a != b)]
        for policy in out:
            dropped[policy] = runs
        left = [policy for policy in left if policy not in out]
        if len(left) == 1 or runs == most:
            best = min(left, key=sums.__getitem__)
            return Selected(best, dropped, runs, len(left) == 1)
        at = runs - start
        if not ahead or at == len(ahead[left[0]]):
            start, at = runs, 0
            ahead = {
                policy: np.asarray(column, dtype=np.float64)
                for policy, column in observe(runs, min(runs + block, most), left).items()
            }
        for policy in left:
            sums[policy] += float(ahead[policy][at])
        runs += 1


def ocba(means: ArrayLike, deviations: ArrayLike, total: float) -> Floats:
    """How many of `total` runs each policy should have, for the likeliest right choice of the least mean.

    means, deviations: shape (policies,), from the runs so far. Returns shares of the total, not rounded. A deviation
    of 0 gets no runs; policies tied with the best share them all with it, as in the limit of a small gap.
    Raises ValueError for unlike shapes, fewer than two policies, a negative deviation.
    Source: Chen, Lin, Yucesan, Chick, Discrete Event Dynamic Systems 10 (2000) 251, theorem 1.

    >>> [round(x, 3) for x in ocba([1, 1.5, 3], [1, 2, 3], 300).tolist()]
    [91.707, 182.613, 25.680]
    """
    mean, deviation = np.asarray(means, dtype=np.float64), np.asarray(deviations, dtype=np.float64)
    if mean.shape != deviation.shape or mean.ndim != 1 or len(mean) < 2:
        shapes = f"means {mean.shape} and deviations {deviation.shape}"
        raise ValueError(f"{shapes} must be the same (policies,), two or more")
    if (deviation < 0).any():
        raise ValueError(f"deviations(={deviation.tolist()}) must not be negative")
    best = int(np.argmin(mean))
    gap = mean - mean[best]
    apart = gap[gap > 0]
    if not len(apart) or not deviation.any():
        return np.full(len(mean), total / len(mean))
    gap[gap == 0] = 1e-6 * apart.min()
    share = (deviation / gap) ** 2
    others = np.arange(len(mean)) != best
    noisy = others & (deviation > 0)
    share[best] = deviation[best] * math.sqrt(math.fsum((share[noisy] / deviation[noisy]) ** 2))
    if share.sum() == 0:
        return np.full(len(mean), total / len(mean))
    return np.asarray(share / share.sum() * total)
