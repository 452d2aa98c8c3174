"""Rare outcomes: chances of 1e-6 without 1e8 runs, by tilting counts or by splitting paths. Every estimate has an
interval; numbers that have a closed form are the tests.

Tilted: draw from a law under which the rare thing is common, and weigh each draw by how much likelier it was made.
Splitting: reach a rare level step by step, each step from where the last one arrived.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.random import Generator

from sim.model.evidence import Counts, Evidence, Setting, Verdict
from sim.study.estimate import Floats, mean_of


class Chance(NamedTuple):
    """A small chance with its 95 % interval, and the draws that it is from."""

    chance: float
    low: float
    high: float
    n: int


def tilted_poisson(
    mean: float, happens: Callable[[Floats], Any], towards: float, draws: int, dice: Generator
) -> Chance:
    """Chance that a Poisson count is one of those that happen. towards: the mean to draw with, near what happens.

    Source: Asmussen, Glynn, Stochastic Simulation (2007), section V.1.

    >>> found = tilted_poisson(20, lambda n: n < 3, 2, 20_000, np.random.Generator(np.random.Philox(1)))
    >>> found.low < 4.555150e-7 < found.high
    True
    """
    _above_zero(mean=mean, towards=towards)
    counts = dice.poisson(towards, size=draws).astype(np.float64)
    return _weighed(counts * math.log(mean / towards) + towards - mean, np.asarray(happens(counts), dtype=bool))


def tilted_binomial(
    trials: int, chance: float, happens: Callable[[Floats], Any], towards: float, draws: int, dice: Generator
) -> Chance:
    """Chance that a binomial count is one of those that happen. towards: the chance to draw with."""
    for name, value in (("chance", chance), ("towards", towards)):
        if not 0 < value < 1:
            raise ValueError(f"{name}(={value}) must be above 0 and below 1")
    counts = dice.binomial(trials, towards, size=draws).astype(np.float64)
    log_weight = counts * math.log(chance / towards) + (trials - counts) * math.log((1 - chance) / (1 - towards))
    return _weighed(log_weight, np.asarray(happens(counts), dtype=bool))


def split(levels: int, step: Callable[[Any, Generator], Any], level: Callable[[Any], int], start: Any, *, effort: int,
          repeats: int, dice: Generator) -> Chance:
    """Chance that a path from `start` comes to `levels` before it falls to level 0: fixed-effort splitting.

    step    (state, dice) -> the next state; `level` of a state, a whole number that moves by at most one upwards
    effort  paths a level; the interval is over the repeats, which are independent
    Source: Garvels, The splitting method in rare event simulation (2000), chapter 2.
    """
    if levels <= level(start) or effort < 1 or repeats < 2:
        raise ValueError(f"levels(={levels}), effort(={effort}), repeats(={repeats}): above the start, 1 and 2")
    found = np.array([_climb(levels, step, level, start, effort, dice) for _ in range(repeats)])
    mean = mean_of(found)
    return Chance(float(mean.mean or 0.0), max(0.0, float(mean.low or 0.0)), float(mean.high or 0.0), repeats * effort)


def _climb(
    levels: int, step: Callable[[Any, Generator], Any], level: Callable[[Any], int], start: Any, effort: int,
    dice: Generator,
) -> float:
    arrived, chance = [start], 1.0
    for goal in range(level(start) + 1, levels + 1):
        there = []
        for n in range(effort):
            state = arrived[n % len(arrived)] if goal == level(start) + 1 else arrived[int(dice.integers(len(arrived)))]
            while 0 < level(state) < goal:
                state = step(state, dice)
            if level(state) >= goal:
                there.append(state)
        chance *= len(there) / effort
        if not there:
            return 0.0
        arrived = there
    return chance


def gate_misses(
    judge: Any, setting: Setting, requests: float, failing: float, windows: int, *, draws: int = 20_000, seed: int = 1,
    towards: float | None = None,
) -> Chance:
    """Chance that a judge never says roll back in so many scrapes, though its group fails by this share.

    judge     any judge of `sim/judges`: it is asked scrape by scrape, as a gate asks it; it gets no control group
    requests  expected requests of the group in a scrape; `failing` the share that fails, base errors included
    towards   the failing share to draw with; None: searched for, where about half of the draws are missed

    Failures are drawn with `towards` and weighed back (Poisson, so the requests that do not fail need no weight).
    """
    _above_zero(requests=requests, failing=failing)
    dice = np.random.Generator(np.random.Philox(np.random.SeedSequence(seed)))
    if towards is None:
        towards = _half_missed(judge, setting, requests, failing, windows, seed)
    good = dice.poisson(requests * (1 - failing), size=(draws, windows))
    bad = dice.poisson(requests * towards, size=(draws, windows))
    missed = np.array([_is_missed(judge, setting, good[n] + bad[n], bad[n]) for n in range(draws)])
    total = bad.sum(axis=1).astype(np.float64)
    log_weight = total * math.log(failing / towards) + windows * requests * (towards - failing)
    return _weighed(log_weight, missed)


def _half_missed(judge: Any, setting: Setting, requests: float, failing: float, windows: int, seed: int) -> float:
    """The largest failing share, from `failing` down, of which about half of 100 draws are missed."""
    low, high = failing * 1e-4, failing
    for n in range(14):
        middle = math.sqrt(low * high)
        dice = np.random.Generator(np.random.Philox(np.random.SeedSequence((seed, n))))
        good = dice.poisson(requests * (1 - failing), size=(100, windows))
        bad = dice.poisson(requests * middle, size=(100, windows))
        share = np.mean([_is_missed(judge, setting, good[k] + bad[k], bad[k]) for k in range(100)])
        low, high = (middle, high) if share > 0.5 else (low, middle)
    return math.sqrt(low * high)


def _is_missed(judge: Any, setting: Setting, requests: Sequence[Any], failed: Sequence[Any]) -> bool:
    state, none = judge.start(setting), Counts(0, 0, 0)
    for n, (all_of_them, bad) in enumerate(zip(requests, failed, strict=True)):
        counts = Counts(int(all_of_them), int(bad), 0)
        state, said = judge.look(state, Evidence((n + 1) * setting.scrape_s, setting.scrape_s, counts, none, counts))
        if said == Verdict.ROLL_BACK:
            return False
    return True


def _weighed(log_weight: Floats, happens: Any) -> Chance:
    values = np.where(happens, np.exp(np.where(happens, log_weight, 0.0)), 0.0)
    mean = mean_of(values)
    return Chance(float(mean.mean or 0.0), max(0.0, float(mean.low or 0.0)), float(mean.high or 0.0), len(values))


def _above_zero(**values: float) -> None:
    for name, value in values.items():
        if not value > 0:
            raise ValueError(f"{name}(={value}) must be above 0")
