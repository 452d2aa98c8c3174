"""Judges to set side by side: the scenario's own, and the field's as they come, with where they are from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from sim.intake.problems import suggest
from sim.intake.rule import rule
from sim.intake.source import SUFFIXES
from sim.judges import AlwaysValid, BurnRate, Cusum, Dashboard, Fisher, Kayenta, KthFailure, Sprt, Threshold, Vote
from sim.judges.base import Comparing
from sim.scenario import Scenario
from sim.units import MINUTE

Bad = Literal["failed", "slow"]


@dataclass(frozen=True)
class Named:
    """A judge and what it is called in a table. own: it stands in the scenario, at the gate that is asked about."""

    name: str
    judge: Any
    about: str
    own: bool = False

    @property
    def compares(self) -> bool:
        """Whether it needs a control group."""
        return isinstance(self.judge, Comparing) and self.judge.against == "control"

    @property
    def looks_back(self) -> bool:
        """Whether it needs what was before the rollout."""
        return isinstance(self.judge, Comparing) and self.judge.against == "before"


def _rows(scrape_s: float) -> int:
    return max(1, round(MINUTE / scrape_s))


FIELD: dict[str, tuple[Callable[[float], Any], str]] = {
    "prometheus": (
        lambda scrape_s: Threshold(above=0.01, over=MINUTE, consecutive=_rows(scrape_s)),
        "above 1% over 1m, for 1m: an alerting rule of Prometheus",
    ),
    "flagger": (
        lambda _: Threshold(above=0.01, over=MINUTE, cumulative=5),
        "above 1% over 1m, 5 failed checks: Flagger's tutorial, checked at every scrape",
    ),
    "argo": (
        lambda _: Threshold(above=0.05, total=3),
        "above 5%, more than 3 failures: Argo Rollouts' example of an analysis",
    ),
    "burn_rate": (lambda _: BurnRate(), "14.4x over 1h and 5m, 6x over 6h and 30m: The Site Reliability Workbook"),
    "kayenta": (lambda _: Kayenta(), "Mann-Whitney against the control every 5m: Kayenta's defaults"),
    "sprt": (lambda _: Sprt(), "0.1% against 2%, alpha 1%, beta 5%: Wald's test"),
    "cusum": (lambda _: Cusum(), "0.1% against 2%, limit 5: Lucas's Poisson CUSUM"),
    "always_valid": (lambda _: AlwaysValid(), "alpha 1% however often one looks: Lindon and Malek"),
    "kth_failure": (lambda _: KthFailure(), "the 10th bad request, whatever the traffic"),
    "fisher": (lambda _: Fisher(), "Fisher's exact test once, after 5m, alpha 5%"),
    "fisher_peeked": (lambda _: Fisher(peeked=MINUTE), "the same looked at every minute: the classic mistake"),
    "vote": (lambda _: Vote(), "votes of 3 standard errors that decay: after Gandalf"),
    "dashboard": (lambda _: Dashboard(), "a person at a graph of 5m: twice as high, and 1% above"),
}
"""Name -> (judge for a scrape of this length, what it is). The first eight are compared unless others are named."""
USUAL = tuple(FIELD)[:8]


class UnknownJudge(ValueError):
    """No judge goes by this name; the message says which is nearest."""


def named(name: str, scenario: Scenario, of: Bad) -> Named:
    """The judge of a name, or of a file with a rule. Raises UnknownJudge, or InputError for what is in the file."""
    path = Path(name)
    if path.suffix in SUFFIXES:
        return Named(path.stem, rule(path), f"the rule of {name}")
    if name not in FIELD:
        raise UnknownJudge(f"unknown judge {name!r}; {suggest(name, list(FIELD))}; a file with a rule ends in .yaml")
    make, about = FIELD[name]
    made = make(scenario.watch.scrape)
    return Named(name, made if isinstance(made, Vote) else replace(made, of=of), about)


def bench(scenario: Scenario, own: Any, names: Sequence[str] | None, of: Bad) -> list[Named]:
    """The judges to compare, the gate's own first if it has one.

    names  None: the usual eight; `own` in the list stands for the gate's own. of: what the named ones count
    Raises UnknownJudge, also for a name that is there twice.
    """
    first = [] if own is None else [Named("own", own, f"the policy's own: {own.judge}", own=True)]
    if names is None:
        return first + [named(name, scenario, of) for name in USUAL]
    if own is None and "own" in names:
        raise UnknownJudge("the gate has no judge of its own: leave 'own' out")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UnknownJudge(f"judge {twice!r} is named twice")
    found = first if "own" in names else []
    return found + [named(name, scenario, of) for name in names if name != "own"]
