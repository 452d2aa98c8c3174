"""Kinds of change: default install times, each with its source, filled in where nothing is said."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, get_args

import pytest

from sim.catalogue import KINDS, with_defaults
from sim.model.change import Change, Install, Kind

each_kind = pytest.mark.parametrize("kind", get_args(Kind))


def test_every_kind_has_defaults() -> None:
    assert set(KINDS) == set(get_args(Kind))


@each_kind
def test_defaults_leave_nothing_to_look_up_and_say_where_they_come_from(kind: Kind) -> None:
    usual = KINDS[kind]
    assert None not in [getattr(usual.install, field.name) for field in fields(Install)]
    assert len(usual.about) > 5
    assert len(usual.source) > 5


@each_kind
def test_a_change_takes_what_is_not_said_from_its_kind(kind: Kind) -> None:
    assert with_defaults(Change(kind=kind)).install == KINDS[kind].install


@each_kind
@pytest.mark.parametrize("field", ["drain", "restart", "ready_within"])
def test_what_is_said_is_kept_zero_too(kind: Kind, field: str) -> None:
    for value in (0.0, 7.0):
        said: dict[str, Any] = {field: value}
        filled = with_defaults(Change(kind=kind, install=Install(**said))).install
        rest = {f.name for f in fields(Install)} - {field}
        assert getattr(filled, field) == value
        assert all(getattr(filled, n) == getattr(KINDS[kind].install, n) for n in rest)


def test_failed_installs_are_the_change_s_own_and_survive_the_defaults() -> None:
    change = Change(install=Install(max_failed_installs=3), missed=2, per_month=7.0)
    filled = with_defaults(change)
    assert (filled.install.max_failed_installs, filled.missed, filled.per_month) == (3, 2, 7.0)


@each_kind
def test_filling_in_twice_changes_nothing(kind: Kind) -> None:
    once = with_defaults(Change(kind=kind))
    assert with_defaults(once) == once
