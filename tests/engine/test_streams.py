"""One stream a purpose: keyed by seed, purpose and name, started at the run, and never moved by another."""

import numpy as np
import pytest

from sim.engine.streams import PURPOSES, Streams


def drawn(seed: int, run: int, purpose: str, name: str = "", count: int = 4) -> list[float]:
    with Streams(seed, run) as streams:
        return streams.of(purpose, name).random(count).tolist()


def test_the_raw_bits_are_those_of_every_numpy() -> None:
    """Raw bits never change; distributions may, and so results name numpy's version. Equal on 1.26, 2.4 and 2.5."""
    assert np.random.SeedSequence(12345, spawn_key=(1,)).generate_state(2).tolist() == [1457248422, 358904087]
    assert np.random.Philox(np.random.SeedSequence(12345)).random_raw(2).tolist() == [
        7761547988346370368, 12048877680314648833,
    ]


def test_the_same_key_draws_the_same() -> None:
    assert drawn(1, 7, "onset", "leak") == drawn(1, 7, "onset", "leak")


@pytest.mark.parametrize(
    "other", [(2, 7, "onset", "leak"), (1, 8, "onset", "leak"), (1, 7, "servers", "leak"), (1, 7, "onset", "errors")]
)
def test_seed_run_purpose_and_name_each_make_another_stream(other: tuple[int, int, str, str]) -> None:
    assert drawn(1, 7, "onset", "leak") != drawn(*other)


def test_one_purpose_does_not_move_another() -> None:
    with Streams(3, 0) as streams:
        streams["requests"].random(1000)
        after = streams["people"].random(4).tolist()
    assert after == drawn(3, 0, "people")


def test_a_run_inside_a_run_leaves_the_outer_one_alone() -> None:
    with Streams(3, 0) as outer:
        first = outer["requests"].random(2).tolist()
        with Streams(3, 0) as inner:
            again = inner["requests"].random(3).tolist()
        rest = outer["requests"].random(2).tolist()
    assert again[:2] == first
    assert first + rest == drawn(3, 0, "requests")


def test_purposes_have_different_numbers() -> None:
    assert len(set(PURPOSES.values())) == len(PURPOSES)


def test_runs_are_independent_enough() -> None:
    draws = np.array([drawn(11, run, "faults", count=1)[0] for run in range(2000)])
    assert abs(draws.mean() - 0.5) < 4 * np.sqrt(1 / 12 / 2000)
    assert abs(np.corrcoef(draws[1:], draws[:-1])[0, 1]) < 4 / np.sqrt(2000)
