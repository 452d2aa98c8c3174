"""Only some servers can have it: an old kernel, a full disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from sim.model.change import Fault
from sim.model.terms import Portion, Servers
from sim.units import Share


@dataclass(frozen=True, kw_only=True)
class SomeServers(Fault):
    """Only some of the servers show the fault."""

    fault: Literal["some_servers"] = "some_servers"
    errors: Share = 0.2
    servers: Servers | None = Portion(share=0.1)
    about: ClassVar[str] = "Only some of the servers show the fault."
    source: ClassVar[str] = "Knight Capital, 1 August 2012 (SEC release 34-70694): one server in eight"
