"""Studies wanted by many visitors at once, done by a few worker processes, each study once.

A visitor says how many runs of which scenario it wants, again and again for as long as it wants them; what nobody has
asked about for a while is not gone on with. Rows of runs (the same runs under every policy) are handed out to whoever
was served longest ago, and first answers go before refinements: nobody waits behind somebody else's 20,000 changes.
What is done stays: it is found again by scenario hash, seed and version, until other studies need its room.
Run i is the same run in whatever row it is simulated, so that neither visitors nor workers can change a result.
"""

from __future__ import annotations

import atexit
import pickle
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from math import inf
from time import monotonic
from typing import Any

import numpy as np

from sim import __version__
from sim.model.plan import Impossible, RolloutPlan
from sim.scenario import Scenario
from sim.study.blocks import Block, Engine, Work
from sim.study.compare import MOST_RUNS, Comparison, refuse_unless_askable
from sim.study.crew import Died, Hand, TooLong
from sim.study.growing import Growing
from sim.study.identity import made_with, scenario_sha256
from sim.study.tables import Table

HANDS = 2
FIRST_RUNS = 50
"""Runs under every policy that make a first answer."""
FIRST_ROW = 25
"""Two rows of it make a first answer, so that two workers share it."""
ROW_S = 0.15
"""How long a row should take: short enough that a newcomer is served soon."""
MOST_IN_ROW = 500
LIMIT_S = 30.0
"""How long a row, or another task, may take before it is given up."""
PATIENCE_S = 10.0
"""A want that was not repeated for so long belongs to somebody who has left."""
MOST_WANTS = 64
"""Studies that one visitor may want at the same time: the points of a sweep."""
MOST_STUDIES = 500
MOST_ROLLOUTS = 1_000_000
"""Rollouts that are kept, 170 bytes each; studies that nobody wants go first, the longest unwanted of them."""
TRIES = 2
KNOWN = 16
"""Scenarios that a worker keeps, with all that its engine has prepared for them (up to half a second's work)."""

Key = tuple[str, str, int]
"""Hash of the scenario; its name, which the hash leaves out, and the code that simulates; the seed."""


