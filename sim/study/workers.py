"""Do independent tasks here, in worker processes or on a cluster, and survive the deaths of workers.

Measured on two cores (16 tasks of 0.2 s, imports of the engine included): joblib's loky gives its
first result after 0.86 s and all after 2.5 s, `concurrent.futures` with fork 0.26 and 1.7 s, spawn
0.82 and 2.5 s, forkserver 0.80 and 2.2 s. Fork is soonest, but unsafe beside threads (a progress
bar, the app, BLAS) and absent on Windows; so loky, and while its workers start this process works.
"""

from __future__ import annotations

import os
import pickle
import signal
import threading
import time
import warnings
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from functools import lru_cache
from itertools import islice
from time import perf_counter
from typing import Any, Generic, TypeVar

from sim.study.cluster import Cluster, Connection, Lost

T = TypeVar("T")
R = TypeVar("R")
Hands = int | Cluster | None
"""Who does the work: so many processes of this machine, None as many as help, or a cluster that runs already."""

WORTH_S = 1.5
"""Work left below this is sooner done here than by workers that have to start first."""
START_UP_S = 0.8
"""How long workers need to start: so long this process takes tasks as well."""
TRIES = 3
ORPHAN_LOOKS_S = 0.5
"""How often a worker looks whether its parent still lives."""


class WorkerDied(RuntimeError):
    """A task killed every worker that it was given to."""

    def __init__(self, task: object) -> None:
        super().__init__(
            f"{task} killed the worker process {TRIES} times: out of memory, or ended from outside"
        )
        self.task = task


def processors() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)          # pragma: no cover - macOS, Windows


class Todo(Generic[T]):
    """Tasks that nobody has taken yet. Any thread may take the next one; the source is read no faster than that."""

    def __init__(self, tasks: Iterable[T]) -> None:
        self._source, self._ahead, self._lock = iter(tasks), deque[T](), threading.Lock()

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        with self._lock:
            return self._ahead.popleft() if self._ahead else next(self._source)

    def has(self, many: int) -> bool:
        """Whether at least so many are left.

        >>> Todo([1, 2]).has(2), Todo([1, 2]).has(3)
        (True, False)
        """
        with self._lock:
            self._ahead.extend(islice(self._source, max(0, many - len(self._ahead))))
            return len(self._ahead) >= many

    def back(self, tasks: Iterable[T]) -> None:
        """Take these back, to be handed out before all others."""
        with self._lock:
            self._ahead.extendleft(reversed(list(tasks)))


def each_done(work: Callable[[T], R], tasks: Iterable[T], jobs: Hands = None) -> Generator[tuple[T, R], None, None]:
    """Yield (task, work(task)) for every task, in any order.

    jobs: 1 here, n in n processes; None: here, until what is left is worth starting one process per
    processor; a Cluster: there. `work` and the tasks must be picklable, and the tasks hashable and
    distinct; they are asked for as they are needed. An error of a task is raised here. Raises
    WorkerDied when workers die of the same task three times, ValueError if jobs < 1, NoCluster and
    Lost (cluster.py). Closing the iterator, or an interrupt, ends the workers at once.

    >>> list(each_done(abs, [-2, 3], jobs=1))
    [(-2, 2), (3, 3)]
    """
    todo = Todo(tasks)
    if isinstance(jobs, Cluster):
        with jobs.connected() as connection:
            yield from _by_workers(connection.checked(work), todo, connection)
        return
    if jobs is not None and jobs < 1:
        raise ValueError(f"jobs(={jobs}) must be at least 1")
    most = processors() if jobs is None else jobs
    spent, done = 0.0, 0
    while todo.has(1):
        if most > 1 and (jobs is not None or (spent and todo.has(int(WORTH_S * done / spent) + 1))):
            yield from _by_workers(work, todo, most)
            return
        task = next(todo)
        began = perf_counter()
        result = work(task)
        spent, done = spent + perf_counter() - began, done + 1
        yield task, result


