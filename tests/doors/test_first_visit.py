"""A first-time visitor with the mouse alone: watch, compare, change the fleet, send the link; guests who mean ill."""

from __future__ import annotations

from typing import Any

from sim.intake import library, link
from sim.intake.source import text_of
from tests.doors.visits import NEEDS_A_BROWSER, Visit

pytestmark = NEEDS_A_BROWSER

SCRIPT = "<img src=x onerror=alert(1)><script>alert(2)</script>"
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


def written(**changes: str) -> str:
    """The web fleet as text, some of it replaced."""
    text = text_of(library.find("web_fleet"))
    for old, new in changes.items():
        assert old.replace("_", " ") in text
        text = text.replace(old.replace("_", " "), new, 1)
    return text


def panels(page: Any) -> list[str]:
    return [*page.locator(".panel h3").all_inner_texts(), *page.locator(".panel .said").all_inner_texts()]


def test_with_the_mouse_alone_a_visitor_sees_compares_changes_and_shares(chromium: Any, app: str) -> None:
    visit = Visit(chromium, app, "canvas.chart")
    page = visit.page
    # Direct, standby swap and canary meet the same fault.
    page.get_by_test_id("stButtonGroup").get_by_role("button", name="standby").click()
    page.locator(".panel h3", has_text="standby").wait_for(timeout=60_000)
    assert page.locator(".panel h3").all_inner_texts() == ["direct", "test_first", "standby", "canary"]
    page.locator(".play").click()
    page.locator(".panel .story button", has_text="The judge says roll back").last.click()
    assert page.locator(".panel .count").last.is_visible()
    # Compared over a thousand changes more than the first five hundred.
    page.get_by_role("link", name="Compare").click()
    page.get_by_role("button", name="1,000 changes more").click(timeout=60_000)
    page.get_by_text("coalmine compare web_fleet --runs 1500").wait_for(timeout=120_000)
    assert "canary hits" in page.locator("h4").first.inner_text()
    # The fleet changed: a slider moved by a click on its far end.
    page.get_by_role("link", name="Explore").click()
    page.wait_for_selector("[data-testid=stVegaLiteChart]", timeout=60_000)
    visit.settled()
    before = page.locator("h4").first.inner_text()
    box = page.get_by_test_id("stSlider").filter(has_text="Servers").bounding_box()
    page.mouse.click(box["x"] + 0.1 * box["width"], box["y"] + box["height"] - 12)
    page.wait_for_function("it => document.querySelector('h4')?.textContent !== it", arg=before, timeout=60_000)
    page.wait_for_url("**servers=**", timeout=60_000)
    visit.settled()
    # A colleague opens the link and sees the same.
    other = Visit(chromium, page.url, "[data-testid=stVegaLiteChart]")
    other.settled()
    assert other.page.locator("h4").first.inner_text() == page.locator("h4").first.inner_text()
    assert other.page.get_by_test_id("stMarkdownContainer").locator("table").inner_text() == (
        page.get_by_test_id("stMarkdownContainer").locator("table").inner_text()
    )
    assert (visit.errors, visit.hosts) == ([], {"localhost"})
    other.page.close()
    page.close()


def test_a_script_in_a_name_is_shown_and_not_run(chromium: Any, app: str) -> None:
    text = written(**{"name:_Web_fleet": f"name: '{SCRIPT}'"})
    visit = Visit(chromium, f"{app}/build?scenario=your+own&own={link.packed(text)}", "text=<script>alert(2)</script>")
    asked: list[str] = []
    visit.page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    visit.page.get_by_role("link", name="Watch it").click()
    visit.page.wait_for_selector("canvas.chart", timeout=60_000)
    assert (asked, visit.page.locator("img[src=x]").count()) == ([], 0)
    visit.page.close()


def test_hostile_files_are_refused_in_a_sentence_and_the_page_goes_on(chromium: Any, app: str) -> None:
    visit = Visit(chromium, f"{app}/build", "[data-testid=stFileUploaderDropzone]")
    page = visit.page
    for name, data, told in (
        ("bad.yaml", b"schema_version: 1\nname: x\nfleet: {prodution: {servers: 3}}\n", "production"),
        ("bomb.yaml", BOMB.encode(), "alias"),
        ("huge.yaml", b"name: x\n" + b"# " + b"y" * 2_000_000, "1.0MB or smaller"),
        ("many.yaml", written(**{"servers:_100,": "servers: 1000000000,"}).encode(), "at most"),
    ):
        page.get_by_test_id("stFileUploaderDropzone").locator("input").set_input_files(
            {"name": name, "mimeType": "application/yaml", "buffer": data}
        )
        page.get_by_text(told).first.wait_for(timeout=60_000)
        assert page.get_by_text("Something went wrong").count() == 0, name
        page.reload()
        page.wait_for_selector("[data-testid=stFileUploaderDropzone]", timeout=60_000)
    page.close()


def test_a_million_changes_are_limited_and_two_tabs_do_not_mix(chromium: Any, app: str) -> None:
    person = chromium.new_context()
    one = Visit(person, f"{app}/compare?runs=1000000&seed=3", "[data-testid=stNumberInput]")
    assert int(one.page.get_by_label("Changes", exact=True).input_value()) <= 20_000
    one.page.goto(f"{app}/compare?runs=100&seed=3")
    one.page.get_by_text("--runs 100 --seed 3").wait_for(timeout=60_000)
    two = Visit(person, f"{app}/compare?runs=100&seed=4", "[data-testid=stVegaLiteChart]")
    two.page.get_by_text("--runs 100 --seed 4").wait_for(timeout=60_000)
    one.page.get_by_label("Seed").fill("5")
    one.page.keyboard.press("Enter")
    one.page.get_by_text("--runs 100 --seed 5").wait_for(timeout=60_000)
    assert two.page.get_by_text("--runs 100 --seed 4").is_visible()
    assert two.page.get_by_label("Seed").input_value() == "4"
    person.close()
