"""What the tests of the command line share: a small scenario file, the runner, the golden option.

`pytest tests/doors --update` renews the golden stories (the option is known only when this folder
is named: pytest reads options from the conftests of its arguments alone).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.doors import visits
from tests.doors.command import SMALL, Run


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="renew the golden stories")


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update", default=False))


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scenario file that a comparison of some dozen runs takes no time for."""
    path = tmp_path_factory.mktemp("small") / "small.yaml"
    path.write_text(SMALL, encoding="utf-8")
    return path


@pytest.fixture
def coalmine() -> Run:
    """The command in this process; `input` is what the keyboard says."""

    def call(*arguments: object, input: str | None = None) -> Result:  # noqa: A002 - runner's word
        from sim.cli.app import app

        words = [str(word) for word in arguments]
        return CliRunner().invoke(app, words, input=input, prog_name="coalmine")

    return call


@pytest.fixture(scope="session")
def app() -> Iterator[str]:
    """The address of an app that `coalmine explore` started; one for all tests of this process."""
    with visits.served() as (address, _):
        yield address


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with visits.browser() as browser:
        yield browser
