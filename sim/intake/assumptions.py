"""Words of `--set` that stand for several fields at once: size=50, fault_chance=10%, in_test=70%, reaction=30m.

Each is what people ask about, and no single field of a scenario. A word is turned into plain settings, from what
the scenario says when its turn comes; so it works wherever `--set` does, and a point of a map can be repeated alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from sim.intake.problems import InputError, Problem
from sim.model.terms import Delay
from sim.scenario import Scenario
from sim.units import count, say_count, say_rate, say_seconds, say_share, seconds, share

MOST_SERVERS = 1_000_000


def size(scenario: Scenario, text: str) -> Iterator[str]:
    """So many production servers, and all that grows with them.

    In proportion: traffic, users, standby servers, failed installs that are let pass, and the prices of a minute down
    and of a day of delay, which all users pay together. The chance of a report shrinks instead of its page rule
    growing, so that 20 reports still stand for the same share of the users. Unchanged: what is a share or a time, the
    test environment, exact numbers in policies, and prices of one thing. So a map over size shows what size itself
    does, not what dearer servers or other people do.
    """
    servers = count(text)
    if not 1 <= servers <= MOST_SERVERS:
        raise ValueError(f"must be from 1 to {MOST_SERVERS:,} servers")
    fleet, service = scenario.fleet, scenario.service
    by = servers / fleet.production.servers
    yield f"fleet.production.servers={servers}"
    if fleet.standby is not None:
        yield f"fleet.standby.servers={max(1, math.ceil(round(fleet.standby.servers * by, 9)))}"
    yield f"service.traffic.rate={say_rate(service.traffic.rate * by)}"
    yield f"service.users.count={say_count(max(1, round(service.users.count * by)))}"
    for price in ("per_minute_down", "per_day_of_delay"):
        yield f"service.cost.{price}={_plain(getattr(service.cost, price) * by)}"
    passed = scenario.change.install.max_failed_installs
    if passed:
        yield f"change.install.max_failed_installs={int(passed * by + 1e-9)}"
    if scenario.watch.reports is not None:
        yield f"watch.reports.chance={_share(scenario.watch.reports.chance / by)}"


def fault_chance(scenario: Scenario, text: str) -> Iterator[str]:
    """The chance that a change carries any fault; all its faults keep their proportions.

    Of `one_of`, the healthy change takes the rest; of independent `faults` each chance is multiplied by the same.
    """
    wanted, change = share(text), scenario.change
    harmful = [fault.chance for fault in (*change.one_of, *change.faults) if not fault.harmless]
    if not sum(harmful):
        raise ValueError("this change has no fault whose chance could be scaled")
    if change.one_of:
        healthy = [i for i, fault in enumerate(change.one_of) if fault.harmless]
        if not healthy:
            raise ValueError("one_of must have `none`, which takes the rest")
        now = sum(harmful)
        for i, fault in enumerate(change.one_of):
            if not fault.harmless:
                yield f"change.one_of.{i}.chance={_share(fault.chance * wanted / now)}"
            else:
                rest = (1 - wanted) * (fault.chance / (1 - now) if now < 1 else 1 / len(healthy))
                yield f"change.one_of.{i}.chance={_share(rest)}"
        return
    by = _factor(harmful, wanted)
    for i, fault in enumerate(change.faults):
        if not fault.harmless:
            yield f"change.faults.{i}.chance={_share(min(1.0, fault.chance * by))}"


def in_test(scenario: Scenario, text: str) -> Iterator[str]:
    """The share of faulty changes whose fault a test environment can show, the average over the faults.

    Upwards each fault's chance to stay hidden shrinks by one factor, downwards its chance to show.
    """
    wanted, now = share(text), mean_in_test(scenario)
    if now is None:
        raise ValueError("this change has no fault that could show in a test")
    for where in ("one_of", "faults"):
        for i, fault in enumerate(getattr(scenario.change, where)):
            if not fault.harmless:
                up = 1 - (1 - fault.in_test) * (1 - wanted) / (1 - now) if wanted > now else fault.in_test
                made = up if wanted >= now else fault.in_test * wanted / now
                yield f"change.{where}.{i}.in_test={_share(made)}"


def reaction(scenario: Scenario, text: str) -> Iterator[str]:
    """From a page to the decision, medians added; acknowledge and decide keep their proportions and spreads."""
    wanted, people = seconds(text), scenario.people
    now = people.acknowledge.median + people.decide.median
    if not now:
        raise ValueError("people who take no time cannot be scaled: set people.acknowledge and people.decide")
    if not wanted > 0:
        raise ValueError("must be longer than 0s")
    for name in ("acknowledge", "decide"):
        delay: Delay = getattr(people, name)
        if delay.p95 is None:
            yield f"people.{name}={_time(delay.median * wanted / now)}"
        else:
            median, p95 = (_time(one * wanted / now) for one in (delay.median, delay.p95))
            yield f"people.{name}={{median: {median}, p95: {p95}}}"


ASSUMPTIONS: dict[str, Callable[[Scenario, str], Iterator[str]]] = {
    "size": size, "fault_chance": fault_chance, "in_test": in_test, "reaction": reaction,
}


def settings_of(word: str, text: str, scenario: Scenario, source: str) -> list[str]:
    """The plain settings that a word stands for. Raises InputError with the word and the reason."""
    try:
        return list(ASSUMPTIONS[word](scenario, text.strip()))
    except ValueError as error:
        raise InputError([Problem(file=source, field=word, message=f"{text.strip()}, {error}")]) from None


def mean_in_test(scenario: Scenario) -> float | None:
    """The average `in_test` over the faults, weighted by their chances; None where there is no fault."""
    faults = [fault for fault in scenario.faults if fault.chance]
    total = sum(fault.chance for fault in faults)
    return sum(fault.chance * fault.in_test for fault in faults) / total if total else None


def chance_of_any(scenario: Scenario) -> float:
    """The chance that a change carries a fault with an effect.

    >>> from sim.intake.scenario_file import read
    >>> round(chance_of_any(read("web_fleet")), 9)
    0.15
    """
    chances = [fault.chance for fault in scenario.faults]
    return min(1.0, sum(chances)) if scenario.change.one_of else _any(chances, 1.0)


def _any(chances: list[float], by: float) -> float:
    return 1 - math.prod(1 - min(1.0, chance * by) for chance in chances)


def _factor(chances: list[float], wanted: float) -> float:
    """By what all chances are multiplied so that any of them happens with the wanted chance."""
    low, high = 0.0, 1 / min(chance for chance in chances if chance)
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if _any(chances, middle) < wanted else (low, middle)
    return high


def _share(value: Any) -> str:
    return say_share(float(f"{min(1.0, max(0.0, value)):.15g}"))


def _time(value: float) -> str:
    return say_seconds(round(value, 6))


def _plain(value: float) -> str:
    return f"{value:.12f}".rstrip("0").rstrip(".")
