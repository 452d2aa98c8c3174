"""One case: a closed form beside the mean of many runs, and how many standard errors apart."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.scenario import Scenario

FURTHEST = 4.0
"""Standard errors between theory and simulation that luck may explain: beyond them a case fails."""
SHARPEST = 0.007
"""Largest standard error, as a share of the theory: a formula 5 % wrong is then 7 of them away."""
UNLIKELY = 1e-4
"""All cases together fail when their sum of z² is less likely than this, on either side."""

Table = dict[str, NDArray[Any]]
Draw = Callable[[Scenario, int], Table]
"""Simulates the scenario's only policy so many times: the columns of `measure.run_many`."""


@dataclass(frozen=True)
class Case:
    """What a formula says, what the simulation says, and whether they agree.

    formula  as text, `source` where it stands; theory and simulated in the unit that the name says
    z        (simulated - theory) / standard_error; infinite where no run differs from another
             and all from the theory
    ok       |z| at most 4 and the standard error sharp enough to notice a formula 5 % wrong
    """

    name: str
    formula: str
    source: str
    theory: float
    simulated: float
    standard_error: float
    z: float
    ok: bool

    def against(self, theory: float, *, sharp: float = SHARPEST) -> Case:
        """The same simulation judged against another number.

        sharp: largest standard error, as a share of the theory.

        >>> case = mean_case("c", "f", "s", 2.0, [1.9, 2.1, 2.0, 2.0], sharp=0.03)
        >>> case.ok, round(case.z, 6), case.against(2.4).ok
        (True, 0.0, False)
        """
        z = _z(self.simulated - theory, self.standard_error)
        ok = abs(z) <= FURTHEST and self.standard_error <= sharp * abs(theory)
        return replace(self, theory=theory, z=z, ok=ok)


def _z(difference: float, standard_error: float) -> float:
    if standard_error > 0:
        return difference / standard_error
    return 0.0 if difference == 0 else math.copysign(math.inf, difference)


def mean_case(
    name: str, formula: str, source: str, theory: float, values: ArrayLike,
    *, sharp: float = SHARPEST,
) -> Case:
    """A case about the mean of independent runs; runs without a value (NaN) do not count.

    Raises ValueError with fewer than two values.
    """
    seen = np.asarray(values, dtype=float)
    seen = seen[~np.isnan(seen)]
    if len(seen) < 2:
        raise ValueError(f"case {name!r}: {len(seen)} runs with a value, and 2 are needed")
    mean, error = float(seen.mean()), float(seen.std(ddof=1)) / math.sqrt(len(seen))
    return Case(name, formula, source, 0.0, mean, error, 0.0, False).against(theory, sharp=sharp)


def overall(cases: Sequence[Case]) -> tuple[float, float]:
    """Sum of z² over all cases, and the chance of so large a sum if every formula is right.

    The z of independent cases are standard normal, so the sum is chi-square with as many degrees of
    freedom. A chance near 0 is too far away to be luck, one near 1 too close: see `likely`.

    >>> same = mean_case("c", "f", "s", 2.0, [1.9, 2.1, 2.0, 2.0])
    >>> overall([same, same.against(2.0 + 2 * same.standard_error)])
    (4.0, 0.1353352...)
    """
    from scipy import special

    squares = math.fsum(case.z**2 for case in cases)
    if not math.isfinite(squares):
        return squares, 0.0
    return squares, float(special.gammaincc(len(cases) / 2, squares / 2))


def likely(cases: Sequence[Case]) -> bool:
    """Whether all cases together are as far from their formulas as luck has it, and not nearer."""
    return UNLIKELY <= overall(cases)[1] <= 1 - UNLIKELY
