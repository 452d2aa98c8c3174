"""The command line: one file a command, heavy imports inside the functions.

app         the Typer application and `main`
options     arguments that several commands share
errors      what goes wrong -> a sentence and an exit code; a traceback never reaches a user
output      data to stdout, talk to stderr
ask         a scenario, a policy, a file to write: found, or refused with the nearest word
words       numbers -> words;  provenance  where a result comes from
story/      one rollout told;  report/  a comparison as tables and sentences
"""

import sys
from typing import NoReturn


def main() -> NoReturn:
    """The console command `coalmine`; ends the process with an exit code."""
    try:
        from sim.cli import app
    except KeyboardInterrupt:  # Ctrl-C before the commands are there to catch it
        sys.exit(130)
    app.main()
