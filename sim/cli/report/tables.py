"""Which numbers lead: blast radius, detection and lead time; faulty and healthy changes apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from sim.cli.report.cells import cell, over
from sim.cli.report.layout import Column, Titled, tables
from sim.cli.words import DETECTED
from sim.model.outcome import UNITS, VALUES
from sim.study.by_fault import Caught, by_fault, caught
from sim.study.compare import Comparison
from sim.study.summary import column_summary
from sim.study.tables import Table
from sim.units import DAY, say_seconds

ENDED = {
    "promoted": "promoted",
    "rolled_back": "rolled\nback",
    "stopped": "stopped\nhalf-way",
    "unfinished": "unfinished",
}
HEADINGS = {
    "failed_requests": "failed\nrequests",
    "slow_requests": "slow\nrequests",
    "users_hit": "users\nhit",
    "servers_hit": "servers\nhit",
    "records_lost": "records\nlost",
    "peak_failed_share": "failed in the\nworst minute",
    "time_to_detect_s": "time to\ndetect",
    "time_to_restore_s": "time to\nrestore",
    "lead_time_s": "lead time",
    "cost": "cost",
    "peak_utilisation": "busiest\nservers",
    "overload_s": "time\noverloaded",
    "peak_servers": "servers\nneeded",
}
RADIUS = ("failed_requests", "users_hit", "servers_hit", "budget_spent", "records_lost")
Tables = Mapping[str, Table]


def mean(column: str) -> Callable[[Table], str]:
    """The cell of a column's mean, and over how many runs where that is not all."""

    def made(table: Table) -> str:
        found = column_summary(table, column)
        said, few = cell(found, UNITS[column]), over(found, len(table))
        return f"{said}\n[dim]{few}[/dim]" if few and found.get("n") else said

    return made


def means(group: Tables, columns: Sequence[str]) -> list[Column]:
    return [
        Column(HEADINGS[name], [mean(name)(table) for table in group.values()]) for name in columns
    ]


def harmed(comparison: Comparison, group: Tables, columns: Sequence[str]) -> list[Column]:
    """Means of columns among which is the error budget, headed with the period it is for."""
    found = []
    for name in columns:
        if name == "budget_spent":
            heading = budget_of(comparison.scenario.service.objective.period)
            found.append(Column(heading, [mean(name)(table) for table in group.values()]))
        else:
            found += means(group, [name])
    return found


def budget_of(period_s: float) -> str:
    """The heading of `budget_spent`, a share of what the objective allows in its period.

    >>> budget_of(30 * DAY), budget_of(DAY), budget_of(3600.0)
    ("of 30 days'\\nbudget", "of a day's\\nbudget", "of 1h's\\nbudget")
    """
    days = period_s / DAY
    if days != round(days):
        said = f"{say_seconds(period_s)}'s"
    else:
        said = "a day's" if days == 1 else f"{days:,.0f} days'"
    return f"of {said}\nbudget"


def p95(group: Tables, column: str, heading: str) -> Column:
    """The 95th percentile without its interval; nothing where too few runs support one."""
    found = (column_summary(table, column).get("p95") for table in group.values())
    return Column(heading, [cell({"mean": value}, UNITS[column]) for value in found])


def words(group: Tables, column: str, headings: Mapping[str, str]) -> list[Column]:
    """Shares by value, without the values that no run of no policy has."""
    found = [column_summary(table, column) for table in group.values()]
    met = [v for v in VALUES[column] if any((f.get(v) or {}).get("share") for f in found)]
    return [Column(headings[value], [cell(f.get(value), "share") for f in found]) for value in met]


def flags(group: Tables, column: str, heading: str) -> Column:
    """The share of runs in which a flag is up."""
    return Column(heading, [cell(column_summary(t, column), "share") for t in group.values()])


def catches(found: Sequence[Caught]) -> list[Column]:
    """When faults are caught, as shares of the faulty changes."""
    parts = (
        ("caught be-\nfore users", "before_users"),
        ("later, by\na gate", "by_gate"),
        ("later, by\nothers", "later"),
        ("never\ncaught", "never"),
    )
    return [
        Column(heading, [cell(getattr(c, name)._asdict(), "share") for c in found])
        for heading, name in parts
    ]


