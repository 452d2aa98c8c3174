"""The app in real Chromium: the picture moves, keys work, links restore, nothing is asked of another host.

Skipped with a reason where playwright or the browser is not there.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.doors.visits import NEEDS_A_BROWSER, Visit

pytestmark = NEEDS_A_BROWSER


@pytest.fixture
def watch(chromium: Any, app: str) -> Iterator[Visit]:
    visit = Visit(chromium, app, "canvas.chart")
    yield visit
    visit.page.close()


def test_the_first_picture_shows_ill_servers_under_every_policy(watch: Visit) -> None:
    assert watch.page.locator(".panel h3").all_inner_texts() == ["direct", "test_first", "canary"]
    assert watch.said("canary") == ["canary: 5 ill"]
    assert "75 ill" in watch.said("production")[0]
    assert watch.errors == []


def test_a_cell_changes_its_colour_with_time(watch: Visit) -> None:
    watch.seek(0)
    grey = watch.colours(0)
    watch.seek(0.4)
    assert watch.colours(0) != grey
    watch.seek(1)
    assert "75 rolled back" in watch.said("production")[0]


def test_the_truth_can_be_hidden(watch: Visit) -> None:
    watch.page.uncheck(".truth input")
    assert watch.said("canary") == ["canary: 5 new version"]
    assert not watch.page.locator(".panel .count").first.is_visible()


def test_it_plays_pauses_and_is_moved_by_keys(watch: Visit) -> None:
    watch.seek(0)
    watch.page.click(".play")
    time.sleep(1)
    watch.page.click(".play")
    played = int(watch.page.eval_on_selector(".scrub", "it => it.value"))
    assert played > 5
    watch.page.focus(".scrub")
    watch.page.keyboard.press("End")
    assert int(watch.page.eval_on_selector(".scrub", "it => it.value")) == 1000
    assert "after the start" in watch.page.get_attribute(".scrub", "aria-valuetext")


def test_a_click_on_a_fact_goes_to_its_moment(watch: Visit) -> None:
    watch.page.locator(".panel >> nth=2 >> .story button", has_text="The judge says roll back").click()
    assert watch.page.inner_text(".clock").startswith("11m30s")


def test_new_luck_and_a_healthy_change_replace_the_picture(watch: Visit) -> None:
    watch.page.get_by_role("button", name="Healthy change").click()
    watch.page.wait_for_selector("text=nothing was wrong with it", timeout=20_000)
    watch.page.wait_for_function(
        "() => !JSON.stringify([...document.querySelectorAll('*')].map(e => e.shadowRoot && "
        "[...e.shadowRoot.querySelectorAll('canvas.cells')].map(c => c.dataset.ill))).includes('5')",
        timeout=20_000,
    )
    watch.page.wait_for_url("**run=0**", timeout=10_000)


def test_a_link_shows_the_same_to_others(watch: Visit, chromium: Any) -> None:
    watch.page.get_by_role("button", name="New luck").click()
    watch.page.wait_for_url("**run=**", timeout=20_000)
    watch.page.wait_for_timeout(2000)
    other = Visit(chromium, watch.page.url, "canvas.chart")
    assert other.page.locator("h4").inner_text() == watch.page.locator("h4").inner_text()
    assert other.page.locator(".panel .said").all_inner_texts() == watch.page.locator(".panel .said").all_inner_texts()
    other.page.close()


def test_nothing_is_asked_of_another_host(watch: Visit) -> None:
    assert watch.hosts == {"localhost"}


@pytest.mark.parametrize("width", [420, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("place", "sign"),
    [
        ("", "canvas.chart"), ("/compare?runs=200", "[data-testid=stVegaLiteChart]"),
        ("/decide", "[data-testid=stVegaLiteChart]"), ("/learn", "h1"),
    ],
)
def test_a_page_fits_its_width(chromium: Any, app: str, width: int, scheme: str, place: str, sign: str) -> None:
    visit = Visit(chromium, app + place, sign, viewport={"width": width, "height": 900}, color_scheme=scheme)
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
    assert visit.errors == []
    visit.page.close()


def test_a_click_on_a_server_tells_its_life(watch: Visit) -> None:
    watch.page.locator("canvas[data-role=canary]").click(position={"x": 5, "y": 5})
    about = watch.page.locator(".panel >> nth=2 >> .about")
    assert about.inner_text().startswith("Server 1 of canary: ")
    assert "ill (hidden truth)" in about.inner_text()
    watch.page.keyboard.press("ArrowRight")
    assert about.inner_text().startswith("Server 2 of canary: ")
    watch.page.uncheck(".truth input")
    assert "ill" not in about.inner_text()


def test_a_key_decides_and_the_truth_comes_after_it(chromium: Any, app: str) -> None:
    visit = Visit(chromium, f"{app}/decide?seed=1", "[data-testid=stVegaLiteChart]")
    visit.page.get_by_role("button", name="Promote").wait_for(timeout=60_000)
    assert not visit.page.get_by_text("The rule", exact=True).is_visible()
    visit.page.keyboard.press("b")
    visit.page.get_by_text("Nothing was wrong with it.").wait_for(timeout=60_000)
    assert visit.hosts == {"localhost"}
    visit.page.close()


def test_a_prediction_is_kept_and_set_beside_the_simulation(chromium: Any, app: str) -> None:
    visit = Visit(chromium, f"{app}/learn?lesson=1_just_push_it", "h1")
    visit.page.get_by_role("button", name="Next: A small fault").click(timeout=60_000)
    visit.page.get_by_label("How many of all these people").fill("5000")
    visit.page.get_by_role("button", name="Keep my prediction").click()
    visit.page.get_by_text("You said 5,000 users.").wait_for(timeout=60_000)
    visit.page.get_by_role("button", name="Worksheet and files").click()
    with visit.page.expect_download() as download:
        visit.page.get_by_role("button", name="Worksheet to print (HTML)").click()
    sheet = Path(download.value.path()).read_text(encoding="utf-8")
    assert "My prediction" in sheet
    assert visit.hosts == {"localhost"}
    visit.page.close()


def test_a_study_can_be_stopped_and_keeps_what_is_done(chromium: Any, app: str) -> None:
    visit = Visit(chromium, f"{app}/compare?runs=20000", "[data-testid=stProgress]")
    visit.page.wait_for_selector("text=changes under every policy", timeout=60_000)
    visit.page.get_by_role("button", name="Stop here").click()
    visit.page.wait_for_selector("[data-testid=stProgress]", state="detached", timeout=60_000)
    visit.page.wait_for_selector("[data-testid=stVegaLiteChart]", timeout=60_000)
    runs = int(visit.page.get_by_label("Changes", exact=True).input_value())
    assert 50 <= runs < 20_000
    visit.page.get_by_role("button", name="Take away").click()
    with visit.page.expect_download() as download:
        visit.page.get_by_role("button", name="CSV (every run)").click()
    lines = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1 + 4 * runs
    visit.page.close()


def test_a_knob_answers_while_a_map_is_being_made(chromium: Any, app: str) -> None:
    visit = Visit(chromium, f"{app}/explore?seed=77&more=Two+fields+as+a+map&up=Requests", "[data-testid=stProgress]")
    making = visit.page.get_by_text("at 42 points under every policy")
    making.wait_for(timeout=60_000)
    visit.page.get_by_role("slider").first.press("ArrowRight")
    command = visit.page.locator("code", has_text="--set").first
    command.wait_for(timeout=60_000)
    assert "coalmine compare web_fleet" in command.inner_text()
    making.wait_for(timeout=60_000)                          # it goes on, and was not waited for
    visit.page.close()
