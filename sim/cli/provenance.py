"""Where a result comes from: enough to make it again."""

from __future__ import annotations

import platform
import shlex
import sys
from functools import lru_cache
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from typing import Any

from sim import __version__
from sim.scenario import Scenario
from sim.study.identity import scenario_sha256

DECIDING = ("numpy", "scipy", "simpy")
"""Libraries whose version may change a number."""


def provenance(scenario: Scenario, **more: Any) -> dict[str, Any]:
    """Scenario and hash, versions, platform and command, and what the caller adds (seed, run)."""
    return {
        "version": __version__,
        "scenario": {"name": scenario.name, "sha256": scenario_sha256(scenario)},
        **more,
        "python": platform.python_version(),
        "libraries": {name: _version(name) for name in DECIDING},
        "platform": platform.platform(),
        "command": shlex.join(["coalmine", *sys.argv[1:]]),
    }


@lru_cache
def _version(name: str) -> str | None:
    try:
        return installed(name)
    except PackageNotFoundError:
        return None
