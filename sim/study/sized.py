"""What is known of each number of canaries, and the work that finds it out."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim import __version__
from sim.measure import collected_seldom
from sim.model.change import Fault
from sim.model.terms import Portion
from sim.scenario import Scenario
from sim.study.bench import Named
from sim.study.exact_power import Course
from sim.study.gate import NoGate, Watchpost, rule, watchpost
from sim.study.shares import Share, share_of

STEPS = (1, 2, 3, 5, 7)
"""Numbers of canaries that are tried: these, and their tenfold, hundredfold ... up to half of the fleet."""


@dataclass(frozen=True, eq=False)
class Sized:
    """One number of canaries. seen, wrong: when each run (exact: the course) with the fault, and each healthy one, is
    rolled back, in seconds since the bake began, NaN where it is not.
    """

    canaries: int
    rate_s: float
    seen: NDArray[np.float64] | Course
    wrong: NDArray[np.float64] | Course

    @property
    def exact(self) -> bool:
        return isinstance(self.seen, Course)

    def power(self, bake_s: float) -> Share:
        """Share of faulty changes rolled back by the end of such a bake."""
        return _share(self.seen, bake_s)

    def false_alarms(self, bake_s: float) -> Share:
        """Share of healthy changes rolled back by then."""
        return _share(self.wrong, bake_s)

    def ends_s(self) -> NDArray[np.float64]:
        """Bakes at whose end the power may be larger than just before."""
        if isinstance(self.seen, Course):
            return self.seen.ends_s
        return np.unique(self.seen[~np.isnan(self.seen)])


def _share(found: NDArray[np.float64] | Course, bake_s: float) -> Share:
    if isinstance(found, Course):
        at = int(np.searchsorted(found.ends_s, bake_s + 1e-6, side="right"))
        by = float(found.by[at - 1]) if at else 0.0
        return Share(by, by, by, 0)
    return share_of(int(np.count_nonzero(found <= bake_s + 1e-6)), len(found))


class Enough(NamedTuple):
    """The shortest bake for one number of canaries, a whole number of scrapes."""

    bake_s: float
    power: Share
    false_alarms: Share


@dataclass(frozen=True, eq=False)
class Size:
    """What came out. effect: the fault in words. power, false: what was asked for.

    rows    by number of canaries; check: the answer's row simulated, where the rows are exact
    why     the reason why none is enough; None where some is
    """

    scenario: Scenario
    sha256: str
    policy: str
    judge: Named
    effect: str
    power: float
    false: float
    bake_s: float
    canaries: int
    longest_s: float
    scrape_s: float
    control: bool
    runs: int
    seed: int
    rows: tuple[Sized, ...]
    check: Sized | None = None
    why: str | None = None
    seconds: float = 0.0
    version: str = __version__

    def enough(self, row: Sized) -> Enough | None:
        """The shortest bake with which so many canaries see the fault often enough and are wrong seldom enough."""
        for end in row.ends_s().tolist():
            bake = math.ceil(round(end / self.scrape_s, 6)) * self.scrape_s
            power = row.power(bake)
            if power.low is not None and power.low >= self.power and bake <= self.longest_s:
                wrong = row.false_alarms(bake)
                return Enough(bake, power, wrong) if (wrong.high or 0.0) <= self.false else None
        return None

    @cached_property
    def able(self) -> tuple[Sized, ...]:
        """The longest row of numbers tried, one after the other, that are all enough; of equal ones the later."""
        best: list[Sized] = []
        run: list[Sized] = []
        for row in self.rows:
            run = [*run, row] if self.enough(row) is not None else []
            if run and len(run) >= len(best):
                best = run
        return tuple(best)

    @property
    def smallest(self) -> Sized | None:
        """The fewest canaries of these."""
        return self.able[0] if self.able else None

    @cached_property
    def soonest(self) -> Sized | None:
        """Of these, the fewest canaries with the shortest bake of all."""
        bakes = [(found.bake_s, row.canaries, row) for row in self.able if (found := self.enough(row)) is not None]
        return min(bakes, key=lambda one: one[:2])[2] if bakes else None

    @property
    def besides(self) -> list[int]:
        """Fewer canaries that are enough all the same, though a few more would not be: a saw-tooth."""
        first = self.able[0].canaries if self.able else 0
        return [row.canaries for row in self.rows if row.canaries < first and self.enough(row) is not None]

    @property
    def too_many(self) -> list[int]:
        """More canaries that are not enough: their scrapes average away what fewer let through."""
        last = self.able[-1].canaries if self.able else self.rows[-1].canaries
        return [row.canaries for row in self.rows if row.canaries > last and self.enough(row) is None]


@dataclass(frozen=True)
class Part:
    """Runs [first, last) with so many canaries, with the fault or without."""

    canaries: int
    faulty: bool
    first: int
    last: int

    def __str__(self) -> str:
        return f"runs {self.first} to {self.last - 1} with {self.canaries} canaries"


@dataclass(frozen=True)
class Drawn:
    """`Drawn(...)(part) -> times of the roll-backs`, shape (runs of the part,), NaN where there is none."""

    scenario: Scenario
    policy: str
    judge: Named
    fault: Fault
    longest_s: float
    seed: int

    def post(self, canaries: int, faulty: bool) -> Watchpost:
        """The gate with so many canaries."""
        policy: Any = self.scenario.policies[self.policy]
        size = {"canaries" if hasattr(policy, "canaries") else "first": Portion(count=canaries)}
        said = replace(self.scenario, policies={self.policy: replace(policy, **size)}, expect=())
        control, before = self.judge.compares, self.judge.looks_back
        found = watchpost(said, self.policy, longest_s=self.longest_s, control=control, before=before)
        return found.with_fault(self.fault if faulty else None)

    def __call__(self, part: Part) -> NDArray[np.float64]:
        post = self.post(part.canaries, part.faulty)
        times = np.full(part.last - part.first, np.nan)
        for k, run in enumerate(collected_seldom(range(part.first, part.last))):
            seen = post.look(self.seed, run)
            alarm = rule(self.judge.judge, seen, (len(seen.evidence.end_s),)).alarm
            if alarm is not None:
                times[k] = float(seen.evidence.end_s[alarm]) - seen.begins_s
        return times


def numbers(scenario: Scenario, policy: str, compares: bool) -> list[int]:
    """Numbers of canaries to try: the policy's own among them. Raises NoGate where a policy has no canaries."""
    said: Any = scenario.policies[policy]
    knob = next((name for name in ("canaries", "first") if hasattr(said, name)), None)
    if knob is None:
        raise NoGate(f"policy {policy!r} has no canaries to choose the number of: name a canary policy with --policy")
    servers = scenario.fleet.production.servers
    most = max(1, servers // 2 if compares or servers > 3 else servers - 1)
    tried = {step * 10**power for power in range(7) for step in STEPS}
    own = getattr(said, knob).of(servers, most=servers - 1)
    return sorted(n for n in {*tried, most, own} if n <= max(most, own))
