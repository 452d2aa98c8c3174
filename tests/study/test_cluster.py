"""A real cluster of two worker processes: the same bytes, whoever dies; and refusals in words where there is none."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim
from sim.intake.scenario_file import parse
from sim.study import cluster as clusters
from sim.study.bench import bench
from sim.study.cluster import Cluster, Lost, NoCluster, OtherCode, refuse_other_code
from sim.study.curve import curve
from sim.study.effects import effects
from sim.study.identity import made_with
from sim.study.workers import Todo, WorkerDied, _by_workers, each_done
from tests.doors.command import SMALL, process
from tests.study.dask_cluster import DaskCluster, Meeting, running
from tests.study.sweeps import CHUNKS, Weighed, swept, table


@pytest.fixture(scope="module")
def whole() -> str:
    return table()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    """Two workers, and those that tests let join; a test that kills one leaves another in its place."""
    with running(tmp_path_factory.mktemp("cluster")) as found:
        yield found


def after(chunks: int, act: Callable[[], object]) -> Callable[[int, int], None]:
    """Do it once so many chunks are done."""
    heard: list[int] = []

    def on_progress(done: int, total: int) -> None:
        heard.append(done)
        if len(heard) == chunks:
            act()

    return on_progress


# --- refusals that need no cluster ----------------------------------------------------------------

def nobody_there() -> str:
    """A port of this machine that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{free.getsockname()[1]}"


@pytest.mark.parametrize(
    ("address", "said"),
    [("nobody", "Connection refused"), ("no port", "missing port number"), ("pigeon://x:1", "unknown address scheme")],
)
def test_an_address_that_does_not_answer_is_named_with_the_reason(address: str, said: str) -> None:
    wanted = nobody_there() if address == "nobody" else address
    with pytest.raises(NoCluster, match=f"--cluster {wanted}: no Dask scheduler answers there: .*{said}"):
        table(jobs=Cluster(wanted))


def test_without_dask_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dask.distributed", None)
    with pytest.raises(NoCluster, match=r"needs Dask; .* 'coalmine\[cluster\]'"):
        table(jobs=Cluster("127.0.0.1:8786"))


@pytest.mark.parametrize("name", list(made_with()))
def test_every_difference_that_may_change_a_number_is_refused(name: str) -> None:
    with pytest.raises(OtherCode, match="its numbers could differ"):
        refuse_other_code(made_with(), made_with() | {name: "other"})
    refuse_other_code(made_with(), made_with())


# --- deaths, told without a cluster ---------------------------------------------------------------

class Told:
    """In place of a connection: does the calls here, and says what a scheduler would of a worker's death."""

    def __init__(self, deadly: int, times: int) -> None:
        self.deadly, self.left = deadly, times

    def run(self, calls: Iterable[Any]) -> Generator[Any, None, None]:
        ahead = list(calls)
        for function, arguments, named in ahead:
            if arguments[-1] == self.deadly and self.left:
                self.left -= 1
                raise Lost("workers died", worker=True)
            yield function(*arguments, **named)


@pytest.mark.parametrize("times", [0, 1, 2])
def test_a_task_may_take_two_workers_with_it_and_every_other_is_done_once(times: int) -> None:
    found = list(_by_workers(abs, Todo(range(-9, 0)), Told(-5, times)))  # type: ignore[arg-type]
    assert sorted(found) == [(n, -n) for n in range(-9, 0)]


def test_a_task_that_takes_a_third_is_named() -> None:
    with pytest.raises(WorkerDied, match=r"^-5 killed the worker process 3 times"):
        list(_by_workers(abs, Todo(range(-9, 0)), Told(-5, 3)))  # type: ignore[arg-type]


# --- a cluster ------------------------------------------------------------------------------------

@pytest.mark.slow
def test_a_curve_of_judges_is_the_same_there(cluster: DaskCluster) -> None:
    said: Any = parse(SMALL)
    judges = bench(said, said.policies["canary"].judge, ["own", "cusum"], "failed")
    there, here = (curve(said, judges, effects(["20%"]), runs=120, jobs=jobs) for jobs in (Cluster(cluster.address), 1))
    assert np.array_equal(there.times, here.times, equal_nan=True)
    assert there.runs == 120


