"""One side of the fleet that can serve: which positions carry which version, and who is in rotation.

A position is a place in the order of install. State is kept as runs of equal positions, so that ten servers and
ten thousand cost the same while a plan moves them in groups.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.engine.luck import Ints, kind_indices
from sim.model.fleet import Fleet

OLD_IN, NEW_IN, OLD_OUT, NEW_OUT = 0, 1, 2, 3
"""State of a position: version (bit 0), and whether it is out of rotation (bit 1)."""
STATES = ("old", "new", "old_out", "new_out")


class Side:
    """A pool of `n` servers; `spans` are (first, last, state) in order and without gaps."""

    def __init__(self, name: str, n: int, offset: int, order: Ints | None) -> None:
        self.name = name
        self.n = n
        self.offset = offset
        """Index of its first server in the fleet-wide draws of traits."""
        self.order = order
        self.spans: list[tuple[int, int, int]] = [(0, n, OLD_IN)] if n else []
        self.share = 0.0
        """Share of the service's requests that is sent here."""
        self.lost: Any = None
        """Positions that did not come back from their install (bool array, made when first needed)."""

    def servers(self, first: int, last: int) -> Ints:
        """Server indices of these positions."""
        return np.arange(first, last, dtype=np.int64) if self.order is None else self.order[first:last]

    def put(self, first: int, last: int, state: int) -> None:
        """Positions [first, last) are in this state from now on."""
        if first >= last:
            return
        spans: list[tuple[int, int, int]] = []
        for a, b, was in self.spans:
            if b <= first or a >= last:
                spans.append((a, b, was))
                continue
            if a < first:
                spans.append((a, first, was))
            if a <= first < b:
                spans.append((first, last, state))
            if b > last:
                spans.append((last, b, was))
        merged = [spans[0]]
        for span in spans[1:]:
            a, _, was = merged[-1]
            if span[2] == was:
                merged[-1] = (a, span[1], was)
            else:
                merged.append(span)
        self.spans = merged

    def where(self, *states: int) -> list[tuple[int, int]]:
        """Ranges of positions that are in one of these states."""
        return [(a, b) for a, b, state in self.spans if state in states]

    def count(self, *states: int) -> int:
        """How many positions are in one of these states, lost ones included."""
        return sum(b - a for a, b, state in self.spans if state in states)

    def lost_in(self, first: int, last: int) -> int:
        """How many of these positions did not come back."""
        return 0 if self.lost is None else int(np.count_nonzero(self.lost[first:last]))

    def lose(self, first: int, last: int, which: Any) -> None:
        """Mark positions of [first, last) as not back (`which`: bool array, or one bool for all)."""
        if self.lost is None:
            if which is False:
                return
            self.lost = np.zeros(self.n, dtype=bool)
        self.lost[first:last] = which


def install_order(fleet: Fleet, order: str, kind_first: str | None, n: int) -> Ints | None:
    """Server index by position: as numbered (None), zone by zone, or one kind before the others."""
    production = fleet.production
    indices = np.arange(n, dtype=np.int64)
    if order == "zones" and production.zones:
        return indices[np.argsort(indices % len(production.zones), kind="stable")]
    if kind_first is not None:
        wanted = [name for name, _ in production.kinds].index(kind_first)
        return indices[np.argsort(kind_indices(production.kinds, indices) != wanted, kind="stable")]
    return None
