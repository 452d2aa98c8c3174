"""Which policy costs least, over two fields of a scenario."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.lab.table import Table
from sim.study.map_finding import sentences
from sim.study.winners import Map

if TYPE_CHECKING:
    from sim.lab.drawing import Picture

UNDECIDED = "undecided"


def winners(
    name: str | os.PathLike[str], x: str, y: str, *settings: str,
    policies: Sequence[str] | None = None, runs: int = 800, seed: int = 1, jobs: int | None = 1,
) -> Winners:
    """The policy with the least expected cost at every pair of values, each decided at 95 % or said to be undecided.

    x, y: fields with values, as on the command line: "size=1,10,100", "importance=0.1..10:log:5".
    runs: the most changes under each policy at a point. Raises InputError, or ValueError for what is no map.
    """
    from sim.study import grid, winners

    points = grid.read(name, [*settings, x, y], runs=runs)
    return Winners(winners.winners(points, policies=policies, runs=runs, seed=seed, jobs=jobs))


@dataclass(frozen=True, eq=False)
class Winners:
    """A map of winners. In a notebook it shows itself as a table, the second field from top to bottom."""

    found: Map

    def at(self, x: str, y: str) -> str:
        """The policy that costs least there, or "undecided". Raises ValueError for a value that the map has not."""
        cell = self.found.cell(x, y)
        if cell is None:
            known = "; ".join(f"{axis.path} {', '.join(axis.values)}" for axis in (self.found.x, self.found.y))
            raise ValueError(f"({x}, {y}) is no point of the map, which has {known}")
        return cell.best.policy if cell.best.decided else UNDECIDED

    @property
    def said(self) -> str:
        """What the map says along its highest, middle and lowest row."""
        return " ".join(sentences(self.found))

    def picture(self) -> Picture:
        """A cell a point: letter and colour of the best policy, pale where the runs do not decide."""
        from sim.figures import map as figure
        from sim.lab.drawing import Picture

        return Picture(figure.draw(self.found), self.said)

    def table(self) -> Table:
        """Rows from the largest value of y down."""
        xs, ys = self.found.x.values, self.found.y.values
        heads = [f"{self.found.y.path} \\ {self.found.x.path}", *xs]
        return Table(self.said, heads, [[y, *(self.at(x, y) for x in xs)] for y in reversed(ys)])

    def __repr__(self) -> str:
        return repr(self.table())

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()