def radius(comparison: Comparison, width: int) -> Iterator[Titled]:
    """Faulty changes: blast radius, then detection."""
    group = comparison.among("faulty")
    n = len(next(iter(group.values())))
    rows = list(group)
    yield from tables(
        f"Faulty changes ({n:,}): blast radius, mean and 95% interval of each",
        "policy",
        rows,
        harmed(comparison, group, RADIUS),
        width,
    )
    found = catches([caught(table) for table in group.values()])
    times = means(group, ("time_to_detect_s", "time_to_restore_s"))
    yield from tables(
        f"Faulty changes ({n:,}): detection; times count from the first harm",
        "policy",
        rows,
        [*found, *times],
        width,
    )


def lead(comparison: Comparison, width: int) -> Iterator[Titled]:
    """Healthy changes: lead time, and the harm of watching and of rolling out itself."""
    group = comparison.among("healthy")
    n = len(next(iter(group.values())))
    columns = [
        *means(group, ("lead_time_s",)),
        p95(group, "lead_time_s", "95% within"),
        flags(group, "false_rollback", "rolled back\nby mistake"),
        *means(group, ("failed_requests",)),
        *words(group, "ended", ENDED),
    ]
    yield from tables(
        f"Healthy changes ({n:,}): lead time, and what the rollout itself breaks",
        "policy",
        list(group),
        columns,
        width,
    )


def ends(comparison: Comparison, width: int) -> Iterator[Titled]:
    """Faulty changes: who found them, and how they ended."""
    group = comparison.among("faulty")
    n = len(next(iter(group.values())))
    by = {name: f"by\n{said.removeprefix('the ')}" for name, said in DETECTED.items()}
    yield from tables(
        f"Faulty changes ({n:,}): who found them",
        "policy",
        list(group),
        words(group, "detected_by", by),
        width,
    )
    yield from tables(
        f"Faulty changes ({n:,}): how they ended",
        "policy",
        list(group),
        [*words(group, "ended", ENDED), *means(group, ("peak_failed_share",))],
        width,
    )


def mixture(comparison: Comparison, width: int, which: str) -> Iterator[Titled]:
    """All that was simulated: what a change costs on average, and what the fleet must stand."""
    group = comparison.among("all")
    n = len(next(iter(group.values())))
    columns = harmed(comparison, group, ("cost", "failed_requests", "users_hit", "budget_spent"))
    columns += means(group, ("slow_requests",)) if any_above(group, "slow_requests") else []
    title = f"{which} ({n:,}): what one costs on average"
    yield from tables(title, "policy", list(group), columns, width)
    strain = means(group, ("peak_utilisation", "peak_servers"))
    strain += means(group, ("overload_s",)) if any_above(group, "overload_s") else []
    title = f"{which} ({n:,}): strain on the fleet"
    yield from tables(title, "policy", list(group), strain, width)


def any_above(group: Tables, column: str) -> bool:
    """Whether any run of any policy has more than 0 here."""
    return any(bool((table[column] > 0).any()) for table in group.values())


def each_fault(comparison: Comparison, width: int) -> Iterator[Titled]:
    """--by fault: under the name of each fault, which policy catches it when."""
    rows: list[str] = []
    cells: list[list[str]] = []
    headings: list[str] = []
    for name, found in by_fault(comparison).items():
        n = max((caught.n for caught in found.values()), default=0)
        columns = catches(list(found.values()))
        headings = [column.heading for column in columns]
        rows += [f"{name} ({n:,})", *(f"  {policy}" for policy in found)]
        cells += [[""] * len(columns), *map(list, zip(*(c.cells for c in columns), strict=True))]
    parts = zip(*cells, strict=True)
    made = [Column(head, list(part)) for head, part in zip(headings, parts, strict=True)]
    yield from tables(
        "Fault by fault: who catches it, of all changes that carry it", "", rows, made, width
    )


def everything(
    comparison: Comparison, width: int, *, by: str | None, full: bool = False
) -> Iterator[Titled]:
    """The tables of a comparison, in order; groups without a run are left out."""
    some_table = next(iter(comparison.tables.values()))
    sick = int(some_table.faulty.sum())
    well = len(some_table) - sick
    if sick:
        yield from radius(comparison, width)
    if well:
        yield from lead(comparison, width)
    if sick and full:
        yield from ends(comparison, width)
    if full and (sick or well):
        which = "Faulty changes" if comparison.only == "faulty" else "All changes as they come"
        yield from mixture(comparison, width, which)
    if by == "fault" and sick:
        yield from each_fault(comparison, width)
