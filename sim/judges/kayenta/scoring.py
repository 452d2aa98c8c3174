"""Classifications of several metrics -> group scores, one weighted score from 0 to 100, and pass or fail.

Source: spinnaker/kayenta: scorers/WeightedSumScorer.scala, classifiers/score/ThresholdScoreClassifier.scala, and
GenerateCanaryAnalysisResultTask.java of the standalone analysis.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

NODATA_PERCENT = 50.0
"""So many percent of the metrics without data, and the score is 0."""


class Score(float):
    """The summary score, 0 to 100, with `.groups` (name -> score) and `.reason` (why it is 0, or empty)."""

    groups: dict[str, float]
    reason: str

    def __new__(cls, value: float, groups: dict[str, float], reason: str = "") -> Score:
        made = super().__new__(cls, value)
        made.groups, made.reason = groups, reason
        return made


def score(
    groups: Sequence[str | Iterable[str]],
    classifications: Sequence[str],
    *,
    weights: Mapping[str, float] | None = None,
    critical: Sequence[bool] | None = None,
) -> Score:
    """The score of several metrics.

    groups           of each metric, the group or groups it belongs to
    classifications  of each metric, its label; a `Classification` brings its own `.critical`
    weights          percent of each group; groups without one share what is left of 100
    critical         of each metric, whether it is critical; None: as the classifications say

    A group scores 100 x passes / (passes, highs, lows and required ones without data); one of only Nodata scores 0
    and has no weight. The summary is 0 as soon as a critical metric does not pass, or when at least half of the
    metrics have no data.

    >>> score(["a", "a", "b"], ["Pass", "High", "Pass"], weights={"a": 60, "b": 40})
    70.0
    """
    weights = weights or {}
    if len(groups) != len(classifications):
        raise ValueError(f"groups(={len(groups)}) and classifications(={len(classifications)}) must be as many")
    if critical is None:
        critical = [bool(getattr(label, "critical", False)) for label in classifications]
    by_group: dict[str, list[str]] = {}
    for names, label in zip(groups, classifications, strict=True):
        for name in [names] if isinstance(names, str) else names:
            by_group.setdefault(name, []).append(str(label))
    scores = {name: _group_score(labels) for name, labels in by_group.items()}
    unweighted = [name for name, value in scores.items() if value is not None and name not in weights]
    shared = (100 - sum(weights.values())) / len(unweighted) if unweighted else 0.0
    summary = sum(value * weights.get(name, shared) / 100 for name, value in scores.items() if value is not None)
    known = {name: value or 0.0 for name, value in scores.items()}

    if any(must and label != "Pass" for must, label in zip(critical, classifications, strict=True)):
        return Score(0.0, known, "a critical metric failed")
    empty = sum(label == "Nodata" for label in classifications)
    if not classifications or 100 * empty >= NODATA_PERCENT * len(classifications):
        return Score(0.0, known, f"{empty} of {len(classifications)} metrics have no data")
    return Score(summary, known)


def _group_score(labels: list[str]) -> float | None:
    counted = [label for label in labels if label in ("Pass", "High", "Low", "NodataFailMetric")]
    return 100 * counted.count("Pass") / len(counted) if counted else None


def verdict_of(value: float, marginal: float, pass_: float) -> str:
    """`Pass`, `Marginal` or `Fail`: what the judge calls a score. One that equals a limit has reached it."""
    return "Pass" if value >= pass_ else "Marginal" if value >= marginal else "Fail"


def passes(value: float, marginal: float | None = None, pass_: float | None = None) -> bool:
    """Whether a whole analysis passes by its last score: the highest limit that was given decides."""
    limit = pass_ if pass_ is not None else marginal
    return limit is None or value >= limit
