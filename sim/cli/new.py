"""`coalmine new`: a commented scenario to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.errors import Refused
from sim.cli.options import complete_scenario
from sim.cli.output import talk


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The file to write.")] = "scenario.yaml",
    origin: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="SCENARIO",
            help="Copy this one of the library (`coalmine list`) instead.",
            autocompletion=complete_scenario,
            show_default=False,
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over files that exist.")] = False,
) -> None:
    """Write a scenario in which every field is explained, and the schema for editors beside it.

    Files that exist are never written over, unless you say --force.
    """
    from sim.intake import scenario_file  # noqa: F401 - so that its InputError is known to `errors`
    from sim.intake.schema import FILE_NAME, schema_text
    from sim.intake.starter import copied, starter, title_of

    path = Path(name)
    if path.suffix not in (".yaml", ".yml"):
        path = path.with_name(path.name + ".yaml") if path.name else path / "scenario.yaml"
    text = copied(origin) if origin else starter(title_of(path))
    _write(path, text, force=force)
    beside = path.with_name(FILE_NAME)
    kept = _schema(beside, schema_text(), force=force)
    talk(f"wrote {path}; kept {beside} as it is; --force renews it" if kept else f"wrote {path} and {beside}")
    talk(f"next: coalmine check {path}")


def _write(path: Path, text: str, *, force: bool) -> None:
    """Write a file that is not there yet; `x` asks and creates in one step, so that nothing can slip between."""
    try:
        with path.open("w" if force else "x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        raise Refused(f"{path}: exists; choose another name, or say --force") from None
    except (OSError, ValueError) as error:
        raise Refused(f"{path}: cannot be written: {getattr(error, 'strerror', None) or error}") from None


def _schema(path: Path, text: str, *, force: bool) -> bool:
    """Put the schema beside a scenario; True if an older one was left as it is."""
    if path.exists() and not force:
        try:
            return path.read_text(encoding="utf-8") != text
        except (OSError, ValueError):
            return True
    _write(path, text, force=True)
    return False
