"""What Kayenta does to a series of values before it compares: missing values and outliers.

Source: spinnaker/kayenta, kayenta-judge: preprocessing/Transforms.scala, detectors/IQRDetector.scala and
KSigmaDetector.scala, stats/DescriptiveStatistics.scala.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = NDArray[Any]

NanStrategy = Literal["remove", "replace"]
Outliers = Literal["keep", "remove"]
OUTLIER_FACTOR = 3.0


def as_values(given: Iterable[float | None], whose: str) -> Values:
    """Floats, None and NaN being missing. Infinite values are refused: no rank test means anything on them."""
    import numpy as np

    values = np.array([np.nan if value is None else value for value in given], dtype=float)
    if np.isinf(values).any():
        raise ValueError(f"{whose} has an infinite value: values must be numbers, or missing")
    return values


def without_nans(values: Values, strategy: NanStrategy = "remove") -> Values:
    """`remove` drops missing values, `replace` takes each for 0 (a counter that reports nothing when idle).

    >>> without_nans(as_values([1, None, 3], "x")).tolist(), without_nans(as_values([1, None], "x"), "replace").tolist()
    ([1.0, 3.0], [1.0, 0.0])
    """
    import numpy as np

    missing = np.isnan(values)
    kept: Values = np.where(missing, 0.0, values) if strategy == "replace" else values[~missing]
    return kept


def percentile(values: Values, p: float) -> float:
    """The p-th percentile (0 to 100) by R's definition 7, linear between order statistics; 0 without values.

    Source: Hyndman and Fan, Sample Quantiles in Statistical Packages, The American Statistician 50, 1996.
    """
    import numpy as np

    return float(np.percentile(values, p)) if len(values) else 0.0


def tukey_outliers(values: Values, factor: float = 1.5, *, reduce_sensitivity: bool = False) -> Values:
    """Which values lie more than `factor` quartile distances outside the quartiles; bool, shape (values,).

    reduce_sensitivity: the fences are at least as wide as the 1st and 99th percentile, as the judge has them.
    """
    import numpy as np

    if len(values) == 0:
        return np.zeros(0, dtype=bool)
    low, high = percentile(values, 25), percentile(values, 75)
    low, high = low - factor * (high - low), high + factor * (high - low)
    if reduce_sensitivity:
        low, high = min(low, percentile(values, 1)), max(high, percentile(values, 99))
    return (values < low) | (values > high)


def sigma_outliers(values: Values, k: float = 3.0) -> Values:
    """Which values lie more than k standard deviations from the mean; bool, shape (values,)."""
    import numpy as np

    if len(values) < 2:
        return np.zeros(len(values), dtype=bool)
    far: Values = np.abs(values - values.mean()) > k * values.std(ddof=1)
    return far


def prepared(
    given: Iterable[float | None], whose: str, nan_strategy: NanStrategy, outliers: Outliers, outlier_factor: float
) -> Values:
    """The values as the classifier gets them: missing ones dealt with first, then outliers."""
    values = without_nans(as_values(given, whose), nan_strategy)
    if outliers == "remove":
        values = values[~tukey_outliers(values, outlier_factor, reduce_sensitivity=True)]
    return values


def summary(values: Values) -> dict[str, float]:
    """Smallest, largest, mean, standard deviation and number of the values; all 0 without values."""
    count = len(values)
    if count == 0:
        return dict.fromkeys(("min", "max", "mean", "std", "count"), 0.0)
    spread = float(values.std(ddof=1)) if count > 1 else 0.0
    ends = float(values.min()), float(values.max())
    return {"min": ends[0], "max": ends[1], "mean": float(values.mean()), "std": spread, "count": float(count)}
