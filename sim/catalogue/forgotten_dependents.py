"""Somebody still needed what was switched off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from sim.model.change import Fault
from sim.units import Share


@dataclass(frozen=True, kw_only=True)
class ForgottenDependents(Fault):
    """Callers that nobody remembered find the service gone."""

    fault: Literal["forgotten_dependents"] = "forgotten_dependents"
    errors: Share = 1.0
    users: Share = 0.02
    in_test: Share = 0.1
    about: ClassVar[str] = "Callers that nobody remembered find the service gone."
    source: ClassVar[str] = "assumed; the usual story of a shutdown ('scream test')"
