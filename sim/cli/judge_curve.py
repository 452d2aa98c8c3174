"""`coalmine judge curve`: how well each judge sees, at the traffic of one gate, and which one to use."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from sim.cli import ask, keep
from sim.cli.compare import RUNS, Jobs, shown_as
from sim.cli.errors import INTERNAL, Refused, interrupted_code, say
from sim.cli.options import MOST, Cluster, Json, Quiet, ScenarioName, Seed, Sets, hands, whole
from sim.cli.words import some

if TYPE_CHECKING:
    from sim.scenario import Scenario
    from sim.study.bench import Named
    from sim.study.choice import Choice
    from sim.study.curve import Cell, Curve

Policy = Annotated[
    str | None,
    shown_as("--policy", "NAME", "Whose gate: its canaries, bake and control. Without it: the first judged one."),
]
Effects = Annotated[
    list[str] | None,
    shown_as("--effects", "SIZES", "Sizes of the fault: 0.5%,1%,2% or 0.1%..10%:log:12; 1.2x..3x for slower."),
]
Judges = Annotated[
    list[str] | None,
    shown_as("--judges", "NAMES", "Instead of the usual eight: own,cusum,fisher_peeked, or FILE.yaml with a rule."),
]
Of = Annotated[
    Literal["failed", "slow"] | None,
    shown_as("--of", "failed|slow", "What the judges that are named count; without it: what the fault does."),
]
Runs = Annotated[str | None, shown_as("--runs", "N", f"Bakes drawn of each size ({RUNS:,} unless given).")]
FalseAlarms = Annotated[
    str, typer.Option("--false-alarms", metavar="SHARE", help="Most healthy changes that may be rolled back.")
]
Power = Annotated[str, typer.Option("--power", metavar="SHARE", help="Of the bakes in which a fault must be seen.")]
CsvFile = Annotated[Path | None, shown_as("--csv", "FILE", "Write every judge and size as a row.")]
Picture = Annotated[Path | None, shown_as("--figure", "FILE", "Draw the curves: .png, .svg or .pdf.")]


def curve(
    scenario: ScenarioName,
    policy: Policy = None,
    effects: Effects = None,
    judges: Judges = None,
    of: Of = None,
    runs: Runs = None,
    false_alarms: FalseAlarms = "1%",
    power: Power = "90%",
    seed: Seed = "1",
    jobs: Jobs = None,
    cluster: Cluster = None,
    sets: Sets = None,
    csv: CsvFile = None,
    figure: Picture = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show how often and how soon each judge sees a fault, by its size, and say which one to use.

    All judges see the same evidence: that of the first judged bake of a policy, without the alerts around it.
    Healthy changes show how often each is wrong. Ctrl-C ends it and prints what is known so far.
    """
    ask.writable(csv, "--csv")
    keep.picture(figure)
    most = RUNS if runs is None else whole("--runs", runs, 1, 10_000_000)
    root = whole("--seed", seed, 0, MOST)
    workers = hands(jobs, cluster)
    allowed, wanted = strictly("--false-alarms", false_alarms), strictly("--power", power)
    said = ask.scenario(scenario, sets)

    from sim.cli import output
    from sim.study import choice as choices
    from sim.study import curve as study
    from sim.study import curve_table
    from sim.study import effects as sizes

    try:
        found_sizes = sizes.effects(effects or sizes.USUAL[of or "failed"])
    except sizes.NoEffect as why:
        raise Refused(f"--effects: {why}") from None
    named = the_judges(said, policy, judges, of or found_sizes[0].of)
    with output.progress(f"Judging {said.name}", quiet=quiet) as step:
        found = study.curve(
            said, named, found_sizes, policy=policy, runs=most, seed=root, jobs=workers, on_progress=step
        )
    if not found.runs:
        say("coalmine: interrupted before the first runs were finished: nothing is known yet")
        raise typer.Exit(interrupted_code())
    chosen = choices.choose(found, allowed, wanted)
    if as_json:
        output.print_json(curve_table.as_json(found, chosen))
    else:
        for line in page(found, chosen, output.console().width):
            print(line)
    files: dict[Path | None, Callable[[Curve, Path], None]] = {
        csv: curve_table.write_csv, figure: partial(draw, chosen),
    }
    if not keep.written(found, files, quiet=quiet):
        raise typer.Exit(INTERNAL)
    if found.partial:
        raise typer.Exit(interrupted_code())


def strictly(option: str, text: str) -> float:
    """A share that an option says, above 0% and below 100%. Refused with the bound and the reason."""
    from sim.units import share

    try:
        value = share(text)
    except ValueError as why:
        raise Refused(f"{option}: {text!r}: {why}") from None
    if not 0 < value < 1:
        raise Refused(f"{option}: {text!r}, must be above 0% and below 100%: no number of runs shows certainty")
    return value


def the_judges(scenario: Scenario, policy: str | None, names: Sequence[str] | None, of: Any) -> list[Named]:
    """The judges to ask, the gate's own first; Refused for an unknown name or policy, and where there is no gate."""
    from sim.study import bench
    from sim.study.gate import NoGate, watchpost

    if policy is not None:
        ask.plan(scenario, policy)
    try:
        post = watchpost(scenario, policy)
    except NoGate as why:
        raise Refused(f"coalmine: {why}") from None
    words = None if not names else [word.strip() for text in names for word in text.split(",")]
    try:
        return bench.bench(scenario, post.stage.gate.judge, words, of)
    except bench.UnknownJudge as why:
        raise Refused(f"--judges: {why}") from None


