"""No dead knobs: for every field of the schema there is a scenario in which changing it moves some outcome column.

Guards DESIGN 7.5. The schema is walked from `Scenario`, so a new field, judge or strategy without a knob here is red.
Broken on purpose and seen red: a `growth` that is not read (waves.py), an importance that weighs nothing (measure.py).
"""

from __future__ import annotations

import dataclasses
import typing
from typing import Annotated, Any, Literal, get_args, get_origin

import numpy as np
import pytest

from sim import judges
from sim.catalogue import ARCHETYPES
from sim.intake.scenario_file import parse
from sim.judges.base import JudgeTerm
from sim.measure import run_many
from sim.model.change import Change, Fault, Install
from sim.model.fleet import Balancer, Fleet, Production, Reserve
from sim.model.people import People
from sim.model.service import Blips, Cost, Objective, Service, Traffic, Users
from sim.model.terms import Term
from sim.scenario import Expectation, Scenario, Watch
from sim.strategies.base import Policy
from tests.engine.knobs import CHANGE, FLEET, SERVICE, Knob
from tests.engine.knobs_of_judges import NO_OPINION, OPINIONS, bank, opinions, verdicts
from tests.engine.knobs_of_policies import JUDGES, STRATEGIES, WATCHING
from tests.engine.rollouts import SHOP, shop

KNOBS = SERVICE | FLEET | CHANGE | WATCHING | JUDGES | STRATEGIES
RUNS = range(6)
NAMES = ("Scenario.schema_version", "Scenario.name", "Scenario.about")
REASONS = {
    "Direct.min_in_rotation": "it reinstalls in the batches in which it installed, or in those of `undo`",
    "StandbySwap.undo": "only servers without users are reinstalled, all together",
    "StandbySwap.min_in_rotation": "the same: nobody who is reinstalled was in rotation",
    "KthFailure.over": "refused: it counts from the start",
    "BurnRate.over": "refused: its windows are in `rows`",
}


def terms(annotation: Any, found: dict[type, None]) -> dict[type, None]:
    """Every noun that can stand below this annotation, in the order of the schema."""
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    for part in get_args(annotation):
        terms(part, found)
    if isinstance(annotation, type) and issubclass(annotation, Term) and annotation not in found:
        found[annotation] = None
        hints = typing.get_type_hints(annotation, include_extras=True)
        for field in dataclasses.fields(annotation):
            terms(hints[field.name], found)
    return found


def fields() -> list[str]:
    """Class.field of all that a scenario file may say and that is not itself a noun, or a list of nouns."""
    names = []
    for term in terms(Scenario, {}):
        hints = typing.get_type_hints(term, include_extras=True)
        for field in dataclasses.fields(term):
            owner = Fault if issubclass(term, Fault) else term
            name = f"{owner.__name__}.{field.name}"
            holds = any(issubclass(noun, PARTS) for noun in terms(hints[field.name], {}))
            chooses = get_origin(hints[field.name]) is Literal and len(get_args(hints[field.name])) == 1
            labels = name in NAMES or field.name in ("about", "counterfactual") or term is Expectation
            if not (holds or chooses or labels):
                names.append(name)
    return list(dict.fromkeys(names))


PARTS = (
    Service, Traffic, Users, Objective, Blips, Cost, Fleet, Production, Reserve, Balancer,
    Change, Install, Fault, Watch, People, Policy, Expectation,
)
"""Nouns whose own fields are tried, so that the field which holds them need not be; `about`, `counterfactual` and
`Expectation` are read by people and by the replay of an incident, not by a run."""


def columns(knob: Knob, *settings: str) -> dict[str, Any]:
    scenario = parse(SHOP, source="shop", set=(*knob.base, *settings))
    return run_many(scenario.plan(knob.policy), scenario, 3, RUNS)


def moved(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Columns that differ in some run."""
    return [
        name
        for name, values in before.items()
        if not np.array_equal(values, after[name], equal_nan=values.dtype.kind == "f")
    ]


@pytest.mark.parametrize("field", KNOBS)
def test_turning_a_knob_moves_an_outcome(field: str) -> None:
    knob = KNOBS[field]
    assert moved(columns(knob), columns(knob, *knob.change)), f"{field} is dead: {knob.change} over {knob.base}"


REGISTERED: dict[str, Any] = {judge.__name__: judge for judge in judges.JUDGES}


@pytest.mark.parametrize("name", OPINIONS)
def test_turning_a_knob_of_a_judge_changes_a_verdict(name: str) -> None:
    judge = REGISTERED.get(name)
    if judge is None:
        pytest.skip("not in the register of judges")
    rollouts = bank()
    dead = [
        field
        for field, (base, other) in opinions(name).items()
        if verdicts(judge(**base), rollouts) == verdicts(judge(**base, **{field: other}), rollouts)
    ]
    assert dead == []


def test_every_field_of_the_schema_is_tried() -> None:
    of_judges = {f"{name}.{field}" for name in OPINIONS if name in REGISTERED for field in opinions(name)}
    reasons = {field for field in NO_OPINION if field.partition(".")[0] in REGISTERED}
    tried = set(KNOBS) | set(REASONS) | of_judges | reasons
    known = fields()  # the whole schema is walked: once
    assert [field for field in known if field not in tried] == [], "write a knob, or a reason why there is none"
    assert [field for field in tried if field not in known] == [], "no such field any more"


@pytest.mark.parametrize("name", [name for name in ARCHETYPES if name not in ("none", "custom")])
def test_every_archetype_does_something_by_itself(name: str) -> None:
    start = "start=Mon 17:50" if name == "peak_hour" else "start=Mon 11:50"
    batches = "policies.direct={strategy: direct, batch: 5 every 1m}"
    settings = ("horizon=8h", start, batches, "service.traffic.rate=700/s")
    healthy = shop(*settings)
    faulty = shop(*settings, f"change.faults=[{{fault: {name}}}]")
    before, after = (run_many(s.plan("direct"), s, 3, RUNS) for s in (healthy, faulty))
    assert {"failed_requests", "slow_requests", "records_lost", "ended"} & set(moved(before, after))


def test_a_field_that_every_judge_has_is_tried_for_every_judge() -> None:
    shared = [field.name for field in dataclasses.fields(JudgeTerm)]
    names = {field.partition(".")[0] for field in JUDGES} - {"Row"}
    assert {f"{judge}.{name}" for judge in names for name in shared} <= set(KNOBS) | set(REASONS)