def _by_workers(work: Callable[[T], R], todo: Todo[T], hands: int | Connection) -> Iterator[tuple[T, R]]:
    """As `each_done`; what a dead worker had in hand is done again, and what was in hand too often, alone."""
    deaths = Counter[T]()                       # of workers, while a task was in hand: few have any
    help_s = START_UP_S if isinstance(hands, int) else 0.0
    while True:
        in_hand: dict[int, T] = {}
        try:
            with closing(_pool(work, todo, hands, in_hand, help_s)) as pool:
                for task, result in pool:
                    deaths.pop(task, None)
                    yield task, result
            return
        except (BrokenProcessPool, Lost) as died:
            if isinstance(died, Lost) and not died.worker:
                raise
            deaths.update(in_hand.values())
            help_s = 0.0
        todo.back(task for task in in_hand.values() if deaths[task] < TRIES - 1)
        for task in [task for task in in_hand.values() if deaths[task] >= TRIES - 1]:
            # By itself, so that a death names its task.
            yield from _alone(work, task, hands)
            del deaths[task]


def _alone(work: Callable[[T], R], task: T, hands: int | Connection) -> Iterator[tuple[T, R]]:
    try:
        with closing(_pool(work, Todo([task]), hands, {}, 0.0)) as pool:
            yield from pool
    except BrokenProcessPool as died:
        raise WorkerDied(task) from died
    except Lost as died:
        raise (WorkerDied(task) if died.worker else died) from died


def _pool(
    work: Callable[[T], R], todo: Todo[T], hands: int | Connection, in_hand: dict[int, T], help_s: float
) -> Generator[tuple[T, R], None, None]:
    """One set of workers over the tasks; for the first `help_s` seconds this process works too.

    in_hand: what was handed over and is not yet done, kept up to date. Raises BrokenProcessPool or Lost
    when a worker dies; what was yielded before is whole.
    """
    import joblib
    from joblib.externals.loky.backend.reduction import dumps

    packed = bytes(dumps(work))                 # once: the scenario does not travel with each task

    def handed_over() -> Iterator[Any]:
        for at, task in enumerate(todo):        # both sides take from one source: nothing twice
            in_hand[at] = task
            yield joblib.delayed(_at)(packed, at, task)

    ends = perf_counter() + help_s
    if isinstance(hands, int):
        # Ctrl-C reaches the workers too; it is this process that handles it, and ends them.
        with _interrupts_ignored():
            results = joblib.Parallel(
                n_jobs=hands, backend="loky", return_as="generator_unordered", batch_size="auto",
                pre_dispatch=2 * hands, initializer=_end_with, initargs=(os.getpid(),),
            )(handed_over())
    else:
        results = hands.run(handed_over())
    try:
        while perf_counter() < ends and todo.has(1):
            try:
                task = next(todo)
            except StopIteration:               # a worker took the last one in between
                break
            yield task, work(task)
        for at, result in results:
            yield in_hand.pop(at), result
        if in_hand:                             # never seen; a table with a hole in it would be worse than an error
            raise BrokenProcessPool(f"results of {len(in_hand)} tasks did not come")
    finally:
        with warnings.catch_warnings():         # joblib warns of what was cancelled: that is meant
            warnings.simplefilter("ignore")
            results.close()


def _at(packed: bytes, at: int, task: Any) -> tuple[int, Any]:
    """In the worker: the work that was packed, done for one task."""
    return at, _unpacked(packed)(task)


@lru_cache(maxsize=1)
def _unpacked(packed: bytes) -> Callable[[Any], Any]:
    work: Callable[[Any], Any] = pickle.loads(packed)
    return work


def _end_with(parent: int) -> None:
    """In the worker, at its start: end as soon as the parent has, even by `kill -9`; it would wait five minutes."""
    if os.name != "posix":                      # pragma: no cover - Windows does not say that a parent is gone
        return

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(ORPHAN_LOOKS_S)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Ignore Ctrl-C for the block, and in processes that are started in it for good.

    Blocking the signal would not do: starting a resource tracker unblocks it in between.
    """
    if threading.current_thread() is not threading.main_thread():
        yield                                   # only the main thread may, and hears it
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_DFL if before is None else before)
