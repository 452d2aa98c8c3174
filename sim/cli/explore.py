"""`coalmine explore`: open the app in a browser."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from sim.cli.errors import Refused

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


def explore(
    port: Annotated[
        int, typer.Option("--port", min=1, max=65535, help="Where the app listens.")
    ] = 8501,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open a browser window.")
    ] = True,
) -> None:
    """Open the app in a browser: sliders, pictures, lessons. Needs the extra `app`.

    Ctrl-C ends it.
    """
    if find_spec("streamlit") is None or find_spec("altair") is None:
        raise Refused(MISSING)
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(app_file()),
        "--server.port",
        str(port),
        "--server.headless",
        "false" if browser else "true",
        "--browser.gatherUsageStats",
        "false",
    ]
    code = subprocess.run(command, check=False).returncode
    raise typer.Exit(code)
