"""Do independent tasks here or in worker processes, whichever is sooner, and survive their deaths.

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
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import lru_cache
from time import perf_counter
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")

WORTH_S = 1.5
"""Work left below this is sooner done here than by workers that have to start first."""
START_UP_S = 0.8
"""How long workers need to start: so long this process takes tasks as well."""
TRIES = 3


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


def each_done(
    work: Callable[[T], R], tasks: Iterable[T], jobs: int | None = None
) -> Generator[tuple[T, R], None, None]:
    """Yield (task, work(task)) for every task, in any order.

    jobs: 1 here, n in n processes; None: here, until what is left is worth starting one process per
    processor. `work` and the tasks must be picklable, and the tasks hashable and distinct. An error
    of a task is raised here. Raises WorkerDied when workers die of the same task three times, and
    ValueError if jobs < 1. Closing the iterator, or an interrupt, ends the workers at once.

    >>> list(each_done(abs, [-2, 3], jobs=1))
    [(-2, 2), (3, 3)]
    """
    if jobs is not None and jobs < 1:
        raise ValueError(f"jobs(={jobs}) must be at least 1")
    most = processors() if jobs is None else jobs
    queue = deque(tasks)
    spent, done = 0.0, 0
    while queue:
        if most > 1 and (jobs is not None or (done and spent / done * len(queue) > WORTH_S)):
            yield from _by_workers(work, queue, most)
            return
        task = queue.popleft()
        began = perf_counter()
        result = work(task)
        spent, done = spent + perf_counter() - began, done + 1
        yield task, result


def _by_workers(work: Callable[[T], R], tasks: Iterable[T], jobs: int) -> Iterator[tuple[T, R]]:
    """As `each_done`; what a dead worker took with it is done again, the last time one by one."""
    missing = dict.fromkeys(tasks)
    for last_try in (False, False, True):
        # One by one, so that a death names its task.
        groups = [[task] for task in missing] if last_try else [list(missing)]
        for group in groups:
            try:
                help_s = 0 if last_try else START_UP_S
                with _closing(_pool(work, group, jobs, help_s)) as pool:
                    for task, result in pool:
                        del missing[task]
                        yield task, result
            except BrokenProcessPool as died:
                if last_try:
                    raise WorkerDied(group[0]) from died
        if not missing:
            return


def _pool(
    work: Callable[[T], R], tasks: list[T], jobs: int, help_s: float
) -> Generator[tuple[T, R], None, None]:
    """One set of workers over the tasks; for the first `help_s` seconds this process works too.

    Raises BrokenProcessPool when a worker dies; what was yielded before is whole.
    """
    import joblib
    from joblib.externals.loky.backend.reduction import dumps

    queue = deque(enumerate(tasks))
    packed = bytes(dumps(work))                 # once: the scenario does not travel with each task

    def handed_over() -> Iterator[Any]:
        while queue:                            # both sides take from one queue: nothing twice
            at, task = queue.popleft()
            yield joblib.delayed(_at)(packed, at, task)

    ends = perf_counter() + help_s
    with _interrupts_ignored():
        # Ctrl-C reaches the workers too; it is this process that handles it, and ends them.
        results = joblib.Parallel(
            n_jobs=jobs, backend="loky", return_as="generator_unordered", batch_size="auto",
            pre_dispatch=2 * jobs,
        )(handed_over())
    try:
        while queue and perf_counter() < ends:
            try:
                _, task = queue.popleft()
            except IndexError:                  # a worker took the last one in between
                break
            yield task, work(task)
        for at, result in results:
            yield tasks[at], result
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


@contextmanager
def _closing(results: Generator[T, None, None]) -> Iterator[Generator[T, None, None]]:
    try:
        yield results
    finally:
        results.close()


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
