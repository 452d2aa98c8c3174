"""The picture says the finding, shows its intervals, and no text lies on another."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import Any

import matplotlib.image
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from sim.figures.comparison import draw, save
from sim.figures.panels import short
from sim.study.compare import Comparison, compare
from sim.study.files import CannotWrite
from sim.study.finding import finding
from sim.study.harm import harm
from sim.study.spread import spread_over_time
from tests.study.fake_engine import SIZE, TEXT, Dice, scenario

NAMES = (
    "direct", "a_very_long_name_of_a_policy_that_goes_on", "W" * 60, "$x_1$ & <b>", "standby",
    "two\nlines", "seventh",
)


@pytest.fixture(autouse=True)
def sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The dice know these policies too; their harm spans seven decades."""
    for place, name in enumerate(NAMES):
        monkeypatch.setitem(SIZE, name, 10.0 ** (6.5 - place))


def policies(count: int) -> dict[str, Any]:
    return {
        name: {"strategy": "canary", "bake": f"{10 + place}m"}
        for place, name in enumerate(NAMES[:count])
    } | {"direct": {"strategy": "direct"}}


class Still(Dice):
    """Every faulty change is harmless after all."""

    def run_many(self, *asked: Any) -> dict[str, Any]:
        made = super().run_many(*asked)
        return made | {name: made[name] * 0 for name in ("failed_requests", "users_hit")}


class Good(Dice):
    """No change is faulty."""

    def run_many(self, *asked: Any) -> dict[str, Any]:
        made = super().run_many(*asked)
        return made | {"faulty": made["faulty"] * 0}


def made(count: int, engine: Any = None, runs: int = 100, **changed: Any) -> Comparison:
    said = scenario(policies=policies(count), **changed)
    return compare(said, runs=runs, seed=5, jobs=1, engine=engine or Dice())


def drawn(found: Comparison) -> Figure:
    figure = draw(found, spread_over_time(found, most=20, engine=Dice()))
    FigureCanvasAgg(figure).draw()
    return figure


def texts(figure: Figure) -> list[Text]:
    """All texts that are seen, each with a place of its own."""
    every = figure.findobj(Text)
    return [text for text in every if text.get_visible() and text.get_text().strip()]


CASES = {
    "one": dict(count=1), "two": dict(count=2), "four": dict(count=4), "six": dict(count=6),
    "seven": dict(count=7), "all zero": dict(count=3, engine=Still()),
    "no faulty change": dict(count=3, engine=Good()), "one run": dict(count=3, runs=1),
    "long name": dict(count=2, name="A fleet of $many$ servers " + "x" * 100),
}


@pytest.mark.parametrize(
    "case", [c if c in ("four", "long name") else pytest.param(c, marks=pytest.mark.slow) for c in CASES]
)
def test_no_text_lies_on_another_or_leaves_the_picture(case: str) -> None:
    figure = drawn(made(**CASES[case]))
    unseen = hidden(figure)
    boxes = {text: text.get_window_extent() for text in texts(figure) if text not in unseen}
    for text, box in boxes.items():
        assert figure.bbox.x0 <= box.x0 <= box.x1 <= figure.bbox.x1, text.get_text()
        assert figure.bbox.y0 <= box.y0 <= box.y1 <= figure.bbox.y1, text.get_text()
    lying = [
        (a.get_text(), b.get_text()) for a, b in combinations(boxes, 2)
        if boxes[a].shrunk(0.98, 0.9).overlaps(boxes[b].shrunk(0.98, 0.9))
    ]
    assert lying == []


def hidden(figure: Figure) -> set[Text]:
    """Tick labels that an axis keeps but does not draw: beyond its ends."""
    found = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                if not low <= tick.get_loc() <= high:
                    found |= {tick.label1, tick.label2}
    return found


@pytest.mark.parametrize("case", ["one", "four", "no faulty change"])
def test_the_title_is_the_finding_and_the_foot_says_where_it_comes_from(case: str) -> None:
    found = made(**CASES[case])
    said = [" ".join(text.get_text().split()) for text in texts(drawn(found))]
    assert finding(found) in said
    foot = f"coalmine {found.version} · scenario Dice (sha256 {found.sha256[:12]}) · runs 0 to 99 "
    assert any(text.startswith(foot) and "seed 5" in text for text in said)


def test_four_policies_fill_1200_by_700_pixels(tmp_path: Path) -> None:
    found = made(4)
    save(found, tmp_path / "four.png", spread_over_time(found, most=5, engine=Dice()))
    assert matplotlib.image.imread(tmp_path / "four.png").shape[:2] == (700, 1200)


def test_axes_carry_units() -> None:
    said = {axes.get_xlabel() for axes in drawn(made(2)).axes}
    assert said >= {
        "time since the rollout began (min)", "% of changes", "failed requests (log)"
    }


class Corrupt(Still):
    """No request fails, but each faulty change loses so many records."""

    lost = 1

    def run_many(self, *asked: Any) -> dict[str, Any]:
        made = super().run_many(*asked)
        return made | {"records_lost": made["faulty"] * self.lost}


class Clean(Corrupt):
    """No request fails, and no record is lost."""

    lost = 0


def test_a_change_that_lost_records_did_harm() -> None:
    assert harm(made(1, engine=Clean()))["direct"].none.share == 1.0
    found = made(1, engine=Corrupt())
    assert harm(found)["direct"].none.share == 0.0
    assert "No harm" in {axes.get_title(loc="left") for axes in drawn(found).axes}


def test_shares_of_no_harm_have_their_interval_drawn() -> None:
    found = made(1)
    low, high = drawn(found).axes[1].lines[0].get_xdata()
    none = harm(found)["direct"].none
    assert (low, high) == (none.low, none.high)
    assert low < high


@pytest.mark.parametrize(
    ("ending", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("PDF", b"%PDF")]
)
def test_the_same_comparison_gives_the_same_bytes(
    tmp_path: Path, ending: str, start: bytes
) -> None:
    found = made(2)
    spread = spread_over_time(found, most=5, engine=Dice())
    for name in ("one", "two"):
        save(found, tmp_path / f"{name}.{ending}", spread)
    content = (tmp_path / f"one.{ending}").read_bytes()
    assert content.startswith(start)
    assert content == (tmp_path / f"two.{ending}").read_bytes()


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"jpg': a picture's name ends in \.png, \.svg or \.pdf"):
        save(made(1), tmp_path / "picture.jpg", {})


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite, match="there is no folder"):
        save(made(1), tmp_path / "none" / "picture.svg", {})


def test_letters_that_the_font_lacks_are_no_warning(tmp_path: Path) -> None:
    found = made(1, name="日本のサーバー")
    save(found, tmp_path / "picture.svg", {})
    assert (tmp_path / "picture.svg").stat().st_size > 1000


def test_an_interrupted_comparison_says_so() -> None:
    def at_once(done: int, total: int) -> None:
        raise KeyboardInterrupt
    cut = compare(scenario(policies=TEXT["policies"]), runs=500, jobs=1, engine=Dice(),
                  on_progress=at_once)
    assert any("interrupted" in text.get_text() for text in texts(drawn(cut)))


def test_numbers_are_short() -> None:
    assert [short(x) for x in (999, 999.6, 1234, 123456, 9.999e5)] == [
        "999", "1k", "1.23k", "123k", "1M"
    ]
