"""Old and new cannot live together: harm only while both serve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from sim.model.change import Fault, Side
from sim.units import Share


@dataclass(frozen=True, kw_only=True)
class MixedVersions(Fault):
    """Requests fail while both versions run."""

    fault: Literal["mixed_versions"] = "mixed_versions"
    errors: Share = 0.05
    side: Side = "both"
    while_mixed: bool = True
    about: ClassVar[str] = "Requests fail while both versions run."
    source: ClassVar[str] = (
        "Zhang et al., SOSP 2021: 123 upgrade failures in 8 systems, most from two versions side by side"
    )
