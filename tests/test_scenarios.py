"""The scenario library: every file loads, names its sources and runs; incidents meet the facts."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.catalogue import ARCHETYPES
from sim.intake.lint import lint
from sim.intake.scenario_file import read
from sim.measure import run, run_many
from sim.model.timeline import Timeline
from sim.scenario import Expectation, Scenario
from sim.strategies.length import plan_length_s

HOME = Path(__file__).resolve().parent.parent / "scenarios"
FILES = sorted(path for path in HOME.rglob("*.yaml") if "invalid" not in path.parts)
NAMES = [path.relative_to(HOME).with_suffix("").as_posix() for path in FILES]
KINDS = ("software", "new_service", "config", "os_update", "shutdown_service")
WANTED = {
    *("website", "auth_servers", "web_fleet", "large_fleet", "incidents/cloudflare_2019"),
    *(f"incidents/{name}" for name in ("fastly_2021", "knight_2012", "google_cloud_2025", "cloudflare_2025")),
    *(f"incidents/{name}" for name in ("aws_ebs_2012", "azure_storage_2014", "cloudflare_dec_2025")),
    *(f"kinds/{kind}_{size}" for kind in KINDS for size in ("minor", "major")),
}
# Policies that their fleet cannot run, listed because the reason teaches.
TEACH = {(name, "canary"): "at least 2 production servers" for name in ("website", "any_size")}
each_scenario = pytest.mark.parametrize("name", NAMES)


@cache
def scenario(name: str) -> Scenario:
    return read(HOME / f"{name}.yaml")


def policies() -> list[tuple[str, str]]:
    return [(name, policy) for name in NAMES for policy in scenario(name).runnable()[0]]


# --- what stands in the files


def test_the_library_has_the_scenarios_of_the_source_idea() -> None:
    assert set(NAMES) >= WANTED


@each_scenario
def test_it_names_its_schema_for_editors(name: str) -> None:
    first, *_ = (HOME / f"{name}.yaml").read_text("utf-8").splitlines()
    up = "../" * name.count("/")
    assert first == f"# yaml-language-server: $schema={up}scenario.schema.json"


@each_scenario
def test_every_number_says_where_it_comes_from(name: str) -> None:
    """A comment on the line, or on the line above: a source, or that it is assumed."""
    if name == "web_fleet":
        pytest.skip("its numbers are fixed by the design, to compare speed and results on")
    lines = (HOME / f"{name}.yaml").read_text("utf-8").splitlines()
    # A remark may stand behind "policies:".
    start, end = (next(n for n, line in enumerate(lines) if line.startswith(key)) for key in ("service:", "policies:"))
    silent = []
    for above, line in zip(lines[start - 1 : end], lines[start:end], strict=False):
        said, _, why = line.partition(" #")
        comment = why or (above.strip() if above.strip().startswith("#") else "")
        if re.search(r"\d", said.partition("#")[0]) and len(comment.strip(" #")) < 5:
            silent.append(line)
    assert silent == []


@each_scenario
def test_every_policy_says_what_it_is(name: str) -> None:
    if name == "web_fleet":
        pytest.skip("its lines are fixed by the design")
    assert [word for word, policy in scenario(name).policies.items() if not policy.about] == []


@each_scenario
def test_its_policies_run_on_its_fleet_but_for_those_that_teach(name: str) -> None:
    _, reasons = scenario(name).runnable()
    taught = {policy: why for (file, policy), why in TEACH.items() if file == name}
    assert set(reasons) == set(taught)
    assert all(taught[policy] in reason for policy, reason in reasons.items())


@each_scenario
def test_its_horizon_outlasts_its_slowest_plan(name: str) -> None:
    here = scenario(name)
    plans, _ = here.runnable()
    assert all(plan_length_s(plan, here) < here.horizon for plan in plans.values())


@each_scenario
def test_no_limit_is_as_large_as_a_fault(name: str) -> None:
    """An alert threshold equal to the fault's size is a coin flip: defaults must avoid it."""
    if name == "web_fleet":
        pytest.skip("its numbers are fixed by the design")
    assert [found for found in lint(scenario(name)) if "coin flip" in found.text] == []


