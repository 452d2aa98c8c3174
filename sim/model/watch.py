"""What is watched beside the gates: users' reports. Alerts are judges over the whole service (`scenario.Watch`)."""

from __future__ import annotations

from dataclasses import dataclass

from sim.model.people import Reaction
from sim.model.terms import KInT, PageRule, Term
from sim.units import MINUTE, Share


@dataclass(frozen=True, kw_only=True)
class Reports(Term):
    """Users complain: each failed or corrupted request is reported with a chance; the k-th in t alarms."""

    chance: Share
    page: PageRule = KInT(20, 10 * MINUTE)
    then: Reaction = "page"
