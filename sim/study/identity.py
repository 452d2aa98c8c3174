"""What a study was made from: the identity of its scenario, of the code and of the libraries."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from functools import cache
from importlib.metadata import version as installed
from pathlib import Path

import sim
from sim.intake.identity import sha256
from sim.scenario import Scenario

DECIDING = ("numpy", "scipy", "simpy")
"""Libraries whose version may change a number."""
FLOORS = ("units.py", "theory", "model", "judges", "strategies", "catalogue", "scenario.py", "engine", "measure.py")
"""Of `sim/`: the code that can change a number; no comment can, but a hash is not asked to know that."""


def scenario_sha256(scenario: Scenario) -> str:
    """SHA-256 of all in the scenario that can change a result (`sim/intake/identity.py`)."""
    return sha256(scenario)


@cache
def made_with() -> dict[str, str]:
    """Versions that can change a number, and a hash of the code that computes it."""
    home = Path(sim.__file__).parent
    digest = hashlib.sha256()
    for name in FLOORS:
        top = home / name
        for path in sorted(top.rglob("*.py")) if top.is_dir() else [top]:
            with suppress(OSError):                # a package inside a zip: the version has to do
                digest.update(path.relative_to(home).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return {"version": sim.__version__, "code": digest.hexdigest()} | {name: installed(name) for name in DECIDING}
