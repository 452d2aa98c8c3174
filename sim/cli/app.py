"""The Typer application: which commands there are. Each is a function in the file of its name."""

from __future__ import annotations

import sys
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from sim import __version__
from sim.cli import advise, check, compare, errors, explore, front, new, output, run, schema, sensitivity, sweep, verify
from sim.cli import judge as judges
from sim.cli import list as library
from sim.cli import map as maps

EPILOG = "A scenario is a YAML file; `coalmine new` writes a commented one to start from."


class Door(TyperGroup):
    """The group of commands; errors leave through it as a sentence and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        with errors.guarded():
            return super().invoke(ctx)


app = typer.Typer(
    name="coalmine",
    cls=Door,
    help="Simulate a rollout before you ship it: what a bad change costs under each policy.",
    epilog=EPILOG,
    no_args_is_help=True,
    rich_markup_mode=None,  # twice as fast, and boxes would cut long words off
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        print(f"coalmine {__version__}")
        raise typer.Exit


@app.callback()
def coalmine(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Simulate a rollout before you ship it: what a bad change costs under each policy."""


COMMANDS = (
    (new.new, "Write a commented scenario to start from."),
    (library.list, "Show the scenarios and words that there are."),
    (check.check, "Say what is wrong with a scenario, and what will hurt."),
    (schema.schema, "Print the JSON Schema, for editors."),
    (run.run, "Tell the story of one rollout."),
    (compare.compare, "Compare policies on the same changes."),
    (advise.advise, "Say in one paragraph which policy to take, and why."),
    (sweep.sweep, "Compare policies over a grid of settings."),
    (maps.map, "Show which policy costs least over two fields."),
    (front.front, "Show which settings of a policy no other beats."),
    (sensitivity.sensitivity, "Say which assumption matters most."),
    (verify.verify, "Check the simulation against theory, every z shown."),
    (explore.explore, "Open the app in a browser."),
)
"""The functions, and a line each for the list of commands: Typer would cut their docstrings off."""

for _command, _line in COMMANDS:
    app.command(short_help=_line)(_command)
app.add_typer(judges.app, short_help="Ask judges: about measurements, and how well they see.")


def main() -> NoReturn:
    """The console command. Ends the process with the code that `errors` names."""
    errors.listen_to_signals()
    output.write_plainly()
    code: Any = 0
    try:
        with errors.guarded():
            app(prog_name="coalmine")
    except SystemExit as left:
        code = left.code
    except typer.Exit as left:
        code = left.exit_code
    sys.exit(errors.flushed(code))
