"""The change and its faults: what is refused, and what a fault says of itself."""

from __future__ import annotations

from typing import Any

import pytest

from sim.model.change import Change, Fault
from sim.model.terms import ClockWindow, Delay


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"side": "old", "after": Delay(60.0)}, "side must be new"),
        ({"side": "both", "crash": True}, "side must be new"),
        ({"side": "old", "above_load": 0.7}, "side must be new"),
        ({"heals": "repair"}, "needs repaired_after"),
        ({"repaired_after": Delay(60.0)}, "needs heals: repair"),
        ({"users": 0.0}, "above 0%"),
        ({"crash": True, "users": 0.5}, "refuses everybody"),
    ],
    ids=str,
)
def test_a_fault_that_cannot_be_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Fault(**wrong)


@pytest.mark.parametrize(
    ("effect", "harmless"),
    [
        ({}, True),
        ({"errors": 0.0, "slow": 1.0}, True),
        ({"in_test": 0.5, "users": 0.5}, True),
        ({"errors": 0.01}, False),
        ({"slow": 1.5}, False),
        ({"crash": True}, False),
        ({"corrupt": 0.001}, False),
    ],
    ids=str,
)
def test_a_fault_without_effect_is_the_healthy_change(effect: dict[str, Any], harmless: bool) -> None:
    assert Fault(**effect).harmless == harmless


def test_probes_see_a_crash_and_nothing_else_unless_said() -> None:
    assert Fault(crash=True).health_chance == 1.0
    assert Fault(errors=0.5).health_chance == 0.0
    assert Fault(errors=0.5, in_health_check=0.3).health_chance == 0.3
    assert Fault(crash=True, in_health_check=0.0).health_chance == 0.0


@pytest.mark.parametrize(
    ("onset", "shows"),
    [
        ({}, True),
        ({"after": Delay(60.0)}, True),
        ({"at": ClockWindow(0.0)}, False),
        ({"above_load": 0.0}, False),
        ({"above_share": 0.5}, False),
        ({"while_mixed": True}, False),
    ],
    ids=str,
)
def test_only_an_onset_in_time_can_fall_inside_a_test(onset: dict[str, Any], shows: bool) -> None:
    assert Fault(errors=0.5, **onset).shows_in_test == shows


def test_random_streams_go_by_the_name_or_the_archetype() -> None:
    assert Fault(fault="errors").key == "errors"
    assert Fault(fault="errors", name="the login page").key == "the login page"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"per_month": 0.0}, "per_month"),
        ({"per_month": 1e7}, "at most 1000000"),
        ({"per_month": float("nan")}, "per_month"),
        ({"faults": (Fault(),), "one_of": (Fault(name="b"),)}, "not both"),
        ({"one_of": (Fault(name="a", chance=0.5), Fault(name="b", chance=0.4))}, "not 90%"),
        ({"faults": (Fault(fault="errors"), Fault(fault="errors"))}, "another `name`"),
        ({"one_of": (Fault(chance=0.5), Fault(chance=0.5))}, "two faults are called 'none'"),
        ({"deleted_after": 60.0}, "belongs to kind shutdown_service"),
    ],
    ids=str,
)
def test_a_change_that_cannot_be_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Change(**wrong)


def test_chances_that_add_up_but_for_floating_point_are_taken() -> None:
    thirds = tuple(Fault(name=str(i), chance=0.1) for i in range(10))
    assert sum(fault.chance for fault in thirds) != 1.0
    assert len(Change(one_of=thirds).one_of) == 10
