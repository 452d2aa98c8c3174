"""Does the engine do what a simulation of every single request does?

Three steps of trust. (1) The oracle itself meets closed forms, judged by z. (2) Engine and oracle
agree in distribution on a matrix of small scenarios. (3) The same comparison, with as many runs,
notices a fault that is a tenth larger: agreement means something.

All comparisons of the matrix together raise a false alarm once in a thousand times (Bonferroni).
"""

from __future__ import annotations

import math
import zlib
from typing import Any

import numpy as np
import pytest
from scipy import stats

from benchmarks.per_request_simpy import CanaryRollout
from sim.theory import queueing, swap
from tests.laws import per_request
from tests.laws.per_request_cells import CANARY, CELLS, DIRECT, ROLLING, STANDBY, Cell, build
from tests.laws.per_request_rules import slow_chance

RUNS = 400
NUMBERS = (
    "failed_requests", "slow_requests", "users_hit", "servers_hit", "records_lost",
    "time_to_detect_s", "time_to_restore_s", "lead_time_s", "peak_utilisation", "requests",
)
SHARES = ("ended", "detected_by", "fault", "caught_before_users", "false_rollback")
MISSING = ("time_to_detect_s", "time_to_restore_s", "lead_time_s")
COMPARISONS = len(NUMBERS) + len(SHARES) + len(MISSING)
ALPHA = 0.001 / (len(CELLS) * COMPARISONS)
BY_NAME = {cell.name: cell for cell in CELLS}


# --- the comparison ------------------------------------------------------------------------------

def engine(scenario: Any, case: str, runs: int) -> dict[str, Any]:
    """The same columns from the engine."""
    from sim.measure import run_many

    table = run_many(scenario.plan("it"), scenario, zlib.crc32(case.encode()), range(runs))
    return {column: np.asarray(values) for column, values in table.items()}


def same_numbers(a: Any, b: Any) -> float:
    """p-value of the two-sample Kolmogorov-Smirnov test, missing values left out.

    Rounded first: 0.1 + 0.2 and 0.3 are one value here. On whole numbers the test errs towards
    'the same', never away from it.
    """
    a, b = (np.round(x[~np.isnan(x)], 4) for x in (a.astype(float), b.astype(float)))
    if min(len(a), len(b)) < 20:
        return 1.0                                       # how many are missing is compared apart
    return float(stats.ks_2samp(a, b, method="asymp").pvalue)


def same_shares(a: Any, b: Any) -> float:
    """p-value of the chi-square test on how often each value occurs, rare values pooled.

    With two values left it is Fisher's exact test.
    """
    values = np.unique(np.concatenate([a, b]))
    counts = np.array([[np.count_nonzero(x == value) for value in values] for x in (a, b)])
    rare = counts.sum(axis=0) < 10
    pooled = np.column_stack([counts[:, ~rare], counts[:, rare].sum(axis=1)])
    pooled = pooled[:, pooled.sum(axis=0) > 0]
    if pooled.shape[1] < 2:
        return 1.0
    if pooled.shape[1] == 2:
        return float(stats.fisher_exact(pooled).pvalue)
    return float(stats.chi2_contingency(pooled).pvalue)


def p_values(a: dict[str, Any], b: dict[str, Any]) -> dict[str, float]:
    """One p-value a comparison: distributions, shares, and how often a value is missing."""
    found = {column: same_numbers(a[column], b[column]) for column in NUMBERS}
    for column in SHARES:
        found[column] = same_shares(*(words(table[column]) for table in (a, b)))
    for column in MISSING:
        missing = (np.isnan(table[column].astype(float)) for table in (a, b))
        found[f"{column} missing"] = same_shares(*missing)
    return found


def words(values: Any) -> Any:
    """Values as words: flags as 0 and 1, faults of one change in alphabetical order."""
    if values.dtype.kind in "biuf":
        return values.astype(int)
    return np.array(["+".join(sorted(value.split("+"))) for value in values.tolist()])


def differences(a: dict[str, Any], b: dict[str, Any]) -> dict[str, str]:
    """Comparisons that fail, each with its p-value and both sides in short."""
    return {
        name: f"p={p:.1e}: {short(a[column])} against {short(b[column])}"
        for name, p in p_values(a, b).items()
        if p < ALPHA
        for column in [name.removesuffix(" missing")]
    }


def short(values: Any) -> str:
    if values.dtype.kind in "fiub":
        values = values.astype(float)
        known = values[~np.isnan(values)]
        if not len(known):
            return "nothing"
        return f"mean {known.mean():.5g} sd {known.std():.3g} (n {len(known)})"
    names, counts = np.unique(words(values), return_counts=True)
    return ", ".join(f"{name} {count}" for name, count in zip(names, counts, strict=True))
