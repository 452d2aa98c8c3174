"""Only some people meet it: one browser, one region, one kind of account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from sim.model.change import Fault
from sim.units import Share


@dataclass(frozen=True, kw_only=True)
class SomeUsers(Fault):
    """Only the requests of some of the users fail."""

    fault: Literal["some_users"] = "some_users"
    errors: Share = 0.5
    users: Share = 0.1
    about: ClassVar[str] = "Only the requests of some of the users fail."
    source: ClassVar[str] = "Medium, 2015: one Polish letter could not be typed"
