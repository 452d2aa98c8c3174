"""How far the steady-state rules of the engine are from a real queue: the exact M/M/c/K beside them.

The engine sheds `1 - 1/utilisation` above capacity and takes waits from M/M/c below it, as if every stretch of constant
load were in its steady state from the first moment. Here the same server is a Markov chain: c workers, room for K
requests in all, what finds no room fails. `python -m tests.laws.steady_state` prints the tables of docs/model.md, and
`test_steady_state.py` holds the bounds that the page states.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm
from scipy.special import gammainc, gammaincc

from sim.theory.queueing import overload, response_tail

WORKERS, SERVICE_S, SLOW_S = 4, 0.05, 0.5
"""The server of scenarios/web_fleet.yaml, and when a response of it is slow."""
CAPACITY = WORKERS / SERVICE_S
WAITS_S = (0.25, 1.0, 4.0)
"""How long the last request that still finds room waits, on average: it says how much room there is."""
USUAL = 0.625
"""Utilisation of web_fleet before and after an episode."""
AT_REST = (0.5, 0.625, 0.8, 0.9, 0.95, 1.0, 1.05, 1.1, 1.25, 2.0)
EPISODES = ((0.833, 45.0), (0.95, 45.0), (1.0, 180.0), (1.11, 45.0), (1.11, 180.0), (1.25, 180.0), (2.0, 180.0))
"""Utilisation and length: 25 of 100 servers out for one install, and worse."""
STEP_S, REST_S = 0.25, 120.0

Floats = NDArray[np.float64]


def room(wait_s: float) -> int:
    """K: places for requests, those in service included, when the last of them waits so long."""
    return WORKERS + round(wait_s * CAPACITY)


@cache
def slow_if_met(inside: int) -> float:
    """Chance that an accepted request is slow, when it finds so many inside: an Erlang wait, then service."""
    pace, each = CAPACITY, 1 / SERVICE_S
    served_late = math.exp(-each * SLOW_S)
    if inside < WORKERS:
        return served_late
    ahead = inside - WORKERS + 1
    waits = float(gammaincc(ahead, pace * SLOW_S))
    both = (pace / (pace - each)) ** ahead * float(gammainc(ahead, (pace - each) * SLOW_S))
    return waits + served_late * both


def at_rest(busy: float, places: int) -> Floats:
    """Chance of each number inside, at this utilisation, in the steady state."""
    logs = [0.0]
    for inside in range(places):
        logs.append(logs[-1] + math.log(busy * WORKERS / min(inside + 1, WORKERS)))
    weights = np.exp(np.array(logs) - max(logs))
    return np.asarray(weights / weights.sum())


def shares(state: Floats) -> tuple[float, float]:
    """Share of arrivals that find no room, and of those that come in the share that is slow."""
    full = float(state[-1])
    slow = sum(float(p) * slow_if_met(n) for n, p in enumerate(state[:-1]))
    return full, slow / (1 - full)


def ruled(busy: float) -> tuple[float, float]:
    """The same by the engine's rules."""
    return overload(busy), response_tail(WORKERS, SERVICE_S, busy * CAPACITY, SLOW_S)


@cache
def _step(busy: float, places: int) -> Any:
    up = np.full(places, busy * CAPACITY)
    down = np.minimum(np.arange(1, places + 1), WORKERS) / SERVICE_S
    rates = np.diag(up, 1) + np.diag(down, -1)
    return expm((rates - np.diag(rates.sum(axis=1))) * STEP_S)


@dataclass(frozen=True)
class Counted:
    """Requests at one server from the start of an episode until all is as before. `near_s`: see `episode`."""

    failed: float
    slow: float
    near_s: float


def episode(busy: float, length_s: float, places: int) -> Counted:
    """Utilisation goes up to `busy` for so long, then back to usual; starts from the usual steady state.

    near_s: seconds until the share of refused requests has come within a tenth of the rule's (0 without overload).
    """
    state = at_rest(USUAL, places)
    failed = slow = near = 0.0
    reached = overload(busy) == 0
    for load, lasts in ((busy, length_s), (USUAL, REST_S)):
        move = _step(load, places)
        for _ in range(round(lasts / STEP_S)):
            after = state @ move
            full, late = shares((state + after) / 2)
            failed += load * CAPACITY * STEP_S * full
            slow += load * CAPACITY * STEP_S * (1 - full) * late
            if not reached:
                near += STEP_S
                reached = full >= 0.9 * overload(busy)
            state = after
    return Counted(failed, slow, near)


def ruled_episode(busy: float, length_s: float) -> Counted:
    """The same by the engine's rules: everything at once, and nothing is left afterwards."""
    failed = slow = 0.0
    for load, lasts in ((busy, length_s), (USUAL, REST_S)):
        refused, late = ruled(load)
        failed += load * CAPACITY * lasts * refused
        slow += load * CAPACITY * lasts * (1 - refused) * late
    return Counted(failed, slow, 0.0)


# --- the tables -----------------------------------------------------------------------------------


def _share(value: float) -> str:
    return f"{100 * value:.2f} %"


def _count(value: float) -> str:
    return f"{value:,.0f}"


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _named() -> list[str]:
    return [f"{wait:g} s" for wait in WAITS_S]


def table_at_rest() -> list[str]:
    """Steady states: failed and slow shares by the rule and for queues of three lengths."""
    head = ["utilisation", "failed: rule", *_named(), "slow: rule", *_named()]
    lines = [_row(head), _row(["---:"] * len(head))]
    for busy in AT_REST:
        exact = [shares(at_rest(busy, room(wait))) for wait in WAITS_S]
        refused, late = ruled(busy)
        cells = [_share(refused), *(_share(a) for a, _ in exact), _share(late), *(_share(b) for _, b in exact)]
        lines.append(_row([f"{100 * busy:g} %", *cells]))
    return lines


def table_of_episodes() -> list[str]:
    """After a step up and down again: failed and slow requests at one server."""
    waits = WAITS_S[:2]
    named = _named()[:2]
    head = ["utilisation", "for", "requests", "failed: rule", *named, "slow: rule", *named, "near the rule after"]
    lines = [_row(head), _row(["---:"] * len(head))]
    for busy, length_s in EPISODES:
        rule = ruled_episode(busy, length_s)
        exact = [episode(busy, length_s, room(wait)) for wait in waits]
        near = " / ".join(f"{one.near_s:g} s" for one in exact) if overload(busy) else "no overload"
        cells = [
            *(_count(one.failed) for one in (rule, *exact)),
            *(_count(one.slow) for one in (rule, *exact)),
            near,
        ]
        lines.append(_row([f"{100 * busy:.4g} %", f"{length_s:g} s", _count(busy * CAPACITY * length_s), *cells]))
    return lines


def main() -> None:
    """Print the tables as Markdown."""
    lines = [
        "Shares in the steady state, by the rule and for a real queue whose last place waits so long:",
        "",
        *table_at_rest(),
        "",
        f"Requests at one server when its utilisation goes up from {100 * USUAL:g} % for a time and back again:",
        "",
        *table_of_episodes(),
    ]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
