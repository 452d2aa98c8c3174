"""Distinct users behind the harmed requests: how many people, not how many failures."""

from __future__ import annotations

import math

import numpy as np
from numpy.random import Generator

from sim.theory.users import occupancy_mean, occupancy_variance

EXACT_UP_TO = 400
"""So many harmed requests are given to users one by one; more by the normal with the exact mean and variance."""

Stratum = tuple[float, float, float]
"""Users whose place on the version line is in [low, high), and of them the share that a fault can reach."""


def users_hit(harm: dict[Stratum, int], users: int, draw: Generator) -> int:
    """How many of `users` equally active people made at least one harmed request.

    harm: harmed requests by the stratum of users they came from. The same people stand at the same place of the
    line in every stage, so strata overlap: the line is cut at all their ends, the requests of each stratum fall
    into its pieces by size, and each piece is an occupancy problem of its own.
    """
    present = {stratum: count for stratum, count in harm.items() if count}
    if not present:
        return 0
    if len(present) == 1:
        (low, high, reach), count = next(iter(present.items()))
        return _occupied(max(1, round(users * (high - low) * reach)), count, draw)
    places = sorted({edge for low, high, _ in present for edge in (low, high)})
    depths = sorted({0.0, *(reach for _, _, reach in present)})
    in_piece: dict[tuple[int, int], int] = {}
    for (low, high, reach), count in sorted(present.items()):
        pieces = [
            (i, j)
            for i in range(len(places) - 1)
            for j in range(len(depths) - 1)
            if places[i] >= low and places[i + 1] <= high and depths[j + 1] <= reach
        ]
        sizes = np.array([(places[i + 1] - places[i]) * (depths[j + 1] - depths[j]) for i, j in pieces])
        for piece, share in zip(pieces, draw.multinomial(count, sizes / sizes.sum()).tolist(), strict=True):
            in_piece[piece] = in_piece.get(piece, 0) + share
    total = 0
    for (i, j), count in sorted(in_piece.items()):
        size = (places[i + 1] - places[i]) * (depths[j + 1] - depths[j])
        total += _occupied(max(1, round(users * size)), count, draw)
    return min(total, users)


def _occupied(users: int, count: int, draw: Generator) -> int:
    """Distinct users among `count` requests, each from a user drawn anew."""
    if count == 0:
        return 0
    if count <= EXACT_UP_TO:
        return len(set(draw.integers(users, size=count).tolist()))
    mean, spread = occupancy_mean(users, count), math.sqrt(occupancy_variance(users, count))
    drawn = round(mean + spread * float(draw.standard_normal()))
    return max(1, min(drawn, users, count))
