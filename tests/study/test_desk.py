"""The desk: each study once, first answers first, nobody before everybody's turn, dead workers replaced."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from sim.model.plan import Impossible
from sim.study.compare import compare
from sim.study.crew import Died, Hand, TooLong
from sim.study.desk import FIRST_ROW, FIRST_RUNS, MOST_WANTS, Desk, Study, simulated
from tests.study.fake_engine import Dice, scenario


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    desk = Desk(patience_s=1000.0)                            # tests ask once and wait
    yield desk
    desk.close()


@pytest.fixture
def empty() -> Iterator[Desk]:
    """A desk without workers: what would be handed out can be looked at."""
    desk = Desk(hands=0)
    yield desk
    desk.close()


@pytest.fixture(scope="module")
def hand() -> Iterator[Hand]:
    hand = Hand()
    yield hand
    hand.end()


def given(desk: Desk) -> tuple[Study, tuple[int, int]]:
    task = desk._next()
    assert isinstance(task, tuple)
    return task


def grown(study: Study, runs: int) -> None:
    study.handed = runs
    study.add((study.runs, runs), simulated(study.packed, 0, runs), 1.0)


def test_workers_and_rows_change_nothing(desk: Desk) -> None:
    study = desk.want("a", scenario(), 1, 700, engine=Dice())
    assert desk.wait(study, 700, 60)
    whole = compare(scenario(), runs=300, seed=1, jobs=1, engine=Dice())
    for policy, table in study.comparison(300).tables.items():
        for column in table:
            np.testing.assert_array_equal(table[column], whole.tables[policy][column])


def test_equal_requests_of_different_visitors_are_computed_once(desk: Desk) -> None:
    study = desk.want("a", scenario(), 2, 100, engine=Dice())
    assert desk.wait(study, 100, 60)
    spent = study.seconds
    assert desk.want("b", scenario(), 2, 100, engine=Dice()) is study
    assert desk.wait(study, 100, 0)
    assert (study.runs, study.seconds) == (100, spent)
    assert desk.want("b", scenario(), 3, 100, engine=Dice()) is not study, "another seed is another study"


def test_a_first_answer_goes_before_all_refinements(empty: Desk) -> None:
    large = empty.want("greedy", scenario(), 1, 20_000, engine=Dice())
    for _ in range(4):
        assert given(empty)[0] is large
    small = empty.want("newcomer", scenario(), 2, 20_000, engine=Dice())
    assert given(empty) == (small, (0, FIRST_ROW))
    assert given(empty) == (small, (FIRST_ROW, FIRST_RUNS))


def test_visitors_take_turns(empty: Desk) -> None:
    studies = {name: empty.want(name, scenario(), n, 1000, engine=Dice()) for n, name in enumerate("abc")}
    for _ in range(6):
        given(empty)                                          # the first answers
    names = {study: name for name, study in studies.items()}
    turns = [names[given(empty)[0]] for _ in range(9)]
    assert [turns.count(name) for name in "abc"] == [3, 3, 3]
    assert turns[:3] == turns[3:6]


def test_no_row_is_handed_out_twice(empty: Desk) -> None:
    study = empty.want("a", scenario(), 1, 180, engine=Dice())
    rows = []
    while task := empty._next():
        rows.append(task[1])
    assert [first for first, _ in rows] == [0, *(last for _, last in rows[:-1])]
    assert rows[-1][1] == 180
    assert study.handed == 180


def test_what_nobody_asks_about_any_more_is_not_gone_on_with() -> None:
    desk = Desk(hands=0, patience_s=0.0)
    desk.want("a", scenario(), 1, 100, engine=Dice())
    time.sleep(0.01)
    assert desk._next() is None
    desk.close()


def test_who_leaves_keeps_what_is_done(empty: Desk) -> None:
    study = empty.want("a", scenario(), 1, 1000, engine=Dice())
    grown(study, 50)
    empty.leave("a")
    assert empty._next() is None
    assert empty.want("a", scenario(), 1, 50, engine=Dice()).runs == 50


def test_who_is_content_with_what_is_done_has_it_at_once(empty: Desk) -> None:
    study = empty.want("a", scenario(), 1, 20_000, engine=Dice())
    grown(study, 75)
    empty.again("a", study, study.runs)
    assert empty.wait(study, 75, 0)
    assert (empty._next(), study.comparison(75).runs, study.comparison(75).partial) == (None, 75, False)


def test_one_visitor_cannot_want_more_than_so_many_studies(empty: Desk) -> None:
    for seed in range(MOST_WANTS + 5):
        empty.want("greedy", scenario(), seed, 100, engine=Dice())
    assert len(empty._visitors["greedy"].wants) == MOST_WANTS


def test_memory_is_bounded_and_what_is_wanted_stays() -> None:
    desk = Desk(hands=0, most_rollouts=1000)
    wanted = desk.want("a", scenario(), 0, 200, engine=Dice())
    grown(wanted, 200)
    for seed in range(1, 5):
        grown(desk.want("b", scenario(), seed, 200, engine=Dice()), 200)
        desk.leave("b")
    desk.want("b", scenario(), 9, 50, engine=Dice())
    assert sum(study.rollouts for study in desk.studies.values()) <= 1000
    assert wanted in desk.studies.values()
    desk.close()


@pytest.mark.slow
def test_a_dead_worker_is_replaced_and_its_row_done_again(desk: Desk, tmp_path: Path) -> None:
    dice = Dice(deadly=frozenset({3}), once=tmp_path / "died")
    study = desk.want("a", scenario(), 1, 100, engine=dice)
    assert desk.wait(study, 100, 60)
    assert (study.failed, study.runs) == (None, 100)
    assert (tmp_path / "died").exists(), "the worker must really have died"


@pytest.mark.slow
def test_a_row_that_kills_every_worker_ends_its_study_with_a_sentence(desk: Desk) -> None:
    study = desk.want("a", scenario(), 1, 50, engine=Dice(deadly=frozenset({3})))
    assert desk.wait(study, 50, 60)
    assert study.failed == (
        "Runs 0 to 24 cannot be simulated: its worker process died: out of memory, or ended from outside."
    )
    other = desk.want("b", scenario(), 5, 50, engine=Dice())
    assert desk.wait(other, 50, 60)
    assert (other.failed, other.runs) == (None, 50)


def test_a_run_that_fails_is_named(desk: Desk) -> None:
    study = desk.want("a", scenario(), 1, 50, engine=Dice(broken=frozenset({7})))
    assert desk.wait(study, 50, 60)
    assert study.failed is not None
    assert "seed 1, run 7 failed: ZeroDivisionError: the dice broke" in study.failed


def test_a_row_that_takes_too_long_ends_its_study_with_a_sentence() -> None:
    desk = Desk(hands=1, limit_s=0.01)                        # no worker starts as soon as that
    study = desk.want("a", scenario(), 1, 50, engine=Dice())
    assert desk.wait(study, 50, 60)
    desk.close()
    assert study.failed is not None
    assert "25 changes of this scenario cannot be simulated here: it took longer than 0.01 s" in study.failed


def test_a_fleet_that_can_run_nothing_is_refused(empty: Desk) -> None:
    lone = scenario(fleet={"production": {"servers": 1}}, policies={"canary": {"strategy": "canary"}})
    with pytest.raises(Impossible, match="at least 2 production servers"):
        empty.want("a", lone, 1, 50)


@pytest.mark.slow
def test_a_worker_that_hangs_is_ended_and_the_next_task_has_another(hand: Hand) -> None:
    assert hand.do(abs, (-3,), 60) == 3
    with pytest.raises(TooLong, match=r"longer than 0\.2 s"):
        hand.do(time.sleep, (60,), 0.2)
    before = hand.started
    assert hand.do(abs, (-4,), 60) == 4
    assert hand.started == before + 1


def test_a_worker_survives_errors_prints_and_greed(hand: Hand) -> None:
    assert hand.do(abs, (-5,), 60) == 5  # it is started when it is first needed
    before = hand.started
    with pytest.raises(ValueError, match="invalid literal"):
        hand.do(int, ("x",), 60)
    with pytest.raises(MemoryError, match="more memory than a worker may take"):
        hand.do(bytearray, (3_000_000_000,), 60)
    assert hand.do(print, ("noise",), 60) is None
    assert hand.do(abs, (-5,), 60) == 5
    assert hand.started == before


@pytest.mark.slow
def test_a_worker_ends_in_mid_task_when_its_parent_is_gone(hand: Hand) -> None:
    assert hand.do(abs, (-3,), 60) == 3
    process = hand._process
    assert process is not None
    assert process.stdin is not None
    end: list[Exception] = []

    def sleep() -> None:
        try:
            hand.do(time.sleep, (60,), 60)
        except Died as error:
            end.append(error)

    busy = threading.Thread(target=sleep)
    busy.start()
    time.sleep(0.1)
    process.stdin.close()                                     # as the system does when a parent dies
    assert process.wait(10) == 0
    busy.join(10)
    assert end


def test_a_worker_killed_from_outside_is_said_to_be(hand: Hand) -> None:
    pid = hand.do(os.getpid, (), 60)
    threading.Timer(0.2, os.kill, (pid, signal.SIGKILL)).start()
    with pytest.raises(Died, match="ended from outside"):
        hand.do(time.sleep, (60,), 60)
