"""`coalmine front`: risk against lead time against extra servers, over the knobs of one policy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli import ask, keep
from sim.cli.compare import Jobs, shown_as
from sim.cli.errors import INTERNAL, Refused, interrupted_code
from sim.cli.options import MOST, Json, Quiet, ScenarioName, Seed, whole
from sim.cli.sweep import Folder, short

if TYPE_CHECKING:
    from sim.study.front import Front

RUNS = 1000
USUAL = ("policies.{}.canaries=1%,2%,5%,10%,25%", "policies.{}.bake=5m,10m,20m,40m")

Policy = Annotated[str | None, shown_as("--policy", "NAME", "The policy whose knobs are turned.")]
Knobs = Annotated[
    list[str] | None,
    shown_as(
        "--set", "PATH=VALUES",
        "A knob and its values, like policies.canary.bake=5m..1h:log:5. Without any: canaries and bake.",
    ),
]
Risk = Annotated[
    str, typer.Option("--risk", metavar="COLUMN", help="What counts as risk: outage_cost, users_hit, failed_requests.")
]
Faulty = Annotated[bool, typer.Option("--faulty", help="Risk of a faulty change, not of any change.")]
Runs = Annotated[str | None, shown_as("--runs", "N", f"Changes at every setting ({RUNS:,}).")]
Picture = Annotated[Path | None, shown_as("--figure", "FILE", "Draw the front: .png, .svg or .pdf.")]


def front(
    scenario: ScenarioName,
    policy: Policy = None,
    sets: Knobs = None,
    risk: Risk = "outage_cost",
    faulty: Faulty = False,
    runs: Runs = None,
    seed: Seed = "1",
    jobs: Jobs = None,
    store: Folder = None,
    figure: Picture = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show which settings of a policy no other setting beats.

    Risk against lead time against extra servers. A setting is dominated when another is not worse in any of the three
    and better in one; where the runs do not tell two apart, that is said.
    """
    keep.picture(figure)
    many = RUNS if runs is None else whole("--runs", runs, 2, 10_000_000)
    root = whole("--seed", seed, 0, MOST)
    workers = None if jobs is None else whole("--jobs", jobs, 1, 1024)

    from sim.cli import output
    from sim.study import front as study
    from sim.study import grid as grids
    from sim.study.tables import NUMBERS

    if risk not in NUMBERS:
        raise Refused(f"--risk: unknown column {risk!r}; {ask.nearest(risk, NUMBERS)}")
    name = policy or the_policy(scenario, sets or ())
    grid = grids.read(scenario, sets or [knob.format(name) for knob in USUAL], runs=many)
    if not grid.axes:
        raise Refused("--set: no knob has several values, like policies.canary.bake=5m,10m,30m")
    first = grid.scenario(grid.point(0).values)
    ask.policies(first, [name])
    ask.priced(first, risk, [axis.path for axis in grid.axes])
    with keep.stored(store), output.progress(f"Turning the knobs of {name}", quiet=quiet) as step:
        found = study.front(
            grid, name, risk=risk, faulty_only=faulty, runs=many, seed=root, jobs=workers, store=store,
            on_progress=step,
        )
    if as_json:
        output.print_json(as_object(found))
    else:
        for line in page(found, faulty=faulty):
            output.console().print(line, markup=False, soft_wrap=True)
    if found.settings and not keep.written(found, {figure: draw}, quiet=quiet):
        raise typer.Exit(INTERNAL)
    if found.partial:
        raise typer.Exit(interrupted_code())


def draw(found: Front, path: Path) -> None:
    from sim.figures import front as pictures

    pictures.save(found, path)


def the_policy(scenario: str, sets: Sequence[str]) -> str:
    """The policy that the knobs are of; the only canary where there are no knobs."""
    named = dict.fromkeys(
        path.split(".")[1] for text in sets for path in [text.partition("=")[0].strip()]
        if path.startswith("policies.") and path.count(".") >= 2
    )
    if len(named) == 1:
        return str(next(iter(named)))
    said = ask.scenario(scenario)
    canaries: list[str] = [name for name, one in said.policies.items() if one.strategy == "canary"]
    if not named and not sets and canaries:
        return canaries[0]
    raise Refused(f"--policy: name the one whose knobs are turned. Known: {', '.join(said.policies)}")


def page(found: Front, *, faulty: bool) -> Iterator[str]:
    """The settings, those on the front first, each with what beats it."""
    from sim.cli.words import amount, duration, some

    knobs = short(list(found.knobs))
    names = [", ".join(one.values) for one in found.settings]
    held = sum(one.standing == "front" for one in found.settings)
    what = found.risk.replace("_", " ") + (" of a faulty change" if faulty else " of a change")
    yield (
        f"{found.scenario}, {found.policy}: {held} of {some(len(names), 'setting')} are on the front; "
        f"{found.runs:,} changes at each, seed {found.seed}" + ("; interrupted" if found.partial else "")
    )
    yield f"Risk is the {what}. ~ the runs do not tell this setting from the one that it names."
    yield ""
    heading = ", ".join(knobs)
    wide = max(len(heading), *(len(name) for name in names)) if names else len(heading)
    yield f"  {heading.ljust(wide)}      risk  {'95%'.center(17)}  lead time  reserves"
    settings = found.settings
    order = sorted(range(len(names)), key=lambda n: (settings[n].standing != "front", settings[n].risk.mean))
    for n in order:
        one = found.settings[n]
        sign = {"front": "*", "dominated": " ", "unclear": "~"}[one.standing]
        spread = "" if one.risk.low is None else f"{amount(one.risk.low)} to {amount(one.risk.high or 0.0)}"
        lead = "-" if one.lead_s.mean is None else duration(one.lead_s.mean)
        by = "" if one.by is None else f"  {'beaten by' if one.standing == 'dominated' else 'near'} {names[one.by]}"
        yield (
            f"{sign} {names[n].ljust(wide)}  {amount(one.risk.mean or 0.0).rjust(8)}  {spread.center(17)}  "
            f"{lead.rjust(9)}  {amount((one.servers.mean or 0.0) / 3600).rjust(6)} h{by}"
        )
    for values, why in found.left_out.items():
        yield f"Left out: {', '.join(values)}: {why}"


def as_object(found: Front) -> dict[str, Any]:
    """What --json prints."""
    return {
        "scenario": {"name": found.scenario, "sha256": found.sha256}, "policy": found.policy, "risk": found.risk,
        "knobs": list(found.knobs), "runs": found.runs, "seed": found.seed, "partial": found.partial,
        "settings": [
            {
                "set": dict(zip(found.knobs, one.values, strict=True)), "risk": one.risk._asdict(),
                "lead_time_s": one.lead_s._asdict(), "extra_server_seconds": one.servers.mean,
                "standing": one.standing,
                "by": None if one.by is None else list(found.settings[one.by].values),
            }
            for one in found.settings
        ],
        "left_out": [
            {"set": dict(zip(found.knobs, values, strict=True)), "why": why} for values, why in found.left_out.items()
        ],
    }
