"""The app in real Chromium, alone and with a class of thirty: `make bench-app`.

    python -m benchmarks.app [--minutes 10] [--only alone|class]

Two browsers and 28 scripted visitors (`visitor.py`) change something every ten seconds, each at its own moment; half
of what they ask is new to the server, half has been asked before. Chromium, the visitors and the server share this
machine, so that a server of its own does better.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import threading
import time
from collections.abc import Iterator
from itertools import count
from statistics import median
from typing import Any

import psutil

from benchmarks.visitor import Failed, Visitor, visiting
from sim.intake import library, link
from sim.intake.source import text_of
from tests.doors.visits import CHROMIUM, Visit, browser, served

SCRIPTED, BROWSERS, EVERY_S = 28, 2, 10.0
CHANGED = "it => (document.querySelector('h4') ?? {textContent: it}).textContent !== it"
KNOWN_SEEDS = range(1, 9)
"""What a class has been asked to look at: whoever asks for these asks what was asked before."""


def quantile(values: list[float], share: float) -> float:
    """The value that so large a share does not pass."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


# --- one visitor ------------------------------------------------------------------------------------

def first_picture(chromium: Any, address: str) -> float:
    """Seconds from asking for the page until servers are drawn."""
    began = time.perf_counter()
    visit = Visit(chromium, address, "canvas.chart")
    took = time.perf_counter() - began
    visit.page.close()
    return took


