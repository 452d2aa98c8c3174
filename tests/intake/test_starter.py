"""What `coalmine new` writes: right, without warnings, and with every field explained."""

import re
from pathlib import Path

import pytest

from sim.intake import shape
from sim.intake.lint import lint
from sim.intake.scenario_file import InputError, parse
from sim.intake.starter import copied, starter, title_of
from sim.judges import JUDGES, BurnRate, KthFailure, Threshold
from sim.scenario import Scenario

OPTIONAL = re.compile(r"^( *)# (?= *(?:- )?[{a-z_]+[:{])(.*)$", re.MULTILINE)


def test_the_starter_passes_check_without_a_warning() -> None:
    assert lint(parse(starter("Shop"))) == []


def test_every_field_of_the_vocabulary_is_in_the_starter() -> None:
    keys = {key for noun in shape.all_nouns(Scenario) for key in shape.keys_of(noun)}
    assert sorted(key for key in keys if not re.search(rf"\b{key}\b", starter("Shop"))) == []


def test_every_optional_part_is_right_when_its_mark_is_taken_away() -> None:
    text = starter("Shop")
    body = text[text.index("schema_version") :]
    # Parts of a fault are shown one after the other, not as YAML; `deleted_after` belongs to another kind.
    body = re.sub(r"    # More:.*?(?=\n\n)", "", body, flags=re.DOTALL)
    body = re.sub(r"\n.*deleted_after.*", "", body)
    opened = OPTIONAL.sub(lambda match: match[1] + match[2], body)
    scenario = parse(opened, "opened.yaml")
    assert set(scenario.policies) == {"direct", "test_first", "canary", "standby", "waves", "rolling"}
    assert len(scenario.watch.alerts) == 3
    assert scenario.expect


def test_every_other_judge_that_it_shows_is_one() -> None:
    shown = re.findall(r"#   \* (\{.*?\})", starter("Shop").replace("\n    #     .. ", " "))
    judges = []
    for line in shown:
        scenario = parse(starter("Shop").replace("{judge: threshold, above: 2%, consecutive: 2}", line), "shop.yaml")
        judges.append(scenario.policies["canary"].judge)
    assert {type(judge) for judge in judges} | {Threshold, KthFailure, BurnRate} == set(JUDGES)


@pytest.mark.parametrize("title", ["Shop", "true", "5", "a: b", "Ünïcode shop", "No", "#1"])
def test_any_title_is_text(title: str) -> None:
    assert parse(starter(title)).name == title


@pytest.mark.parametrize(
    ("name", "title"), [("payment_api.yaml", "Payment api"), ("x/web-2.yml", "Web 2"), ("-.yaml", "My service")]
)
def test_a_file_is_called_by_its_name(name: str, title: str) -> None:
    assert title_of(Path(name)) == title


def test_a_copy_of_the_library_names_the_schema_beside_it() -> None:
    lines = copied("incidents/cloudflare_2019").splitlines()
    assert lines[0] == "# yaml-language-server: $schema=scenario.schema.json"
    assert "yaml-language-server" not in "\n".join(lines[1:])
    assert parse("\n".join(lines)).name.startswith("Cloudflare")


def test_a_copy_of_what_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="did you mean web_fleet"):
        copied("web_flet")