def draw(chosen: Choice, found: Curve, path: Path) -> None:
    from sim.figures import curve as pictures

    pictures.save(found, chosen, path)


def page(found: Curve, chosen: Choice, width: int) -> Iterator[str]:
    """The answer as a table, the curves below it, and the recommendation."""
    from sim.study.choice_words import rate, sentences, spoken

    control = f", {found.control} more kept as control" if found.control else ""
    servers = f"{some(found.canaries, 'server')} with the new version" if found.canaries else "the standby swapped in"
    yield from wrapped(
        f"{found.scenario.name}, policy {found.policy}: {servers}{control}, "
        f"{rate(found.rate_s)} on the new version, a bake of {spoken(found.bake_s)}, a scrape every "
        f"{spoken(found.scenario.watch.scrape)}. {len(found.judges)} judges on the same evidence, {found.runs:,} bakes "
        f"of each size of fault, seed {found.seed}" + ("; interrupted, this is what is known." if found.partial
                                                       else "."), width,
    )
    yield ""
    yield from _answer(found, chosen, width)
    yield ""
    yield from _grid(found, width, f"Bakes in which the fault is seen, in %, by its size ({_what(found)})", _share)
    yield ""
    yield from _grid(found, width, "Time from the beginning of the bake in which half of all bakes are ended by it",
                     _half)
    for sentence in sentences(found, chosen):
        yield ""
        yield from wrapped(sentence, width)


def _what(found: Curve) -> str:
    return "share of failing requests" if found.effects[0].of == "failed" else "times as slow"


def _answer(found: Curve, chosen: Choice, width: int) -> Iterator[str]:
    """A row a judge: false alarms, the smallest fault, how often and how soon it is seen."""
    from sim.study.choice_words import interval, percent
    from sim.units import say_share

    yield from wrapped(
        f"Which judge? At most {say_share(chosen.false)} of healthy changes may be rolled back, and a fault is seen "
        f"from {say_share(chosen.power)} of bakes on:", width,
    )
    names = max(len(one.name) for one in found.judges) + 3
    heads = (("healthy ones", "rolled back"), ("smallest", "fault seen"), ("seen", "in"), ("half", "within"),
             ("90%", "within"))
    yield from _row("", [head for head, _ in heads], names)
    yield from _row("", [head for _, head in heads], names)
    yield "-" * (names + sum(WIDTHS))
    for standing in chosen.standings:
        one, wrong = found.judges[standing.judge], found.false_alarms(standing.judge)
        mark = "> " if standing.judge in chosen.best else "  "
        star = "*" if one.compares and found.added else ""
        share = MARKS[standing.allowed] + percent(wrong.seen.share or 0.0)
        if standing.smallest is None:
            yield from _row(mark + one.name + star, [share, "none"], names)
            yield from _row("", [interval(wrong)], names)
            continue
        cell = found.cell(standing.judge, standing.smallest)
        yield from _row(mark + one.name + star, [
            share, str(found.effects[standing.smallest]), percent(cell.seen.share or 0.0), _time(cell.half.value),
            _time(cell.most.value),
        ], names)
        yield from _row("", [interval(wrong), "", interval(cell)], names)
    if found.added:
        yield from wrapped("* compares with a control, which this policy does not keep (control: true)", width)


WIDTHS = (17, 12, 16, 10, 10)
MARKS = {"yes": "", "no": "too often ", "open": "unsure "}


def _row(name: str, cells: Sequence[str], names: int) -> Iterator[str]:
    yield (name.ljust(names) + "".join(cell.rjust(wide) for cell, wide in zip(cells, WIDTHS, strict=False))).rstrip()


def _grid(found: Curve, width: int, title: str, say_cell: Any) -> Iterator[str]:
    """A row a judge and a column an effect, as many as fit beside each other."""
    names = max(len(one.name) for one in found.judges) + 2
    sizes = [str(effect) for effect in found.effects]
    rows = [[say_cell(found.cell(judge, at)) for at in range(len(sizes))] for judge in range(len(found.judges))]
    wide = max(len(text) for text in (*sizes, *(text for row in rows for text in row))) + 1
    many = max(1, (width - names) // wide)
    yield title
    for first in range(0, len(sizes), many):
        yield " " * names + "".join(size.rjust(wide) for size in sizes[first : first + many])
        yield "-" * (names + wide * len(sizes[first : first + many]))
        for one, row in zip(found.judges, rows, strict=True):
            yield (one.name.ljust(names) + "".join(text.rjust(wide) for text in row[first : first + many])).rstrip()


def _share(cell: Cell) -> str:
    share = cell.seen.share or 0.0
    if 0 < share < 0.005:
        return "<1"
    return "99+" if 0.995 < share < 1 else f"{100 * share:.0f}"


def _half(cell: Cell) -> str:
    value = cell.half.value
    if value is None:
        return "-"
    for unit, seconds in (("s", 1.0), ("m", 60.0), ("h", 3600.0), ("d", 86400.0)):
        if value / seconds < 99.5 or unit == "d":
            return f"{value / seconds:.2g}{unit}" if value / seconds < 9.95 else f"{value / seconds:.0f}{unit}"
    return ""


def _time(value: float | None) -> str:
    from sim.study.choice_words import spoken

    return "-" if value is None else spoken(value)


def wrapped(text: str, width: int) -> list[str]:
    """A paragraph in lines of at most so many characters."""
    return textwrap.wrap(text, width, break_on_hyphens=False)
