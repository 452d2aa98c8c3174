"""How many points a rank test needs, and how sure it can be: Noether's formula and the exact law without ties."""

from __future__ import annotations

from functools import cache

from sim.theory import bounds


def points_needed(above: float, *, power: float = 0.8, alpha: float = 0.05, share: float = 0.5) -> float:
    """Points of both samples together for this power, two-sided at alpha; infinite where there is no effect.

    above: P(a value of one sample is above one of the other), 0.5 meaning no effect. share: of the points that are
    in the first sample. Raises ValueError if a chance is not inside (0, 1).
    Source: Noether, Sample Size Determination for Some Common Nonparametric Tests, JASA 82, 1987.

    >>> round(points_needed(0.65), 1)
    116.3
    """
    from scipy import special

    above, share = bounds.share("above", above), bounds.between("share", share, "both samples need points")
    for name, value in (("power", power), ("alpha", alpha)):
        bounds.between(name, value, "certainty needs infinitely many points")
    if above == 0.5:
        return float("inf")
    z = float(special.ndtri(1 - alpha / 2) + special.ndtri(power))
    return float(z * z / (12 * share * (1 - share) * (above - 0.5) ** 2))


def at_most(wins: int, m: int, n: int) -> float:
    """P(U <= wins) for two samples of m and n values from one continuous law: U counts the pairs that the first wins.

    Source: Mann and Whitney, Annals of Mathematical Statistics 18, 1947, the recursion (4).

    >>> at_most(0, 2, 2), at_most(4, 2, 2)
    (0.16666666666666666, 1.0)
    """
    m, n = bounds.count("m", m, 1, "values"), bounds.count("n", n, 1, "values")
    counts = _ways(m, n)
    return sum(counts[: max(0, wins + 1)]) / sum(counts)


@cache
def _ways(m: int, n: int) -> tuple[int, ...]:
    """In how many orders of the m + n values U is 0, 1, ... m n: the largest is the first sample's, or the second's."""
    if m == 0 or n == 0:
        return (1,)
    mine, theirs = _ways(m - 1, n), _ways(m, n - 1)
    total = [0] * (m * n + 1)
    for wins, ways in enumerate(mine):
        total[wins + n] += ways
    for wins, ways in enumerate(theirs):
        total[wins] += ways
    return tuple(total)
