"""Build your own, without a browser: the form, the text and the link are one scenario; nothing hostile gets through."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from sim.intake.library import home, names
from sim.intake.link import packed, unpacked
from sim.intake.scenario_file import parse
from sim.intake.source import text_of
from tests.screens.app import ROOT, opened, text

SERVERS = "fleet.production.servers"


def field(app: AppTest, name: str) -> Any:
    return next(one for one in app.text_input if str(one.key).endswith(f" {name}"))


def editor(app: AppTest) -> Any:
    return next(iter(app.text_area))


def code(app: AppTest) -> str:
    """What the link says of one's own scenario."""
    said = app.query_params["own"]
    return said if isinstance(said, str) else said[0]


def mine(app: AppTest) -> str:
    return unpacked(code(app))


@pytest.mark.slow
@pytest.mark.parametrize("name", names())
def test_every_scenario_of_the_library_can_be_edited(name: str) -> None:
    for part in ("general", "service", "change", "watch", "people", "policies"):
        app = opened("build", scenario=name)
        app.session_state["part"] = part
        app.run()
        assert not app.exception
        assert not app.error


@pytest.mark.slow
def test_a_field_changed_in_the_form_is_in_the_link_the_file_and_on_other_pages() -> None:
    app = opened("build")
    field(app, SERVERS).set_value("40").run()
    assert not app.exception
    assert not app.error
    assert "40 servers" in text(app)
    assert parse(mine(app)).fleet.production.servers == 40
    other = opened("compare", scenario="your own", own=code(app), runs="50")
    assert not other.exception
    assert not other.error
    assert "coalmine compare web_fleet.yaml" in other.code[0].value


def test_a_wrong_value_is_said_at_its_field_and_the_link_keeps_the_last_scenario() -> None:
    app = opened("build")
    field(app, SERVERS).set_value("40").run()
    field(app, SERVERS).set_value("1000000000").run()
    assert not app.exception
    assert ":red[servers" in text(app) or "must be from 1 to 1000000" in text(app)
    assert "Not yet a scenario" in app.warning[0].value
    assert parse(mine(app)).fleet.production.servers == 40


def test_the_text_is_read_with_errors_at_their_lines_and_nearest_words() -> None:
    app = opened("build", edit="YAML")
    editor(app).set_value(text_of(names()["web_fleet"]).replace("base_errors:", "base_error:")).run()
    assert not app.exception
    assert "line 8" in app.error[0].value
    assert "base\\_errors" in app.error[0].value
    assert "base_error:" in editor(app).value, "what was typed stays, to be mended"
    editor(app).set_value(text_of(names()["website"])).run()
    assert not app.error
    assert mine(app) == text_of(names()["website"]), "comments and all"


def test_a_link_restores_exactly_this_scenario() -> None:
    said = text_of(names()["auth_servers"]).replace("name: Authentication servers", "name: Our logins")
    app = opened("build", scenario="your own", own=packed(said), edit="YAML")
    assert not app.exception
    assert editor(app).value == said
    assert "Our logins" in text(app)


@pytest.mark.parametrize("own", ["", "1", "2abc", "1" + "A" * 500, "<script>", "1" + "x" * 9000])
def test_a_broken_link_is_a_sentence_and_a_way_on(own: str) -> None:
    app = opened("build", scenario="your own", own=own)
    assert not app.exception
    assert "Start from any scenario" in text(app) or "Start again" in text(app)


HOSTILE = {path.stem: path for path in sorted((home() / "invalid").glob("*.yaml"))}


@pytest.mark.parametrize("name", ["yaml_bomb", "yaml_tag", "yaml_too_deep", "nul", "servers_too_many", "text_only"])
def test_hostile_text_is_refused_with_a_sentence(name: str) -> None:
    app = opened("build", edit="YAML")
    editor(app).set_value(HOSTILE[name].read_text(encoding="utf-8")).run()
    assert not app.exception
    assert app.error[0].value.startswith("- ")
    assert "own" not in app.query_params


@pytest.mark.slow
def test_scripts_in_names_are_shown_letter_for_letter() -> None:
    evil = "<script>alert(1)</script> [x](javascript:alert(1)) <img src=x onerror=alert(1)>"
    said = text_of(names()["website"])
    line = next(line for line in said.splitlines() if line.startswith("name:"))
    said = said.replace(line, f'name: "{evil}"').replace("  direct:", '  "<b>dire</b>ct":')
    for page in ("build", "compare", "watch", "explore"):
        app = opened(page, scenario="your own", own=packed(said), runs="50")
        assert not app.exception
        assert not app.error
        for part in (*app.markdown, *app.caption):
            assert not part.allow_html
            assert "<script>" not in part.value.replace("\\<", "")
            assert "](javascript" not in part.value


def test_two_tabs_do_not_mix() -> None:
    one, two = opened("build"), opened("build")
    field(one, SERVERS).set_value("40").run()
    two.run()
    assert field(two, SERVERS).value == "100"
    assert one.session_state["draft"] is not two.session_state["draft"]


def test_a_million_servers_are_compared_but_not_drawn() -> None:
    large = text_of(names()["large_fleet"]).replace("servers: 5000", "servers: 1000000")
    assert "1000000" in large
    app = opened("watch", scenario="your own", own=packed(large))
    assert not app.exception
    assert "at most 20,000 servers, and this fleet has 1,000,000" in app.error[0].value


def test_a_thousand_policies_are_refused_with_a_sentence() -> None:
    many = "policies:\n" + "".join(f"  p{n}: {{strategy: direct, batch: all}}\n" for n in range(1000))
    code = packed(text_of(names()["website"]).split("policies:")[0] + many)
    app = opened("compare", scenario="your own", own=code)
    assert not app.exception
    assert "has 1,000, the app takes at most 24" in app.error[0].value


def test_what_is_pictured_needs_no_server_of_pages() -> None:
    """A worker makes the film: it must not load Streamlit, which takes a second and 100 MB."""
    look = "import sys, sim.screens.pictured, sim.screens.limits; print('streamlit' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
