"""The trial that every fault archetype of the register must pass, future members included."""

from __future__ import annotations

import inspect
import re
from dataclasses import FrozenInstanceError, fields
from typing import Any, get_args

import pytest
from pydantic import TypeAdapter, ValidationError

from sim.catalogue import ARCHETYPES, AnyFault
from sim.model.change import Fault

USUAL = Fault()
PARTS = {
    "effect": {"errors", "slow", "crash", "corrupt", "side"},
    "onset": {"after", "at", "above_load", "above_share", "while_mixed"},
    "scope": {"servers", "zone", "on_kind", "users"},
    "undoing": {"heals", "repaired_after"},
    "visibility": {"in_test", "in_health_check", "in_metrics", "blinds"},
}
# What makes each archetype what it is: the fields in which it differs from a plain fault.
NAMED = {
    "none": set(),
    "crash_at_start": {"crash"},
    "errors": {"errors"},
    "slow": {"slow"},
    "leak": {"errors", "after", "heals"},
    "late": {"errors", "after"},
    "load_cliff": {"errors", "above_load"},
    "peak_hour": {"errors", "at"},
    "config_poison": {"slow", "in_test"},
    "dormant": {"errors", "at"},
    "some_servers": {"errors", "servers"},
    "some_users": {"errors", "users"},
    "corruption": {"corrupt"},
    "mixed_versions": {"errors", "side", "while_mixed"},
    "whole_fleet_threshold": {"errors", "above_share"},
    "forgotten_dependents": {"errors", "users", "in_test"},
    "custom": set(),
}
each_archetype = pytest.mark.parametrize("name", ARCHETYPES)


def said(fault: Fault) -> set[str]:
    """Fields in which a fault differs from a plain one, its name aside."""
    return {
        field.name
        for field in fields(Fault)
        if field.name != "fault" and getattr(fault, field.name) != getattr(USUAL, field.name)
    }


def test_the_parts_are_all_the_fields_of_a_fault() -> None:
    """Effect x onset x scope x undoing x visibility, and nothing else decides who meets it."""
    assert set().union(*PARTS.values()) == {f.name for f in fields(Fault)} - {
        "fault",
        "name",
        "chance",
    }


def test_the_register_and_the_union_hold_the_same_archetypes() -> None:
    union, *_ = get_args(AnyFault)
    assert set(get_args(union)) == set(ARCHETYPES.values())
    assert {name: kind().fault for name, kind in ARCHETYPES.items()} == {n: n for n in ARCHETYPES}


@each_archetype
def test_it_says_what_it_is_and_where_it_comes_from(name: str) -> None:
    kind = ARCHETYPES[name]
    assert re.fullmatch(r"[A-Z].+\.", kind.about), "a sentence"
    assert len(kind.source) > 5
    module = inspect.getmodule(kind)
    assert module is not None
    assert module.__doc__, "the file opens with what it is for"


@each_archetype
def test_it_differs_from_a_plain_fault_only_in_what_it_names(name: str) -> None:
    assert name in NAMED, f"say in NAMED what makes {name} what it is"
    assert said(ARCHETYPES[name]()) == NAMED[name]


@each_archetype
def test_it_is_harmful_unless_it_says_nothing(name: str) -> None:
    assert ARCHETYPES[name]().harmless == (name in ("none", "custom"))


@each_archetype
def test_it_is_certain_until_a_scenario_says_a_chance(name: str) -> None:
    """Minor and major variants differ in the chance of a fault, not in its effect."""
    assert ARCHETYPES[name]().chance == 1.0


@each_archetype
def test_it_is_read_by_its_name_and_any_part_can_be_said_again(name: str) -> None:
    reads: Any = TypeAdapter(AnyFault)
    assert reads.validate_python({"fault": name}) == ARCHETYPES[name]()
    again = {"fault": name, "chance": "2%", "in_test": "25%", "users": "100%", "in_metrics": "40%"}
    fault = reads.validate_python(again)
    assert (fault.chance, fault.in_test, fault.users, fault.in_metrics) == (0.02, 0.25, 1.0, 0.4)
    with pytest.raises(ValidationError, match="misspelt"):
        reads.validate_python({"fault": name, "misspelt": 1})


@each_archetype
def test_it_is_frozen(name: str) -> None:
    fault: Any = ARCHETYPES[name]()
    with pytest.raises(FrozenInstanceError):
        fault.errors = 1.0


def test_an_unknown_archetype_is_refused_with_the_known_ones() -> None:
    reads: Any = TypeAdapter(AnyFault)
    with pytest.raises(ValidationError, match="'none', 'crash_at_start', 'errors'"):
        reads.validate_python({"fault": "erors"})


def test_no_fault_has_no_effect() -> None:
    with pytest.raises(ValueError, match="fault none has no effect"):
        ARCHETYPES["none"](errors=0.05)


def test_load_clock_mixture_and_size_never_show_in_a_test() -> None:
    hidden = {name for name, kind in ARCHETYPES.items() if not kind().shows_in_test}
    assert hidden == {
        "load_cliff",
        "peak_hour",
        "dormant",
        "mixed_versions",
        "whole_fleet_threshold",
    }


def test_the_issue_s_archetypes_are_there() -> None:
    wanted = """none crash_at_start errors slow leak late load_cliff peak_hour config_poison dormant
    some_servers some_users corruption mixed_versions whole_fleet_threshold"""
    assert set(wanted.split()) <= set(ARCHETYPES)
