"""One-line faults put into the code on purpose: each must turn the test named beside it red.

A mutant is a file, a text that stands in it exactly once, what it becomes, and the test that must notice. It lives
in a copy of the tree, so nothing here touches the checkout.
"""

from __future__ import annotations

import compileall
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("sim", "tests", "lessons", "scenarios", "pyproject.toml")


@dataclass(frozen=True)
class Mutant:
    """`was` becomes `now` in `file`; `red` is a test (path, optionally ::name) that must fail then."""

    file: str
    was: str
    now: str
    red: str

    @property
    def name(self) -> str:
        return f"{self.file}: {self.was.strip()[:40]} -> {self.now.strip()[:40]}"


def copy_of_the_tree(into: Path) -> Path:
    """A copy in which `python -m pytest` meets its own `sim` before the installed one."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, into / name, ignore=shutil.ignore_patterns("__pycache__", "golden"))
        else:
            shutil.copy(source, into / name)
    compileall.compile_dir(into / "sim", quiet=2)
    return into


def passes(tree: Path, *tests: str) -> bool:
    """Whether these tests pass in this tree. Any other end than passed or failed is an error of the harness."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "--no-header", "-p", "no:cacheprovider", "-p", "no:xdist"]
    # Nothing is written beside the sources, so that the bytecode of a mutant never outlives it.
    environment = os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [*command, "-m", "slow or not slow", *tests],
        cwd=tree,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{tests} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-1000:]}")
    return done.returncode == 0


def survives(tree: Path, mutant: Mutant) -> bool:
    """Put the fault in, run the named test, take the fault out again; whether nobody noticed."""
    path = tree / mutant.file
    text, times = path.read_text(), path.stat()
    if text.count(mutant.was) != 1:
        raise RuntimeError(
            f"{mutant.file} holds {mutant.was!r} {text.count(mutant.was)} times: name it so that it is one"
        )
    path.write_text(text.replace(mutant.was, mutant.now))
    try:
        return passes(tree, mutant.red)
    finally:
        path.write_text(text)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))  # its bytecode is as old as it was
