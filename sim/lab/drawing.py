"""Pictures of answers, shown by a notebook without any set-up of matplotlib."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.cli.report.cells import saying
from sim.lab.answer import Answer
from sim.study.estimate import Interval

if TYPE_CHECKING:
    from sim.figures.rendered import Figure

Line = Mapping[str, Answer]
"""Value of a knob -> answer."""
Group = Mapping[str, Answer]
"""Name -> answer."""


class Picture:
    """A matplotlib figure that a notebook shows as PNG; `figure` is the figure, `said` its finding in words."""

    def __init__(self, figure: Figure, said: str) -> None:
        self.figure = figure
        self.said = said

    def __repr__(self) -> str:
        return f"Picture: {self.said}"

    def _repr_png_(self) -> bytes:
        from sim.figures.rendered import rendered

        return rendered(self.figure, "png")

    def save(self, path: str | Path) -> None:
        """Write it to a file that ends in .png, .svg or .pdf. Raises ValueError or CannotWrite (an OSError)."""
        from sim.figures.rendered import rendered
        from sim.study.files import write_whole

        write_whole(path, [rendered(self.figure, Path(path).suffix.lower().lstrip("."), self.said)])


def bars(title: str, panels: Mapping[str, Group]) -> Picture:
    """One panel a question, one bar a name, intervals drawn and values written. title: the finding."""
    from sim.figures import bars as figure
    from sim.figures.palette import styles

    looks = styles(dict.fromkeys(name for group in panels.values() for name in group))
    made = [
        figure.Bars(heading, [
            figure.Bar(name, answer.value or 0.0, looks[name].colour, answer.said, answer.low, answer.high)
            for name, answer in group.items()
        ], _axis(next(iter(group.values())).unit))
        for heading, group in panels.items()
    ]
    return Picture(figure.draw(title, made, _source(answer for group in panels.values() for answer in group.values())),
                   title)


def curves(title: str, knob: str, panels: Mapping[str, Mapping[str, Line]], *, log: Sequence[str] = ()) -> Picture:
    """Answers over the values of a knob: panel -> line -> value -> answer, every panel over the same values.

    title: the finding; log: headings of the panels with a logarithmic axis.
    """
    from sim.figures import lines as figure

    values = list(dict.fromkeys(value for panel in panels.values() for line in panel.values() for value in line))
    answers = [answer for panel in panels.values() for line in panel.values() for answer in line.values()]
    made = []
    for heading, panel in panels.items():
        units = {answer.unit for line in panel.values() for answer in line.values()}
        points = {name: [_point(line.get(value)) for value in values] for name, line in panel.items()}
        made.append(figure.Lines(heading, points, bool(units & {"share", "ratio", "share of budget"}), heading in log))
    return Picture(figure.draw(title, knob, values, made, _source(answers)), title)


def _axis(unit: str) -> Callable[[float], str]:
    """How numbers of a unit are written on an axis."""
    say = saying(unit)
    return lambda value: say(value, 0.0)


def _point(answer: Answer | None) -> Interval | None:
    """The three numbers of a point; without an interval it is drawn as one of no width."""
    if answer is None or answer.value is None:
        return None
    value = answer.value
    return Interval(value if answer.low is None else answer.low, value, value if answer.high is None else answer.high)


def _source(answers: object) -> str:
    """Of how many runs the answers are."""
    counts = sorted({answer.n for answer in answers if isinstance(answer, Answer)})  # type: ignore[attr-defined]
    said = f"{counts[0]:,}" if len(counts) == 1 else f"{counts[0]:,} to {counts[-1]:,}" if counts else "no"
    return f"Bars: 95 % intervals, over {said} runs each."
