"""`coalmine explore`: open the app in a browser."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from sim.cli.errors import Refused
from sim.cli.options import whole

MISSING = (
    "explore: the app needs the extra `app`, which is not installed.\n"
    "  pip install 'coalmine[app]'      or, in a checkout:  pip install -e '.[app]'"
)


def app_file() -> Path:
    """The app's first file: inside the wheel, or at the root of the checkout."""
    package = Path(__file__).resolve().parent.parent
    for place in (package / "_data" / "app.py", package.parent / "app.py"):
        if place.is_file():
            return place
    raise Refused("explore: app.py is not there; was Coalmine installed whole?")


def settings_of_the_app() -> dict[str, str]:
    """What the app wants of Streamlit: nothing sent anywhere, no question asked, our colours, no folder of pages."""
    from sim.figures.palette import THEMES

    settings = {
        "browser.gatherUsageStats": "false",
        "server.showEmailPrompt": "false",
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
        "runner.magicEnabled": "false",
        # Looking for edited files takes half a second of the server for every visitor who comes.
        "server.fileWatcherType": "none",
        "server.maxUploadSize": "2",           # MB: a scenario is a few kB of text
    }
    settings |= {f"theme.{name}.{part}": value for name, parts in THEMES.items() for part, value in parts.items()}
    return settings


def explore(
    port: Annotated[str, typer.Option("--port", metavar="N", help="The port that the app listens on.")] = "8501",
    address: Annotated[str, typer.Option("--host", "--address", help="0.0.0.0 lets other machines in.")] = "localhost",
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser window.")] = True,
    lessons: Annotated[
        Path | None, typer.Option("--lessons", metavar="FOLDER", help="Lessons (.md) of your own, beside ours.")
    ] = None,
) -> None:
    """Open the app in a browser: watch a rollout, compare policies, learn. Needs the extra `app`.

    Ctrl-C ends it.
    """
    number = whole("--port", port, 1, 65535)
    if find_spec("streamlit") is None or find_spec("altair") is None:
        raise Refused(MISSING)
    if lessons is not None:
        from sim.intake.lesson_library import FOLDER

        if not lessons.is_dir():
            raise Refused(f"--lessons: {lessons} is not a folder")
        os.environ[FOLDER] = str(lessons.resolve())
    command = [sys.executable, "-m", "sim.screens.serve", "run", str(app_file())]
    settings = {
        "server.port": str(number),
        "server.address": address,
        "server.headless": str(not browser).lower(),
        **settings_of_the_app(),
    }
    for name, value in settings.items():
        command += [f"--{name}", value]
    try:
        code = subprocess.run(command, check=False).returncode
    except KeyboardInterrupt:  # the way to end it, so no failure
        code = 0
    raise typer.Exit(code)
