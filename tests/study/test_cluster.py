"""A real cluster of two worker processes: the same bytes, whoever dies; and refusals in words where there is none."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sim.study.cluster import Cluster, Lost, NoCluster, OtherCode, refuse_other_code
from sim.study.compare import compare
from sim.study.identity import made_with
from sim.study.workers import WorkerDied, each_done
from tests.doors.command import process
from tests.study.dask_cluster import DaskCluster, running
from tests.study.fake_engine import Dice, scenario
from tests.study.sweeps import CHUNKS, Weighed, swept, table


@pytest.fixture(scope="module")
def whole() -> str:
    return table()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[DaskCluster]:
    with running(tmp_path) as found:
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


# --- a cluster ------------------------------------------------------------------------------------

@pytest.mark.slow
def test_a_worker_is_killed_in_mid_study_and_nothing_is_lost_or_changed(
    cluster: DaskCluster, whole: str, tmp_path: Path
) -> None:
    victim, heir = cluster.workers
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
def test_compare_says_the_same_from_one_worker_and_from_one_that_joins(tmp_path: Path) -> None:
    with running(tmp_path, workers=1) as one:
        joins = after(3, one.add_worker)
        engine = Weighed(log=tmp_path / "log", pause_s=0.05)
        found, here = (
            compare(
                scenario(importance=5), runs=1500, policies=["direct", "canary"], seed=3, jobs=jobs, engine=who,
                on_progress=joins if jobs != 1 else None,
            )
            for jobs, who in ((Cluster(one.address), engine), (1, Weighed()))
        )
    assert all((found.tables[name]["cost"] == here.tables[name]["cost"]).all() for name in here.tables)
    workers = {line.split()[0] for line in (tmp_path / "log").read_text().splitlines()}
    assert workers == {str(worker.pid) for worker in one.workers}, "this process did nothing, and both workers did"


@pytest.mark.slow
def test_a_scheduler_that_dies_leaves_what_is_done(cluster: DaskCluster, whole: str, tmp_path: Path) -> None:
    dies = after(3, lambda: os.kill(cluster.scheduler.pid, signal.SIGKILL))
    engine = Weighed(pause_s=0.1)
    with pytest.raises(Lost, match="the scheduler is gone"):
        table(jobs=Cluster(cluster.address), engine=engine, store=tmp_path / "s", on_progress=dies)
    with swept(store=tmp_path / "s") as found:
        assert 3 <= found.kept < CHUNKS
        assert found.made == CHUNKS - found.kept
    assert table(store=tmp_path / "s") == whole


@pytest.mark.slow
def test_a_block_that_kills_every_worker_is_named(tmp_path: Path) -> None:
    with running(tmp_path, workers=5) as five:
        dice = Dice(deadly=frozenset([250]), home=os.getpid())
        said = "runs 200 to 299 of policy 'standby' killed the worker process|has no worker|workers died"
        with pytest.raises((WorkerDied, Lost), match=said):
            compare(
                scenario(), runs=300, policies=["standby"], seed=3, jobs=Cluster(five.address), engine=dice,
            )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "text", "said"),
    [
        ("sitecustomize", "import sim\nsim.__version__ = '0.0.9'\n", "has coalmine 0.0.9, and this process"),
        ("sim", "", "has no coalmine that can be asked for its version"),
    ],
)
def test_a_worker_of_another_version_is_refused(tmp_path: Path, module: str, text: str, said: str) -> None:
    (tmp_path / f"{module}.py").write_text(text)
    with running(tmp_path, workers=1) as one:
        one.add_worker(tmp_path)
        with pytest.raises(NoCluster, match=said):
            list(each_done(abs, [1, 2], Cluster(one.address)))


@pytest.mark.slow
def test_one_of_another_version_that_joins_in_mid_study_is_refused_too(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sim\nsim.__version__ = '0.0.9'\n")
    with running(tmp_path, workers=1) as one:
        joins = after(3, lambda: one.add_worker(tmp_path))
        with pytest.raises(NoCluster, match=r"a worker that joined has coalmine 0\.0\.9"):
            table(jobs=Cluster(one.address), runs=4000, engine=Weighed(pause_s=0.05), on_progress=joins)


@pytest.mark.slow
def test_the_command_says_it_in_a_sentence_and_goes_on_from_the_store(tmp_path: Path) -> None:
    with running(tmp_path, workers=2) as two:
        words = ("sweep", "web_fleet", "--set", "importance=1,2,3", "--runs", "200", "--policy", "canary", "--json")
        there = process(*words, "--cluster", two.address)
        here = process(*words, "--jobs", "1")
        assert (there.returncode, there.stderr) == (0, "")
        cut = [text[: text.index('"seconds"')] for text in (there.stdout, here.stdout)]
        assert cut[0] == cut[1]
        assert there.stdout.split('"points"')[1] == here.stdout.split('"points"')[1]
    begun = time.monotonic()
    gone = process(*words, "--cluster", two.address)
    assert (gone.returncode, gone.stdout) == (2, "")
    assert gone.stderr == f"--cluster {two.address}: no Dask scheduler answers there: Connection refused\n"
    assert time.monotonic() - begun < 60, "it hung"            # not a timed test: 2 s is usual
    both = process(*words, "--cluster", two.address, "--jobs", "2")
    assert (both.returncode, both.stderr) == (2, "--cluster and --jobs: name one; the cluster has its own workers\n")
