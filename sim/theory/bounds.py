"""What every closed form refuses, said in one way: name(=value), the bound, why.

Each function returns its value as a plain float or int, so that NumPy scalars may come in.
"""

from __future__ import annotations

import math
import operator


def share(name: str, value: float, why: str = "it is a chance or a share of a whole") -> float:
    """Return value when 0 <= value <= 1; otherwise raise ValueError.

    >>> share("chance", 0.05)
    0.05
    """
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"{name}(={value!r}) must be from 0 to 1: {why}")
    return float(value)


def below_one(name: str, value: float, why: str) -> float:
    """Return value when 0 <= value < 1; otherwise raise ValueError.

    >>> below_one("objective", 0.999, "an objective of 100 % leaves no budget")
    0.999
    """
    if not 0.0 <= value < 1.0:
        raise ValueError(f"{name}(={value!r}) must be at least 0 and below 1: {why}")
    return float(value)


def between(name: str, value: float, why: str) -> float:
    """Return value when 0 < value < 1; otherwise raise ValueError.

    >>> between("alpha", 0.05, "a test that is never or always wrong is none")
    0.05
    """
    if not 0.0 < value < 1.0:
        raise ValueError(f"{name}(={value!r}) must be above 0 and below 1: {why}")
    return float(value)


def positive(name: str, value: float, why: str) -> float:
    """Return value when it is finite and > 0; otherwise raise ValueError.

    >>> positive("window_s", 60, "an empty window holds nothing")
    60.0
    """
    if not 0.0 < value < math.inf:
        raise ValueError(f"{name}(={value!r}) must be positive and finite: {why}")
    return float(value)


def not_negative(name: str, value: float, why: str = "time does not run backwards") -> float:
    """Return value when it is finite and >= 0; otherwise raise ValueError.

    >>> not_negative("latency_s", 0)
    0.0
    """
    if not 0.0 <= value < math.inf:
        raise ValueError(f"{name}(={value!r}) must be at least 0 and finite: {why}")
    return float(value)


def count(name: str, value: int, least: int, why: str) -> int:
    """Return value as an int when it is whole and >= least; otherwise raise ValueError.

    >>> count("workers", 4, 1, "a server without workers serves nobody")
    4
    """
    try:
        whole = operator.index(value)
    except TypeError:
        raise ValueError(f"{name}(={value!r}) must be a whole number: {why}") from None
    if whole < least:
        raise ValueError(f"{name}(={value!r}) must be at least {least}: {why}")
    return whole
