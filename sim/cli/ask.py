"""What a user names -> what is meant, or a refusal with the nearest right word."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from sim.cli.errors import Refused

if TYPE_CHECKING:
    from sim.model.plan import RolloutPlan
    from sim.scenario import Scenario


def nearest(word: str, words: Iterable[str]) -> str:
    """Words to put behind "unknown ...": the nearest right one if there is one, and all of them.

    >>> nearest("canry", ["direct", "canary"])
    "did you mean 'canary'? Known: direct, canary"
    """
    known = list(words)
    close = get_close_matches(word, known, n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    return f"{hint}Known: {', '.join(known)}"


def library_names() -> list[str]:
    """Names of the scenarios that come with Coalmine, for the shell's completion."""
    from sim.intake import library

    return list(library.names())


def scenario(name: str, sets: Sequence[str] | None = None) -> Scenario:
    """The scenario that a file or a library name means, with the overrides of --set."""
    from sim.intake import scenario_file

    return scenario_file.read(name, set=tuple(sets or ()))


def policies(scenario: Scenario, named: Iterable[str]) -> None:
    """Refuse the first policy that the scenario does not have, with the nearest right word."""
    for policy in named:
        if policy not in scenario.policies:
            raise Refused(f"--policy: unknown policy {policy!r}; {nearest(policy, scenario.policies)}")


def plan(scenario: Scenario, policy: str) -> RolloutPlan:
    """The plan of the policy that the user named; Refused if unknown or impossible here."""
    from sim.model.plan import Impossible

    policies(scenario, [policy])
    try:
        return scenario.plan(policy)
    except Impossible as impossible:
        raise Refused(f"--policy: this fleet cannot run {policy!r}: {impossible}") from None


def priced(scenario: Scenario, column: str = "cost", moved: Iterable[str] = ()) -> None:
    """Refuse to look for the cheapest where nothing has a price. moved: paths that get values of their own."""
    if column not in ("cost", "outage_cost") or any(path.startswith("service.cost") for path in moved):
        return
    cost = scenario.service.cost
    if not any(cost.all if column == "cost" else cost.of_an_outage):
        what = "nothing" if column == "cost" else "no outage"
        raise Refused(
            f"{scenario.name}: service.cost: {what} has a price, so every policy costs the same. Give one, such as "
            "--set service.cost.per_user_hit=0.05, or compare users and requests with `coalmine compare`"
        )


def parquet(path: Path | None) -> None:
    """Refuse --parquet where it cannot be written, or where pyarrow is missing."""
    writable(path, "--parquet")
    if path is not None:
        from sim.study.parquet import NoParquet, refuse_without_pyarrow

        try:
            refuse_without_pyarrow()
        except NoParquet as missing:
            raise Refused(f"--parquet: {missing}") from None


def writable(path: Path | None, option: str) -> None:
    """Refuse a file that cannot be written, before the work and not after it. None is no file."""
    if path is None:
        return
    if path.is_dir():
        raise Refused(f"{option}: {path} is a folder; name a file in it")
    if not path.parent.is_dir():
        raise Refused(f"{option}: the folder {path.parent} does not exist")
    target = path if path.exists() else path.parent
    if not os.access(target, os.W_OK):
        raise Refused(f"{option}: {target} is not writable")