@pytest.mark.parametrize("kind", KINDS)
def test_minor_and_major_differ_in_chances_only(kind: str) -> None:
    minor, major = (scenario(f"kinds/{kind}_{size}") for size in ("minor", "major"))
    assert minor.change.kind == kind

    changes = [replace(one.change, one_of=()) for one in (minor, major)]
    assert changes[0] == changes[1]
    rest = [replace(one, name=kind, change=changes[0]) for one in (minor, major)]
    assert rest[0] == rest[1]
    faults = [[replace(f, chance=1.0) for f in one.change.one_of] for one in (minor, major)]
    assert faults[0] == faults[1]
    for small, large in zip(minor.change.one_of, major.change.one_of, strict=True):
        assert small.chance != large.chance
        assert (small.chance > large.chance) == (small.fault == "none")


def test_the_library_shows_most_of_the_catalogue() -> None:
    shown = {f.fault for name in NAMES for f in (*scenario(name).change.one_of, *scenario(name).change.faults)}
    assert set(ARCHETYPES) - shown <= {"custom", "dormant"}


# --- runs


def sane(outcome: dict[str, Any], here: Scenario) -> None:
    """What must hold of every run, whatever happened in it."""
    fleet, horizon = here.fleet, here.horizon
    assert outcome["failed_requests"] + outcome["slow_requests"] <= outcome["requests"]
    harmed = outcome["failed_requests"] + outcome["records_lost"]
    slow = outcome["slow_requests"] if here.service.objective.slow_counts else 0
    assert 0 <= outcome["users_hit"] <= min(here.service.users.count, harmed + slow)
    assert 0 <= outcome["servers_hit"] <= fleet.production.servers + fleet.standby.servers
    assert 0 <= outcome["peak_failed_share"] <= 1
    for column in ("time_to_detect_s", "time_to_restore_s", "lead_time_s"):
        value = outcome[column]
        assert np.isnan(value) or 0 <= value <= horizon, column
    assert np.isnan(outcome["lead_time_s"]) == (outcome["ended"] != "promoted")
    assert not (outcome["caught_before_users"] and harmed + slow), "users were harmed"
    assert outcome["detected_by"] != "none" or outcome["ended"] in ("promoted", "unfinished")


def rows(table: dict[str, Any]) -> list[dict[str, Any]]:
    return [{column: values[i] for column, values in table.items()} for i in range(len(table["ended"]))]


@pytest.mark.parametrize(("name", "policy"), policies())
def test_every_policy_runs_and_adds_up(name: str, policy: str) -> None:
    here = scenario(name)
    table = run_many(here.plan(policy), here, 7, range(3))
    for outcome in rows(table):
        sane(outcome, here)
    expected = requests_of(here)
    off = (table["requests"] - expected) / math.sqrt(expected)
    assert off.max() < 6
    # A new service is asked only by those who have been let in, and it may be withdrawn.
    assert off.min() > -6 or here.change.kind == "new_service"


def requests_of(here: Scenario) -> float:
    """Mean number of requests until the horizon: every profile here changes on full hours."""
    profile = here.service.traffic.profile
    minutes = (here.start + 60 * np.arange(round(here.horizon / 60)) + 30) % 86400
    steps = np.searchsorted([at for at, _ in profile], minutes, side="right") - 1
    return float(here.service.traffic.rate * 60 * np.array([by for _, by in profile])[steps].sum())


@pytest.mark.slow
@pytest.mark.parametrize(("name", "policy"), policies())
def test_every_fault_runs_under_every_policy(name: str, policy: str) -> None:
    here = scenario(name)
    for fault in here.faults:
        certain = replace(here.change, one_of=(), faults=(replace(fault, chance=1.0),))
        one = replace(here, change=certain, expect=())
        outcome = rows(run_many(one.plan(policy), one, 7, range(2)))
        for each in outcome:
            sane(each, one)
            assert each["faulty"] == 1, fault.key
            assert each["fault"] == fault.key


