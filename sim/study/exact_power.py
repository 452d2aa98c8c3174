"""The chance of a roll-back by the end of each scrape, exact, for the judges of which that is known.

A threshold over single scrapes with any of its counters, and the k-th failure, at a gate whose conditions do not
change: then scrapes are independent, and each is a breach with a known chance. A blip is put wherever it may begin;
two blips in one gate are left out, and so this is used only where they are rare.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.judges import KthFailure, Threshold
from sim.model.service import Blips
from sim.study.gate import Watchpost
from sim.theory import varying
from sim.theory.breach import breach_thinned

STARTS = 2
"""Blips begin at so many places of every scrape."""
MOST_BLIPS = 0.05
"""Expected in a gate; of two in one there is then less than one chance in 800."""
NEVER_EMPTY = 1e-9


class Course(NamedTuple):
    """ends_s: when each scrape of the gate ends, since it began; by: the chance of a roll-back by then."""

    ends_s: NDArray[np.float64]
    by: NDArray[np.float64]


class Windows(NamedTuple):
    """Requests of each scrape, expected, and the share of them that fails in each, for every place of a blip.

    requests: shape (scrapes,). failing: shape (places, scrapes); the first place is no blip at all. weights: of each.
    """

    requests: NDArray[np.float64]
    failing: NDArray[np.float64]
    weights: NDArray[np.float64]


def course(judge: Any, post: Watchpost) -> Course | None:
    """The course of the gate under this judge; None where no exact solution is known here."""
    if not knows(judge) or post.scenario.watch.missing:
        return None
    blips = post.scenario.service.blips
    clean = post.without_blips()
    if not clean.steady():
        return None
    seen = clean.look(0, 0)
    ends = np.asarray(seen.evidence.end_s) - seen.begins_s
    longest = post.longest_s
    if blips is not None and (longest + blips.length) / blips.every > MOST_BLIPS:
        return None
    asked, failed, _ = clean.expected()
    widths = np.minimum(ends, post.scrape_s)
    windows = _windows(ends, widths, asked / longest, failed / asked, blips, longest, post.scrape_s)
    by = _by(judge, windows)
    return None if by is None else Course(ends, np.clip((windows.weights @ by)[1:], 0.0, 1.0))


def knows(judge: Any) -> bool:
    """Whether there is an exact solution for this judge."""
    plain = judge.of == "failed" and judge.on is None and judge.min_requests == 1 and judge.over is None
    return plain and isinstance(judge, (Threshold, KthFailure))


def _windows(
    ends: NDArray[np.float64], widths: NDArray[np.float64], rate_s: float, failing: float, blips: Blips | None,
    longest: float, scrape_s: float,
) -> Windows:
    requests = rate_s * widths
    if blips is None:
        return Windows(requests, np.full((1, len(ends)), failing), np.ones(1))
    step = scrape_s / STARTS
    starts = np.arange(-blips.length + step / 2, longest, step)[:, None]
    over = np.minimum(ends, starts + blips.length) - np.maximum(ends - widths, starts)
    part = np.round(np.clip(over, 0.0, None) / widths, 6)
    trouble = 1 - (1 - failing) * (1 - blips.errors)
    with_blip = failing + (trouble - failing) * part
    some = -math.expm1(-(longest + blips.length) / blips.every)
    weights = np.concatenate([[1 - some], np.full(len(starts), some / len(starts))])
    return Windows(requests, np.concatenate([np.full((1, len(ends)), failing), with_blip]), weights)


def _by(judge: Any, windows: Windows) -> NDArray[np.float64] | None:
    """P(roll-back by scrape j), j = 0 to the last, shape (places, scrapes + 1)."""
    if isinstance(judge, KthFailure):
        from scipy import special

        means = np.cumsum(windows.requests * windows.failing, axis=1)
        return np.concatenate([np.zeros((len(means), 1)), special.gammainc(judge.failures, means)], axis=1)
    breaches = _breaches(judge.above, windows)
    empty = np.exp(-windows.requests)
    if judge.cumulative is not None:
        # No value is a failed check there, and the roll-back comes with the check after the last failed one.
        by = varying.cumulative_cdf(breaches + empty, judge.cumulative)
        return np.concatenate([by[:, :1], by[:, :-1]], axis=1)
    if judge.total is not None:
        return varying.cumulative_cdf(breaches, judge.total + 1) if empty.max() < NEVER_EMPTY else None
    return varying.consecutive_cdf(breaches, judge.consecutive or 1)


def _breaches(above: float, windows: Windows) -> NDArray[np.float64]:
    """Chance of a breach in each scrape; the few different ones are computed once.

    All scrapes but the first are whole, so that there the share that fails says all.
    """
    breaches = np.empty_like(windows.failing)
    for asked, columns in ((windows.requests[0], slice(0, 1)), (windows.requests[-1], slice(1, None))):
        shares, which = np.unique(windows.failing[:, columns], return_inverse=True)
        chances = np.array([breach_thinned(float(asked), float(share), above) for share in shares])
        breaches[:, columns] = chances[which.reshape(breaches[:, columns].shape)]
    return breaches
