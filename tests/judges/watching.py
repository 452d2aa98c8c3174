"""Evidence by hand, and the two ways to watch it: window by window, and block by block."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from sim.judges import JUDGES, BurnRate, KthFailure, Threshold
from sim.judges.burn_rate import Row
from sim.model.evidence import Counts, Evidence, Judge, Setting, Verdict

SCRAPE_S = 10.0
NOTHING = Counts(0, 0, 0)


class Window(NamedTuple):
    """What one scrape saw of the group under judgement."""

    requests: int
    failed: int
    slow: int = 0


def seen(window: Window, number: int = 0, *, scrape_s: float = SCRAPE_S) -> Evidence:
    """One window as evidence; `number` counts from 0."""
    judged = Counts(*window)
    return Evidence((number + 1) * scrape_s, scrape_s, judged, NOTHING, judged)


def block(windows: Sequence[Window], first: int = 0, *, scrape_s: float = SCRAPE_S) -> Evidence:
    """Consecutive windows as one block of int64 arrays."""
    table = np.array(windows, dtype=np.int64).reshape(-1, 3)
    judged = Counts(*(np.ascontiguousarray(column) for column in table.T))
    zeros = np.zeros(len(table), dtype=np.int64)
    ends = (first + 1 + np.arange(len(table))) * scrape_s
    return Evidence(ends, scrape_s, judged, Counts(zeros, zeros, zeros), judged)


def setting(
    prior: tuple[float, float, float] = (0.0, 0.0, 0.0),
    *,
    scrape_s: float = SCRAPE_S,
    availability: float = 0.999,
) -> Setting:
    return Setting(scrape_s, availability, Counts(*prior))


def verdicts(judge: Judge, given: Setting, windows: Iterable[Window]) -> list[Verdict]:
    """What the judge says window by window, looking on after an alarm."""
    state, said = judge.start(given), []
    for number, window in enumerate(windows):
        state, verdict = judge.look(state, seen(window, number, scrape_s=given.scrape_s))
        said.append(verdict)
    return said


def first_alarm(judge: Judge, given: Setting, windows: Iterable[Window]) -> int | None:
    """The number of the window (from 1) at which it first says roll back."""
    state = judge.start(given)
    for number, window in enumerate(windows):
        state, verdict = judge.look(state, seen(window, number, scrape_s=given.scrape_s))
        if verdict == Verdict.ROLL_BACK:
            return number + 1
    return None


def scanned(judge: Judge, given: Setting, windows: Sequence[Window], cuts: Sequence[int]) -> list[Verdict | None]:
    """What it says block by block, as the engine watches: scan, and a plain look where scan stops.

    cuts: lengths of the blocks, repeated. None: a window of which only "not roll back" is known.
    """
    state: Any = judge.start(given)
    said: list[Verdict | None] = []
    turn = 0
    while len(said) < len(windows):
        length = cuts[turn % len(cuts)]
        turn += 1
        ahead = windows[len(said) : len(said) + length]
        calm, after, verdict = judge.scan(state, block(ahead, len(said), scrape_s=given.scrape_s))
        assert 0 <= calm <= len(ahead)
        if calm:
            assert verdict in (Verdict.PROMOTE, Verdict.HOLD)
            said += [*[None] * (calm - 1), verdict]
        else:
            assert after is state, "a scan without a calm window hands the state back as it was"
            assert verdict is None, "a scan without a calm window has nothing to say"
            after, verdict = judge.look(state, seen(ahead[0], len(said), scrape_s=given.scrape_s))
            said.append(verdict)
        state = after
    return said


# --- members to try

VARIANTS: dict[type, tuple[Judge, ...]] = {
    Threshold: (
        Threshold(above=0.2, consecutive=2),
        Threshold(above=0.2, cumulative=1),
        Threshold(above=0.2, cumulative=3, min_requests=5),
        Threshold(above=0.2, total=0),
        Threshold(above=0.2, total=2, min_requests=3),
        Threshold(above=0.1, over=30.0, consecutive=2),
        Threshold(above=0.1, over=50.0, cumulative=2, min_requests=20),
        Threshold(above=0.1, over=40.0, total=1, min_requests=10),
        Threshold(above=0.0, of="slow"),
        Threshold(above=0.072),
    ),
    KthFailure: (KthFailure(failures=1), KthFailure(failures=30, of="slow", min_requests=100)),
    BurnRate: (
        BurnRate(objective=0.9, rows=(Row(long=60.0, short=20.0, factor=2.0),)),
        BurnRate(objective=0.95, rows=(Row(long=40.0, short=10.0, factor=8.0),), min_requests=30),
        BurnRate(
            objective=0.5,
            of="slow",
            rows=(Row(long=30.0, short=30.0, factor=1.5), Row(long=200.0, short=50.0, factor=1.0)),
        ),
    ),
}


def members(kind: type) -> tuple[Judge, ...]:
    """The judge as it comes, which a future member has too, and the variants listed here."""
    return (kind(), *VARIANTS.get(kind, ()))


EVERY_JUDGE: tuple[Judge, ...] = tuple(judge for kind in JUDGES for judge in members(kind))


@st.composite
def _window(draw: st.DrawFn) -> Window:
    requests = draw(st.sampled_from([0, 0, 1, 2, 5, 10, 25, 100, 375, 1000]) | st.integers(0, 60))
    bad = st.sampled_from([0.0, 0.0, 0.0, 0.01, 0.072, 0.1, 0.2, 0.3, 0.5, 1.0])
    failed = round(requests * draw(bad))
    return Window(requests, failed, round(requests * draw(bad)))


WINDOWS = st.lists(_window(), max_size=40)
CUTS = st.lists(st.integers(1, 12), min_size=1, max_size=4)
PRIORS = st.sampled_from([(0.0, 0.0, 0.0), (100.0, 1.0, 2.0), (50.0, 0.5, 0.25), (7.5, 0.3, 0.1)])


def short(judge: object) -> str:
    """The judge and what was said of it, for the names of tests."""
    said = [
        f"{field.name}={getattr(judge, field.name)}"
        for field in fields(judge)  # type: ignore[arg-type]
        if field.name not in ("judge", "rows") and getattr(judge, field.name) != field.default
    ]
    return f"{type(judge).__name__}({' '.join(said)})"