@pytest.mark.slow
@pytest.mark.parametrize(("name", "policy"), policies())
def test_a_timeline_changes_no_number(name: str, policy: str) -> None:
    here = scenario(name)
    plan, story = here.plan(policy), Timeline()
    told = run(plan, here, 7, 1, timeline=story)
    assert told == run(plan, here, 7, 1)
    times = [event.t_s for event in story.events]
    assert times == sorted(times)


# --- incidents

INCIDENTS = [(name, i) for name in NAMES for i in range(len(scenario(name).expect))]


@cache
def replayed(name: str, policy: str, runs: int = 400) -> dict[str, Any]:
    here = scenario(name)
    return run_many(here.plan(policy), here, 1, range(runs))


def simulated(table: dict[str, Any], wanted: Expectation) -> float:
    among = {
        "faulty": table["faulty"] == 1,
        "healthy": table["faulty"] == 0,
        "all": table["faulty"] >= 0,
    }
    values = table[wanted.column][among[wanted.among]]
    if wanted.word is not None:
        return float((values == wanted.word).mean())
    values = values[~np.isnan(values)]
    return float(np.median(values) if wanted.statistic == "p50" else values.mean())


@pytest.mark.parametrize(("name", "row"), INCIDENTS)
def test_an_incident_meets_its_published_numbers(name: str, row: int) -> None:
    wanted = scenario(name).expect[row]
    assert wanted.published
    assert wanted.source
    found = simulated(replayed(name, wanted.of, 60), wanted)
    met = abs(found - wanted.value) <= wanted.within
    assert met == (wanted.role != "beyond"), f"{wanted.role} {wanted.column}: {found} for {wanted.published}"


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("incidents/")])
def test_an_incident_predicts_something(name: str) -> None:
    roles = [wanted.role for wanted in scenario(name).expect]
    assert "predicted" in roles


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("incidents/")])
def test_an_incident_has_what_was_done_and_marks_the_rest_as_counterfactual(name: str) -> None:
    done = [policy for policy, said in scenario(name).policies.items() if not said.counterfactual]
    assert done == ["as_it_was"]
    assert len(scenario(name).policies) > 2


CLOUDFLARE = "incidents/cloudflare_2019"
SHARE, DURATION = "peak_failed_share", "time_to_restore_s"
# An input, ten percent up, what it moves and which way: more load fails more, slower people longer.
INPUTS = [
    ("service.traffic.rate=495k/s", SHARE, 1),
    ("fleet.production.servers=198", SHARE, -1),
    ("fleet.production.workers=110", SHARE, -1),
    ("fleet.production.service_time=22ms", SHARE, 1),
    ("change.faults.0.slow=11", SHARE, 1),
    ("watch.scrape=66s", DURATION, 1),
    ("people.acknowledge.median=132s", DURATION, 1),
    ("people.acknowledge.p95=5m30s", DURATION, 1),
    ("people.decide.median=22m", DURATION, 1),
    ("policies.as_it_was.undo=10% every 14300ms", DURATION, 1),
]


@pytest.mark.slow
@pytest.mark.parametrize(("setting", "column", "way"), INPUTS, ids=[row[0] for row in INPUTS])
def test_ten_percent_more_of_an_input_of_cloudflare_moves_the_replay(setting: str, column: str, way: int) -> None:
    """The numbers come out of overload and people, not out of the file; none is on an edge."""
    moved = read(HOME / f"{CLOUDFLARE}.yaml", set=[setting])
    table = run_many(moved.plan("as_it_was"), moved, 1, range(400))
    before = float(np.median(replayed(CLOUDFLARE, "as_it_was")[column]))
    shift = float(np.median(table[column])) / before - 1
    assert 0.0005 < way * shift < 0.15, f"{column} moved by {shift:.2%}"


def test_the_other_policies_would_have_spared_most_of_cloudflare_s_users() -> None:
    failed = {
        policy: float(replayed(CLOUDFLARE, policy, 100)["failed_requests"].mean())
        for policy in scenario(CLOUDFLARE).policies
    }
    as_it_was = failed.pop("as_it_was")
    assert failed["canary"] < 0.02 * as_it_was
    assert failed["waves"] < failed["canary"]
    assert 0.3 * as_it_was < failed["test_first"] < 0.7 * as_it_was, "if it measures processors"
    assert max(failed.values()) < as_it_was
