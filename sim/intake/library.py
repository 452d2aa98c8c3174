"""The scenarios that come with Coalmine: in the checkout's `scenarios/`, or inside the installed wheel."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from sim.intake.problems import InputError, Problem, closest
from sim.intake.source import SUFFIXES, neighbour, shown_path, text_of
from sim.intake.tree import grow

NOT_OF_THE_LIBRARY = "invalid"
"""Folder of scenarios that hold one mistake each, for the tests."""


@dataclass(frozen=True)
class Entry:
    """One scenario of the library, as `list` shows it. `str(entry)` is the name that commands understand."""

    name: str
    path: Path
    title: str
    about: str = ""
    servers: str = ""
    policies: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.name


def home() -> Path:
    """The folder of the library: carried inside a wheel, beside the package in a checkout."""
    package = Path(__file__).resolve().parent.parent
    carried = package / "_data" / "scenarios"
    return carried if carried.is_dir() else package.parent / "scenarios"


def names() -> dict[str, Path]:
    """Name -> file of every scenario of the library, files of the top folder first."""
    root = home()
    paths = [path for path in root.rglob("*") if path.suffix in SUFFIXES]
    kept = [path.relative_to(root) for path in paths if path.relative_to(root).parts[0] != NOT_OF_THE_LIBRARY]
    kept.sort(key=lambda path: (len(path.parts), str(path)))
    return {path.with_suffix("").as_posix(): root / path for path in kept}


def library() -> list[Entry]:
    """All scenarios of the library, titles read from the files without judging them."""
    return [_entry(name, path) for name, path in names().items()]


def _entry(name: str, path: Path) -> Entry:
    try:
        said = grow(text_of(path), str(path)).root.plain()
    except InputError:
        said = None
    said = said if isinstance(said, dict) else {}

    def inside(*keys: str) -> object:
        found: object = said
        for key in keys:
            found = found.get(key) if isinstance(found, dict) else None
        return found

    policies = inside("policies")
    return Entry(
        name=name,
        path=path,
        title=str(inside("name") or "(cannot be read)"),
        about=str(inside("about") or ""),
        servers=str(inside("fleet", "production", "servers") or ""),
        policies=tuple(policies) if isinstance(policies, dict) else (),
    )


def find(name: str | os.PathLike[str]) -> Path:
    """The file that a path or a library name means. Raises InputError, with the nearest right name, if none."""
    path, known = Path(name), names()
    try:
        there, folder = path.exists(), path.is_dir()
    except (OSError, ValueError):                        # a NUL, or longer than a path may be
        there = folder = False
    word = path.as_posix().removesuffix(path.suffix) if path.suffix in SUFFIXES else path.as_posix()
    if there and not folder:
        return path
    if word in known:
        return known[word]
    if folder:
        return path                                      # reading it says that it is a folder
    short = {key.rpartition("/")[2]: key for key in reversed(known)}
    near = closest(word.rpartition("/")[2], short)
    library = f"; did you mean {short[near]}?" if near else "; `coalmine list` shows the library"
    raise InputError([Problem(file=shown_path(path), message=f"does not exist{neighbour(path) or library}")])
