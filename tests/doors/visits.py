"""What tests and benchmarks of the app in real Chromium share: the server, the browser, one page in it."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = Path("/usr/bin/chromium")
LACKS = [name for name in ("playwright", "streamlit", "altair") if find_spec(name) is None]
NEEDS_A_BROWSER = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(LACKS), reason=f"not installed: {', '.join(LACKS)} (extra `app`, group `ui`)"),
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser: {CHROMIUM} is not there (apt install chromium)"),
]
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
]


@contextmanager
def served(**how: Any) -> Iterator[tuple[str, int]]:
    """An app that `coalmine explore` started, ended afterwards: its address, and the number of its process.

    how: what `subprocess.Popen` takes, as cwd and env.
    """
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "sim", "explore", "--port", str(port), "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **how) as server:
        address = f"http://localhost:{port}"
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{address}/_stcore/health", timeout=1).close()
                break
            except OSError:
                time.sleep(0.25)
        try:
            yield address, server.pid
        finally:
            server.terminate()


@contextmanager
def browser() -> Iterator[Any]:
    """The machine's Chromium, driven by Playwright."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=QUIET)
        yield started
        started.close()


class Visit:
    """One page in the browser, and what it asked for."""

    def __init__(self, chromium: Any, address: str, wait_for: str, **how: Any) -> None:
        size = {"viewport": {"width": 1280, "height": 900}}
        # A browser makes a new person for the page; a person's next tab has the size of the first.
        self.page = chromium.new_page(**size | how) if hasattr(chromium, "new_context") else chromium.new_page()
        self.hosts: set[str] = set()
        self.errors: list[str] = []
        self.page.on("request", lambda request: self.hosts.add(request.url.split("/")[2].split(":")[0]))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(address)
        self.page.wait_for_selector(wait_for, timeout=60_000)

    def seek(self, share: float) -> None:
        """Move the slider, as a hand would."""
        self.page.eval_on_selector(
            ".scrub", "(it, to) => { it.value = 1000 * to; it.dispatchEvent(new Event('input')); }", share
        )

    def said(self, role: str) -> list[str]:
        """What the picture says of the servers of a role, a policy each."""
        found = self.page.query_selector_all(f"canvas[data-role={role}]")
        return [canvas.get_attribute("aria-label") for canvas in found]

    def colours(self, nth: int) -> list[int]:
        """The pixel in the middle of the first server of the nth group."""
        script = "(all, nth) => [...all[nth].getContext('2d').getImageData(4, 4, 1, 1).data]"
        return list(self.page.eval_on_selector_all("canvas.cells", script, nth))

    def settled(self) -> None:
        """Wait until the server has nothing more to say about this page."""
        self.page.wait_for_function(
            "() => document.querySelector('[data-test-script-state=notRunning]')"
            " && !document.querySelector('[data-stale=true]')", timeout=60_000,
        )
