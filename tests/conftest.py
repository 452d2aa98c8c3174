"""What every test may count on: the same surroundings on every machine, and no clock.

What is `slow`: a test that alone takes more than about five seconds, or a big matrix, is marked
`@pytest.mark.slow` and left to `make test-all`; each run ends with the names of unmarked tests over
five seconds. That is a list for people: no test passes or fails by the time it took, and speed is
measured in `benchmarks/`. Warnings are errors and markers are strict; pyproject.toml says so.
"""

import os
import signal

import pytest
from hypothesis import settings

# Terminals and CI systems talk to Rich and Typer through these; a test must not hear them.
UNHEARD = (
    "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "FORCE_COLOR", "GITHUB_ACTIONS", "LINES", "NO_COLOR",
    "PY_COLORS", "TTY_COMPATIBLE", "TTY_INTERACTIVE",
)

# No deadline: it would be a timed test. Derandomised: the same examples here, in CI and tomorrow.
settings.register_profile("coalmine", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("coalmine")


def pytest_configure(config: pytest.Config) -> None:
    for name in UNHEARD:
        os.environ.pop(name, None)
    os.environ["MPLBACKEND"] = "Agg"
    # A shell starts jobs in the background deaf to Ctrl-C, and what they start is deaf too.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
