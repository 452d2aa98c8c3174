"""The library: found from any folder, in the checkout or in a wheel, with the nearest right name."""

from pathlib import Path

import pytest

from sim.intake import library
from sim.intake.scenario_file import InputError, find, read
from tests.intake.samples import LIBRARY, SMALL


def refusal(name: str) -> str:
    with pytest.raises(InputError) as refused:
        find(name)
    return str(refused.value)


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("elsewhere")
def test_every_scenario_is_found_by_its_name_from_any_folder() -> None:
    assert sorted(find(str(entry)) for entry in library.library()) == LIBRARY


@pytest.mark.usefixtures("elsewhere")
def test_a_name_may_be_read_at_once() -> None:
    assert read("web_fleet").name == "Web fleet"
    assert find("web_fleet.yaml") == find("web_fleet")


def test_invalid_scenarios_are_not_of_the_library() -> None:
    assert [str(entry) for entry in library.library() if "invalid" in str(entry)] == []


def test_an_entry_says_what_a_table_shows() -> None:
    entry = next(entry for entry in library.library() if str(entry) == "web_fleet")
    assert (entry.title, entry.servers) == ("Web fleet", "100")
    assert entry.policies == ("direct", "test_first", "standby", "canary")
    assert entry.about == "A hundred web servers behind a load balancer."


def test_a_file_goes_before_a_name_of_the_library(elsewhere: Path) -> None:
    (elsewhere / "web_fleet").write_text(SMALL)
    assert find("web_fleet") == Path("web_fleet")


def test_a_name_of_the_library_goes_before_a_folder(elsewhere: Path) -> None:
    (elsewhere / "web_fleet").mkdir()
    assert find("web_fleet").suffix == ".yaml"


def test_a_wheel_carries_its_own_library(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = elsewhere / "site" / "sim"
    carried = package / "_data" / "scenarios"
    carried.mkdir(parents=True)
    (carried / "small.yaml").write_text(SMALL)
    monkeypatch.setattr(library, "__file__", str(package / "intake" / "library.py"))
    assert [str(entry) for entry in library.library()] == ["small"]
    assert read("small").name == "Small"


def test_a_broken_file_does_not_hide_the_others(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "home", lambda: elsewhere)
    (elsewhere / "a.yaml").write_text("name: [")
    (elsewhere / "b.yaml").write_text("- 1")
    (elsewhere / "c.yaml").write_text(SMALL)
    assert [entry.title for entry in library.library()] == ["(cannot be read)", "(cannot be read)", "Small"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("web_flet", "web_flet: does not exist; did you mean web_fleet?"),
        ("Web_Fleet.yaml", "Web_Fleet.yaml: does not exist; did you mean web_fleet?"),
        ("cloudflare_209", "cloudflare_209: does not exist; did you mean incidents/cloudflare_2019?"),
        ("kinds/config_mayor", "kinds/config_mayor: does not exist; did you mean kinds/config_major?"),
        ("zzz", "zzz: does not exist; `coalmine list` shows the library"),
        ("no/such/folder/x.yaml", "no/such/folder/x.yaml: does not exist; `coalmine list` shows the library"),
        ("a\0b", "'a\\x00b': does not exist; `coalmine list` shows the library"),
    ],
)
@pytest.mark.usefixtures("elsewhere")
def test_a_name_that_is_none_is_refused_with_the_nearest(name: str, said: str) -> None:
    assert refusal(name) == said


def test_the_nearest_file_of_the_same_folder_is_named(elsewhere: Path) -> None:
    (elsewhere / "shop.yaml").write_text(SMALL)
    assert refusal("shopp.yaml") == "shopp.yaml: does not exist; did you mean shop.yaml?"


def test_a_name_longer_than_a_path_may_be_is_only_a_name() -> None:
    assert refusal("a" * 5000) == f"{'a' * 37}...: does not exist; `coalmine list` shows the library"
