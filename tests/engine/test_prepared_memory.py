"""What a run leaves behind is freed as it goes: a server that lives for a term must not grow with every new seed.

Broken on purpose and seen red: no collection before a block (measure.py), a plan's memory that refers back to it when
it is let go (prepared.py).
"""

from __future__ import annotations

import copy
import gc

import pytest

from sim.measure import run, run_many
from tests.engine.rollouts import shop


@pytest.mark.parametrize("runs", [5, 40])
def test_studies_leave_no_circles_that_only_a_full_collection_finds(runs: int) -> None:
    made = shop(fault="fault: errors, errors: 5%")
    gc.collect()
    for _ in range(12):                                      # as many new plans as drive the first out of memory
        scenario = copy.deepcopy(made)
        plan = scenario.plan("canary")
        for first in range(0, 40, runs):
            run_many(plan, scenario, 1, range(first, first + runs))
    assert gc.collect() < 1000


def test_what_was_dead_before_a_study_does_not_outlive_it() -> None:
    """Single runs, as a visitor watches them, between studies: what was frozen dead was never looked at again."""
    made = shop(fault="fault: errors, errors: 5%")
    gc.collect()
    for i in range(12):
        scenario = copy.deepcopy(made)
        plan = scenario.plan("canary")
        run(plan, copy.deepcopy(made), 1, i)
        run_many(plan, scenario, 1, range(5))
    assert gc.collect() < 1000
