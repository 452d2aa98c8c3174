"""Judges that count breaches when the checks differ: a half-empty first window, a blip in the middle.

As `counters`, but with a chance of a breach for every check. Many courses of chances at once: the last axis is time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.theory import bounds
from sim.theory.counters import NEEDED

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray


def _chances(breaches: ArrayLike) -> NDArray[np.float64]:
    import numpy as np

    chances = np.asarray(breaches, dtype=np.float64)
    if chances.ndim == 0 or not ((chances >= 0) & (chances <= 1)).all():
        raise ValueError("breaches must be an array of chances, each from 0 to 1")
    return chances


def consecutive_cdf(breaches: ArrayLike, needed: int) -> NDArray[np.float64]:
    """P(alarm by check j), j = 0 to the last, with `needed` breaches in a row.

    breaches: shape (..., checks), the chance of a breach at each. Returns shape (..., checks + 1).
    Raises ValueError unless all are in [0, 1] and needed >= 1.
    Source: the chain on the length of the present row, one step a check; derived here.

    >>> consecutive_cdf([0.5, 0.5, 0.5, 0.5], 2).tolist()
    [0.0, 0.0, 0.25, 0.375, 0.5]
    """
    import numpy as np

    chances, needed = _chances(breaches), bounds.count("needed", needed, 1, NEEDED)
    rows = np.zeros((needed, *chances.shape[:-1]))           # rows[k]: no alarm yet, and k breaches in a row just now
    rows[0] = 1.0
    return _cdf(chances, lambda q: _in_a_row(rows, q))


def cumulative_cdf(breaches: ArrayLike, needed: int) -> NDArray[np.float64]:
    """As `consecutive_cdf`, at the `needed`-th breach, whatever lies between.

    Source: the Poisson-binomial distribution, one step a check; derived here.

    >>> cumulative_cdf([0.5, 0.5, 0.5, 0.5], 2).tolist()
    [0.0, 0.0, 0.25, 0.5, 0.6875]
    """
    import numpy as np

    chances, needed = _chances(breaches), bounds.count("needed", needed, 1, NEEDED)
    counts = np.zeros((needed, *chances.shape[:-1]))
    counts[0] = 1.0
    return _cdf(chances, lambda q: _in_all(counts, q))


def _cdf(chances: NDArray[np.float64], step: Any) -> NDArray[np.float64]:
    import numpy as np

    alarms = [np.zeros(chances.shape[:-1]), *(step(chances[..., at]) for at in range(chances.shape[-1]))]
    return np.asarray(np.minimum(np.cumsum(np.stack(alarms, axis=-1), axis=-1), 1.0))


def _in_a_row(rows: NDArray[np.float64], q: Any) -> Any:
    """One check: the chance that it is the alarm; `rows` moves on in place."""
    alarm = rows[-1] * q
    calm = rows.sum(axis=0) * (1 - q)
    rows[1:] = rows[:-1] * q
    rows[0] = calm
    return alarm


def _in_all(counts: NDArray[np.float64], q: Any) -> Any:
    alarm = counts[-1] * q
    counts[1:] = counts[1:] * (1 - q) + counts[:-1] * q
    counts[0] = counts[0] * (1 - q)
    return alarm
