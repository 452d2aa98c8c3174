"""The JSON Schema: current, right about every scenario we have, and made so that editors can help."""

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from sim.intake.scenario_file import parse
from sim.intake.schema import FILE_NAME, schema, schema_text
from sim.intake.starter import starter
from sim.intake.tree import grow
from tests.intake.samples import FULL, INVALID, LIBRARY, ROOT, SMALL

SCHEMA = schema()
VALIDATOR = Draft202012Validator(SCHEMA)

# What a schema cannot say: YAML itself, sums and comparisons, bounds of what is written with a unit.
BEYOND = (
    "yaml_", "nul", "key_twice", "chances_do_not_add_up", "kinds_do_not_add_up", "faults_and_one_of",
    "fault_twice",
    "zone_unknown", "p95_below_median", "repair_without_time", "deleted_after_of_software", "two_counters",
    "early_without_judge", "objective_of_one", "bake_longer", "plan_longer", "scrape_longer", "scrapes_too_many",
    "blips_too_many", "waves_too_many", "missed_all", "expect_", "no_policies", "profile_time_twice", "canaries_more",
    "canaries_none", "duration_of_years", "share_above_one", "chance_above_one", "rate_", "servers_", "users_none",
    "batch_of_nothing", "hours_backwards", "number_is_nan", "number_is_infinite", "batch_pace_without_unit",
)


def plain(path: Path) -> Any:
    return grow(path.read_text(encoding="utf-8"), str(path)).root.plain()


def test_the_committed_schema_is_current() -> None:
    committed = (ROOT / "scenarios" / FILE_NAME).read_text(encoding="utf-8")
    assert committed == schema_text(), "renew it: coalmine schema --output scenarios/scenario.schema.json"


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.stem)
def test_every_scenario_of_the_library_is_right_by_the_schema(path: Path) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(plain(path))] == []


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.stem)
def test_every_scenario_of_the_library_names_the_schema_in_its_first_line(path: Path) -> None:
    first = path.read_text(encoding="utf-8").split("\n", 1)[0]
    assert first.startswith("# yaml-language-server: $schema=")
    assert (path.parent / first.partition("=")[2]).resolve() == ROOT / "scenarios" / FILE_NAME


@pytest.mark.parametrize("text", [SMALL, FULL, starter("Shop")], ids=["small", "full", "starter"])
def test_what_intake_reads_the_schema_allows(text: str) -> None:
    parse(text)
    assert [error.message for error in VALIDATOR.iter_errors(grow(text, "a.yaml").root.plain())] == []


WITHIN = [path for path in INVALID if not path.stem.startswith(BEYOND)]


@pytest.mark.parametrize("path", WITHIN, ids=lambda path: path.stem)
def test_an_editor_sees_the_mistakes_that_a_schema_can_say(path: Path) -> None:
    assert not VALIDATOR.is_valid(plain(path))


def test_every_property_says_what_it_is() -> None:
    nouns = {"Scenario": SCHEMA, **SCHEMA["$defs"]}
    parts = {f"{name}.{key}": part for name, noun in nouns.items() for key, part in noun["properties"].items()}
    silent = [name for name, part in parts.items() if not part.get("description")]
    assert silent == [], "explain it in the dataclass's docstring, or in sim/intake/docstrings.py"


def test_no_noun_takes_keys_that_it_does_not_know() -> None:
    assert [name for name, noun in SCHEMA["$defs"].items() if noun.get("additionalProperties") is not False] == []


def test_members_of_a_family_must_name_themselves() -> None:
    for name, noun in SCHEMA["$defs"].items():
        tags = [key for key in ("strategy", "judge", "fault") if "const" in noun["properties"].get(key, {})]
        assert set(tags) <= set(noun.get("required", ())), name


def test_defaults_are_in_the_words_of_a_file() -> None:
    canary = SCHEMA["$defs"]["Canary"]["properties"]
    assert (canary["bake"]["default"], canary["canaries"]["default"]) == ("10m", "5%")
