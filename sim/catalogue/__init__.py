"""Fault archetypes and kinds of change, each with its source. One file an archetype; this is the register."""

from typing import Annotated

from pydantic import Field

from sim.catalogue.config_poison import ConfigPoison
from sim.catalogue.corruption import Corruption
from sim.catalogue.crash_at_start import CrashAtStart
from sim.catalogue.custom import Custom
from sim.catalogue.dormant import Dormant
from sim.catalogue.errors import Errors
from sim.catalogue.forgotten_dependents import ForgottenDependents
from sim.catalogue.kinds import KINDS, with_defaults
from sim.catalogue.late import Late
from sim.catalogue.leak import Leak
from sim.catalogue.load_cliff import LoadCliff
from sim.catalogue.mixed_versions import MixedVersions
from sim.catalogue.none import NoFault
from sim.catalogue.peak_hour import PeakHour
from sim.catalogue.slow import Slow
from sim.catalogue.some_servers import SomeServers
from sim.catalogue.some_users import SomeUsers
from sim.catalogue.whole_fleet_threshold import WholeFleetThreshold
from sim.model.change import Fault

AnyFault = Annotated[
    NoFault
    | CrashAtStart
    | Errors
    | Slow
    | Leak
    | Late
    | LoadCliff
    | PeakHour
    | ConfigPoison
    | Dormant
    | SomeServers
    | SomeUsers
    | Corruption
    | MixedVersions
    | WholeFleetThreshold
    | ForgottenDependents
    | Custom,
    Field(discriminator="fault"),
]
ARCHETYPES: dict[str, type[Fault]] = {
    str(archetype.fault): archetype
    for archetype in (
        NoFault,
        CrashAtStart,
        Errors,
        Slow,
        Leak,
        Late,
        LoadCliff,
        PeakHour,
        ConfigPoison,
        Dormant,
        SomeServers,
        SomeUsers,
        Corruption,
        MixedVersions,
        WholeFleetThreshold,
        ForgottenDependents,
        Custom,
    )
}

__all__ = ["ARCHETYPES", "KINDS", "AnyFault", "with_defaults"]
