"""The house keeps its order: a floor of `sim/` imports only floors listed above it.

Read from the source, not from what happens to be loaded: imports inside functions, under
`TYPE_CHECKING` and by `import_module("...")` count like any other.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ORDER = (
    "units", "theory", "model", "judges", "strategies", "catalogue", "scenario", "engine",
    "measure", "intake", "study", "figures", "charts", "cli", "lab", "screens",
)
DOORSTEP = "__main__"                        # sim/__main__.py, if there: opens the last doors
KEPT_TO = {                                  # library -> floors that may import it
    "simpy": {"engine"},
    "matplotlib": {"figures"},
    "altair": {"charts"},
    "streamlit": {"screens", "cli"},         # cli: `explore` starts it
}
HEAVY = (                                    # never loaded before a command needs it
    "numpy", "scipy", "simpy", "matplotlib", "pandas", "pyarrow", "streamlit", "altair", "joblib",
    "dask", "distributed", "SALib",
)


# --- the checker ----------------------------------------------------------------------------------

def modules(root: Path) -> dict[str, Path]:
    """Every module of root/sim by its dotted name; a package goes by its folder's name."""
    found = {}
    for path in sorted((root / "sim").rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def floor(module: str) -> str:
    """The first name below `sim`; empty for `sim` itself.

    >>> floor("sim.engine.world"), floor("sim.units"), floor("sim")
    ('engine', 'units', '')
    """
    return [*module.split("."), ""][1]


def imported(name: str, path: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything that a module imports.

    `from a import b` gives a.b: whether b is a module is for the reader of the name to say.
    """
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                start = package[: len(package) - level + 1] if level else []
                source = ".".join(start + ([module] if module else []))
                yield from ((node.lineno, f"{source}.{alias.name}") for alias in names)
            case ast.Call(
                func=ast.Name(id="import_module" | "__import__")
                | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(target)), *_],
            ):
                yield node.lineno, target


def nearest_module(target: str, known: dict[str, Path]) -> str:
    """The module of `known` that an imported name lives in: sim.model.Fleet is in sim.model."""
    while target and target not in known:
        target = target.rpartition(".")[0]
    return target


def complaints(root: Path, name: str) -> list[str]:
    """What a module imports and may not, one sentence each with its file and line."""
    known = modules(root)
    path = known[name]
    here = floor(name)
    if here not in (*ORDER, DOORSTEP, ""):
        return [f"{path}: sim/{here} is on no floor; give it its place in ORDER and in DESIGN 5"]
    above = ORDER if here == DOORSTEP else ORDER[: ORDER.index(here)] if here else ()
    found = []
    for line, target in imported(name, path):
        where = f"{path}:{line}"
        top = target.split(".")[0]
        there = floor(target)
        if top == "sim":
            # `from sim import __version__` is fine anywhere: sim/__init__.py imports nothing.
            if there in (*ORDER, DOORSTEP) and there != here and there not in above:
                found.append(f"{where}: sim.{here} imports {target}, a floor below it")
            elif not nearest_module(target, known):
                found.append(f"{where}: {target} does not exist")
        elif here not in KEPT_TO.get(top, {here}):
            homes = " and ".join(f"sim/{home}" for home in sorted(KEPT_TO[top]))
            found.append(f"{where}: {top} is kept to {homes}")
    return found


def circle(root: Path, home: str) -> list[str]:
    """Modules of one floor that import each other in a circle, or nothing.

    That a submodule's import runs its package's `__init__` first is not counted; that a submodule
    imports a name from its own package, whose `__init__` imports the submodule, is.
    """
    known = {name: path for name, path in modules(root).items() if floor(name) == home}
    graph = {
        name: {nearest_module(target, known) for _, target in imported(name, path)} - {"", name}
        for name, path in known.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


# --- this house -----------------------------------------------------------------------------------

@pytest.mark.parametrize("name", modules(ROOT))
def test_a_module_imports_only_floors_listed_above_its_own(name: str) -> None:
    assert complaints(ROOT, name) == []


@pytest.mark.parametrize("home", sorted({floor(name) for name in modules(ROOT)} - {""}))
def test_inside_a_floor_imports_never_go_in_a_circle(home: str) -> None:
    assert circle(ROOT, home) == []


def test_every_folder_of_modules_is_a_package() -> None:
    folders = {path.parent for path in modules(ROOT).values()}
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []


def test_the_package_itself_imports_nothing() -> None:
    assert list(imported("sim", ROOT / "sim" / "__init__.py")) == []


LOOK = "; print(*sorted({name.partition('.')[0] for name in sys.modules}))"


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("import sys, sim.cli", id="import sim.cli"),
        pytest.param(
            "import sys, contextlib, io, sim.cli; sys.argv = ['coalmine', '--help']\n"
            "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):\n"
            "    sim.cli.main()\n"
            "pass",
            id="coalmine --help",
        ),
    ],
)
def test_the_command_line_starts_without_heavy_libraries(code: str) -> None:
    if not any(floor(name) == "cli" for name in modules(ROOT)):
        pytest.skip("sim/cli is not written yet")
    done = subprocess.run(
        [sys.executable, "-c", code + LOOK], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert set(HEAVY) & set(done.stdout.split()) == set(), "import these where they are used"


# --- the checker itself, on made-up houses --------------------------------------------------------

def build(root: Path, files: dict[str, str]) -> Path:
    """A house in `root`; files: path below sim/ -> source. Every folder gets its `__init__.py`."""
    for name, source in {"__init__.py": "", **files}.items():
        path = root / "sim" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / "__init__.py").touch()
        path.write_text(source, encoding="utf-8")
    return root


@pytest.mark.parametrize(
    ("file", "source", "said"),
    [
        ("model/fleet.py", "import sim.engine.run", "imports sim.engine.run, a floor below it"),
        ("model/fleet.py", "from sim import engine", "imports sim.engine, a floor below it"),
        ("model/fleet.py", "from ..engine import run", "imports sim.engine.run, a floor below it"),
        ("model/__init__.py", "from ..engine import run", "imports sim.engine.run, a floor below"),
        ("model/fleet.py", "def f():\n    from sim.engine.run import run", "fleet.py:2: sim.model"),
        (
            "model/fleet.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import sim.engine.run",
            "fleet.py:3: sim.model imports sim.engine.run",
        ),
        (
            "model/fleet.py",
            "import importlib\nimportlib.import_module('sim.engine.run')",
            "fleet.py:2: sim.model imports sim.engine.run",
        ),
        ("units.py", "import sim.model", "sim.units imports sim.model, a floor below it"),
        ("__init__.py", "from sim.units import parse", "sim. imports sim.units.parse, a floor"),
        ("study/compare.py", "import simpy", "simpy is kept to sim/engine"),
        ("study/compare.py", "from simpy.core import Environment", "simpy is kept to sim/engine"),
        ("cli/run.py", "import matplotlib.pyplot as plt", "matplotlib is kept to sim/figures"),
        ("helpers.py", "", "sim/helpers is on no floor"),
    ],
)
def test_the_checker_sees_a_forbidden_import(
    tmp_path: Path, file: str, source: str, said: str
) -> None:
    rest = {"model/fleet.py": "", "engine/run.py": "", "units.py": ""}
    house = build(tmp_path, {**rest, file: source})
    name = next(name for name, path in modules(house).items() if path == house / "sim" / file)
    assert [line for line in complaints(house, name) if said in line] != []


def test_the_checker_lets_good_imports_pass(tmp_path: Path) -> None:
    house = build(
        tmp_path,
        {
            "units.py": "import math",
            "model/fleet.py": "from sim import __version__, units\nfrom sim.units import parse",
            "model/plan.py": "from sim.model.fleet import Fleet",
            "engine/run.py": "import simpy\nfrom ..model.plan import Plan",
            "__main__.py": "from sim.cli import main",
            "cli/__init__.py": "import typer",
        },
    )
    assert [line for name in modules(house) for line in complaints(house, name)] == []
    assert circle(house, "model") == []


@pytest.mark.parametrize(
    "files",
    [
        {"model/a.py": "import sim.model.b", "model/b.py": "def f():\n    import sim.model.a"},
        {"model/a.py": "from sim.model import b", "model/b.py": "from . import a"},
        {"model/__init__.py": "from sim.model.a import A", "model/a.py": "from sim.model import B"},
    ],
)
def test_the_checker_sees_a_circle(tmp_path: Path, files: dict[str, str]) -> None:
    assert circle(build(tmp_path, files), "model") != []
