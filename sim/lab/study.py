"""Many runs under several policies, and what one may ask of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Literal

from sim.lab.answer import Answer
from sim.lab.table import Table as Shown
from sim.model.outcome import FLAGS, UNITS, VALUES, WORDS
from sim.scenario import Scenario
from sim.study import compare as studies
from sim.study.by_fault import carriers, caught, faults_of
from sim.study.estimate import mean_of, paired_difference, relative_reduction
from sim.study.finding import finding
from sim.study.notable import notable
from sim.study.shares import share_of_flags
from sim.study.tables import Table

if TYPE_CHECKING:
    from sim.lab.drawing import Picture

Among = studies.Among
SHOWN: tuple[tuple[str, Among], ...] = (
    ("users_hit", "faulty"), ("failed_requests", "faulty"), ("time_to_restore_s", "faulty"),
    ("lead_time_s", "healthy"), ("cost", "all"),
)
"""What a study shows of itself: column, and over which changes."""


def compare(
    scenario: Scenario,
    policies: Sequence[str] | None = None,
    *,
    runs: int = 400,
    seed: int = 1,
    only: Literal["all", "faulty"] = "all",
    jobs: int | None = 1,
) -> Study:
    """The same changes under every policy (all that this fleet can run, unless named).

    only="faulty": healthy changes are drawn and not simulated, which saves their time.
    jobs: worker processes; None: as many as help. One is enough for a lesson, and starts at once.
    Raises ValueError with the nearest right word for a policy that is unknown or cannot run.
    """
    return Study(studies.compare(scenario, policies=policies, runs=runs, seed=seed, only=only, jobs=jobs))


@dataclass(frozen=True, eq=False)
class Study:
    """The runs of some policies on the same changes. In a notebook it shows itself as a table.

    In all questions `among` says over which changes: "faulty" (unless given), "healthy" or "all".
    Unknown policies, columns and faults raise ValueError with the nearest right word.
    """

    comparison: studies.Comparison

    @property
    def policies(self) -> list[str]:
        """Names, in the scenario's order."""
        return list(self.comparison.tables)

    @property
    def faults(self) -> list[str]:
        """Names of the faults that changes of this study carry, in the scenario's order."""
        met = {name for table in self.comparison.among("faulty").values() for name in faults_of(table)}
        return [fault.key for fault in self.comparison.scenario.faults if fault.key in met]

    def mean(self, policy: str, column: str, among: Among = "faulty", fault: str | None = None) -> Answer:
        """The mean of a column, over the runs that have a value; a share for columns that are flags."""
        table = self._table(policy, among, fault)
        if column in FLAGS:
            return Answer(*share_of_flags(table[column])[:3], "share", len(table))
        values = mean_of(table[known(column, [name for name in UNITS if name not in WORDS])])
        return Answer(values.mean, values.low, values.high, UNITS[column], values.n)

    def share(self, policy: str, column: str, word: str, among: Among = "faulty", fault: str | None = None) -> Answer:
        """The share of runs in which a column of words says this one: `ended`, or `detected_by`."""
        table = self._table(policy, among, fault)
        flags = table[known(column, list(WORDS))] == known(word, list(VALUES[column]))
        return Answer(*share_of_flags(flags)[:3], "share", len(table))

    def caught(self, policy: str, fault: str | None = None) -> dict[str, Answer]:
        """Faulty changes by who ended them: before users, by a gate, by others later, or never. They add up to 1."""
        found = caught(self._table(policy, "faulty", fault))
        names = {"before users": found.before_users, "by a gate": found.by_gate, "later": found.later,
                 "never": found.never}
        return {name: Answer(*share[:3], "share", share.n) for name, share in names.items()}

    def difference(self, a: str, b: str, column: str, among: Among = "faulty", fault: str | None = None) -> Answer:
        """How much more of a column a has than b, run by run on the same changes."""
        known(column, [name for name in UNITS if name not in WORDS])
        first, second = (self._table(name, among, fault)[column] for name in (a, b))
        low, mean, high = paired_difference(first, second)
        return Answer(mean, low, high, UNITS[column], len(first))

    def fewer(self, a: str, b: str, column: str = "users_hit", among: Among = "faulty",
              fault: str | None = None) -> Answer:
        """By what share the mean of a is below that of b, on the same changes; no value where b's may be zero."""
        known(column, [name for name in UNITS if name not in WORDS])
        first, second = (self._table(name, among, fault)[column] for name in (a, b))
        found = relative_reduction(first, second)
        low, mean, high = found if found is not None else (None, None, None)
        return Answer(mean, low, high, "share", len(first))

    def worst(self, policy: str) -> int:
        """The number of the run that failed most requests, for `lab.story`. Raises ValueError if none was faulty."""
        self._table(policy, "faulty", None)
        found = notable(self.comparison)[policy]
        assert found is not None
        return found.worst

    def published(self) -> Shown:
        """Published numbers beside simulated ones, for the replay of an incident; empty where a scenario has none."""
        from sim.cli.report.checks import named
        from sim.study.expectations import replay

        def said(value: float | None, column: str) -> str:
            return Answer(value, None, None, UNITS[column] if column not in WORDS else "share", 0).said

        rows = [
            [one.expectation.of, f"{named(one.expectation)} ({one.expectation.statistic})",
             said(one.expectation.value, one.expectation.column), said(one.simulated, one.expectation.column),
             one.expectation.role, "yes" if one.met else "no"]
            for one in replay(self.comparison)
        ]
        heads = ["policy", "column", "published", "simulated", "role", "met"]
        return Shown("input: was put in, and must come out. predicted: comes from the model.", heads, rows)

    def picture(self) -> Picture:
        """A row a policy: how far faulty versions spread, how often nobody was hurt, how many requests failed."""
        from sim.figures import comparison
        from sim.lab.drawing import Picture
        from sim.study.spread import spread_over_time

        return Picture(comparison.draw(self.comparison, spread_over_time(self.comparison)), finding(self.comparison))

    def _table(self, policy: str, among: Among, fault: str | None) -> Table:
        """One policy's runs, those asked for. Raises ValueError where there is none."""
        table = self.comparison.among(among)[known(policy, self.policies)]
        if fault is not None:
            table = table.pick(carriers(table, known(fault, self.faults)))
        if not len(table):
            raise ValueError(f"none of {self.comparison.runs:,} changes was {among}: ask for more runs")
        return table

    def table(self, *asked: tuple[str, Among]) -> Shown:
        """Means with their intervals: a row a policy, a column for each (column, among)."""
        asked = asked or SHOWN
        there = [(column, among) for column, among in asked if len(self.comparison.among(among)[self.policies[0]])]
        heads = ["policy", *(f"{column}, {'faulty' if self.comparison.only == 'faulty' else among}"
                             for column, among in there)]
        rows = [[name, *(self.mean(name, *what).short for what in there)] for name in self.policies]
        faulty = len(self.comparison.among("faulty")[self.policies[0]])
        about = f"{finding(self.comparison)}. Means, with 95 % intervals, over {faulty:,} faulty changes"
        return Shown(f"{about} of {self.comparison.runs:,}.", heads, rows)

    def __repr__(self) -> str:
        return repr(self.table())

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()


def difference(a: Study, b: Study, policy: str, column: str, among: Among = "faulty",
               of: str | None = None) -> Answer:
    """How much more of a column a policy has in study a than policy `of` (itself unless given) in study b.

    Both studies drew the same changes: one seed, as many runs, and faults that no setting has moved. Raises
    ValueError if they did not.
    """
    first, second = a._table(policy, among, None), b._table(of or policy, among, None)
    if a.comparison.seed != b.comparison.seed or first.runs.tolist() != second.runs.tolist():
        raise ValueError("these studies did not draw the same changes: same seed, same runs, same faults are needed")
    known(column, [name for name in UNITS if name not in WORDS])
    low, mean, high = paired_difference(first[column], second[column])
    return Answer(mean, low, high, UNITS[column], len(first))


def known(word: str, words: Sequence[str]) -> str:
    """The word, if it is one of these. Raises ValueError with the nearest right one."""
    if word in words:
        return word
    near = get_close_matches(word, words, n=1, cutoff=0.5)
    hint = f": did you mean {near[0]!r}?" if near else ""
    raise ValueError(f"{word!r} is not one of {', '.join(words)}{hint}")