def slider(chromium: Any, address: str, seed: int) -> list[float]:
    """Milliseconds from a key on a slider until 200 rollouts nobody has seen are on the page.

    Watched is the table below the charts: it is sent after them, and its means differ from setting to setting.
    """
    visit = Visit(chromium, f"{address}/explore?seed={seed}", "[data-testid=stVegaLiteChart]")
    thumb, found = visit.page.get_by_role("slider", name="Bake"), []
    for key in ("ArrowLeft", "ArrowLeft", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight"):
        visit.settled()
        visit.page.wait_for_timeout(1000)                    # what came last is still being drawn
        visit.page.evaluate(
            """() => { const said = () => [...document.querySelectorAll('table')].map(e => e.textContent).join();
              const before = said(), began = performance.now(); window.took = null;
              const watch = new MutationObserver(() => { if (said() !== before) {
                watch.disconnect(); requestAnimationFrame(() => { window.took = performance.now() - began; }); } });
              watch.observe(document.body, {subtree: true, childList: true, characterData: true}); }"""
        )
        thumb.focus()
        visit.page.keyboard.press(key)
        visit.page.wait_for_function("() => window.took !== null", timeout=60_000)
        found.append(float(visit.page.evaluate("window.took")))
    visit.page.close()
    return found


def frames(chromium: Any, address: str, servers: int) -> float:
    """Frames a second while a fleet of so many servers plays under three policies."""
    text = text_of(library.find("web_fleet")).replace("servers: 100,", f"servers: {servers},", 1)
    text = text.replace("standby: {servers: 100}", f"standby: {{servers: {servers}}}")
    text = text.replace("rate: 5000/s", f"rate: {50 * servers}/s").replace("5 every 1m", f"{servers // 20} every 1m")
    text = text.replace("25 every 1m", f"{servers // 4} every 1m")
    policies = "".join(f"&policies={name}" for name in ("direct", "test_first", "canary"))
    where = f"{address}/?scenario=your+own&own={link.packed(text)}&run=22{policies}"
    visit = Visit(chromium, where, "canvas.chart")
    assert f"production · {servers:,}" in visit.page.inner_text(".panels"), "not the fleet that was asked for"
    visit.settled()
    visit.page.wait_for_timeout(1000)
    visit.page.click(".again")
    seen = visit.page.evaluate(
        """() => new Promise(done => { let n = 0, began = performance.now();
          const step = () => { n += 1; const took = performance.now() - began;
            if (took > 5000) done(1000 * n / took); else requestAnimationFrame(step); };
          requestAnimationFrame(step); })"""
    )
    visit.page.close()
    return float(seen)


def alone() -> None:
    """What one visitor waits for."""
    with served() as (address, _), browser() as chromium:
        first_picture(chromium, address)                 # warm: the server has been asked once
        took = [first_picture(chromium, address) for _ in range(5)]
        print(f"first picture     {median(took):.2f} s, worst of 5 {max(took):.2f} s (must: 3)")
        moved = [one for seed in (900, 901, 902) for one in slider(chromium, address, seed)]
        print(f"slider's picture  {median(moved):.0f} ms, worst of {len(moved)} {max(moved):.0f} ms "
              "(must: 500; 200 new rollouts)")
        for servers in (1_000, 10_000):
            print(f"frames a second   {frames(chromium, address, servers):.0f} at {servers:,} servers a fleet")


# --- a class ----------------------------------------------------------------------------------------

class Lesson:
    """What a class asks, what it waits for, and what goes wrong."""

    def __init__(self) -> None:
        self.first: list[float] = []
        self.whole: list[float] = []
        self.failed: list[str] = []
        self.by_page: dict[str, list[float]] = {}
        self._new: Iterator[int] = count(10_000)

    def note(self, page: str, took: tuple[float, float]) -> None:
        self.first.append(took[0])
        self.whole.append(took[1])
        self.by_page.setdefault(page or "watch", []).append(took[0])

    def seed(self, new: bool, turn: int) -> int:
        """One that nobody has asked for, or one that others have."""
        return next(self._new) if new else KNOWN_SEEDS[turn % len(KNOWN_SEEDS)]


async def change(visitor: Visitor, lesson: Lesson, number: int, turn: int) -> tuple[float, float]:
    """The next change of one visitor: every second one is new."""
    new = (number + turn) % 2 == 0
    if visitor.page == "explore" and not new:
        return await visitor.slide("Bake", turn)         # the knobs are few: everybody has been at each of them
    if visitor.page:
        return await visitor.number("Seed", lesson.seed(new, turn))
    if new:
        return await visitor.press("New luck")
    return await visitor.number("Run of the study", 22 + turn % 8)


async def pupil(address: str, number: int, until: float, lesson: Lesson) -> None:
    """One scripted visitor: opens a page, then changes something every ten seconds."""
    await asyncio.sleep(EVERY_S * number / SCRIPTED)
    page = ("compare", "explore", "")[number % 3]
    try:
        visitor = await visiting(address, page)
        lesson.note(page, await visitor.open())
        for turn in count():
            began = time.monotonic()
            if began > until:
                break
            lesson.note(page, await change(visitor, lesson, number, turn))
            await asyncio.sleep(max(0.0, EVERY_S - (time.monotonic() - began)))
        await visitor.socket.close()
    except (Failed, OSError, TimeoutError) as error:
        lesson.failed.append(f"visitor {number}, {page or 'watch'}: {str(error)[:300] or type(error).__name__}")


def with_browsers(address: str, until: float, lesson: Lesson) -> None:
    """Two people with a browser each; what stops them is an error of the class."""
    try:
        browsing(address, until, lesson)
    except Exception as error:                               # it is a thread: nobody else would hear of it
        lesson.failed.append(f"browser: {type(error).__name__}: {str(error)[:300]}")


def browsing(address: str, until: float, lesson: Lesson) -> None:
    """One compares, one watches."""
    with browser() as chromium:
        compare = Visit(chromium, f"{address}/compare", "[data-testid=stVegaLiteChart]")
        watch = Visit(chromium, address, "canvas.chart")
        for turn in count():
            began = time.monotonic()
            if began > until:
                break
            before = watch.page.locator("h4").inner_text()
            watch.page.get_by_role("button", name="New luck").click()
            watch.page.wait_for_function(CHANGED, arg=before)
            lesson.note("browser", (time.monotonic() - began,) * 2)
            asked = time.monotonic()
            before = compare.page.locator("h4").first.inner_text()
            compare.page.get_by_label("Seed").fill(str(lesson.seed(turn % 2 == 0, turn)))
            compare.page.keyboard.press("Enter")
            compare.page.wait_for_function(CHANGED, arg=before)
            lesson.note("browser", (time.monotonic() - asked,) * 2)
            time.sleep(max(0.0, EVERY_S - (time.monotonic() - began)))
        lesson.failed += [f"browser: {error}" for error in (*compare.errors, *watch.errors)]
        lesson.failed += [f"browser asked {host}" for host in (compare.hosts | watch.hosts) - {"localhost"}]


def memory(server: int) -> float:
    """MB that the server and all its workers hold together, shared pages counted once for each."""
    root = psutil.Process(server)
    return sum(process.memory_info().rss for process in (root, *root.children(recursive=True))) / 1e6


async def the_class(address: str, server: int, minutes: float, lesson: Lesson) -> list[float]:
    """All visitors at once; MB of the server every ten seconds."""
    until, held = time.monotonic() + 60 * minutes, []
    people = threading.Thread(target=with_browsers, args=(address, until, lesson))
    people.start()
    pupils = [asyncio.create_task(pupil(address, number, until, lesson)) for number in range(SCRIPTED)]
    while not all(one.done() for one in pupils):
        await asyncio.sleep(EVERY_S)
        held.append(memory(server))
        if len(held) % 30 == 0:                              # of an hour one wants to know how it goes
            print(f"  {held[-1]:,.0f} MB, {len(lesson.first):,} answers, {len(lesson.failed)} errors", file=sys.stderr)
    await asyncio.gather(*pupils)
    await asyncio.to_thread(people.join)
    return held


def class_of_thirty(minutes: float) -> None:
    """A class at once: first answers, errors, memory."""
    lesson = Lesson()
    with served() as (address, server):
        asyncio.run(one_before(address))
        held = asyncio.run(the_class(address, server, minutes, lesson))
    late = sum(took > 3 for took in lesson.first) / len(lesson.first)
    load = os.getloadavg()[0]
    print(f"\na class of {SCRIPTED + BROWSERS}, {minutes:g} minutes, {len(lesson.first):,} answers, load {load:.1f}")
    print(f"first answer      median {median(lesson.first):.2f} s, 95 % within {quantile(lesson.first, 0.95):.2f} s, "
          f"worst {max(lesson.first):.2f} s; {late:.1%} above 3 s (must: 5 %)")
    for page, took in sorted(lesson.by_page.items()):
        print(f"  {page:15} median {median(took):.2f} s, 95 % within {quantile(took, 0.95):.2f} s, {len(took)} answers")
    print(f"whole answer      median {median(lesson.whole):.2f} s, 95 % within {quantile(lesson.whole, 0.95):.2f} s")
    third = max(1, len(held) // 3)
    print(f"memory            {max(held):,.0f} MB at most (must: 2,000); first third {median(held[:third]):,.0f}, "
          f"last third {median(held[-third:]):,.0f}")
    print(f"errors            {len(lesson.failed)}")
    for failure in lesson.failed[:10]:
        print(f"  {failure}")


async def one_before(address: str) -> None:
    """The teacher opens every page before the class does."""
    for page in ("", "compare", "explore"):
        visitor = await visiting(address, page)
        await visitor.open()
        await visitor.socket.close()


def main() -> None:
    ask = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    ask.add_argument("--minutes", type=float, default=10.0)
    ask.add_argument("--only", choices=("alone", "class"))
    asked = ask.parse_args()
    if not CHROMIUM.exists():
        sys.exit(f"no browser: {CHROMIUM} is not there (apt install chromium)")
    if asked.only != "class":
        alone()
    if asked.only != "alone":
        class_of_thirty(asked.minutes)


if __name__ == "__main__":
    main()
