"""`coalmine schema`: the JSON Schema of scenario files, for editors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli import ask
from sim.cli.errors import Refused


def schema(
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write it there instead of to stdout.", show_default=False),
    ] = None,
    markdown: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="Write the reference of every field there, as Markdown pages.", show_default=False
        ),
    ] = None,
) -> None:
    """Print the JSON Schema of scenario files, so that editors complete and check while you type.

    A scenario file names it in its first line: # yaml-language-server: $schema=scenario.schema.json
    """
    if markdown is not None:
        _pages(markdown)
        return
    from sim.intake.schema import schema_text

    ask.writable(output, "--output")
    text = schema_text()
    if output is None:
        print(text, end="")
    else:
        output.write_text(text, encoding="utf-8")


def _pages(folder: Path) -> None:
    """Write the reference into a folder; it may be there already."""
    from sim.cli.output import talk
    from sim.intake.reference import pages

    made = pages()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in made.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise Refused(f"--markdown: {folder}: cannot be written: {error.strerror}") from None
    talk(f"wrote {', '.join(made)} into {folder}")
