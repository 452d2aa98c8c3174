"""`coalmine schema`: the JSON Schema of scenario files, for editors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli import ask


def schema(
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write it there instead of to stdout.", show_default=False),
    ] = None,
) -> None:
    """Print the JSON Schema of scenario files, so that editors complete and check while you type.

    A scenario file names it in its first line: # yaml-language-server: $schema=scenario.schema.json
    """
    from sim.intake.schema import schema_text

    ask.writable(output, "--output")
    text = schema_text()
    if output is None:
        print(text, end="")
    else:
        output.write_text(text, encoding="utf-8")
