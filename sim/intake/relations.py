"""What no single dataclass can see: plans against the horizon, and numbers that a run could not carry.

Each rule yields (field, message); the file's own value and line are put to it by `scenario_file`.
"""

from __future__ import annotations

from collections.abc import Iterator

from sim.intake.problems import suggest
from sim.model.outcome import COLUMNS, VALUES, WORDS
from sim.model.plan import Impossible
from sim.scenario import Scenario
from sim.strategies import Policy, Waves
from sim.strategies.length import plan_length_s
from sim.units import say_seconds

Found = Iterator[tuple[str, str]]

MOST_SCRAPES = 10_000_000
MOST_BLIPS = 100_000
MOST_WAVES = 1_000


def relations(scenario: Scenario) -> list[tuple[str, str]]:
    """Everything that is wrong between the fields of a scenario, as (field, message)."""
    rules = (too_many_events, too_many_waves, too_few_servers, unknown_columns, too_long)
    return [told for rule in rules for told in rule(scenario)]


def too_many_events(scenario: Scenario) -> Found:
    """Refuse what would run for hours or fill the memory."""
    horizon, scrape, blips = scenario.horizon, scenario.watch.scrape, scenario.service.blips
    if horizon / scrape > MOST_SCRAPES:
        said = f"over a horizon of {say_seconds(horizon)} is {horizon / scrape:,.0f} scrapes, at most {MOST_SCRAPES:,}"
        yield "watch.scrape", said
    if blips and horizon / blips.every > MOST_BLIPS:
        said = f"over a horizon of {say_seconds(horizon)} is {horizon / blips.every:,.0f} blips, at most {MOST_BLIPS:,}"
        yield "service.blips.every", said


def too_many_waves(scenario: Scenario) -> Found:
    """Growth of nearly 1 over a million servers would be a plan of a million stages."""
    n = scenario.fleet.production.servers
    for name, policy in scenario.policies.items():
        if isinstance(policy, Waves) and _waves(policy, scenario) > MOST_WAVES:
            yield f"policies.{name}.growth", f"makes more than {MOST_WAVES:,} waves of {n:,} servers: grow faster"


def _waves(policy: Policy, scenario: Scenario) -> int:
    """How many waves by size a policy makes, as far as they matter here; 0 if it makes none."""
    zones = scenario.fleet.production.zones
    if not isinstance(policy, Waves) or policy.by == "zone" or (policy.by is None and zones):
        return 0
    n = scenario.fleet.production.servers
    size = done = float(policy.first.of(n))
    waves = 1
    while done < n and waves <= MOST_WAVES:
        size *= policy.growth
        done += max(1.0, size)
        waves += 1
    return waves


def too_few_servers(scenario: Scenario) -> Found:
    """Exact numbers of servers that are more than there are."""
    n = scenario.fleet.production.servers
    have = f"fleet.production has {n} server{'s' if n > 1 else ''}"
    if scenario.change.missed >= n:
        yield "change.missed", f"must be below the number of servers: {have}"
    for group in ("faults", "one_of"):
        for i, fault in enumerate(getattr(scenario.change, group)):
            if fault.servers and (fault.servers.count or 0) > n:
                yield f"change.{group}.{i}.servers", f"is more than there are: {have}"
    for name, policy in scenario.policies.items():
        for knob in ("canaries", "first"):
            portion = getattr(policy, knob, None)
            if portion and (portion.count or 0) > n:
                yield f"policies.{name}.{knob}", f"is more than there are: {have}"
        if (policy.min_in_rotation or 0) > n:
            yield f"policies.{name}.min_in_rotation", f"is more than there are: {have}"


def unknown_columns(scenario: Scenario) -> Found:
    """Columns of `expect` that no outcome has, and words that such a column does not hold."""
    for i, wanted in enumerate(scenario.expect):
        words = VALUES.get(wanted.column, ())
        if wanted.column not in COLUMNS:
            yield f"expect.{i}.column", f"is no column of an outcome, {suggest(wanted.column, COLUMNS)}"
        elif wanted.word is not None and wanted.word not in words:
            said = suggest(wanted.word, words) if words else f"only {' and '.join(WORDS)} hold words"
            yield f"expect.{i}.word", f"is no word of {wanted.column}, {said}"
        elif wanted.word is None and words:
            yield f"expect.{i}.column", f"holds words: say which, such as `word: {words[0]}`"


def too_long(scenario: Scenario) -> Found:
    """Plans that a healthy change cannot finish by the horizon: their harm would be cut off, not compared."""
    horizon = say_seconds(scenario.horizon)
    for name, policy in scenario.policies.items():
        path = f"policies.{name}"
        field, length = longest_wait(policy)
        if length > scenario.horizon:
            yield f"{path}.{field}", f"must be at most the horizon, {horizon}"
            continue
        if _waves(policy, scenario) > MOST_WAVES:
            continue                                          # told already, and too large to be written
        try:
            takes = plan_length_s(scenario.plan(name), scenario)
        except Impossible:
            continue                                          # a warning of `check`, not an error
        if takes > scenario.horizon:
            said = f"takes at least {say_seconds(takes)}, more than the horizon, {horizon}"
            yield path, f"{said}: raise `horizon`, or shorten it"


def longest_wait(policy: Policy) -> tuple[str, float]:
    """The longest single wait that a policy names, and its field."""
    waits = [("test.for", policy.test.length if policy.test else 0.0)]
    smoke = getattr(policy, "smoke", None)
    waits.append(("smoke.for", smoke.length if smoke else 0.0))
    knobs = ("bake", "first_bake", "mirror", "watch_after", "lease")
    waits += [(knob, getattr(policy, knob, 0.0) or 0.0) for knob in knobs]
    return max(waits, key=lambda wait: wait[1])
