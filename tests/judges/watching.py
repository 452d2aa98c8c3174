"""Evidence by hand, and the two ways to watch it: window by window, and block by block."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from sim.judges import (
    JUDGES,
    AlwaysValid,
    BurnRate,
    Cusum,
    Dashboard,
    Fisher,
    Kayenta,
    KthFailure,
    Sprt,
    Threshold,
    Vote,
)
from sim.judges.burn_rate import Row
from sim.model.evidence import Counts, Evidence, Judge, Setting, Verdict

SCRAPE_S = 10.0
NOTHING = Counts(0, 0, 0)


class Window(NamedTuple):
    """What one scrape saw of the group under judgement, and of the control: an equal group without failures."""

    requests: int
    failed: int
    slow: int = 0
    control: Counts | None = None

    def beside(self) -> Counts:
        return Counts(self.requests, 0, 0) if self.control is None else self.control


def seen(window: Window, number: int = 0, *, scrape_s: float = SCRAPE_S) -> Evidence:
    """One window as evidence; `number` counts from 0."""
    judged = Counts(*window[:3])
    return Evidence((number + 1) * scrape_s, scrape_s, judged, window.beside(), judged)


def block(windows: Sequence[Window], first: int = 0, *, scrape_s: float = SCRAPE_S) -> Evidence:
    """Consecutive windows as one block of int64 arrays."""
    judged, control = (
        Counts(*(np.ascontiguousarray(column) for column in np.array(rows, dtype=np.int64).reshape(-1, 3).T))
        for rows in ([window[:3] for window in windows], [window.beside() for window in windows])
    )
    ends = (first + 1 + np.arange(len(windows))) * scrape_s
    return Evidence(ends, scrape_s, judged, control, judged)


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
    Sprt: (
        Sprt(p0=0.1, p1=0.3, alpha=0.02, beta=0.03),
        Sprt(p0=0.05, p1=0.2, of="slow", min_requests=100),
        Sprt(p0=0.2, p1=0.5, alpha=1e-6, beta=1e-6),
    ),
    Cusum: (
        Cusum(p0=0.1, p1=0.3, limit=10.0),
        Cusum(p0=0.05, p1=0.2, limit=8.0, head_start=0.5, of="slow"),
        Cusum(p0=0.2, p1=0.4, limit=4.0, head_start=0.25, min_requests=50),
    ),
    AlwaysValid: (
        AlwaysValid(alpha=0.05, one_sided=False, concentration=100.0),
        AlwaysValid(alpha=1e-6, of="slow"),
        AlwaysValid(alpha=0.05, min_requests=300, concentration=1.0),
    ),
    Fisher: (
        Fisher(alpha=0.05, at=60.0),
        Fisher(alpha=0.001, peeked=20.0, of="slow"),
        Fisher(alpha=0.05, peeked=30.0, at=50.0, min_requests=100),
    ),
    Kayenta: (
        Kayenta(every=40.0),
        Kayenta(every=30.0, lookback=80.0, direction="either", of="slow", outliers="remove"),
        Kayenta(every=20.0, begin_after=50.0, effect_size="cles", allowed_increase=0.6, min_requests=5),
        Kayenta(every=60.0, must_have_data=True, classifier="mean_inequality", nan_strategy="remove"),
        Kayenta(every=60.0, nan_strategy="replace", tolerance=0.0, confidence=0.9),
    ),
    Vote: (
        Vote(sigma=1.0, needed=3.0, half_life=30.0),
        Vote(signals=("slow",), needed=1.0, half_life=20.0, min_requests=10),
    ),
    Dashboard: (
        Dashboard(over=None),
        Dashboard(over=50.0, times=1.0, visible=0.1, of="slow"),
        Dashboard(over=30.0, times=3.0, visible=0.0, min_requests=40),
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
    slow = round(requests * draw(bad))
    if draw(st.integers(0, 2)) == 0:
        return Window(requests, failed, slow)
    beside = draw(st.sampled_from([0, 0, 1, 10, 100, 1000]) | st.integers(0, 60))
    control = Counts(beside, round(beside * draw(bad)), round(beside * draw(bad)))
    return Window(requests, failed, slow, control)


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
