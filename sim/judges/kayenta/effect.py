"""Effect sizes: how much, where the test says whether. Source: spinnaker/kayenta, stats/EffectSizes.scala."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = NDArray[Any]

EffectSize = Literal["meanRatio", "cles"]


def mean_ratio(control: Values, experiment: Values) -> float:
    """Mean of the experiment over mean of the control; NaN where one of them is 0 (or there are no values)."""
    if not len(control) or not len(experiment):
        return math.nan
    below, above = float(control.mean()), float(experiment.mean())
    return math.nan if below == 0 or above == 0 else above / below


def cles(control: Values, experiment: Values) -> float:
    """Chance that a value of the experiment is above one of the control, ties counting half: 0.5 is no effect.

    Source: McGraw and Wong, A Common Language Effect Size Statistic, Psychological Bulletin 111, 1992.
    """
    import numpy as np

    ordered = np.sort(control)
    below = np.searchsorted(ordered, experiment, side="left").sum()
    up_to = np.searchsorted(ordered, experiment, side="right").sum()
    return float(below + up_to) / 2 / (len(control) * len(experiment))


def cohen_d(control: Values, experiment: Values) -> float:
    """Difference of the means in pooled standard deviations.

    Source: Cohen, Statistical Power Analysis for the Behavioral Sciences, 2nd ed., section 2.2.
    """
    m, n = len(control), len(experiment)
    pooled = ((m - 1) * control.var(ddof=1) + (n - 1) * experiment.var(ddof=1)) / (m + n - 2)
    return float((experiment.mean() - control.mean()) / pooled**0.5)


def effect_of(measure: EffectSize, control: Values, experiment: Values) -> float:
    return mean_ratio(control, experiment) if measure == "meanRatio" else cles(control, experiment)