@pytest.mark.slow
def test_a_worker_is_killed_in_mid_study_and_nothing_is_lost_or_changed(
    cluster: DaskCluster, whole: str, tmp_path: Path
) -> None:
    victim, heir = cluster.workers[-2:]
    log = tmp_path / "log"
    engine = Weighed(log=log, pause_s=0.02)
    killed = after(5, lambda: os.kill(victim.pid, signal.SIGKILL))
    assert table(jobs=Cluster(cluster.address), engine=engine, store=tmp_path / "s", on_progress=killed) == whole
    began = Counter(int(line.split()[0]) for line in log.read_text().splitlines())
    assert set(began) == {victim.pid, heir.pid}, "both worked, and nobody else"
    assert victim.wait(10) == -signal.SIGKILL
    with swept(store=tmp_path / "s", engine=Weighed(broken=frozenset(range(400)))) as again:
        assert (again.kept, again.made) == (CHUNKS, 0)


@pytest.mark.slow
def test_one_that_joins_in_mid_study_works_too(cluster: DaskCluster, tmp_path: Path) -> None:
    """One is left of the two. Joblib would take that for a reason to work in this process."""
    with ThreadPoolExecutor(1) as aside:
        joined = aside.submit(cluster.add_worker)
        found = list(each_done(Meeting(tmp_path, 2), range(60), Cluster(cluster.address)))
        joined.result()
    assert sorted(task for task, _ in found) == list(range(60))
    assert {number for _, number in found} == {worker.pid for worker in cluster.workers[-2:]}


@pytest.mark.slow
def test_the_command_says_the_same_as_without_a_cluster(cluster: DaskCluster) -> None:
    words = ("sweep", "web_fleet", "--set", "importance=1,2,3", "--runs", "200", "--policy", "canary", "--json")
    there, here = process(*words, "--cluster", cluster.address), process(*words, "--jobs", "1")
    assert (there.returncode, there.stderr) == (0, "")
    made = [json.loads(run.stdout) | {"seconds": 0} for run in (there, here)]
    assert made[0] == made[1]


@pytest.mark.slow
def test_a_worker_of_another_version_is_refused_whether_it_joins_or_was_there(
    cluster: DaskCluster, tmp_path: Path
) -> None:
    (tmp_path / "sim").mkdir()
    (tmp_path / "sim" / "__init__.py").write_text(
        f"__version__ = '0.0.9'\n__path__ = [{str(Path(sim.__file__).parent)!r}]\n"
    )
    (tmp_path / "met").mkdir()
    never = Meeting(tmp_path / "met", len(cluster.workers) + 1)
    with ThreadPoolExecutor(1) as aside:
        aside.submit(never.begun_then, lambda: cluster.add_worker(tmp_path))
        with pytest.raises(NoCluster, match=r"a worker that joined has coalmine 0\.0\.9, and this process"):
            list(each_done(never, range(60), Cluster(cluster.address)))
    for number in range(len(cluster.workers) + 1):
        (tmp_path / "met" / f"no{number}").touch()                 # those who wait need not wait on
    with pytest.raises(NoCluster, match=r"worker tcp://\S+ has coalmine 0\.0\.9, .* Nothing was run"):
        list(each_done(abs, [1, 2], Cluster(cluster.address)))
    (tmp_path / "sim" / "__init__.py").write_text("")
    cluster.workers[-1].kill()
    cluster.add_worker(tmp_path)
    with pytest.raises(NoCluster, match="has no coalmine that can be asked for its version"):
        list(each_done(abs, [1, 2], Cluster(cluster.address)))
    cluster.workers[-1].kill()


@pytest.mark.slow
def test_a_cluster_without_workers_is_waited_for_and_then_left(
    cluster: DaskCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clusters, "NO_WORKER_S", 1.0)
    monkeypatch.setattr(clusters, "ANSWER_S", 3)
    def die() -> None:
        for worker in cluster.workers:
            worker.kill()
    with pytest.raises(Lost, match="all its workers, or its scheduler, are gone"):
        table(jobs=Cluster(cluster.address), engine=Weighed(pause_s=0.1), on_progress=after(2, die))
    with pytest.raises(NoCluster, match=r"has no worker that answers within 3 s; start some with `dask worker tcp:"):
        table(jobs=Cluster(cluster.address))
    cluster.add_worker()


@pytest.mark.slow
def test_a_scheduler_that_dies_leaves_what_is_done(cluster: DaskCluster, whole: str, tmp_path: Path) -> None:
    """The last of these tests: there is no cluster any more."""
    dies = after(3, lambda: os.kill(cluster.scheduler.pid, signal.SIGKILL))
    with pytest.raises(Lost, match="all its workers, or its scheduler, are gone"):
        table(
            jobs=Cluster(cluster.address), engine=Weighed(pause_s=0.1), store=tmp_path / "s", on_progress=dies
        )
    with swept(store=tmp_path / "s") as found:
        assert 3 <= found.kept < CHUNKS
        assert found.made == CHUNKS - found.kept
    assert table(store=tmp_path / "s") == whole
