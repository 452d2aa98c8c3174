"""When enough runs have been made: a named column, a relative half-width, an absolute floor."""

from __future__ import annotations

import math
from typing import NamedTuple

from sim.study.estimate import Moments

FEWEST = 30
"""No decision below so many runs: a variance from fewer stops by luck."""


class Precision(NamedTuple):
    """Stop when the mean of `column` is known within `relative` of itself, or within `floor`.

    column    a column of numbers or a flag (sim/model/outcome.py)
    relative  half-width of the 95 % interval / mean, above 0 and below 1
    floor     half-width that is always good enough, in the column's unit; 0: none
    """

    column: str
    relative: float
    floor: float = 0.0


def checked(precision: Precision, columns: tuple[str, ...]) -> Precision:
    """The precision itself. Raises ValueError with name, value and bound of what cannot be."""
    column, relative, floor = precision
    if column not in columns:
        raise ValueError(f"precision: column {column!r} is not one of {', '.join(columns)}")
    if not (math.isfinite(relative) and 0 < relative < 1):
        raise ValueError(f"precision: relative(={relative}) must be above 0% and below 100%")
    if not (math.isfinite(floor) and floor >= 0):
        raise ValueError(f"precision: floor(={floor}) must be 0 or more, in the column's unit")
    return precision


def precise(seen: Moments, precision: Precision, confidence: float = 0.95) -> bool:
    """Whether these runs are enough.

    Half-width at most relative / (1 + relative) x |mean|: the error is asked for relative to the
    true mean, which may be that much smaller than the one seen; or at most the floor. A column that
    was 0 in every run is not precise unless there is a floor: what was not seen may be rare.
    Source: Law, Simulation Modeling and Analysis, 5th ed., section 9.4.1, equation 9.2.

    >>> precise(Moments(n=100, mean=10.0, squares=99.0), Precision("cost", 0.05))
    True
    >>> precise(Moments(n=100, mean=0.0, squares=0.0), Precision("cost", 0.05))
    False
    """
    if seen.n < FEWEST:
        return False
    relative = precision.relative / (1 + precision.relative) * abs(seen.mean)
    enough = max(relative, precision.floor)
    return enough > 0 and seen.half_width(confidence) <= enough
