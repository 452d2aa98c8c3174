"""Explore and Build your own in real Chromium: a changed field is in the link, a bad file is refused, knobs answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.doors.visits import NEEDS_A_BROWSER, Visit

pytestmark = NEEDS_A_BROWSER

CHART = "[data-testid=stVegaLiteChart]"
FIELD = "[data-testid=stTextInput] input"


def servers(visit: Visit) -> Any:
    """The field of the production servers."""
    return visit.page.get_by_label("servers", exact=True).first


def test_a_changed_fleet_is_in_the_link_and_a_colleague_sees_the_same(chromium: Any, app: str) -> None:
    visit = Visit(chromium, f"{app}/build", FIELD)
    servers(visit).fill("40")
    servers(visit).press("Enter")
    visit.page.wait_for_url("**own=1**", timeout=60_000)
    visit.page.wait_for_selector("text=Web fleet: 40 servers", timeout=60_000)
    other = Visit(chromium, visit.page.url, FIELD)
    assert servers(other).input_value() == "40"
    visit.page.get_by_role("link", name="Compare its policies").click()
    visit.page.wait_for_selector(CHART, timeout=90_000)
    assert "own=1" in visit.page.url
    # The first chart comes from 50 changes, the command when all are there.
    visit.page.wait_for_function("document.body.innerText.includes('coalmine compare web_fleet.yaml')", timeout=90_000)
    assert (visit.hosts, visit.errors) == ({"localhost"}, [])
    other.page.close()
    visit.page.close()


def test_a_bad_file_is_refused_with_its_line(chromium: Any, app: str, tmp_path: Path) -> None:
    bad = tmp_path / "mine.yaml"
    bad.write_text("name: <script>document.title = 'owned'</script>\nservice: {traffic: {rate: many}}\n")
    visit = Visit(chromium, f"{app}/build", FIELD)
    visit.page.set_input_files("input[type=file]", str(bad))
    visit.page.wait_for_selector("text=line 2: service.traffic.rate", timeout=60_000)
    assert visit.page.title() != "owned"
    assert "own=" not in visit.page.url
    visit.page.close()


def test_a_knob_is_in_the_link_and_in_the_command(chromium: Any, app: str) -> None:
    visit = Visit(chromium, f"{app}/explore?scenario=website", CHART)
    knob = visit.page.get_by_role("slider", name="Requests")
    knob.focus()
    knob.press("ArrowRight")
    visit.page.wait_for_url("**traffic=**", timeout=60_000)
    visit.page.wait_for_selector("text=--set service.traffic.rate=", timeout=60_000)
    assert (visit.hosts, visit.errors) == ({"localhost"}, [])
    visit.page.close()


@pytest.mark.parametrize("width", [420, 1280])
@pytest.mark.parametrize(("place", "sign"), [("/explore?scenario=website", CHART), ("/build", FIELD)])
def test_these_pages_fit_their_width(
    chromium: Any, app: str, width: int, place: str, sign: str
) -> None:
    visit = Visit(chromium, app + place, sign, viewport={"width": width, "height": 900}, color_scheme="dark")
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
    assert visit.errors == []
    visit.page.close()
