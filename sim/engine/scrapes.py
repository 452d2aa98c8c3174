"""What the monitor has beside the counts of a scrape: scrapes that fail, and what it kept from before the start.

Both are drawn by the number of the scrape, so that the same scrapes are missing, and the same hour came before, under
every policy. Traffic goes on while a scrape is missing: only what the monitor saw of its window is lost.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.engine.prepared import Prepared
from sim.engine.streams import Streams

CHUNK = 256
"""Coins and windows are drawn so many at a time: whoever asks first, the k-th is the k-th of the stream."""


class Missing:
    """A coin a scrape, in [0, 1): it is missing where its coin is not below the chance that it is kept."""

    def __init__(self, streams: Streams) -> None:
        self._draw = streams["scrapes"]
        self._coins: NDArray[np.float64] = np.empty(0)

    def coins(self, first: int, last: int) -> NDArray[np.float64]:
        """Coins of scrapes [first, last), counted from 0."""
        while len(self._coins) < last:
            self._coins = np.concatenate([self._coins, self._draw.random(CHUNK)])
        return self._coins[first:last]


class History:
    """Requests, failed and slow ones of the whole service in the scrapes before the rollout, backwards from its start.

    Nothing was changed then and no blip happened: who compares with the past takes a quiet one. The clock and the
    profile of the day are those of then. base: chance of the service's own errors, where its servers differ.
    """

    def __init__(self, prepared: Prepared, streams: Streams, base: float | None = None) -> None:
        self._prepared = prepared
        self._base = base
        self._draw = streams["history"]
        self._rows: NDArray[np.int64] = np.empty((0, 3), dtype=np.int64)

    def windows(self, first: int, last: int) -> NDArray[np.int64]:
        """Columns (requests, failed, slow) of windows [first, last), shape (3, windows); window 0 ends at the start."""
        while len(self._rows) < last:
            done = len(self._rows)
            drawn = self._draw.poisson(self._means(done, done + CHUNK))
            rows = np.stack([drawn.sum(axis=1), drawn[:, 1], drawn[:, 2]], axis=1)
            self._rows = np.concatenate([self._rows, rows])
        return self._rows[first:last].T

    def _means(self, first: int, last: int) -> NDArray[np.float64]:
        """Expected good, failed and slow requests of each window, shape (windows, 3)."""
        prepared, step = self._prepared, self._prepared.scrape
        edges = -step * np.arange(first, last + 1, dtype=float)
        turns = np.array([begins for begins, _ in prepared.past] + [0], dtype=float)
        means = []
        for rates in np.array([self._rates(factor) for _, factor in prepared.past]).T:
            until = np.concatenate([[0.0], np.cumsum(rates * np.diff(turns) * 1e-6)])
            means.append(-np.diff(np.interp(edges, turns, until)))
        return np.asarray(np.maximum(np.stack(means, axis=1), 0.0))

    def _rates(self, factor: float) -> tuple[float, float, float]:
        serving = self._prepared.serving
        traffic = serving.rate * factor
        without = serving.without(traffic, blip=False)
        failed = without.failed
        if self._base is not None:
            failed = 1 - (1 - failed) / (1 - serving.base) * (1 - self._base)
        slow = (1 - failed) * without.slow
        return traffic * (1 - failed - slow), traffic * failed, traffic * slow

