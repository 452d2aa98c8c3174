"""Knobs that change nothing where they stand."""

from __future__ import annotations

from collections.abc import Iterator

from sim.intake.lint.finding import Finding
from sim.intake.lint.sizes import plans
from sim.scenario import Scenario
from sim.strategies import Direct, StandbySwap


def room_that_nobody_keeps(scenario: Scenario) -> Iterator[Finding]:
    """A `min_in_rotation` that no undo of the policy asks for."""
    for name, policy, _ in plans(scenario):
        if policy.min_in_rotation is None:
            continue
        if isinstance(policy, Direct):
            why = "direct reinstalls in the batches in which it installed, or in those of `undo`"
        elif isinstance(policy, StandbySwap):
            why = "nobody who is reinstalled after a swap back is in rotation"
        elif policy.undo is not None:
            why = "the batches of `undo` decide how many are out at once"
        else:
            continue
        yield Finding(
            f"policies.{name}.min_in_rotation",
            "changes nothing here",
            why,
            "leave it out, or set `undo` to the size and pace that you want",
        )
