"""Every page in real Chromium: nothing is cut off on a phone, nobody is shut out, nobody else is asked."""

from __future__ import annotations

from typing import Any

import pytest

from tests.doors.visits import NEEDS_A_BROWSER, Visit

pytestmark = NEEDS_A_BROWSER

PAGES = {
    "watch": ("", "canvas.chart"),
    "compare": ("/compare?runs=100", "[data-testid=stVegaLiteChart]"),
    "explore": ("/explore", "[data-testid=stVegaLiteChart]"),
    "matters": ("/explore?more=What+matters+most", "text=matters most:"),
    "build": ("/build", "[data-testid=stFileUploaderDropzone]"),
    "yaml": ("/build?edit=YAML", "textarea"),
    "decide": ("/decide", "[data-testid=stVegaLiteChart]"),
    "learn": ("/learn?lesson=4_canaries", "h1"),
}
STREAMLITS_OWN = {"presentation-role-conflict"}
"""Its box for files has a role that its tabindex contradicts: minor, and without a door for us to mend it."""

# What sticks out to the right of the window, and is not inside something that scrolls by itself.
STICKS_OUT = """() => { const out = [], scrolls = e => { for (; e; e = e.parentElement) {
    if (/auto|scroll|hidden|clip/.test(getComputedStyle(e).overflowX) && e !== document.body
        && e.getBoundingClientRect().right <= innerWidth + 1 && !e.matches('[data-testid=stMain], .stApp')) return true;
  } return false; };
  for (const e of document.querySelectorAll('.stMainBlockContainer *')) { const box = e.getBoundingClientRect();
    if (box.width && box.right > innerWidth + 1 && !scrolls(e))
      out.push(e.tagName + " " + e.textContent.slice(0, 40)); }
  return out; }"""


def judged(page: Any) -> list[str]:
    """What axe finds wrong, a line each."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']} ({one['impact']}): {node['html'][:100]}: {node['failureSummary'][:200]}"
        for one in found if one["id"] not in STREAMLITS_OWN for node in one["nodes"][:3]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole_and_open_to_all(chromium: Any, app: str, name: str, scheme: str) -> None:
    place, sign = PAGES[name]
    visit = Visit(chromium, app + place, sign, color_scheme=scheme)
    visit.settled()
    visit.page.set_viewport_size({"width": 420, "height": 900})
    visit.page.wait_for_timeout(700)
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= 420
    assert visit.page.evaluate(STICKS_OUT) == [], "cut off at the width of a phone"
    assert judged(visit.page) == []
    assert (visit.errors, visit.hosts) == ([], {"localhost"})
    visit.page.close()
