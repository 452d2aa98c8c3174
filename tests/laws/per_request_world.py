"""Every single request of one run: when it comes, whose it is, who serves it, what becomes of it.

All requests exist from the start, each with its arrival time, its user and its coins. The rollout
only decides which server is there to answer. `World.live_until(t)` lets the requests up to t happen
under the present conditions, which nobody may change without setting `stale`.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.model.change import Fault
from sim.scenario import Scenario
from tests.laws.per_request_rules import Server, either, overload, rate_at, slow_chance

GROUPS = 10                              # clients renew their name lease in ten equal groups
COINS = ("lease", "server", "fail", "slow", "corrupt", "blame", "blame_slow", "report")
SEEN = ("requests", "failed", "slow")


class Requests:
    """The requests of the whole horizon: sorted arrival times, users, and one coin a question."""

    def __init__(self, scenario: Scenario, rng: np.random.Generator) -> None:
        traffic, horizon = scenario.service.traffic, scenario.horizon
        edges = [0.0, *rate_changes(scenario), horizon]
        times = []
        for start, end in itertools.pairwise(edges):
            rate = rate_at(traffic, scenario.start + start)
            count = rng.poisson(rate * (end - start))
            times.append(np.sort(rng.uniform(start, end, count)))
        self.times = np.concatenate(times)
        n = len(self.times)
        self.users = rng.integers(0, scenario.service.users.count, n, dtype=np.int64)
        self.coins = dict(zip(COINS, rng.random((len(COINS), n)), strict=True))


def rate_changes(scenario: Scenario) -> list[float]:
    """Instants inside the horizon at which the profile steps."""
    found = set()
    for at, _ in scenario.service.traffic.profile:
        first = (at - scenario.start) % 86400.0
        while first < scenario.horizon:
            found.add(first)
            first += 86400.0
    return sorted(found - {0.0})


class World:
    """Servers, requests, and the tallies of what became of them."""

    def __init__(
        self, scenario: Scenario, faults: Sequence[Fault], control: int, rng: np.random.Generator
    ) -> None:
        self.scenario, self.faults = scenario, faults
        self.now = 0.0
        self.requests = Requests(scenario, rng)
        self.upto = 0                                    # requests before this one have happened
        n = scenario.fleet.production.servers
        self.sides = {
            "production": [Server("production", i, control=i >= n - control) for i in range(n)],
            "standby": [Server("standby", i) for i in range(scenario.fleet.standby.servers)],
        }
        self.servers = self.sides["production"] + self.sides["standby"]
        self.side_of_group = ["production"] * GROUPS
        self.new_exists = False                          # some server with the change has served
        self.weight: float | None = None                 # share of a router to the new version
        self.blips = 0                                   # how many troubles of nobody's fault act
        self.stale = True
        # A user's place in line: the first share w of them meet the new version when it has w.
        self.place = rng.permutation(scenario.service.users.count) / scenario.service.users.count
        limited = [fault for fault in faults if fault.users < 1]
        if len(limited) > 1:
            raise NotImplementedError("one fault limited to some users at a time")
        count = scenario.service.users.count
        self.prone = np.zeros(count, dtype=np.intp)      # 1: belongs to the users who can meet it
        if limited:
            self.prone[rng.permutation(count)[: round(limited[0].users * count)]] = 1
        # Tallies.
        self.window = self._empty_window()
        self.failed = self.slow = self.lost = self.total = 0
        self.hit_users: list[Any] = []
        self.first_harm_s: float | None = None
        self.harm_end_s: float | None = None
        self.acted_from_s: float | None = None           # since when some server has had a fault
        self.peak_utilisation = 0.0
        self.reports: deque[float] = deque()

    @staticmethod
    def _empty_window() -> dict[str, list[int]]:
        return {group: [0, 0, 0] for group in ("new", "control", "whole")}

    def take_window(self) -> dict[str, list[int]]:
        """What the monitor counted since the last scrape: requests, failed, slow per group."""
        window, self.window = self.window, self._empty_window()
        return window

    # ---- who is there to serve ------------------------------------------------------------------

    def serving(self, side: str) -> list[Server]:
        """Servers of a side that get requests; the ejected ones too when too few are healthy."""
        there = [server for server in self.sides[side] if server.in_rotation]
        balancer = self.scenario.fleet.balancer
        if balancer:
            healthy = sum(not server.unhealthy for server in there)
            if healthy < balancer.panic * len(self.sides[side]):
                there += [server for server in self.sides[side] if server.ejected]
        return there

    def shares(self) -> dict[str, float]:
        """Share of the clients on each side."""
        return {side: self.side_of_group.count(side) / GROUPS for side in self.sides}

    # ---- conditions -----------------------------------------------------------------------------

    def refresh(self) -> None:
        """Work out every server's chances under the present conditions.

        Tables have a row for users who are not prone to a fault and one for those who are, and a
        column a server; the last column is 'nobody there', where every request fails.
        """
        service, production = self.scenario.service, self.scenario.fleet.production
        rate = rate_at(service.traffic, self.scenario.start + self.now)
        n = len(self.servers)
        fail, slow, corrupt = np.ones((2, n + 1)), np.zeros((2, n + 1)), np.zeros((2, n + 1))
        self.is_new = np.zeros(n + 1, dtype=bool)
        self.is_control = np.zeros(n + 1, dtype=bool)
        trouble = service.blips.errors if service.blips and self.blips else 0.0
        base = np.full(n + 1, either([service.base_errors, trouble]))    # nobody's fault
        self.lists: dict[str, tuple[list[int], list[int]]] = {}
        self.ill_now: list[Server] = []
        self.utilisation = 0.0
        column = {id(server): i for i, server in enumerate(self.servers)}
        for side, share in self.shares().items():
            there = self.serving(side) if share else []
            new = [server for server in there if server.new]
            old = [server for server in there if not server.new]
            self.lists[side] = [column[id(s)] for s in new], [column[id(s)] for s in old]
            for server in there:
                part = share / len(there)
                if self.weight is not None and new and old:
                    mine, total = (new, self.weight) if server.new else (old, 1 - self.weight)
                    part = share * total / len(mine)
                i = column[id(server)]
                ill = [fault for fault in self.faults if server.has(fault, self.now)]
                if ill:
                    self.ill_now.append(server)
                base[i] = either([server.chance("", service.base_errors), trouble])
                service_s = production.service_time * float(np.prod([f.slow for f in ill]))
                busy = rate * part * service_s / production.workers
                self.utilisation = max(self.utilisation, busy)
                tail = slow_chance(production.workers, service_s, rate * part, service.slow_after)
                for prone in (0, 1):
                    mine_ill = [fault for fault in ill if fault.users == 1 or prone]
                    effects = [1.0 if f.crash else server.chance(f.key, f.errors) for f in mine_ill]
                    fail[prone, i] = either([base[i], overload(busy), *effects])
                    slow[prone, i] = tail
                    corrupt[prone, i] = either(fault.corrupt for fault in mine_ill)
                self.is_new[i], self.is_control[i] = server.new, server.control
                self.new_exists |= server.new
        if self.ill_now and self.acted_from_s is None:
            self.acted_from_s = self.now
        # The same instant without the rollout: the whole of production on the old version.
        alone = rate / production.servers
        busy = alone * production.service_time / production.workers
        without = 1 - (1 - base) * (1 - overload(busy))
        slow_without = (1 - without) * slow_chance(
            production.workers, production.service_time, alone, service.slow_after
        )
        self.fail, self.tail, self.corrupt = fail, slow, corrupt
        # Of the requests that fail with chance p, (p - p without) / p fail because of the rollout.
        self.blame = np.maximum(0.0, 1 - without / np.maximum(fail, 1e-300))
        is_slow = (1 - fail) * (1 - corrupt) * slow
        self.blame_slow = np.maximum(0.0, 1 - slow_without / np.maximum(is_slow, 1e-300))
        counts = self.scenario.service.objective.slow_counts
        asked = [i for new, old in self.lists.values() for i in new + old]
        if any(share and not any(self.lists[side]) for side, share in self.shares().items()):
            asked.append(n)
        rows = [0, 1] if self.prone.any() else [0]
        harm = fail * self.blame + (1 - fail) * corrupt + counts * is_slow * self.blame_slow
        self.harmful = bool((harm[np.ix_(rows, asked)] > 1e-12).any())
        self.stale = False

    def choose(self, users: Any, lease: Any, coin: Any) -> Any:
        """The column of the server that answers each request.

        While leases run out, people who stick to a version or server have one address each; of
        others any request may come by any address.
        """
        sides = set(self.side_of_group)
        if len(sides) == 1:
            return self._on(sides.pop(), users, coin)
        sticky = self.scenario.service.users.sticky != "none"
        group = ((self.place[users] if sticky else lease) * GROUPS).astype(np.intp)
        chosen = np.empty(len(users), dtype=np.intp)
        for side in sides:
            mine = np.isin(group, [g for g in range(GROUPS) if self.side_of_group[g] == side])
            chosen[mine] = self._on(side, users[mine], coin[mine])
        return chosen

    def _on(self, side: str, users: Any, coin: Any) -> Any:
        new, old = self.lists[side]
        everyone = np.array(new + old, dtype=np.intp)
        sticky = self.scenario.service.users.sticky
        if not len(everyone):
            return np.full(len(users), len(self.servers), dtype=np.intp)
        anyone = everyone[(coin * len(everyone)).astype(np.intp)]
        if sticky == "server":
            # At home if home is in rotation, else with anyone.
            size = len(self.sides[side])
            offset = 0 if side == "production" else len(self.sides["production"])
            home = offset + (self.place[users] * size).astype(np.intp)
            return np.where(np.isin(home, everyone), home, anyone)
        if not new or not old or (self.weight is None and sticky == "none"):
            return anyone
        share = len(new) / len(everyone) if self.weight is None else self.weight
        if sticky == "version":
            to_new, rest = self.place[users] < share, coin
        else:
            # The coin says the version, and what is left of it the server.
            to_new = coin < share
            rest = np.where(to_new, coin / share, (coin - share) / (1 - share))
        new_one = np.array(new)[(rest * len(new)).astype(np.intp)]
        old_one = np.array(old)[(rest * len(old)).astype(np.intp)]
        return np.where(to_new, new_one, old_one)

    # ---- time goes by ---------------------------------------------------------------------------

    def live_until(self, to: float) -> bool:
        """Let all requests before `to` happen. False: users' reports alarmed earlier, at `now`."""
        if to <= self.now:
            return True
        if self.stale:
            self.refresh()
        asked = self.requests
        end = int(np.searchsorted(asked.times, to))
        these = slice(self.upto, end)
        times: Any = asked.times[these]
        users: Any = asked.users[these]
        coin = {name: coins[these] for name, coins in asked.coins.items()}
        row: Any = self.prone[users]
        column = self.choose(users, coin["lease"], coin["server"])
        at = row, column                                 # where in the tables of chances
        failed = coin["fail"] < self.fail[at]
        lost = ~failed & (coin["corrupt"] < self.corrupt[at])
        slow = ~failed & ~lost & (coin["slow"] < self.tail[at])
        alarmed = self._report(times[(failed | lost) & (coin["report"] < self.report_chance)])
        if alarmed is not None:
            # What came after the report that alarmed has not happened yet.
            to, end = alarmed, self.upto + int(np.searchsorted(times, alarmed, side="right"))
            kept = slice(0, end - self.upto)
            failed, slow, lost, times, users = (x[kept] for x in (failed, slow, lost, times, users))
            row, column = row[kept], column[kept]
            at = row, column
            coin = {name: coins[kept] for name, coins in coin.items()}
        harmed = failed & (coin["blame"] < self.blame[at])
        harmed_slow = slow & (coin["blame_slow"] < self.blame_slow[at])
        self._tally(column, times, users, failed, slow, lost, harmed, harmed_slow)
        for server in self.ill_now:
            server.ill_s += to - self.now
        if self.harmful:
            self.harm_end_s = to
        self.peak_utilisation = max(self.peak_utilisation, self.utilisation)
        self.now, self.upto = to, end
        return alarmed is None

    def _tally(
        self, server: Any, times: Any, users: Any,
        failed: Any, slow: Any, lost: Any, harmed: Any, harmed_slow: Any,
    ) -> None:
        new, control = self.is_new[server], self.is_control[server]
        for i, what in enumerate((np.ones_like(failed), failed, slow)):
            self.window["whole"][i] += int(np.count_nonzero(what))
            self.window["new"][i] += int(np.count_nonzero(what & new))
            self.window["control"][i] += int(np.count_nonzero(what & control))
        self.total += len(times)
        self.failed += int(np.count_nonzero(harmed))
        self.slow += int(np.count_nonzero(harmed_slow))
        self.lost += int(np.count_nonzero(lost))
        hurt = harmed | lost
        if self.scenario.service.objective.slow_counts:
            hurt = hurt | harmed_slow
        if hurt.any():
            self.hit_users.append(users[hurt])
            if self.first_harm_s is None:
                self.first_harm_s = float(times[hurt][0])

    @property
    def report_chance(self) -> float:
        reports = self.scenario.watch.reports
        return reports.chance if reports else 0.0

    def _report(self, times: Any) -> float | None:
        """Add users' reports; the instant of the first that is the k-th within t, if any."""
        rule = self.scenario.watch.reports
        if rule is None or self.reports_silent:
            return None
        t: float
        for t in times.tolist():
            self.reports.append(t)
            while self.reports[0] < t - rule.page.within:
                self.reports.popleft()
            if len(self.reports) >= rule.page.k:
                return t
        return None

    reports_silent = False               # set after the first alarm: only that one matters

    def users_hit(self) -> int:
        """Distinct people with at least one harmed request."""
        return len(np.unique(np.concatenate(self.hit_users))) if self.hit_users else 0
