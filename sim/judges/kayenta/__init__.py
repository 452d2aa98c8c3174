"""Kayenta's judge (Spinnaker's automated canary analysis): classify a metric, score several, judge a rollout."""

from sim.judges.kayenta.classification import Classification, classify
from sim.judges.kayenta.judge import Kayenta
from sim.judges.kayenta.scoring import Score, passes, score, verdict_of
from sim.judges.kayenta.window import window

__all__ = ["Classification", "Kayenta", "Score", "classify", "passes", "score", "verdict_of", "window"]
