"""A file's text. Size is asked before the file is opened, and a pipe is read only so far."""

from __future__ import annotations

import codecs
import stat
from pathlib import Path

from sim.intake.problems import InputError, Problem, closest, shown

SUFFIXES = (".yaml", ".yml")

LARGEST = 1_000_000
"""Bytes. The largest scenario worth writing by hand has a hundredth of this."""


def text_of(path: Path) -> str:
    """The text of a file. Raises InputError if it is missing, a folder, unreadable, too large or not UTF-8."""
    file = shown_path(path)

    def refused(message: str, line: int | None = None) -> InputError:
        return InputError([Problem(file=file, line=line, message=message)])

    try:
        known = path.stat()
        if stat.S_ISDIR(known.st_mode):
            raise refused("is a folder; name a file in it")
        if known.st_size > LARGEST:
            raise refused(f"is {known.st_size / 1e6:,.1f} MB, must be at most 1 MB: a scenario is a few kB of text")
        with path.open("rb") as stream:
            data = stream.read(LARGEST + 1)
    except InputError:
        raise
    except FileNotFoundError:
        raise refused("does not exist" + neighbour(path)) from None
    except (OSError, ValueError) as error:
        raise refused(f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(data) > LARGEST:
        raise refused("must be at most 1 MB: a scenario is a few kB of text")
    return decoded(data, file)


def shown_path(path: Path) -> str:
    """A path as messages name it: as given, unless it cannot be printed or is no path at all."""
    text = str(path)
    return text if text.isprintable() and len(text) < 1000 else shown(text)


def neighbour(path: Path) -> str:
    """'; did you mean ...?' with the nearest file name in the same folder, or nothing."""
    try:
        # Stems are compared: the same ending makes no two names alike.
        names = {other.stem: other.name for other in path.parent.iterdir() if other.suffix in SUFFIXES}
    except (OSError, ValueError):
        return ""
    near = closest(path.stem, names)
    return f"; did you mean {path.with_name(names[near])}?" if near else ""


def decoded(data: bytes, file: str) -> str:
    """UTF-8, with or without a mark at its start. Raises InputError with the line of the first bad byte."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InputError([Problem(file=file, line=1, message="is UTF-16; save it as UTF-8")])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"byte 0x{data[error.start]:02x} is not UTF-8; save the file as UTF-8"
        raise InputError([Problem(file=file, line=line, message=message)]) from None
