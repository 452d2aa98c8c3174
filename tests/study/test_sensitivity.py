"""Indices by SALib through our own path: against functions whose indices are known, and a study whose answer is."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from sim.intake.problems import InputError
from sim.intake.scenario_file import read, read_with_lines
from sim.intake.words import dump
from sim.study.compare import UnknownPolicy
from sim.study.estimate import Interval
from sim.study.indices import Cube, NoSALib, morris, sobol
from sim.study.sensitivity import Sensitivity, noise_share, read_range, screen, usual
from sim.study.store import OtherStudy
from tests.study.fake_engine import Dice, scenario


def ishigami(cube: Cube) -> Cube:
    x = np.pi * (2 * cube - 1)
    made: Cube = np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])
    return made


def sobol_g(cube: Cube) -> Cube:
    a = np.array([0.0, 1.0, 4.5, 9.0])
    made: Cube = np.prod((np.abs(4 * cube - 2) + a) / (1 + a), axis=1)
    return made


# --- known functions ------------------------------------------------------------------------------

@pytest.mark.slow
def test_the_indices_of_ishigami_are_found() -> None:
    """Exact: first 0.3139, 0.4424, 0; total 0.5576, 0.4424, 0.2437 (Ishigami, Homma 1990; a = 7, b = 0.1)."""
    found = {index.name: index for index in sobol(["x1", "x2", "x3"], ishigami, points=1024)}
    for name, first, total in (("x1", 0.3139, 0.5576), ("x2", 0.4424, 0.4424), ("x3", 0.0, 0.2437)):
        assert abs(found[name].first - first) < 2 * found[name].first_half + 1e-3
        assert abs(found[name].total - total) < 2 * found[name].total_half + 1e-3
        assert found[name].total_half < 0.15


def test_the_indices_of_sobols_g_are_found_and_in_order() -> None:
    """Exact: V_i = 1 / (3 (1 + a_i)^2), V = prod(1 + V_i) - 1, total_i = V_i prod_{j != i}(1 + V_j) / V."""
    part = 1 / (3 * (1 + np.array([0.0, 1.0, 4.5, 9.0])) ** 2)
    whole = float(np.prod(1 + part) - 1)
    total = part * np.prod(1 + part) / (1 + part) / whole
    found = sobol(["a", "b", "c", "d"], sobol_g, points=1024)
    assert [index.name for index in found] == ["a", "b", "c", "d"]
    for index, exact in zip(found, total, strict=True):
        assert abs(index.total - exact) < 2 * index.total_half + 2e-3


def test_morris_of_a_sum_is_its_slopes() -> None:
    found = morris(["small", "none", "large"], lambda cube: 2 * cube[:, 0] - 5 * cube[:, 2], trajectories=6)
    assert [(one.name, round(one.mean, 9)) for one in found] == [("large", -5), ("small", 2), ("none", 0)]
    assert all(one.half_width == pytest.approx(0) and one.spread == pytest.approx(0, abs=1e-9) for one in found)


def test_a_constant_has_no_indices_and_one_name_is_too_few() -> None:
    assert all(index.total == 0 for index in sobol(["a", "b"], lambda cube: np.ones(len(cube)), points=8))
    with pytest.raises(ValueError, match="must be at least 2"):
        morris(["alone"], lambda cube: cube[:, 0])


def test_without_salib_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for method in ("morris", "sobol"):
        monkeypatch.setitem(sys.modules, f"SALib.sample.{method}", None)
    with pytest.raises(NoSALib, match=r"pip install 'coalmine\[sensitivity\]'"):
        sobol(["a", "b"], sobol_g)


# --- studies --------------------------------------------------------------------------------------

class Weighed(Dice):
    """Dice whose cost is importance x harm, and whose canary pays 10 x the price of a server hour."""

    def run_many(self, plan, of, seed, runs):  # type: ignore[no-untyped-def]
        made = super().run_many(plan, of, seed, runs)
        standing = 10 * of.service.cost.per_server_hour if plan == of.plan("canary") else 0.0
        return made | {"cost": of.importance * made["failed_requests"] * 0.001 + standing}


def screened(*ranges: str, b: str | None = "direct", **asked: object) -> Sensitivity:
    _, root = read_with_lines(dump(scenario()), "dice")
    return screen(root, "canary", b, ranges=ranges, jobs=1, engine=Weighed(), **{"runs": 40} | asked)  # type: ignore[arg-type]


def test_the_price_that_does_all_is_found_and_the_delay_that_does_nothing() -> None:
    found = screened(
        "service.cost.per_server_hour=0..100", "importance=0.5..0.6", "people.decide=1m..20m", b=None, trajectories=4,
        points=8,
    )
    assert [effect.name for effect in found.effects] == [
        "service.cost.per_server_hour", "importance", "people.decide",
    ]
    assert found.effects[0].mean == pytest.approx(1000, rel=1e-6), "10 x the range"
    assert found.effects[2].mean_size == 0
    assert found.indices[0].name == "service.cost.per_server_hour"
    assert found.indices[0].total > 0.7
    widest = found.swings[0]
    assert widest.at_high.mean - widest.at_low.mean == pytest.approx(1000)


def test_the_difference_of_two_policies_is_paired() -> None:
    found = screened("importance=1..2", "service.cost.per_server_hour=0..1", trajectories=2)
    alone = screened("importance=1..2", "service.cost.per_server_hour=0..1", b=None, trajectories=2)
    assert found.base.mean < 0 < alone.base.mean
    assert found.effects[0].name == "importance"


class Stopped(Weighed):
    """Ctrl-C comes instead of its n-th block."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.at, self.made = at, 0

    def run_many(self, plan, of, seed, runs):  # type: ignore[no-untyped-def]
        self.made += 1
        if self.made == self.at:
            raise KeyboardInterrupt
        return super().run_many(plan, of, seed, runs)


