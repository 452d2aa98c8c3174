"""Write a file whole or not at all: what was there before survives a full disk."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO


class CannotWrite(OSError):
    """A file could not be written; the message names it and the reason, ready to print."""


def write_whole(path: str | Path, chunks: Iterable[str | bytes]) -> None:
    """Write the chunks (text as UTF-8) to a temporary file beside `path`, then put it in its place.

    A device or pipe such as /dev/stdout is written directly. An existing file keeps its rights.
    Raises CannotWrite for a missing folder, missing rights, a full disk; `path` is then as it was.
    Errors of the chunks themselves pass through, and nothing is left behind either.
    """
    target = Path(path)
    try:
        mode = target.stat().st_mode
    except OSError:
        mode = None
    if mode is not None and stat.S_ISDIR(mode):
        raise CannotWrite(f"{target}: cannot be written: it is a folder")
    if mode is not None and not stat.S_ISREG(mode):
        _direct(target, chunks)
        return
    target = target.resolve()                  # through a link: the file it names is replaced
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name[:100]}.", dir=target.parent)
    except OSError as error:
        raise _refused(Path(path), error) from error
    try:
        with _closing(os.fdopen(handle, "wb")) as file:
            for chunk in _bytes(chunks):
                try:
                    file.write(chunk)
                except OSError as error:
                    raise _refused(Path(path), error) from error
            try:
                file.flush()
                os.fsync(file.fileno())        # a full disk may say so only now
                Path(name).chmod(_rights(mode))
                Path(name).replace(target)
            except OSError as error:
                raise _refused(Path(path), error) from error
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


@contextmanager
def _closing(file: IO[bytes]) -> Iterator[IO[bytes]]:
    """Close the file at the end; what it could not write was said already, and closing tries it once more."""
    try:
        yield file
    finally:
        with suppress(OSError):
            file.close()


def _direct(target: Path, chunks: Iterable[str | bytes]) -> None:
    try:
        with target.open("wb") as file:
            for chunk in _bytes(chunks):
                file.write(chunk)
    except OSError as error:
        raise _refused(target, error) from error


def _bytes(chunks: Iterable[str | bytes]) -> Iterable[bytes]:
    return (chunk.encode() if isinstance(chunk, str) else chunk for chunk in chunks)


def _rights(mode: int | None) -> int:
    """Those of the old file, else what a new file gets here."""
    if mode is not None:
        return stat.S_IMODE(mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _refused(path: Path, error: OSError) -> CannotWrite:
    why = error.strerror or str(error)
    if isinstance(error, FileNotFoundError):
        why = f"there is no folder {str(path.parent)!r}"
    return CannotWrite(f"{path}: cannot be written: {why}")
