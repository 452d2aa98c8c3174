"""Whole commands as a user feels them: seconds on the wall, processor seconds, peak memory of the parent."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time

COMMANDS = (
    ("coalmine --help", 0.4, ["--help"]),
    ("compare web_fleet, 1,000 runs, 4 policies", 5.0, ["compare", "web_fleet", "--runs", "1000", "--quiet"]),
)


def timed(arguments: list[str]) -> tuple[float, float, float]:
    """Wall seconds, processor seconds of the command and its workers, and peak megabytes of its largest process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "sim", *arguments], check=True, stdout=subprocess.DEVNULL, env=dict(os.environ)
    )
    wall = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, spent, after.ru_maxrss / 1024


def main() -> None:
    print(f"{'command':44s} {'wall s':>7s} {'cpu s':>7s} {'must':>5s} {'MB':>6s}")
    for name, must, arguments in COMMANDS:
        timed(arguments)
        runs = sorted(timed(arguments) for _ in range(3))
        wall, spent, megabytes = runs[1]
        print(f"{name:44s} {wall:7.2f} {spent:7.2f} {must:5.1f} {megabytes:6.0f}")


if __name__ == "__main__":
    main()
