"""A comparison pairs its runs, does not depend on its workers, and survives their deaths."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

from sim.model.plan import Impossible
from sim.study import workers
from sim.study.blocks import BLOCK, RunFailed
from sim.study.compare import Comparison, Gathered, UnknownPolicy, compare
from sim.study.stopping import Precision
from sim.study.tables import ALL, Table
from sim.study.workers import WorkerDied
from tests.study.fake_engine import TEXT, Dice, scenario

ROOT = Path(__file__).resolve().parents[2]


def same(a: Comparison, b: Comparison) -> bool:
    """Whether the tables are equal to the byte."""
    return list(a.tables) == list(b.tables) and all(
        np.array_equal(one.runs, two.runs)
        and all(one[column].tobytes() == two[column].tobytes() for column in ALL)
        for one, two in zip(a.tables.values(), b.tables.values(), strict=True)
    )


def made(**asked: object) -> Comparison:
    return compare(scenario(), **{"runs": 250, "seed": 3, "jobs": 1, "engine": Dice()} | asked)


# --- what is in the tables ------------------------------------------------------------------------

def test_element_k_belongs_to_run_k_under_every_policy() -> None:
    found = made()
    alone = Dice().run_many(scenario().plan("canary"), scenario(), 3, [137])
    for column in ALL:
        np.testing.assert_array_equal(found.tables["canary"][column][137], alone[column][0])
    assert len({table["fault"].tobytes() for table in found.tables.values()}) == 1


def test_more_runs_only_add_runs() -> None:
    short, long = made(runs=130), made(runs=250)
    first = {name: table.pick(table.runs < 130) for name, table in long.tables.items()}
    for name, table in short.tables.items():
        assert all(np.array_equal(table[c], first[name][c], equal_nan=c not in
                   ("ended", "detected_by", "fault")) for c in ALL)


def test_only_faulty_is_the_faulty_part_of_all() -> None:
    part, whole = made(only="faulty"), made()
    for name, table in part.tables.items():
        expected = whole.among("faulty")[name]
        assert table.runs.tolist() == expected.runs.tolist()
        assert all(table[c].tolist() == expected[c].tolist() for c in ("cost", "ended", "fault"))
    assert (part.runs, part.asked) == (250, 250), "healthy changes were drawn all the same"


def test_faulty_and_healthy_make_all() -> None:
    found = made()
    for name, table in found.tables.items():
        parts = [*found.among("faulty")[name].runs, *found.among("healthy")[name].runs]
        assert sorted(parts) == table.runs.tolist()
    with pytest.raises(ValueError, match="must be all, faulty or healthy"):
        found.among("sick")  # type: ignore[arg-type]


def test_a_column_that_does_not_exist_names_those_that_do() -> None:
    with pytest.raises(KeyError, match="'costs' is not one of the columns faulty, ended"):
        made(runs=1).tables["canary"]["costs"]


def test_a_word_that_is_not_in_the_vocabulary_is_refused() -> None:
    columns = Dice().run_many(scenario().plan("canary"), scenario(), 3, range(5))
    columns["ended"][3] = "exploded"[: columns["ended"].dtype.itemsize // 4]
    with pytest.raises(ValueError, match="is not one of promoted, rolled_back"):
        Table.of(columns, range(5))


# --- what may be asked ----------------------------------------------------------------------------

def test_a_policy_that_this_fleet_cannot_run_is_skipped_with_the_reason() -> None:
    fleet = TEXT["fleet"] | {"standby": {"servers": 0}}
    found = compare(scenario(fleet=fleet), runs=10, jobs=1, engine=Dice())
    assert list(found.tables) == ["direct", "test_first", "canary"]
    assert "standby" in found.skipped["standby"]


def test_a_named_policy_that_this_fleet_cannot_run_is_refused_with_the_reason() -> None:
    fleet = TEXT["fleet"] | {"standby": {"servers": 0}}
    with pytest.raises(Impossible, match=r"policy 'standby': .*standby"):
        compare(scenario(fleet=fleet), policies=["standby"], engine=Dice())


def test_an_unknown_policy_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(UnknownPolicy, match=r"'canry' is not one of .*did you mean 'canary'"):
        made(policies=["canry"])


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"runs": 0}, r"runs\(=0\) must be from 1"),
        ({"seed": -1}, r"seed\(=-1\)"),
        ({"only": "good"}, "must be all or faulty"),
        ({"jobs": 0}, r"jobs\(=0\) must be at least 1"),
        ({"precision": ("ended", 0.1, 0)}, "column 'ended' is not one of"),
    ],
)
def test_what_cannot_be_asked_is_refused(asked: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        made(**asked)


def test_policies_keep_the_order_of_the_scenario() -> None:
    assert list(made(policies=["canary", "direct", "canary"]).tables) == ["direct", "canary"]


# --- progress and stopping ------------------------------------------------------------------------

def test_progress_counts_runs_of_all_policies() -> None:
    heard: list[tuple[int, int]] = []
    made(on_progress=lambda done, total: heard.append((done, total)))
    assert heard[0] == (BLOCK, 1000)
    assert heard[-1] == (1000, 1000)
    assert heard == sorted(heard)


@pytest.mark.slow
def test_precision_stops_at_the_end_of_a_block_and_says_so() -> None:
    heard: list[tuple[int, int]] = []
    found = made(
        runs=5000, precision=("users_hit", 0.3, 0),
        on_progress=lambda done, total: heard.append((done, total)),
    )
    assert found.runs < found.asked == 5000
    assert found.runs % BLOCK == 0
    assert heard[-1] == (4 * found.runs, 4 * found.runs)


def test_blocks_that_came_early_do_not_carry_it_past_the_stop() -> None:
    """Workers may finish later blocks first; the stop is where it is when they come in order."""
    wanted = Precision("cost", 0.5, 1e9)                         # enough at the first block
    gathered = Gathered(["direct", "canary"], 300, wanted)
    plan = scenario().plan("direct")
    for block in reversed(list(gathered.blocks())):
        runs = range(block.first, block.last)
        gathered.add(block, Table.of(Dice().run_many(plan, scenario(), 3, runs), runs))
    assert (gathered.enough, gathered.runs) == (True, BLOCK)
    assert {len(table) for table in gathered.tables().values()} == {BLOCK}


def test_without_enough_precision_it_stops_at_the_most_runs() -> None:
    assert made(precision=("users_hit", 0.001, 0)).runs == 250


# --- workers --------------------------------------------------------------------------------------

@pytest.fixture
def no_help(monkeypatch: pytest.MonkeyPatch) -> None:
    """All work goes to the workers; this process does not bridge the time until they are up."""
    monkeypatch.setattr(workers, "START_UP_S", 0.0)


@pytest.mark.usefixtures("no_help")
@pytest.mark.parametrize("more", [{}, {"only": "faulty"}, {"precision": ("cost", 0.3, 0)}])
def test_parallel_equals_serial(more: dict[str, object]) -> None:
    asked = {"runs": 430, **more}
    serial, two = made(**asked), made(**asked, jobs=2)
    assert serial.runs == two.runs
    assert same(serial, two)


@pytest.mark.usefixtures("no_help")
def test_it_really_starts_workers_and_they_may_die_once(tmp_path: Path) -> None:
    """Run 230 kills the first worker that gets it; `home` keeps it from killing this process."""
    dice = Dice(deadly=frozenset([230]), once=tmp_path / "died", home=os.getpid())
    found = made(runs=300, jobs=2, engine=dice)
    assert (tmp_path / "died").exists(), "no worker ever got the deadly run"
    assert same(found, made(runs=300))


@pytest.mark.slow
@pytest.mark.usefixtures("no_help")
def test_a_block_that_always_kills_its_worker_is_named() -> None:
    dice = Dice(deadly=frozenset([250]), home=os.getpid())
    said = "runs 200 to 299 of policy 'standby' killed the worker process 3 times"
    with pytest.raises(WorkerDied, match=said):
        made(runs=300, policies=["standby"], jobs=2, engine=dice)


@pytest.mark.usefixtures("no_help")
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_failing_run_comes_back_with_all_that_repeats_it(jobs: int) -> None:
    with pytest.raises(RunFailed) as caught:
        made(jobs=jobs, policies=["direct"], engine=Dice(broken=frozenset([117])))
    said = str(caught.value)
    assert (caught.value.policy, caught.value.seed, caught.value.run) == ("direct", 3, 117)
    assert "scenario 'Dice', policy 'direct', seed 3, run 117 failed: ZeroDivisionError" in said
    assert "t=7 s" in said, "the engine's own note is kept"


def test_a_failure_that_needs_company_names_the_company() -> None:
    with pytest.raises(RunFailed, match="only together with runs 0 to 99"):
        made(engine=Dice(broken=frozenset([17]), alone=False))


# --- interrupts -----------------------------------------------------------------------------------

def test_an_interrupt_keeps_what_all_policies_have_in_common() -> None:
    def interrupt(done: int, total: int) -> None:
        if done >= 7 * BLOCK:                    # block 0 of four policies, block 1 of three
            raise KeyboardInterrupt
    found = made(runs=1000, on_progress=interrupt)
    assert found.partial
    assert (found.runs, {len(table) for table in found.tables.values()}) == (BLOCK, {BLOCK})
    assert same(found, made(runs=BLOCK))


def test_an_interrupt_before_the_first_block_leaves_empty_tables() -> None:
    class Interrupted(Dice):
        def run_many(self, *asked: object) -> dict[str, object]:
            raise KeyboardInterrupt
    found = made(engine=Interrupted())
    assert (found.partial, found.runs, len(found.tables["canary"])) == (True, 0, 0)


@pytest.mark.slow
def test_ctrl_c_ends_workers_too_and_leaves_no_noise() -> None:
    """The signal goes to the whole process group, as a terminal sends it."""
    code = """
        import sys, time
        from sim.study.compare import compare
        from tests.study.fake_engine import Dice, scenario
        class Slow(Dice):
            def run_many(self, *asked):
                time.sleep(0.03)
                return super().run_many(*asked)
        if __name__ == "__main__":
            found = compare(scenario(), runs=20_000, jobs=2, engine=Slow(),
                            on_progress=lambda done, total: print(done, flush=True))
            print("partial", found.partial, found.runs > 0, flush=True)
    """
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )
    assert child.stdout is not None
    while int(child.stdout.readline()) < 40 * BLOCK:          # workers are in
        pass
    os.killpg(child.pid, signal.SIGINT)
    began = time.monotonic()
    out, err = child.communicate(timeout=30)
    assert out.splitlines()[-1] == "partial True True"
    assert err == ""
    assert time.monotonic() - began < 10, "it hung"            # not a timed test: 0.1 s is usual
