"""A worker process that does one task at a time, and is replaced when it dies or takes too long.

`workers.py` does one study and ends; this serves many visitors for weeks. A hand is a plain child process that talks
through its standard streams: nothing of the server (Streamlit, its threads) is copied or imported into it, it starts
in 0.8 s, and it ends by itself when the server is gone, even in the middle of a task.
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, BinaryIO

MOST_BYTES = 1_000_000_000
"""Memory that one worker may take for its data: a task that wants more fails, and not the whole server."""
NICER = 2
"""Workers stand back where the server itself has something to do, so that pages answer while studies run."""
_LENGTH = struct.Struct("<Q")
START = "from sim.study.crew import serve; serve()"


class Died(RuntimeError):
    """The worker ended while it had the task: out of memory, or ended from outside."""


class TooLong(RuntimeError):
    """The task took longer than it may; its worker was ended."""


class Hand:
    """One worker process, started when it is first needed and started anew after it died."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self.started = 0

    def start(self) -> None:
        """Start the process if there is none; returns before it is ready."""
        if self._process is not None and self._process.poll() is None:
            return
        self.end()
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(place for place in sys.path if place),   # the very code of this process
            "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1",                   # one processor a hand
        }
        self._process = subprocess.Popen(
            [sys.executable, "-c", START], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment,
            start_new_session=os.name == "posix",        # Ctrl-C is for the server, which then ends its hands
        )
        self.started += 1

    def do(self, function: Callable[..., Any], arguments: tuple[Any, ...], limit_s: float) -> Any:
        """function(*arguments), done in the worker. Both must be picklable, by the names of importable modules.

        Raises what the function raised; Died and TooLong when the worker is gone, the next task starts another.
        """
        self.start()
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        late = threading.Event()

        def too_long() -> None:
            late.set()
            process.kill()

        watch = threading.Timer(limit_s, too_long)
        watch.daemon = True
        watch.start()
        try:
            _put(process.stdin, pickle.dumps((function, arguments)))
            done, result = pickle.loads(_get(process.stdout))
        except (OSError, EOFError):
            self.end()
            if late.is_set():
                raise TooLong(f"it took longer than {limit_s:g} s") from None
            raise Died("its worker process died: out of memory, or ended from outside") from None
        finally:
            watch.cancel()
        if done:
            return result
        raise result

    def end(self) -> None:
        """End the process, whatever it is doing."""
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(OSError):
            process.kill()
        for stream in (process.stdin, process.stdout):
            with suppress(OSError):
                if stream is not None:
                    stream.close()
        process.wait()


def serve() -> None:
    """The worker's whole life: take a task, do it, answer. It ends when its parent closes the stream, or is gone."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)                                        # whatever prints must not meddle with the answers
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _modest()
    tasks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, tasks), daemon=True).start()
    from sim import measure  # noqa: F401 - so that the first visitor does not wait for it

    while True:
        _put(answers, _answer(tasks.get()))


def _answer(packed: bytes) -> bytes:
    """A task done, as (True, result), or as (False, error) in a form that can travel."""
    try:
        function, arguments = pickle.loads(packed)
        return pickle.dumps((True, function(*arguments)))
    except MemoryError:
        return pickle.dumps((False, MemoryError("it needs more memory than a worker may take")))
    except Exception as error:
        try:
            pickle.loads(packed_error := pickle.dumps((False, error)))
            return packed_error
        except Exception:
            return pickle.dumps((False, RuntimeError(f"{type(error).__name__}: {error}")))


def _listen(source: BinaryIO, tasks: queue.SimpleQueue[bytes]) -> None:
    """Hand on what comes in. When nobody speaks any more the process ends at once, in mid-task too."""
    with suppress(OSError, EOFError):
        while True:
            tasks.put(_get(source))
    os._exit(0)


def _modest() -> None:
    """Take no more memory than a worker may, and stand back behind the server. Nothing of it on Windows."""
    if os.name != "posix":
        return                                           # pragma: no cover - Windows
    import resource

    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_DATA, (MOST_BYTES, MOST_BYTES))
    with suppress(OSError):
        os.nice(NICER)


def _put(stream: Any, packed: bytes) -> None:
    stream.write(_LENGTH.pack(len(packed)) + packed)
    stream.flush()


def _get(stream: Any) -> bytes:
    """The next message. Raises EOFError when the other side is gone."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    length = _LENGTH.unpack(head)[0]
    packed: bytes = stream.read(length)
    if len(packed) < length:
        raise EOFError
    return packed
