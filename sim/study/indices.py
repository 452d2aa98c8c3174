"""Morris effects and Sobol indices of any function on the unit cube, by SALib (the extra `sensitivity`)."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Cube = NDArray[np.float64]
Evaluate = Callable[[Cube], NDArray[np.float64]]
"""Points, shape (points, names), each coordinate from 0 to 1 -> what comes out at each, shape (points,)."""
CONFIDENCE = 0.95
LEVELS = 4


class NoSALib(RuntimeError):
    """The extra is not installed."""

    def __init__(self) -> None:
        super().__init__("sensitivity needs SALib, an extra: pip install 'coalmine[sensitivity]'")


class Effect(NamedTuple):
    """Morris: what one assumption does over its range, in the unit of what comes out.

    mean_size  mean of the sizes of its effects (mu*), with its 95 % half-width by bootstrap
    mean       with their signs: much smaller than mean_size where it works both ways
    spread     standard deviation of the effects: large where it depends on the other assumptions
    """

    name: str
    mean_size: float
    half_width: float
    mean: float
    spread: float


class Index(NamedTuple):
    """Sobol: shares of the variance, each with its 95 % half-width by bootstrap.

    total  what this assumption has a part in; `first` what it does alone
    """

    name: str
    total: float
    total_half: float
    first: float
    first_half: float


def morris(names: Sequence[str], evaluate: Evaluate, *, trajectories: int = 10, seed: int = 1) -> list[Effect]:
    """Screening: the largest mean size first. Asks for trajectories x (names + 1) points.

    Raises NoSALib; ValueError below two names or trajectories.
    Source: Morris, Technometrics 33 (1991) 161; Campolongo, Cariboni, Saltelli, Environ. Model. Softw. 22 (2007) 1509.
    """
    _enough(names, trajectories, "trajectories")
    sample, analyze = _salib("morris")
    problem = _problem(names)
    points = sample.sample(problem, trajectories, num_levels=LEVELS, seed=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")               # constant outputs: divisions that we answer with 0
        found = analyze.analyze(
            problem, points, evaluate(points), conf_level=CONFIDENCE, num_levels=LEVELS, seed=seed
        )
    # What floating point leaves of no effect at all is none.
    dust = 1e-12 * max(_finite(size) for size in found["mu_star"])
    effects = [
        Effect(
            name,
            *(
                0.0 if _finite(found["mu_star"][n]) <= dust else _finite(found[key][n])
                for key in ("mu_star", "mu_star_conf", "mu", "sigma")
            ),
        )
        for n, name in enumerate(names)
    ]
    return sorted(effects, key=lambda effect: -effect.mean_size)


def sobol(names: Sequence[str], evaluate: Evaluate, *, points: int = 64, seed: int = 1) -> list[Index]:
    """Shares of the variance: the largest total first. Asks for points x (names + 2) points; best a power of two.

    Raises NoSALib; ValueError below two names or points.
    Source: Saltelli et al., Comput. Phys. Commun. 181 (2010) 259.
    """
    _enough(names, points, "points")
    sample, analyze = _salib("sobol")
    problem = _problem(names)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")               # of a number that is no power of two, and of constant outputs
        asked = sample.sample(problem, points, calc_second_order=False, seed=seed)
        out = evaluate(asked)
        if out.min() == out.max():
            return [Index(name, 0.0, 0.0, 0.0, 0.0) for name in names]
        found = analyze.analyze(
            problem, out, calc_second_order=False, conf_level=CONFIDENCE, seed=seed
        )
    indices = [
        Index(name, *(_finite(found[key][n]) for key in ("ST", "ST_conf", "S1", "S1_conf")))
        for n, name in enumerate(names)
    ]
    return sorted(indices, key=lambda index: -index.total)


def _salib(method: str) -> tuple[Any, Any]:
    from importlib import import_module

    try:
        return import_module(f"SALib.sample.{method}"), import_module(f"SALib.analyze.{method}")
    except ImportError:
        raise NoSALib from None


def _problem(names: Sequence[str]) -> dict[str, Any]:
    return {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}


def _enough(names: Sequence[str], many: int, what: str) -> None:
    if len(names) < 2 or many < 2:
        raise ValueError(f"names(={len(names)}) and {what}(={many}) must be at least 2")


def _finite(value: Any) -> float:
    return float(value) if np.isfinite(value) else 0.0
