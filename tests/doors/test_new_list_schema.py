"""`coalmine new`, `list` and `schema`: to start from, to choose from, to be helped by an editor."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sim.catalogue import ARCHETYPES, KINDS
from sim.intake.library import library
from sim.intake.schema import schema_text
from sim.judges import JUDGES
from sim.strategies import STRATEGIES
from tests.doors.command import Run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


# ---- new ------------------------------------------------------------------------------------------


def test_a_new_scenario_passes_check_without_warnings(coalmine: Run, folder: Path) -> None:
    result = coalmine("new", "payment_api")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "wrote payment_api.yaml and scenario.schema.json\nnext: coalmine check payment_api.yaml\n"
    assert coalmine("check", "payment_api.yaml").stdout.split() [-2:] == ["no", "warnings"]
    assert (folder / "scenario.schema.json").read_text(encoding="utf-8") == schema_text()


def test_the_first_line_names_the_schema_beside_it(coalmine: Run, folder: Path) -> None:
    coalmine("new")
    first = (folder / "scenario.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=scenario.schema.json"


def test_new_never_writes_over_a_file(coalmine: Run, folder: Path) -> None:
    (folder / "mine.yaml").write_text("precious")
    result = coalmine("new", "mine.yaml")
    assert (result.exit_code, result.stderr) == (2, "mine.yaml: exists; choose another name, or say --force\n")
    assert (folder / "mine.yaml").read_text() == "precious"
    assert not (folder / "scenario.schema.json").exists(), "refused means that nothing was written"


@pytest.mark.usefixtures("folder")
def test_new_follows_no_link_to_a_file_that_exists(coalmine: Run, folder: Path) -> None:
    (folder / "precious").write_text("precious")
    (folder / "link.yaml").symlink_to("precious")
    assert coalmine("new", "link.yaml").exit_code == 2
    assert (folder / "precious").read_text() == "precious"


def test_force_writes_over_a_file(coalmine: Run, folder: Path) -> None:
    (folder / "mine.yaml").write_text("old")
    assert coalmine("new", "mine.yaml", "--force").exit_code == 0
    assert "policies:" in (folder / "mine.yaml").read_text(encoding="utf-8")


def test_an_older_schema_is_kept_and_said_to_be(coalmine: Run, folder: Path) -> None:
    (folder / "scenario.schema.json").write_text("{}")
    result = coalmine("new", "mine.yaml")
    assert "kept scenario.schema.json as it is; --force renews it" in result.stderr
    assert (folder / "scenario.schema.json").read_text() == "{}"


def test_a_copy_of_the_library_says_the_same(coalmine: Run, folder: Path) -> None:
    assert coalmine("new", "mine", "--from", "incidents/cloudflare_2019").exit_code == 0
    from sim.intake.scenario_file import read, sha256

    assert sha256(read("mine.yaml")) == sha256(read("incidents/cloudflare_2019"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["x", "--from", "web_flet"], "web_flet: does not exist; did you mean web_fleet?"),
        (["no/such/x"], "no/such/x.yaml: cannot be written: No such file or directory"),
        (["a" * 300], f"{'a' * 300}.yaml: cannot be written: File name too long"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_what_cannot_be_written_is_refused(coalmine: Run, words: list[str], said: str) -> None:
    result = coalmine("new", *words)
    assert (result.exit_code, result.stderr.strip()) == (2, said)


# ---- list -----------------------------------------------------------------------------------------


def test_every_scenario_of_the_library_is_listed_with_its_facts(coalmine: Run) -> None:
    names = [str(entry) for entry in library()]
    first_words = [line.split()[0] for line in coalmine("list").stdout.splitlines() if line.strip()]
    assert [name for name in names if name not in first_words] == []
    rows = json.loads(coalmine("list", "--json").stdout)["scenarios"]
    assert [row["name"] for row in rows] == names
    assert all({"name", "what", "servers", "policies"} <= set(row) for row in rows)


def test_the_list_of_scenarios_has_one_line_for_each_folder_by_folder(coalmine: Run) -> None:
    lines, names = coalmine("list").stdout.splitlines(), [str(entry) for entry in library()]
    told = [line for line in lines if line.split(" ")[0] in names]
    assert sorted(line.split()[0] for line in told) == sorted(names)
    assert all(len(line.split("  ", 1)[1].strip()) > 10 for line in told)
    headings = ["Services", "Kinds of change, each minor and major", "Real incidents, with their published numbers",
                "Questions with surprising answers"]
    assert [line for line in lines if line in headings] == headings
    at = {line.split()[0]: place for place, line in enumerate(lines) if line}
    for name in names:
        folder = name.rpartition("/")[0]
        above = [line for line in lines[: at[name]] if line in headings][-1]
        assert above == headings[["", "kinds", "incidents", "surprises"].index(folder)]
    assert len(lines) == len(names) + 2 * len(headings) - 1 + 3


def test_one_of_a_list_is_told_whole(coalmine: Run) -> None:
    text = coalmine("list", "scenarios", "website").stdout
    assert text.startswith("website: A company's website on one machine, with an identical standby")
    assert "policies: direct, test_first" in text
    assert coalmine("list", "faults", "leak").stdout.startswith("leak: ")
    assert len(json.loads(coalmine("list", "faults", "leak", "--json").stdout)["faults"]) == 1


def test_an_unknown_name_is_refused_with_the_nearest(coalmine: Run) -> None:
    result = coalmine("list", "faults", "leek")
    assert result.exit_code == 2
    assert result.stderr.startswith("list: leek, is none of the faults; did you mean 'leak'?")


@pytest.mark.parametrize(
    ("topic", "words"),
    [
        ("faults", list(ARCHETYPES)),
        ("kinds", list(KINDS)),
        ("strategies", [kind.__dataclass_fields__["strategy"].default for kind in STRATEGIES]),
        ("judges", [kind.__dataclass_fields__["judge"].default for kind in JUDGES]),
    ],
)
def test_every_word_of_a_family_is_listed(coalmine: Run, topic: str, words: list[str]) -> None:
    result = coalmine("list", topic)
    assert [line.split(":")[0] for line in result.stdout.splitlines() if not line.startswith(" ")] == words
    rows = json.loads(coalmine("list", topic, "--json").stdout)[topic]
    assert [next(iter(row.values())) for row in rows] == words


@pytest.mark.parametrize("topic", ["faults", "kinds", "judges"])
def test_what_has_a_source_names_it(coalmine: Run, topic: str) -> None:
    rows = json.loads(coalmine("list", topic, "--json").stdout)[topic]
    assert [row for row in rows if not row["source"]] == []


@pytest.mark.parametrize("topic", ["scenarios", "faults", "kinds", "strategies", "judges"])
def test_lists_fit_a_terminal_of_80_columns(coalmine: Run, topic: str) -> None:
    assert [line for line in coalmine("list", topic).stdout.splitlines() if len(line) > 80] == []


def test_an_unknown_topic_is_refused_with_the_nearest(coalmine: Run) -> None:
    result = coalmine("list", "fault")
    assert result.exit_code == 2
    assert result.stderr.startswith("list: fault, is no topic; did you mean 'faults'?")


# ---- schema ---------------------------------------------------------------------------------------


def test_the_schema_is_printed_or_written(coalmine: Run, tmp_path: Path) -> None:
    path = tmp_path / "schema.json"
    assert coalmine("schema").stdout == schema_text()
    assert (coalmine("schema", "--output", path).stdout, path.read_text(encoding="utf-8")) == ("", schema_text())


def test_a_schema_that_cannot_be_written_is_refused(coalmine: Run, tmp_path: Path) -> None:
    result = coalmine("schema", "--output", tmp_path)
    assert (result.exit_code, result.stderr) == (2, f"--output: {tmp_path} is a folder; name a file in it\n")
