"""A healthy rollout remembered: most changes are healthy, and then nothing depends on what is drawn.

Without faults, blips and alarms the conditions of a plan are the same in every run, so the whole run is one block:
its stretches are recorded once (from the engine itself, with expected counts for draws), and a run draws all of them
in one call, which takes from the stream exactly what the stretches would take one by one. Every watcher then scans
its windows. If anybody is uneasy, or a blip or a page of reports comes up, the run is done in the plain way from its
beginning: what is remembered is a pure speed knob, and the test is equality.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.engine.clock import US, us
from sim.engine.flows import SEEN, Flows
from sim.engine.monitor import Watcher, groups
from sim.engine.prepared import Prepared
from sim.engine.scrapes import History, Missing
from sim.engine.serving import CLASSES
from sim.engine.streams import Streams
from sim.model.evidence import Setting, Verdict

NEAR_US = 50
"""A report so near to the edge of a window is left to the plain way: rounding must not choose its window."""


class Watch(NamedTuple):
    """One watcher of a healthy run: which windows it looks at, and whether its last verdict is asked for."""

    judge: Any
    setting: Setting
    on: str
    first: int
    last: int
    asked: bool


class Recording:
    """What one healthy run in the plain way leaves behind for `Quiet`."""

    def __init__(self) -> None:
        self.stretches: list[tuple[int, int, Flows]] = []
        self.looks: list[Watch] = []
        self._open: dict[int, list[Any]] = {}

    def looked(self, window: int, watcher: Watcher) -> None:
        """This watcher was shown this window."""
        entry = self._open.setdefault(id(watcher), [watcher, window, window, False])
        entry[2] = window

    def asked(self, watcher: Watcher | None) -> None:
        """The verdict of this gate was asked for."""
        if watcher is not None and id(watcher) in self._open:
            self._open[id(watcher)][3] = True

    def watches(self) -> list[Watch]:
        return [
            Watch(watcher.judge, watcher.setting, watcher.on, first, last + 1, asked)
            for watcher, first, last, asked in self._open.values()
        ]


class Seldom:
    """A stand-in for a generator: expected counts, and events that never come."""

    def poisson(self, mean: Any) -> Any:
        return round(mean) if isinstance(mean, float) else np.rint(mean).astype(np.int64)

    def exponential(self, _: float = 1.0) -> float:
        return 1e15

    def random(self, size: int | None = None) -> Any:
        return 0.5 if size is None else np.zeros(size)

    def standard_normal(self, size: int | None = None) -> Any:
        return 0.0 if size is None else np.zeros(size)

    def integers(self, _: int, size: int) -> NDArray[np.int64]:
        return np.zeros(size, dtype=np.int64)

    def multinomial(self, count: int, shares: NDArray[np.float64]) -> NDArray[np.int64]:
        return np.rint(count * shares).astype(np.int64)


class Expected(Streams):
    """Streams of the run that is recorded."""

    def of(self, purpose: str, name: str = "") -> Any:
        return _SELDOM


_SELDOM = Seldom()


class Quiet:
    """The block that a healthy run of one plan is."""

    def __init__(
        self, prepared: Prepared, recording: Recording, conditions: list[tuple[int, Flows]], lead: int, end: int
    ) -> None:
        self.prepared = prepared
        self.conditions = conditions
        self.promoted_at = lead
        self.ended_at = end
        self.shared: dict[str, Any] = {}
        self.watches = recording.watches()
        self.windows = max((watch.last for watch in self.watches), default=0)
        step = prepared.scrape
        means: list[float] = []
        kinds: list[int] = []
        seen: list[Any] = []
        windows: list[int] = []
        for start, stop, flows in recording.stretches:
            length = (stop - start) * 1e-6
            means += [rate * length for rate in flows.rates]
            real = dict(flows.real)
            kinds += [real.get(i, CLASSES) for i in range(len(flows.rates))]
            seen += list(flows.seen)
            windows += [(stop - 1) // step] * len(flows.rates)
        self._means = np.array(means)
        self._kinds = np.array(kinds)
        self._rows: list[int | None] = [None] * SEEN
        """Where each of the columns that a monitor sees stands in the table; None for one of zeros."""
        self._which, self._places = self._incidence(np.array(seen).reshape(len(means), SEEN), np.array(windows))
        self._zeros = np.zeros(self.windows, dtype=np.int64)
        self._ends = step * np.arange(1, self.windows + 1) / US
        self._edges = [*(since for since, _ in conditions), end]
        self._reporting = [flows.chance * flows.complained.rate for _, flows in conditions]
        """Reports a second, by stretch of conditions."""
        self._hazard = self._hazards()

    def _incidence(
        self, seen: NDArray[np.int64], windows: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Which draws count in what a monitor sees, and at which place of the table, row by row."""
        which: list[NDArray[np.int64]] = []
        places: list[NDArray[np.int64]] = []
        for column in range(SEEN):
            counting = np.nonzero(seen[:, column] * (windows < self.windows))[0]
            if len(counting):
                self._rows[column] = len(which)
                places.append(windows[counting] + len(which) * self.windows)
                which.append(counting)
        none = np.empty(0, dtype=np.int64)
        return np.concatenate([none, *which]), np.concatenate([none, *places])

    def _hazards(self) -> list[float]:
        """Expected reports until the start of each stretch of conditions."""
        total, hazards = 0.0, []
        for (since, flows), end in zip(self.conditions, self._edges[1:], strict=True):
            hazards.append(total)
            total += flows.chance * float(flows.complained.mean(since, end))
        return [*hazards, total]

    def replay(self, streams: Streams) -> list[int] | None:
        """Totals by class of this run; None when it is not a quiet one (the streams are then used up)."""
        if not self._no_blip(streams):
            return None
        counts = streams["requests"].poisson(self._means)
        reports = self._reports(streams)
        if reports is None:
            return None
        columns = self._seen(counts, reports, streams)
        history = History(self.prepared, streams) if self.prepared.looks_back else None
        for watch in self.watches:
            first, last = watch.first, watch.last
            watcher = Watcher(watch.judge, watch.setting, watch.on, "undo", _nobody, history)
            width_s = self.prepared.scrape / US
            shown = [column[first:last] for column in columns]
            block = watcher.evidence(self._ends[first:last], width_s, groups(shown), first, last - first)
            calm, _, verdict = watch.judge.scan(watcher.state, block)
            if calm < last - first or (watch.asked and verdict is not Verdict.PROMOTE):
                return None
        totals = [int(n) for n in np.bincount(self._kinds, weights=counts, minlength=CLASSES)[:CLASSES]]
        for _, flows, chosen in reports:
            totals[flows.kinds[chosen]] += 1
        return totals

    def _no_blip(self, streams: Streams) -> bool:
        blips = self.prepared.scenario.service.blips
        if blips is None:
            return True
        return us(float(streams["blips"].exponential(blips.every))) - us(blips.length) >= self.prepared.horizon

    def _reports(self, streams: Streams) -> list[tuple[int, Flows, int]] | None:
        """(window, flows, flow) of every report; None when they page, or one is too near to an edge to tell."""
        rule = self.prepared.scenario.watch.reports
        if rule is None:
            return []
        draw, step = streams["reports"], self.prepared.scrape
        found: list[tuple[int, Flows, int]] = []
        times: list[int] = []
        reached, total = float(draw.exponential()), self._hazard[-1]
        while reached < total * (1 + 1e-9):
            k = bisect_right(self._hazard, reached) - 1
            if k >= len(self.conditions):
                return None  # within rounding of the horizon
            since, flows = self.conditions[k]
            when = since + (reached - self._hazard[k]) / self._reporting[k] * 1e6
            inside = when % step
            if min(inside, step - inside, when - since, self._edges[k + 1] - when) < NEAR_US:
                return None
            times.append(round(when))
            if len(times) >= rule.page.k and times[-1] - times[-rule.page.k] <= us(rule.page.within) + NEAR_US:
                return None
            found.append((int(when // step), flows, flows.pick_complaint(float(draw.random()), 0)))
            reached += float(draw.exponential())
        return found

    def _seen(
        self, counts: NDArray[np.int64], reports: list[tuple[int, Flows, int]], streams: Streams
    ) -> list[NDArray[np.int64]]:
        """The columns that a monitor sees, by window."""
        if not self.windows:
            return [self._zeros] * SEEN
        size = (SEEN - self._rows.count(None)) * self.windows
        drawn = np.bincount(self._places, weights=counts[self._which], minlength=size)
        table = drawn.astype(np.int64).reshape(-1, self.windows)
        for window, flows, chosen in reports:
            for column in flows.seen[chosen].nonzero()[0]:
                row = self._rows[column]
                if row is not None and window < self.windows:
                    table[row, window] += 1
        chance = self.prepared.scenario.watch.missing
        if chance:  # nothing is seen of the windows whose scrape is missing
            table *= Missing(streams).coins(0, self.windows) < 1.0 - chance
        return [self._zeros if row is None else table[row] for row in self._rows]


def _nobody() -> None:
    """The alarm of a watcher that is only asked whether it would."""
