"""What goes wrong -> a sentence on stderr and an exit code. A traceback never reaches a user.

0 done, 1 internal error, 2 the user's input is wrong, 3 an expectation failed, 130 interrupted
(143 by SIGTERM), 141 the reader of a pipe went away, as with every other tool.
COALMINE_DEBUG=1 shows tracebacks, for developers.
"""

from __future__ import annotations

import os
import platform
import signal
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

import typer

from sim import __version__

INTERNAL = 1
BAD_INPUT = 2
EXPECTATION_FAILED = 3
READER_GONE = 141
INPUT_ERRORS = (
    ("sim.intake.problems", "InputError"),
    ("sim.model.plan", "Impossible"),
    ("sim.study.compare", "UnknownPolicy"),
    ("sim.study.cluster", "NoCluster"),
)
"""Errors of other floors that mean the same as Refused: module, class."""
FAILURES = (
    ("sim.study.cluster", "Lost"),
    ("sim.study.files", "CannotWrite"),
    ("sim.study.workers", "WorkerDied"),
)
"""What went wrong through nobody's mistake, here or in the input: their text is all that there is to say."""


class Refused(Exception):
    """The user's input is wrong; the message says where, what, bound and nearest right word."""


class NotWritten(Exception):
    """A result could not be written, through nobody's mistake in the input: a full disk, say."""


class Unanswered(Exception):
    """A question was not answered: the input ended. Counts as an interruption."""


_caught: list[int] = []


def interrupted_code() -> int:
    """128 + the signal that stopped us: 130 for Ctrl-C, 143 for SIGTERM."""
    return 128 + (_caught[-1] if _caught else signal.SIGINT)


def _stop(number: int, frame: FrameType | None) -> None:
    # SIGTERM takes the way of Ctrl-C, so that both keep what is known so far.
    _caught.append(number)
    raise KeyboardInterrupt


def listen_to_signals() -> None:
    """From here on SIGTERM interrupts as Ctrl-C does; for `main`, whose process it is."""
    with suppress(ValueError, OSError):  # ValueError: not in the main thread
        signal.signal(signal.SIGTERM, _stop)


def say(text: str) -> None:
    """One line of talk on stderr; nothing when even that is closed."""
    with suppress(OSError, ValueError):
        print(text, file=sys.stderr, flush=True)


def refusal(error: BaseException) -> str | None:
    """The sentence for what a user got wrong; None when `error` is not of that sort."""
    return str(error) if isinstance(error, Refused) or _is_one_of(INPUT_ERRORS, error) else None


def _is_one_of(kinds: tuple[tuple[str, str], ...], error: BaseException) -> bool:
    # Who raised it has imported it: nothing heavy is loaded only to look.
    found = [getattr(sys.modules.get(module), name, None) for module, name in kinds]
    return isinstance(error, tuple(kind for kind in found if kind is not None))


def write_report(error: BaseException) -> Path | None:
    """The traceback and how to repeat it, in a new file of the temp folder; None if that fails."""
    lines = [
        f"coalmine {__version__}, Python {platform.python_version()}, {platform.platform()}",
        f"arguments: {sys.argv[1:]}",
        f"folder: {Path.cwd()}",
        "",
        *traceback.format_exception(error),
    ]
    try:
        with tempfile.NamedTemporaryFile(
            "w",
            prefix="coalmine-error-",
            suffix=".txt",
            delete=False,
            encoding="utf-8",
            errors="replace",
        ) as file:
            file.write("\n".join(lines))
    except OSError:
        return None
    return Path(file.name)


def internal(error: Exception) -> None:
    """Say that this is our fault, how to repeat it, and where the details are."""
    what = str(error) or "no further words"
    say(f"coalmine: internal error: {type(error).__name__}: {what}")
    for note in getattr(error, "__notes__", ()):
        say(f"  in {note}")
    report = write_report(error)
    say(
        "This is a fault in coalmine, not in your input. Please report it to its authors"
        + (f" with this file:\n  {report}" if report else "; COALMINE_DEBUG=1 shows the details.")
    )


@contextmanager
def guarded() -> Iterator[None]:
    """Whatever a command raises leaves as a sentence and `typer.Exit` with its code.

    Typer's own errors (bad options: 2) and SystemExit pass; with COALMINE_DEBUG=1 internal ones do.
    """
    try:
        yield
    except KeyboardInterrupt:
        say("coalmine: interrupted")
        raise typer.Exit(interrupted_code()) from None
    except Unanswered as left:
        say(f"coalmine: {left}")
        raise typer.Exit(128 + signal.SIGINT) from None
    except BrokenPipeError:
        raise typer.Exit(READER_GONE) from None
    except NotWritten as error:
        say(f"coalmine: {error}")
        raise typer.Exit(INTERNAL) from None
    except Exception as error:
        if isinstance(error, (typer.Exit, typer.Abort)) or hasattr(error, "exit_code"):
            raise
        said = refusal(error)
        if said is not None:
            say(said)
            raise typer.Exit(BAD_INPUT) from None
        if os.environ.get("COALMINE_DEBUG") == "1":
            raise
        if _is_one_of(FAILURES, error):
            say(f"coalmine: {error}")
            raise typer.Exit(INTERNAL) from None
        if isinstance(error, OSError) and error.filename is None:
            say(f"coalmine: could not write the output: {error.strerror or error}")
        elif isinstance(error, MemoryError):
            say("coalmine: out of memory; fewer runs or fewer jobs need less")
        else:
            internal(error)
        raise typer.Exit(INTERNAL) from None


def flushed(code: int) -> int:
    """Push out what is still buffered and return the exit code, changed if that fails.

    Otherwise Python would do it while it shuts down, and complain there in its own words.
    """
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        code = READER_GONE
    except OSError as error:
        say(f"coalmine: could not write the output: {error.strerror or error}")
        code = code or INTERNAL
    else:
        return code
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code