@dataclass(eq=False)
class Study:
    """All policies of a scenario over the runs 0, 1, ... of one seed, as far as they have been simulated.

    runs    [0, runs) are done under every policy; `handed` the first run that nobody has been given yet
    seconds that workers were at it; `failed` why it cannot go on, a sentence
    """

    key: Key
    scenario: Scenario
    sha256: str
    seed: int
    plans: dict[str, RolloutPlan]
    skipped: dict[str, str]
    engine: Engine | None = None
    runs: int = 0
    handed: int = 0
    seconds: float = 0.0
    failed: str | None = None
    _pace_s: float = inf
    _back: list[tuple[int, int]] = field(default_factory=list)
    _tries: dict[int, int] = field(default_factory=dict)
    _early: dict[int, tuple[int, dict[str, Table]]] = field(default_factory=dict)
    _grown: dict[str, Growing] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @cached_property
    def packed(self) -> bytes:
        """What a worker needs: equal bytes, so that it knows a study again."""
        return pickle.dumps(Work(self.scenario, self.plans, self.seed, "all", self.engine))

    @property
    def rollouts(self) -> int:
        return self.runs * len(self.plans)

    def comparison(self, most: int) -> Comparison:
        """What is known by now of the first `most` runs, as every door shows it; it does not grow any more."""
        with self._lock:                                 # workers add while we look
            runs, grown = min(self.runs, most), self._grown
            tables = {policy: grown[policy].table().pick(np.arange(runs)) for policy in self.plans if policy in grown}
        return Comparison(
            scenario=self.scenario, sha256=self.sha256, seed=self.seed, asked=most, runs=runs, only="all",
            version=__version__, seconds=self.seconds, tables=tables or dict.fromkeys(self.plans, Table.empty()),
            skipped=self.skipped, partial=runs < most,
        )

    def row(self, wanted: int) -> tuple[int, int] | None:
        """The next runs to simulate, [first, last); None when all that is wanted has been handed out."""
        if self.failed:
            return None
        if self._back:
            return self._back.pop(0)
        if self.handed >= wanted:
            return None
        first = self.handed
        self.handed = min(wanted, first + self._size())
        return first, self.handed

    def give_back(self, row: tuple[int, int], why: str) -> None:
        """A row whose worker died is done again, a few times."""
        self._tries[row[0]] = self._tries.get(row[0], 0) + 1
        if self._tries[row[0]] >= TRIES:
            self.failed = f"Runs {row[0]} to {row[1] - 1} cannot be simulated: {why}."
        else:
            self._back.append(row)

    def add(self, row: tuple[int, int], tables: dict[str, Table], seconds: float) -> None:
        """Note a finished row; rows may come in any order."""
        with self._lock:
            self.seconds += seconds
            # The quickest: others had to prepare the scenario first, or shared their processor.
            self._pace_s = min(self._pace_s, seconds / (row[1] - row[0]))
            self._early[row[0]] = (row[1], tables)
            while self.runs in self._early:
                last, found = self._early.pop(self.runs)
                for policy, table in found.items():
                    self._grown.setdefault(policy, Growing()).append(table)
                self.runs = last

    def _size(self) -> int:
        """Runs in the next row: as many as take `ROW_S`; of a fleet of millions one by one."""
        if self._pace_s < inf:
            return int(min(MOST_IN_ROW, max(1, ROW_S / self._pace_s)))
        return max(1, min(FIRST_ROW, 250_000 // self.scenario.fleet.production.servers))


def simulated(packed: bytes, first: int, last: int) -> dict[str, Table]:
    """In a worker: one row, a table a policy. packed: a pickled `Work`."""
    work = _unpacked(packed)
    return {policy: work(Block(policy, first, last)) for policy in work.plans}


@lru_cache(maxsize=KNOWN)
def _unpacked(packed: bytes) -> Work:
    work: Work = pickle.loads(packed)
    return work


@dataclass(eq=False)
class _Want:
    runs: int
    at: float


@dataclass(eq=False)
class _Call:
    """Any other task: a function and its arguments."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    answer: Future[Any]


@dataclass(eq=False)
class _Visitor:
    wants: OrderedDict[Key, _Want] = field(default_factory=OrderedDict)
    calls: list[_Call] = field(default_factory=list)
    served: float = 0.0


class Desk:
    """Where visitors ask. One for all of a server; safe to use from many threads."""

    def __init__(
        self, hands: int = HANDS, *, limit_s: float = LIMIT_S, patience_s: float = PATIENCE_S,
        most_rollouts: int = MOST_ROLLOUTS, most_studies: int = MOST_STUDIES,
    ) -> None:
        self.limit_s, self.patience_s = limit_s, patience_s
        self.most_rollouts, self.most_studies = most_rollouts, most_studies
        self.hands = [Hand() for _ in range(hands)]
        self.studies: OrderedDict[Key, Study] = OrderedDict()
        self._visitors: dict[str, _Visitor] = {}
        self._news = threading.Condition()
        self._closed = False
        for hand in self.hands:
            threading.Thread(target=self._work, args=(hand,), daemon=True, name="coalmine hand").start()
        atexit.register(self.close)

    def want(self, visitor: str, scenario: Scenario, seed: int, runs: int, *, engine: Engine | None = None) -> Study:
        """This visitor wants so many runs; say it again while it does. The study may have more runs than asked for.

        Raises Impossible when this fleet can run no policy, ValueError for a number of runs or a seed that cannot be.
        """
        refuse_unless_askable(min(runs, MOST_RUNS), seed)
        sha256 = scenario_sha256(scenario)
        key = sha256, f"{scenario.name} {made_with()['code']} {engine or ''}", seed
        study = self.studies.get(key) or self._made(key, scenario, engine)
        with self._news:
            study = self.studies.setdefault(key, study)
            self.studies.move_to_end(key)
            mine = self._visitors.setdefault(visitor, _Visitor())
            mine.wants[key] = _Want(runs, monotonic())
            mine.wants.move_to_end(key)
            while len(mine.wants) > MOST_WANTS:
                mine.wants.popitem(last=False)
            self._forget()
            self._news.notify_all()
        return study

    def again(self, visitor: str, study: Study, runs: int) -> None:
        """As `want`, for a study that one has already."""
        with self._news:
            self.studies.setdefault(study.key, study)
            self._visitors.setdefault(visitor, _Visitor()).wants[study.key] = _Want(runs, monotonic())

    def leave(self, visitor: str) -> None:
        """This visitor wants nothing more; what is done stays."""
        with self._news:
            if mine := self._visitors.get(visitor):
                mine.wants.clear()

    def wait(self, study: Study, runs: int, timeout_s: float) -> bool:
        """Wait until the study has so many runs, or has failed, or the time is up. Whether it has or failed."""
        with self._news:
            return self._news.wait_for(lambda: study.runs >= runs or study.failed is not None, timeout_s)

    def do(self, visitor: str, function: Callable[..., Any], *arguments: Any) -> Any:
        """Another task, done by a worker before refinements; waits for it.

        Raises what the function raises; TooLong and Died as `Hand.do`.
        """
        call = _Call(function, arguments, Future())
        with self._news:
            self._visitors.setdefault(visitor, _Visitor()).calls.append(call)
            self._news.notify_all()
        return call.answer.result()

    def close(self) -> None:
        """End all workers; nothing can be asked any more."""
        atexit.unregister(self.close)
        with self._news:
            self._closed = True
            self._news.notify_all()
        for hand in self.hands:
            hand.end()

    def _made(self, key: Key, scenario: Scenario, engine: Engine | None) -> Study:
        plans, skipped = scenario.runnable()
        if not plans:
            raise Impossible("; ".join(f"policy {name!r}: {why}" for name, why in skipped.items()))
        return Study(key, scenario, key[0], key[2], plans, skipped, engine)

    def _work(self, hand: Hand) -> None:
        """The life of a thread that has a worker: take the next task, see it done."""
        hand.start()
        while True:
            with self._news:
                task = self._next()
                while task is None and not self._closed:
                    self._news.wait(self.patience_s)
                    task = self._next()
                if self._closed:
                    break
            if isinstance(task, _Call):
                self._call(hand, task)
            elif task is not None:
                self._row(hand, *task)
        hand.end()

    def _call(self, hand: Hand, call: _Call) -> None:
        try:
            call.answer.set_result(hand.do(call.function, call.arguments, self.limit_s))
        except Exception as error:
            call.answer.set_exception(error)

    def _row(self, hand: Hand, study: Study, row: tuple[int, int]) -> None:
        began, failed, died, tables = monotonic(), "", "", {}
        try:
            tables = hand.do(simulated, (study.packed, *row), self.limit_s)
        except Died as error:
            died = str(error)
        except TooLong as error:
            failed = (
                f"{_changes(row)} of this scenario cannot be simulated here: {error}. It may be too large for the app; "
                "the command line has all the time that you have"
            )
        except Exception as error:
            failed = f"It failed: {error}"
        with self._news:
            if died:
                study.give_back(row, died)
            elif failed:
                study.failed = f"{failed.rstrip('.')}."
            else:
                study.add(row, tables, monotonic() - began)
            self._news.notify_all()

    def _next(self) -> _Call | tuple[Study, tuple[int, int]] | None:
        """What a free worker does next: calls and first answers, then the rest; who was served longest ago, first."""
        now = monotonic()
        self._see_off(now)
        order = sorted(self._visitors.values(), key=lambda one: one.served)
        for visitor in order:
            if visitor.calls:
                visitor.served = now
                return visitor.calls.pop(0)
        for refine in (False, True):
            for visitor in order:
                for key, want in reversed(visitor.wants.items()):
                    study = self.studies.get(key)
                    if study is None:
                        continue
                    row = study.row(want.runs if refine else min(want.runs, FIRST_RUNS))
                    if row is not None:
                        visitor.served = now
                        return study, row
        return None

    def _see_off(self, now: float) -> None:
        """Forget the wants of those who have left."""
        for name, visitor in list(self._visitors.items()):
            for key, want in list(visitor.wants.items()):
                if now - want.at > self.patience_s:
                    del visitor.wants[key]
            if not visitor.wants and not visitor.calls and now - visitor.served > self.patience_s:
                del self._visitors[name]

    def _forget(self) -> None:
        """Make room: studies that nobody wants go, the longest unwanted first."""
        wanted = {key for visitor in self._visitors.values() for key in visitor.wants}
        kept = sum(study.rollouts for study in self.studies.values())
        for key in [key for key in self.studies if key not in wanted]:
            if kept <= self.most_rollouts and len(self.studies) <= self.most_studies:
                return
            kept -= self.studies.pop(key).rollouts


def _changes(row: tuple[int, int]) -> str:
    many = row[1] - row[0]
    return "One change" if many == 1 else f"{many} changes"
