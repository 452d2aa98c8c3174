"""One metric of control and experiment -> Pass, High, Low, Nodata or NodataFailMetric.

Source: spinnaker/kayenta, kayenta-judge: classifiers/metric/MannWhitneyClassifier.scala,
MeanInequalityClassifier.scala, NetflixACAJudge.scala.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from sim.judges.kayenta import effect, series
from sim.judges.kayenta.effect import EffectSize
from sim.judges.kayenta.mann_whitney import Shift, shift_between
from sim.judges.kayenta.series import OUTLIER_FACTOR, NanStrategy, Outliers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = NDArray[Any]

Direction = Literal["increase", "decrease", "either"]
Classifier = Literal["mann_whitney", "mean_inequality"]
JITTER = 1e-5
"""Standard deviation of the noise that breaks the ties of two constant samples."""


class Classification(str):
    """The label, with what led to it: compare it with a string, read the rest as attributes.

    critical        the metric is critical, and by its critical limits too this is a failure
    low high        interval of experiment - control; NaN where no test was made
    estimate        of the same shift
    deviation       the effect size; NaN where it is undefined (a mean is 0), 1.0 where nothing was compared
    reason          one sentence
    """

    critical: bool
    low: float
    high: float
    estimate: float
    deviation: float
    reason: str

    def __new__(
        cls,
        label: str,
        reason: str,
        *,
        critical: bool = False,
        shift: Shift | None = None,
        deviation: float = 1.0,
    ) -> Classification:
        made = super().__new__(cls, label)
        made.critical, made.reason, made.deviation = critical, reason, deviation
        made.low, made.high, made.estimate = shift or Shift(math.nan, math.nan, math.nan)
        return made


class Asked(NamedTuple):
    """The rule, checked."""

    direction: Direction
    tolerance: float
    confidence: float
    effect_size: EffectSize
    classifier: Classifier


def classify(
    control: Iterable[float | None],
    experiment: Iterable[float | None],
    *,
    direction: Direction = "either",
    tolerance: float = 0.25,
    confidence: float = 0.98,
    nan_strategy: NanStrategy = "remove",
    outliers: Outliers = "keep",
    outlier_factor: float = OUTLIER_FACTOR,
    effect_size: EffectSize = "meanRatio",
    allowed: tuple[float, float] = (1.0, 1.0),
    critical: tuple[float, float] = (1.0, 1.0),
    critical_metric: bool = False,
    must_have_data: bool = False,
    classifier: Classifier = "mann_whitney",
) -> Classification:
    """Whether the experiment is higher or lower than the control, or no worse, as Kayenta's judge decides.

    High when the lower end of the interval of the shift is above `tolerance` times the estimated shift and the
    effect size is at least what is allowed; Low mirrored. So the tolerance scales the estimate: it is *not* an
    allowed degradation. `allowed` and `critical` are (decrease, increase) limits of the effect size; with
    `effect_size="cles"` the neutral value is 0.5, not 1.0. An undefined effect size (a mean is 0) limits nothing.

    control, experiment: values in one unit; None and NaN are missing. `nan_strategy`: `remove` them, or `replace`
    each with 0. When a side has no values left: Pass with `replace`, else Nodata, or NodataFailMetric when it
    `must_have_data` and is not critical. Two constant samples get a fixed jitter (Kayenta's is random) so that the
    ranks differ. One value a side raises ValueError, as does a word or a limit that means nothing.

    >>> classify([1, 1, 1, 1, 1], [10, 10, 10, 10, 10])
    'High'
    >>> found = classify([1, 2, 3, 4], [1.5, 2.5, 3.5, 4.5])
    >>> str(found), found.critical, found.deviation
    ('Pass', False, 1.2)
    """
    _refuse_nonsense(direction, tolerance, confidence, nan_strategy, outliers, outlier_factor, effect_size, classifier)
    y = series.prepared(control, "control", nan_strategy, outliers, outlier_factor)
    x = series.prepared(experiment, "experiment", nan_strategy, outliers, outlier_factor)
    if not len(x) or not len(y):
        return _nothing(" and ".join(
            side for side, values in (("experiment", x), ("control", y)) if not len(values)
        ), nan_strategy, critical_metric, must_have_data)  # fmt: skip
    if sorted(x.tolist()) == sorted(y.tolist()):
        return Classification("Pass", "experiment and control data are identical")
    if x.min() == x.max() == y.min() == y.max():
        return Classification("Pass", "all values are the same")

    asked = Asked(direction, tolerance, confidence, effect_size, classifier)
    shift = _mean_shift(y, x) if classifier == "mean_inequality" else _rank_shift(y, x, confidence)
    deviation = effect.effect_of(effect_size, y, x)
    if critical_metric:
        label = _label(asked, shift, deviation, critical)
        if label != "Pass":
            return Classification(label, _reason(label, asked), critical=True, shift=shift, deviation=deviation)
    label = _label(asked, shift, deviation, allowed)
    return Classification(label, _reason(label, asked), shift=shift, deviation=deviation)


def _refuse_nonsense(
    direction: str, tolerance: float, confidence: float, nan_strategy: str, outliers: str, factor: float, measure: str,
    classifier: str,
) -> None:  # fmt: skip
    words = (
        ("direction", direction, Direction),
        ("nan_strategy", nan_strategy, NanStrategy),
        ("outliers", outliers, Outliers),
        ("effect_size", measure, EffectSize),
        ("classifier", classifier, Classifier),
    )
    for name, value, known in words:
        if value not in get_args(known):
            raise ValueError(f"{name}(={value!r}) must be one of {', '.join(get_args(known))}")
    if not tolerance >= 0:
        raise ValueError(f"tolerance(={tolerance}) must be at least 0")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence(={confidence}) must be above 0 and below 1")
    if not factor > 0:
        raise ValueError(f"outlier_factor(={factor}) must be above 0")


def _nothing(side: str, nan_strategy: str, critical_metric: bool, must_have_data: bool) -> Classification:
    reason = f"missing data for {side}"
    if nan_strategy == "replace":
        return Classification("Pass", f"{reason}; missing counts as 0")
    if must_have_data and not critical_metric:
        return Classification("NodataFailMetric", reason)
    return Classification("Nodata", reason, critical=critical_metric)


def _rank_shift(y: Values, x: Values, confidence: float) -> Shift:
    if x.min() == x.max() and y.min() == y.max():
        x, y = _apart(x), _apart(y)
    return shift_between(y, x, confidence)


def _apart(values: Values) -> Values:
    """Equal values moved apart by normal scores, so small that only the ranks notice. One value stays."""
    import numpy as np
    from scipy import special

    count = len(values)
    scores = special.ndtri((np.arange(count) + 0.5) / count)
    moved: Values = values + max(JITTER, 1e-12 * float(np.abs(values).max())) * scores
    return moved


def _mean_shift(y: Values, x: Values) -> Shift:
    difference = float(x.mean() - y.mean())
    return Shift(difference, difference, difference)


def _label(asked: Asked, shift: Shift, deviation: float, limits: tuple[float, float]) -> str:
    margin = asked.tolerance * abs(shift.estimate) if asked.classifier == "mann_whitney" else 0.0
    undefined, (decrease, increase) = math.isnan(deviation), limits
    if asked.direction != "decrease" and shift.low > margin and (undefined or deviation >= increase):
        return "High"
    if asked.direction != "increase" and shift.high < -margin and (undefined or deviation <= decrease):
        return "Low"
    return "Pass"


def _reason(label: str, asked: Asked) -> str:
    if label == "Pass":
        return "no difference in the watched direction, or too small a one"
    found = "higher" if label == "High" else "lower"
    by = "by its mean" if asked.classifier == "mean_inequality" else f"at confidence {asked.confidence:g}"
    return f"the experiment is {found} than the control {by}"
