"""The project's own promises: pins without addresses, one version, nothing of one machine."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

import sim

ROOT = Path(__file__).resolve().parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PINS = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
MADE = {".venv", "out", "build", "dist", "__pycache__"}       # for a copy that git does not know
TARGETS = ("demo", "test", "test-all", "check", "bench", "bench-app", "app", "picture", "docs", "clean", "help")

# Written so that no pattern matches its own source.
REGISTRY = re.compile(
    r"\b(pypi\.org|pythonhosted\.org|npmjs\.(org|com)|anaconda\.org|conda\.io)"
    r"|--?(extra-)?index-url[ =]\S|--trusted-host[ =]\S|--find-links[ =]\S"
)
MACHINE_PATH = re.compile(r"(?<![\w./~-])/(?:(?:work|root)\b(?!-)|(?:home|Users)/\w)")


def committed() -> list[Path]:
    """Files that a commit of all that is here would hold; without git, all but what tools made."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    ) if (ROOT / ".git").exists() and shutil.which("git") else None
    if listed is not None and listed.returncode == 0:
        paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:
        paths = [
            path for path in ROOT.rglob("*")
            if not any(part in MADE or part.endswith("_cache")
                       for part in path.relative_to(ROOT).parts)
        ]
    return [path for path in paths if path.is_file()]


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    """file:line of each place in a committed text file where the pattern is found."""
    found = []
    for path in committed():
        content = path.read_bytes()
        if b"\0" in content:                                   # a picture, not text
            continue
        for number, line in enumerate(content.decode("utf-8").splitlines(), 1):
            if pattern.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    return found


def normal(requirement: str) -> str:
    """The name in a requirement, in the one spelling that pins use.

    >>> normal("dask[distributed]>=2024.8"), normal("ruamel.yaml==1 ; python_version < '4'")
    ('dask', 'ruamel-yaml')
    """
    name = re.match(r"[\w.-]+", requirement)
    assert name is not None, requirement
    return re.sub(r"[-_.]+", "-", name[0]).lower()


# --- pins and addresses ---------------------------------------------------------------------------

def test_constraints_pin_every_line_and_name_no_address() -> None:
    assert [line for line in PINS if not re.fullmatch(r"[a-z0-9-]+==[\w.]+( ; .+)?", line)] == []
    assert "://" not in "".join(PINS)


def test_every_requirement_has_its_pin() -> None:
    asked = [
        *PROJECT["project"]["dependencies"],
        *(line for extra in PROJECT["project"]["optional-dependencies"].values() for line in extra),
        *(line for group in PROJECT["dependency-groups"].values() for line in group),
    ]
    assert {normal(line) for line in asked} - {normal(line) for line in PINS} == set()


def test_no_file_names_a_package_registry() -> None:
    assert lines_with(REGISTRY) == []


def test_no_file_names_the_registry_that_this_machine_uses() -> None:
    """Whatever host pip is set to here, by file or by environment, stays here."""
    said = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    ).stdout
    hosts = {host.rpartition("@")[2] for host in re.findall(r"https?://([^/\s'\"]+)", said)}
    if not hosts:
        return                                                 # nothing set, nothing to leak
    leaks = lines_with(re.compile("|".join(map(re.escape, hosts))))
    # Only where, not what: the address does not belong into a log either.
    assert [line.rsplit(": ", 1)[0] for line in leaks] == []


def test_no_file_names_a_path_of_one_machine() -> None:
    assert lines_with(MACHINE_PATH) == []


@pytest.mark.parametrize("text", ["cd @work/x", "open('@root')", "@home/ann/x", "(@Users/bob)"])
def test_a_path_of_one_machine_would_be_seen(text: str) -> None:
    assert MACHINE_PATH.search(text.replace("@", "/"))         # @: else this file would be found


@pytest.mark.parametrize("text", ["/workers", "and/work/on", "~/work", "a/root", "/home"])
def test_other_slashes_are_left_alone(text: str) -> None:
    assert not MACHINE_PATH.search(text)


def test_no_file_belongs_to_one_ci_vendor() -> None:
    vendors = re.compile(
        r"\.(github|gitlab|circleci|buildkite|woodpecker)/|\.(gitlab-ci|travis|drone|appveyor)\.yml"
        r"|azure-pipelines\.yml|Jenkinsfile"
    )
    names = [path.relative_to(ROOT).as_posix() for path in committed()]
    assert [name for name in names if vendors.match(name)] == []


# --- what is said twice agrees --------------------------------------------------------------------

def test_the_version_is_the_same_everywhere() -> None:
    version = PROJECT["project"]["version"]
    cited = re.search(r"^version: (.+)$", (ROOT / "CITATION.cff").read_text("utf-8"), re.MULTILINE)
    newest = re.search(r"^## ([\d.]+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert cited is not None
    assert newest is not None
    assert {sim.__version__, cited[1], newest[1]} == {version}


def test_the_package_says_that_it_is_typed() -> None:
    assert (ROOT / "sim" / "py.typed").read_bytes() == b""


def test_the_readme_is_named_once_it_exists() -> None:
    assert (ROOT / "README.md").exists() == ("readme" in PROJECT["project"])


# --- the commands ---------------------------------------------------------------------------------

def test_ci_runs_both_suites_and_stops_at_the_first_failure() -> None:
    text = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    commands = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert commands[0] == "set -euo pipefail"
    assert commands[-2:] == ["make test", "make test-all"]


needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    """`make ...` as from a fresh shell, though these tests may run under `make test` themselves."""
    surroundings = {name: value for name, value in os.environ.items()
                    if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    return subprocess.run(["make", *arguments], cwd=ROOT, env=surroundings,
                          capture_output=True, text=True, check=False)


@needs_make
@pytest.mark.parametrize("target", TARGETS)
def test_make_knows_the_target(target: str) -> None:
    done = make("-n", target)
    assert done.returncode == 0, done.stderr


@needs_make
def test_make_help_lists_every_target() -> None:
    listed = [line.split()[1] for line in make("help").stdout.splitlines()]
    assert listed == list(TARGETS)


# --- the wheel ------------------------------------------------------------------------------------

@pytest.mark.slow
def test_a_wheel_carries_the_package_and_its_data(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation",
         "--no-index", "--wheel-dir", tmp_path, ROOT],
        check=True, stdin=subprocess.DEVNULL,
    )
    (wheel,) = tmp_path.glob("*.whl")
    carried = set(zipfile.ZipFile(wheel).namelist())
    package = {path.relative_to(ROOT).as_posix() for path in committed()
               if path.is_relative_to(ROOT / "sim")}
    data = {f"sim/_data/{path.relative_to(ROOT).as_posix()}" for path in committed()
            if path.relative_to(ROOT).parts[0] in ("scenarios", "lessons", "app.py")}
    assert (package | data) - carried == set()
    assert {name for name in carried if ".dist-info/" not in name} - (package | data) == set()