def kept(engine: Stopped, store: Path | None) -> Sensitivity:
    _, root = read_with_lines(dump(scenario()), "dice")
    ranges = ["importance=1..2", "service.cost.per_server_hour=0..1"]
    return screen(
        root, "canary", ranges=ranges, jobs=1, engine=engine, runs=40, trajectories=2, points=4, store=store
    )


def test_an_interrupted_screening_goes_on_from_its_store(tmp_path: Path) -> None:
    whole = Stopped(0)
    undisturbed = kept(whole, None)
    assert whole.made > 10
    for at in (1, 4, whole.made // 2, whole.made - 1, whole.made):
        first, again = Stopped(at), Stopped(0)
        with pytest.raises(KeyboardInterrupt):
            kept(first, tmp_path / str(at))
        assert kept(again, tmp_path / str(at)) == undisturbed
        assert again.made == whole.made - (at - 1), "what was finished was computed again"


def test_a_folder_of_other_things_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear Ann")
    with pytest.raises(OtherStudy, match=r"is not empty .* \(it has letter.txt in it\)"):
        kept(Stopped(0), tmp_path)
    with pytest.raises(OtherStudy, match="is not a folder"):
        kept(Stopped(0), tmp_path / "letter.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_noise_is_the_share_of_the_errors_in_what_moves() -> None:
    wide = [Interval(mean - 1.96, mean, mean + 1.96) for mean in (0.0, 10.0)]
    assert noise_share(wide) == pytest.approx(1 / 25)
    assert noise_share([Interval(0, 1, 2)] * 3) == 1.0, "nothing moves but noise"


@pytest.mark.parametrize("name", ["web_fleet", "website", "large_fleet", "any_size", "auth_servers"])
def test_the_usual_guesses_are_scenarios_at_both_ends(name: str) -> None:
    made = read(name)
    assert len(usual(made)) >= 3
    for one in usual(made):
        for end in (one.low, one.high):
            read(name, set=[f"{one.path}={end}"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("importance=3..1", "the range runs backwards: did you mean 1..3?"),
        ("importance=2..2", "is empty"),
        ("importence=1..2", "did you mean importance?"),
        ("importance=5", "must be a range FROM..TO"),
        ("service.base_errors=1%..200%", "at most 100%"),
    ],
)
def test_what_is_no_range_is_refused(text: str, said: str) -> None:
    _, root = read_with_lines(dump(scenario()), "dice")
    with pytest.raises(InputError) as caught:
        read_range(root, text)
    assert said in str(caught.value)


def test_unknown_policies_and_columns_are_refused() -> None:
    _, root = read_with_lines(dump(scenario()), "dice")
    with pytest.raises(UnknownPolicy, match="canry"):
        screen(root, "canry")
    with pytest.raises(ValueError, match="column 'costs'"):
        screen(root, "canary", column="costs")
