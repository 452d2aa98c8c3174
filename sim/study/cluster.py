"""A cluster that runs already: workers of a Dask scheduler, reached through joblib as local ones are.

Every worker must have the code and libraries of this process: else a number may differ, and nobody would see it. So
each is asked at the start, and each task is refused by a worker that joined later with another version.
"""

from __future__ import annotations

import logging
import socket
import threading
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sim.study.identity import made_with

T = TypeVar("T")
R = TypeVar("R")

ANSWER_S = 10
"""How long a scheduler has to answer, and then to have a worker."""
FEWEST_AHEAD = 32
"""Tasks handed over at once, at the least: workers that join later shall find some."""
NO_WORKER_S = 60
"""How long a study waits for the first worker to come back when all have died."""
ONE_AT_A_TIME = threading.Lock()
"""A worker may have several threads; a process has one engine, and one interpreter to run it."""


class NoCluster(ValueError):
    """There is no cluster at that address that can do this work; the message says why."""


class Lost(RuntimeError):
    """The cluster failed in mid-study. `worker`: a worker died too often; else the whole cluster is gone."""

    def __init__(self, said: str, worker: bool) -> None:
        super().__init__(said, worker)
        self.said, self.worker = said, worker

    def __str__(self) -> str:
        return self.said


class OtherCode(RuntimeError):
    """A worker has other code or libraries than the process that started the study."""


@dataclass(frozen=True)
class Cluster:
    """The scheduler at this address, such as `tcp://10.0.0.7:8786`."""

    address: str

    @contextmanager
    def connected(self) -> Iterator[Connection]:
        """The cluster, ready to work. Raises NoCluster: nobody answers, no worker, not installed, other versions."""
        try:
            import dask.distributed  # noqa: F401 - is it there?
        except ImportError:
            raise NoCluster(
                f"--cluster {self.address}: needs Dask; install it with the extra: pip install 'coalmine[cluster]'"
            ) from None
        with _quiet():
            client = self._client()
            try:
                self._refuse_unfit(client)
                yield Connection(self.address, client)
            finally:
                with suppress(TimeoutError):
                    client.close(timeout=ANSWER_S)

    def _client(self) -> Any:
        from dask.distributed import Client
        from distributed.comm.addressing import get_address_host_port

        half_made: Any = Client.__new__(Client)
        try:
            host, port = get_address_host_port(self.address)
            socket.create_connection((host, port), timeout=ANSWER_S).close()    # its own words are better than Dask's
            half_made.__init__(self.address, timeout=ANSWER_S, set_as_default=False)
        except (OSError, ValueError, TypeError, ImportError) as error:
            half_made.status = "closed"                # else it waits, when it is forgotten, to close what never was
            raise NoCluster(f"--cluster {self.address}: no Dask scheduler answers there: {_said(error)}") from None
        return half_made

    def _refuse_unfit(self, client: Any) -> None:
        try:
            client.wait_for_workers(1, timeout=ANSWER_S)
            found: dict[str, Any] = client.run(made_with, on_error="return")
        except (OSError, TimeoutError) as error:
            raise NoCluster(
                f"--cluster {self.address}: has no worker that answers within {ANSWER_S} s; start some with "
                f"`dask worker {self.address} --nthreads 1` ({type(error).__name__})"
            ) from None
        for worker, theirs in found.items():
            try:
                if isinstance(theirs, Exception):
                    raise OtherCode(f"has no coalmine that can be asked for its version: {_said(theirs)}")
                refuse_other_code(made_with(), theirs)
            except OtherCode as why:
                raise NoCluster(f"--cluster {self.address}: worker {worker} {why}. Nothing was run") from None


@dataclass(frozen=True, eq=False)
class Connection:
    """A cluster whose workers were asked, and fit."""

    address: str
    client: Any

    def checked(self, work: Callable[[T], R]) -> Callable[[T], R]:
        """The work, refused by a worker of other code, and done by one thread of a worker at a time."""
        return Checked(work, made_with())

    def run(self, calls: Iterable[Any]) -> Generator[Any, None, None]:
        """Results of joblib's delayed calls, in any order. Raises Lost."""
        import joblib
        from joblib.parallel import get_active_backend

        threads = sum(self.client.ncores().values())
        ahead = max(FEWEST_AHEAD, 4 * threads)
        with joblib.parallel_config(backend="dask", client=self.client):
            # One thread would make joblib do the work in this process, and not let others join.
            get_active_backend()[0].effective_n_jobs = lambda *_: max(2, threads)
            results = joblib.Parallel(
                n_jobs=-1, return_as="generator_unordered", batch_size="auto", pre_dispatch=ahead
            )(calls)
        return self._named(results)

    def _named(self, results: Generator[Any, None, None]) -> Generator[Any, None, None]:
        from concurrent.futures import CancelledError

        from dask.distributed import CancelledError as Cancelled
        from dask.distributed import KilledWorker

        over = threading.Event()
        watch = threading.Thread(target=self._give_up_without_workers, args=(over,), daemon=True)
        watch.start()
        try:
            yield from results
        except KilledWorker as died:
            raise Lost(f"--cluster {self.address}: workers died: {died}", worker=True) from died
        except (Cancelled, CancelledError, OSError) as gone:
            raise Lost(
                f"--cluster {self.address}: all its workers, or its scheduler, are gone", worker=False
            ) from gone
        except OtherCode as why:
            raise NoCluster(f"--cluster {self.address}: a worker that joined {why}") from None
        finally:
            over.set()
            watch.join()

    def _give_up_without_workers(self, over: threading.Event) -> None:
        """Dask waits for ever for workers that may come back; after a while this lets the study end."""
        missing = 0
        while not over.wait(NO_WORKER_S / 10):
            try:
                missing = 0 if self.client.ncores() else missing + 1
            except (OSError, TimeoutError, RuntimeError):
                return                                 # the scheduler is gone: its futures say so themselves
            if missing > 10:
                self.client.close(timeout=ANSWER_S)
                return


@dataclass(frozen=True)
class Checked(Generic[T, R]):
    """Work with the versions that whoever does it must have. It can be pickled."""

    work: Callable[[T], R]
    made_with: dict[str, str]

    def __call__(self, task: T) -> R:
        """Raises OtherCode."""
        refuse_other_code(self.made_with, made_with())
        with ONE_AT_A_TIME:
            return self.work(task)


def refuse_other_code(here: dict[str, str], there: dict[str, str]) -> None:
    """Raise OtherCode for the first thing that differs.

    >>> refuse_other_code({"version": "1.0", "numpy": "2.0"}, {"version": "1.0", "numpy": "2.1"})
    Traceback (most recent call last):
    sim.study.cluster.OtherCode: has numpy 2.1, and this process 2.0: its numbers could differ
    """
    for name, mine in here.items():
        theirs = there.get(name)
        if theirs == mine:
            continue
        if name == "code":
            raise OtherCode("has other code of the same version of coalmine: its numbers could differ")
        raise OtherCode(
            f"has {'coalmine' if name == 'version' else name} {theirs}, and this process {mine}: "
            "its numbers could differ"
        )


@contextmanager
def _quiet() -> Iterator[None]:
    """Dask's loggers and its warnings of versions say in many lines what is said here in one."""
    names = [name for name in logging.root.manager.loggerDict if name.split(".")[0] == "distributed"]
    heard = [logger for logger in map(logging.getLogger, names) if not logger.disabled]
    for logger in heard:
        logger.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger in heard:
            logger.disabled = False


def _said(error: BaseException) -> str:
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(why.split()) or type(error).__name__
