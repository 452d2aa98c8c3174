"""The few inputs that matter most, as steps around what a scenario says: each step is what `--set` would be given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from sim.intake.assumptions import mean_in_test
from sim.intake.overrides import overridden
from sim.intake.problems import InputError
from sim.intake.scenario_file import scenario_of
from sim.intake.tree import Node, grow
from sim.model.change import Fault
from sim.scenario import Scenario
from sim.units import MOST_SERVERS, count, say_rate, say_seconds, say_share, seconds, share

MIXED = "as it is"
"""What a knob shows where a scenario says different things in several places."""
TRAFFIC = (0.1, 0.25, 0.5, 0.75, 1.0, 1.1, 1.25, 1.5, 2.0)
SERVERS = (0.1, 0.2, 0.5, 0.8, 1.0, 1.5, 2.0, 5.0, 10.0)
CANARIES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
BAKES_S = (60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 43200, 86400)
ERRORS = (0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
IN_TEST = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 1.0)
PEOPLE = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0)
IMPORTANCE = (0.0, 0.1, 1.0, 5.0, 10.0, 100.0, 1000.0)
SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


@dataclass(frozen=True)
class Knob:
    """One input. steps: what is shown -> the settings that it means; `usual` the step that changes nothing."""

    key: str
    label: str
    about: str
    usual: str
    steps: dict[str, tuple[str, ...]]


def knobs(scenario: Scenario, text: str) -> list[Knob]:
    """The knobs that a scenario has, each with the steps that it can take. text: the scenario's YAML."""
    root = grow(text, "the scenario").root
    found = (
        _traffic(scenario), _servers(scenario), _canaries(scenario), _bake(scenario), _errors(scenario),
        _in_test(scenario), _people(scenario), _importance(scenario),
    )
    kept = (replace(knob, steps={s: w for s, w in knob.steps.items() if _runs(root, w)}) for knob in found if knob)
    return [knob for knob in kept if len(knob.steps) > 1]


def _runs(root: Node, settings: tuple[str, ...]) -> bool:
    try:
        scenario_of(overridden(root, settings))
    except InputError:
        return False
    return True


def size(scenario: Scenario, text: str) -> Knob:
    """How large the whole service is: servers, and all that grows with them. Only for maps."""
    root = grow(text, "the scenario").root
    n = scenario.fleet.production.servers
    said: dict[str, tuple[str, ...]] = {
        f"{many:,}": () if many == n else (f"size={many}",) for many in sorted({*SIZES, n})
    }
    steps = {step: settings for step, settings in said.items() if _runs(root, settings)}
    return Knob("size", "Size of the service (servers)", "Servers, traffic, users and prices together", f"{n:,}", steps)


def _traffic(scenario: Scenario) -> Knob:
    rate = scenario.service.traffic.rate
    return _numbers(
        "traffic", "Requests", "Requests a second at the profile's 100 %", rate, [rate * by for by in TRAFFIC],
        lambda value: say_rate(float(f"{value:.4g}") if value != rate else rate), ("service.traffic.rate",),
    )


def _servers(scenario: Scenario) -> Knob:
    n = scenario.fleet.production.servers
    counts = sorted({min(MOST_SERVERS, max(1, round(n * by))) for by in SERVERS})
    knob = _numbers(
        "servers", "Servers", "Production servers; a standby is as large", n, counts, lambda value: f"{value:.0f}",
        ("fleet.production.servers", *(["fleet.standby.servers"] if scenario.fleet.standby.servers == n else [])),
    )
    return replace(knob, steps={f"{int(step):,}": settings for step, settings in knob.steps.items()}, usual=f"{n:,}")


def _canaries(scenario: Scenario) -> Knob | None:
    places = {
        f"policies.{name}.canaries": str(policy.canaries)
        for name, policy in scenario.policies.items() if hasattr(policy, "canaries")
    }
    about = "Share of the servers that is changed first"
    return _words("canaries", "Canaries", about, places, map(say_share, CANARIES))


def _bake(scenario: Scenario) -> Knob | None:
    places = {
        f"policies.{name}.bake": say_seconds(policy.bake)
        for name, policy in scenario.policies.items() if hasattr(policy, "bake")
    }
    return _words("bake", "Bake", "How long canaries, or a standby, are watched", places, map(say_seconds, BAKES_S))


def _harmful(scenario: Scenario) -> Iterator[tuple[str, Fault]]:
    for group in ("faults", "one_of"):
        for at, fault in enumerate(getattr(scenario.change, group)):
            if not fault.harmless:
                yield f"change.{group}.{at}", fault


def _errors(scenario: Scenario) -> Knob | None:
    places = {f"{at}.errors": say_share(fault.errors) for at, fault in _harmful(scenario) if fault.errors}
    about = "Share of requests that fail on a server with the fault, of every fault that makes errors"
    return _words("errors", "Errors of a fault", about, places, map(say_share, ERRORS))


def _in_test(scenario: Scenario) -> Knob | None:
    mean = mean_in_test(scenario)
    if mean is None:
        return None
    about = "Chance that a test can show a fault, the average over the faults"
    return _scaled("in_test", "Shows in test", about, mean, IN_TEST, say_share)


def _people(scenario: Scenario) -> Knob | None:
    whole = scenario.people.acknowledge.median + scenario.people.decide.median
    about = "From the page until the undo begins: the median"
    if not whole:
        return None
    return _scaled("reaction", "People take", about, whole, [whole * by for by in PEOPLE], say_seconds)


def _scaled(
    word: str, label: str, about: str, now: float, values: Iterable[float], say: Callable[[float], str]
) -> Knob:
    """A knob over a word of `intake/assumptions`; the present value is rounded where it is shown."""
    said = {say(float(f"{value:.3g}")): value for value in sorted({*values, now})}
    usual = say(float(f"{now:.3g}"))
    return Knob(word, label, about, usual, {step: () if step == usual else (f"{word}={step}",) for step in said})


def _importance(scenario: Scenario) -> Knob:
    return _numbers(
        "importance", "Importance", "Multiple of the outage prices: it changes costs alone", scenario.importance,
        IMPORTANCE, lambda value: f"{value:g}", ("importance",),
    )


def _numbers(
    key: str, label: str, about: str, now: float, values: Iterable[float], say: Callable[[float], str],
    paths: tuple[str, ...],
) -> Knob:
    said = {say(value): value for value in sorted({*values, now})}
    steps = {word: () if value == now else tuple(f"{path}={word}" for path in paths) for word, value in said.items()}
    return Knob(key, label, about, say(now), steps)


def _words(key: str, label: str, about: str, places: dict[str, str], words: Iterable[str]) -> Knob | None:
    """A knob that sets one text in several places; where they differ, it begins at `MIXED`."""
    if not places:
        return None
    there = set(places.values())
    usual = there.pop() if len(there) == 1 else MIXED
    steps = {word: tuple(f"{path}={word}" for path in places) for word in words}
    if usual == MIXED:
        return Knob(key, label, about, MIXED, {MIXED: (), **steps})
    steps[usual] = ()
    return Knob(key, label, about, usual, dict(sorted(steps.items(), key=lambda item: _size(item[0]))))


def _size(word: str) -> float:
    """A share, a count or a duration as a number, to put the steps in order."""
    for read in (share, seconds, count):
        try:
            return float(read(word))
        except ValueError:
            continue
    return 0.0

