"""Every mutant is noticed by the test that should notice it, and that test is green without it."""

from pathlib import Path

import pytest

from tests.mutants.catalogue import MUTANTS
from tests.mutants.harness import Mutant, copy_of_the_tree, passes, survives


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_of_the_tree(tmp_path_factory.mktemp("mutants"))


def test_there_are_enough_of_them() -> None:
    assert len(MUTANTS) >= 25
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)


@pytest.mark.slow
def test_the_named_tests_are_green_without_a_mutant(tree: Path) -> None:
    assert passes(tree, *sorted({mutant.red for mutant in MUTANTS}))


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_fault_put_in_on_purpose_turns_its_test_red(tree: Path, mutant: Mutant) -> None:
    assert not survives(tree, mutant), f"{mutant.red} did not notice"
