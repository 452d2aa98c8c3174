"""Laws of the folder: light imports, a doctest and a source each, nonsense refused by name."""

import ast
import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import sim.theory

FILES = sorted(Path(sim.theory.__path__[0]).glob("*.py"))
# The files whose arguments GOOD knows; the theory of the statistical judges is tested with them.
NAMES = (
    "bounds", "tails", "breach", "counters", "kth_failure", "burn_rate", "exposure", "power",
    "escape", "budget", "users", "swap", "queueing", "capacity", "retries",
)


def public(name):
    module = importlib.import_module(f"sim.theory.{name}")
    own = [o for o in vars(module).values() if getattr(o, "__module__", "") == module.__name__]
    return [o for o in own if inspect.isfunction(o) and not o.__name__.startswith(("_", "<"))]


FUNCTIONS = [f for name in NAMES for f in public(name)]
FORMULAS = [f for f in FUNCTIONS if not f.__module__.endswith("bounds")]


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_a_file_imports_nothing_heavy_at_its_top(path):
    tops = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            tops |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            tops.add(node.module)
    outside = {top.split(".")[0] for top in tops if not top.startswith("sim.theory")}
    assert outside <= set(sys.stdlib_module_names)


def test_the_hot_file_runs_without_numpy():
    code = (
        "import sys; from sim.theory import queueing; queueing.response_tail(4, .05, 50, .5);"
        "sys.exit(bool({'numpy', 'scipy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f"{f.__module__[11:]}.{f.__name__}")
def test_a_function_says_what_it_is_where_from_and_shows_one_case(function):
    text = inspect.getdoc(function) or ""
    assert ">>>" in text, "no doctest"
    assert "Source:" in text or function.__module__.endswith("bounds"), "no source"
    hints = function.__annotations__
    assert "return" in hints
    assert len(hints) == len(inspect.signature(function).parameters) + 1


@pytest.mark.parametrize("function", FORMULAS, ids=lambda f: f"{f.__module__[11:]}.{f.__name__}")
@pytest.mark.parametrize("nonsense", [float("nan"), -1.0])
def test_nonsense_is_refused_by_name_with_its_value(function, nonsense):
    hints = function.__annotations__
    numeric = {"float", "int", "int | None"}
    for name in (n for n, hint in hints.items() if n != "return" and hint in numeric):
        arguments = {n: GOOD[n] for n in inspect.signature(function).parameters}
        function(**arguments)                       # passes, so that only `name` is to blame
        with pytest.raises(ValueError, match=rf"^{name}\(=.*\) must be .+"):
            function(**{**arguments, name: nonsense})


GOOD = {
    "mean": 3.0, "count": 2, "below": 0.1, "tries": 9, "chance": 0.1, "requests": 20, "above": 0.2,
    "breach": 0.3, "needed": 2, "checks": 6, "cdf": (0.0, 0.5), "draw": 0.3, "threshold": 2,
    "ticks": 5, "limit": 2, "measurements": 5, "factor": 6.0, "objective": 0.99, "window_s": 60.0,
    "error": 0.5, "before": 0.001, "history_s": 30.0, "long_s": 60.0, "short_s": 5.0,
    "mean_field_s": 12.0, "scrape_s": 10.0, "offset_s": 3.0, "evaluate_every_s": 30.0,
    "for_s": 60.0, "period_s": 2592000.0, "workers": 4, "load": 2.0, "service_s": 0.05,
    "rate": 50.0, "t": 0.5,
    "busy": 1.5, "places": 8, "machines": 5, "repairers": 1, "fail_rate": 0.1, "repair_rate": 1.0,
    "servers": 10, "available": 0.99, "per_server": 80.0, "busiest": 0.9, "spares": 1, "lost": 1,
    "retries": 2, "layers": 2, "accepts": 5.0, "leniency": 2.0, "capacity": 100.0, "report": 0.1,
    "bake_s": 600.0, "hazard": 0.01, "latency_s": 60.0, "undo_s": 60.0, "share": 0.05,
    "fleet_detect_s": 60.0, "fleet_undo_s": 60.0, "detect_s": 60.0, "until_s": 500.0,
    "shares": (0.1, 1.0), "bakes_s": (60.0, 60.0), "full_hazard": 0.01, "k": 2, "failure_rate": 0.2,
    "scrapes": 6, "canaries": 3, "missed": 0.1, "confidence": 0.95, "healthy": 0.01, "faulty": 0.1,
    "false_alarm": 0.05, "affected": 4, "requests_each": 20, "correlation": 0.01, "visible": 0.6,
    "covered": 0.5, "tests": 2, "a": 2.0, "b": 3.0, "test_s": 60.0, "onset_s": 5.0,
    "onset_by": lambda s: min(1.0, max(0.0, s / 100)), "median_s": 60.0, "p95_s": 200.0,
    "excess": 0.1, "seconds": 60.0, "availability": 0.999, "users": 100, "sticky": False,
    "shape": 0.5, "failures": 20, "ttl_s": 60.0, "steps": 10, "request_rate": 0.1, "back_s": 20.0,
}
