"""Lessons that come with Coalmine, and those of a teacher's folder: name -> file."""

from __future__ import annotations

import os
from pathlib import Path

from sim.intake import library

FOLDER = "COALMINE_LESSONS"
"""Names a folder of more lessons; `coalmine explore --lessons` sets it for the app."""


def home() -> Path:
    """The folder of lessons that come along: carried inside a wheel, beside the package in a checkout."""
    return library.home().with_name("lessons")


def names() -> dict[str, Path]:
    """Name -> file of every lesson, the teacher's after those that come along; one of the same name replaces it."""
    folders = [home()] + ([Path(os.environ[FOLDER])] if os.environ.get(FOLDER) else [])
    found: dict[str, Path] = {}
    for folder in folders:
        if folder.is_dir():
            found |= {path.stem: path for path in sorted(folder.glob("*.md")) if path.stem.lower() != "readme"}
    return found
