"""The pages of docs/ as a site: built without a warning, every link leads somewhere, nothing from another host."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

pytest.importorskip("sphinx", reason="group docs")
ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow


class Page(HTMLParser):
    """What a page loads, where it links to, and its anchors."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        self.anchors.add(said.get("id", ""))
        if tag == "a" or said.get("rel") in ("index", "search", "next", "prev", "canonical"):
            self.links.append(said.get("href", ""))
        else:
            self.loads += [said[name] for name in ("src", "href", "data") if said.get(name)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", "-d", folder / "trees",
         ROOT / "docs", folder / "html"],
        cwd=folder, capture_output=True, text=True, check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder / "html"


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    found = {path: Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}
    assert len(found) > 20
    return found


def test_nothing_comes_from_another_host(site: Path, pages: dict[Path, Page]) -> None:
    abroad = [f"{path.name}: {what}" for path, page in pages.items() for what in page.loads
              if urlsplit(what).netloc]
    abroad += [f"{path.name}: {found}" for path in site.rglob("*.css")
               for found in re.findall(r"url\(\s*['\"]?(?:https?:)?//[^)]*", path.read_text(encoding="utf-8"))]
    assert abroad == []


def test_every_link_leads_to_a_page_and_its_anchor(site: Path, pages: dict[Path, Page]) -> None:
    astray = []
    for path, page in pages.items():
        for link in (urlsplit(link) for link in page.links if not urlsplit(link).scheme):
            target = (path.parent / unquote(link.path)).resolve() if link.path else path
            there = target.exists()
            if there and link.fragment and target in pages:
                there = unquote(link.fragment) in pages[target].anchors
            if not there:
                astray.append(f"{path.relative_to(site)}: {link.geturl()}")
    assert astray == []


def test_every_page_of_docs_is_in_the_site(pages: dict[Path, Page]) -> None:
    sources = {path.relative_to(ROOT / "docs").with_suffix("").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    made = {path.as_posix() for path in pages}
    assert [name for name in sources if not any(path.endswith(f"/html/{name}.html") for path in made)] == []
