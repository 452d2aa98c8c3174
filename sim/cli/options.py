"""Arguments and options that several commands share, so that they read the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.errors import Refused

if TYPE_CHECKING:
    from sim.study.workers import Hands


def complete_scenario(incomplete: str) -> list[str]:
    """Names for the shell's completion: those of `coalmine list`, and YAML files by their path."""
    from sim.cli.ask import library_names

    typed = Path(incomplete)
    folder = typed if incomplete.endswith("/") else typed.parent
    try:
        files = [str(path) for path in folder.glob("*.yaml")]
    except OSError:
        files = []
    return [name for name in (*library_names(), *files) if name.startswith(incomplete)]


ScenarioName = Annotated[
    str,
    typer.Argument(
        metavar="SCENARIO",
        help="A scenario file, or a name from `coalmine list`.",
        autocompletion=complete_scenario,
        show_default=False,
    ),
]


def whole(option: str, text: str, low: int, high: int) -> int:
    """A whole number that an option says, 10k included. Refused with value and bounds if it is not.

    Such options are text for Typer, whose own words name neither the value nor the unit.
    """
    from sim.units import count

    try:
        value = count(text)
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        raise Refused(
            f"{option}: {text!r}, must be a whole number from {low:,} to {high:,}, like 7 or 10k"
        )
    return value


def hands(jobs: str | None, cluster: str | None) -> Hands:
    """Who does the work: what --jobs or --cluster says, not both."""
    if cluster is None:
        return None if jobs is None else whole("--jobs", jobs, 1, 1024)
    if jobs is not None:
        raise Refused("--cluster and --jobs: name one; the cluster has its own workers")
    from sim.study.cluster import Cluster

    return Cluster(cluster)


MOST = 2**62
Seed = Annotated[str, typer.Option("--seed", metavar="N", help="Seed of the study.")]
Sets = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Change a field: --set policies.canary.bake=20m. May be repeated.",
        show_default=False,
    ),
]
ParquetFile = Annotated[
    Path | None,
    typer.Option(
        "--parquet",
        metavar="FILE",
        show_default=False,
        help="Write the rows of --csv as Parquet (extra `parquet`), typed, with where they come from.",
    ),
]
Cluster = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="ADDRESS",
        show_default=False,
        help="Work on the Dask cluster whose scheduler is there, tcp://10.0.0.7:8786; the result is the same.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout, nothing else.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no talk on stderr.")]
