"""Real incidents: what other policies would have changed, that no prediction stands on an edge, and what the page says.

That published numbers are met within their bands is in tests/test_scenarios.py, for every row of every incident.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim import measure
from sim.intake.scenario_file import read
from sim.measure import run_many
from sim.scenario import Scenario
from tests.pages import FENCED

ROOT = Path(__file__).resolve().parent.parent
INCIDENTS = ROOT / "scenarios" / "incidents"
STAGED_TRIGGER = "change.faults=[{fault: errors, errors: 100%, servers: 85%}]"
"""The same fault, were it the trigger that is rolled out: it acts where it arrives."""


@cache
def scenario(name: str, *settings: str) -> Scenario:
    return read(INCIDENTS / f"{name}.yaml", set=list(settings))


@cache
def harm(name: str, policy: str, *settings: str, column: str = "failed_requests") -> float:
    return float(ran(name, policy, *settings)[column].mean())


@cache
def ran(name: str, policy: str, *settings: str) -> dict[str, Any]:
    here = scenario(name, *settings)
    return run_many(here.plan(policy), here, 1, range(10))


@pytest.mark.parametrize("name", ["fastly_2021", "google_cloud_2025"])
def test_no_staging_of_the_software_helps_against_a_trigger_that_is_everywhere(name: str) -> None:
    as_it_was = harm(name, "as_it_was")
    for policy in scenario(name).policies:
        assert harm(name, policy) == pytest.approx(as_it_was, rel=0.001), policy
        assert not np.isin(ran(name, policy)["detected_by"], ("gate", "test")).any(), policy


@pytest.mark.parametrize("name", ["fastly_2021", "google_cloud_2025"])
def test_staging_the_trigger_would_have_helped(name: str) -> None:
    assert harm(name, "as_it_was", STAGED_TRIGGER) < 0.01 * harm(name, "everywhere", STAGED_TRIGGER)
    assert harm(name, "everywhere", STAGED_TRIGGER) > 0.5 * harm(name, "as_it_was")


@pytest.mark.parametrize(
    ("name", "policy", "at_most"),
    [
        ("cloudflare_dec_2025", "canary", 0.01),
        ("cloudflare_dec_2025", "waves", 0.001),
        ("cloudflare_2025", "canary", 0.01),
        ("cloudflare_2025", "load_it_first", 0.0),
        ("azure_storage_2014", "both_kinds", 0.15),
        ("azure_storage_2014", "by_the_rule", 0.1),
        ("aws_ebs_2012", "a_day", 0.2),
        ("aws_ebs_2012", "five_days", 0.003),
    ],
)
def test_a_counterfactual_would_have_left_at_most_this_of_the_harm(name: str, policy: str, at_most: float) -> None:
    assert harm(name, policy) <= at_most * harm(name, "as_it_was")


@pytest.mark.parametrize(("name", "policy"), [("azure_storage_2014", "longer"), ("knight_2012", "judged")])
def test_what_is_only_more_of_the_same_changes_nothing(name: str, policy: str) -> None:
    column = "records_lost" if name == "knight_2012" else "failed_requests"
    before = harm(name, "as_it_was", column=column)
    assert before > 0
    assert harm(name, policy, column=column) == pytest.approx(before, rel=0.01)


def test_a_canary_a_day_ahead_of_the_leak_is_seen_by_the_alert_not_by_its_gate() -> None:
    day = ran("aws_ebs_2012", "a_day")
    assert np.isin(day["detected_by"], ("alert", "none")).all()
    assert day["servers_hit"].mean() < 0.2 * harm("aws_ebs_2012", "as_it_was", column="servers_hit")


def test_knight_needed_a_second_person_who_counts() -> None:
    assert harm("knight_2012", "as_it_was", "change.missed=0", column="records_lost") == 0


def test_days_of_waiting_need_no_steps_to_find_the_worst_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the stretch in which servers fall ill is cut into steps: the same worst minute, and the same cost."""
    here = scenario("aws_ebs_2012")
    found = run_many(here.plan("as_it_was"), here, 1, range(2))

    def everywhere(flows: Any, since: int, end: int) -> range:
        grid = measure.GRID_US
        return range(since - since % grid + grid, end, grid) if flows.failing.ramps else range(0)

    monkeypatch.setattr(measure, "_drift", everywhere)
    plain = run_many(here.plan("as_it_was"), here, 1, range(2))
    for column in ("peak_failed_share", "cost"):
        assert found[column] == pytest.approx(plain[column], rel=1e-9)
    assert found["peak_failed_share"] == pytest.approx(0.3, abs=0.001)


# Ten percent more of an input moves the prediction, and leaves it inside its band.
INPUTS = [
    ("fastly_2021", "people.decide.median=41m48s", 1),
    ("google_cloud_2025", "people.decide.median=25m18s", 1),
    ("google_cloud_2025", "policies.as_it_was.undo=20% every 82500ms", 1),
    ("cloudflare_dec_2025", "people.decide.median=22m", 1),
    ("cloudflare_dec_2025", "watch.scrape=66s", 1),
]


@pytest.mark.parametrize(("name", "setting", "way"), INPUTS)
def test_ten_percent_more_of_an_input_moves_a_predicted_duration_and_keeps_it_in_its_band(
    name: str, setting: str, way: int
) -> None:
    (row,) = [r for r in scenario(name).expect if r.role == "predicted" and r.column == "time_to_restore_s"]
    before, after = (float(np.median(ran(name, "as_it_was", *said)["time_to_restore_s"])) for said in ((), (setting,)))
    assert 0.002 < way * (after / before - 1) < 0.15
    assert abs(after - row.value) <= row.within


def test_predicted_durations_have_the_band_that_the_page_names() -> None:
    """A quarter, or tighter: a band that is made to fit would be an input."""
    for path in INCIDENTS.glob("*.yaml"):
        for row in scenario(path.stem).expect:
            if row.role == "predicted" and row.column == "time_to_restore_s":
                assert row.within <= row.value / 4, f"{path.stem}: {row.published}"


@pytest.mark.parametrize("page", ["incidents", "surprises"])
def test_every_number_in_the_prose_is_printed_or_stands_in_a_scenario(page: str) -> None:
    """Sentences repeat numbers of the blocks and of the files; when those change, this says which is old."""
    text = (ROOT / "docs" / f"{page}.md").read_text("utf-8")
    files = [*(ROOT / "scenarios" / page).glob("*.yaml"), ROOT / "scenarios" / "two_delays.yaml"]
    # Numbers are known from what is printed, and from the files behind it.
    known = " ".join([*FENCED.findall(text), *(path.read_text("utf-8") for path in files)])
    number = r"(?<![\w.,-])(?:\d[\d,.]*\d|\d)"
    prose = re.sub(r"<!--.*?-->|`[^`\n]*`|\]\([^)]*\)", " ", FENCED.sub("", text), flags=re.DOTALL)
    assert sorted(set(re.findall(number, prose)) - set(re.findall(r"\d[\d,.]*\d|\d", known))) == []
