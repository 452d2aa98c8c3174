"""The whole report of a comparison, from its first sentence to the footer."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from sim.cli.report import checks, sentences, tables
from sim.study.compare import Comparison
from sim.study.finding import finding

if TYPE_CHECKING:
    from rich.console import Console

    from sim.cli.report.layout import Titled
    from sim.study.expectations import Checked, Replayed


class Page:
    """Prints prose wrapped to the console's width, and tables with a line between them."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def prose(
        self, text: str, style: str = "", indent: str = "", hanging: str | None = None
    ) -> None:
        """A paragraph; words are never broken, so that a command stays whole."""
        further = indent if hanging is None else hanging
        for line in textwrap.wrap(
            text,
            self.console.width,
            initial_indent=indent,
            subsequent_indent=further,
            break_long_words=False,
            break_on_hyphens=False,
        ):
            self.console.print(line, style=style or None, markup=False, soft_wrap=True)

    def heading(self, text: str) -> None:
        self.console.print()
        self.prose(text, "bold")

    def listed(self, heading: str, lines: Iterable[str]) -> None:
        """A heading with lines below it; nothing when there are none."""
        texts = list(lines)
        if texts:
            self.heading(heading)
        for text in texts:
            self.prose(text, indent="  ", hanging="    ")

    def as_they_are(self, heading: str, lines: Iterable[str]) -> None:
        """A heading with lines that are to be copied, so never wrapped."""
        texts = list(lines)
        if texts:
            self.heading(heading)
        for text in texts:
            self.console.print(f"  {text}", markup=False, soft_wrap=True)


def show(page: Page, made: Iterable[Titled]) -> None:
    """Tables with their titles above them."""
    for titled in made:
        page.heading(titled.title)
        page.console.print(titled.table)


def report(
    console: Console,
    comparison: Comparison,
    source: str,
    sets: Sequence[str],
    *,
    by: str | None,
    replayed: Sequence[Replayed],
    checked: Sequence[Checked],
    full: bool = False,
) -> None:
    """Print it. source: the scenario as the user named it, for the replays. full: all tables."""
    page = Page(console)
    mark = sentences.partial(comparison)
    if mark:
        page.prose(mark, "bold red")
    page.prose(sentences.opening(comparison), "bold")
    page.prose(finding(comparison).replace(" %", "%").rstrip(".") + ".")
    nobody = sentences.counterfactual(comparison)
    if nobody:
        page.prose(nobody)
    if replayed:
        show(page, checks.published(replayed, console.width))
        page.listed("Sources", checks.sources(replayed))
    show(page, tables.everything(comparison, console.width, by=by, full=full))
    first = next(iter(comparison.tables))
    page.listed(
        f"Instead of {first}, on the same changes",
        (f"{policy}: {'; '.join(said)}." for policy, said in sentences.differences(comparison)),
    )
    for what in ("worst", "median"):
        page.as_they_are(
            f"Replay the {what} faulty change of each policy",
            sentences.replays(comparison, what, source, sets),
        )
    page.listed("Expected", checks.claims(checked))
    page.listed("Left out", sentences.skipped(comparison))
    console.print()
    if not full:
        page.prose(sentences.MORE, "dim")
    page.prose(sentences.LIMITS, "dim")
    if mark:
        page.prose(mark, "bold red")
