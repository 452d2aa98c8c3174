"""Why tests miss faults: what a test cannot show, repeating it does not help.

Fidelity is a property of the fault: with chance `visible` it can show in a test environment at all,
drawn once. Coverage is a property of each test: with chance `covered` this test reaches it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from statistics import NormalDist

from sim.theory import bounds

TESTS = "it is a number of tests"
RATE = "it is requests a second at each test server"


def escape(visible: float, covered: float, tests: int = 1) -> float:
    """P(a fault passes all of `tests` tests): (1 - f) + f (1 - c)^k, never below 1 - f.

    covered: chance that one test catches a visible fault. Raises ValueError if a chance is not in
    [0, 1] or tests < 0. Source: total probability; derived here.

    >>> round(escape(0.8, 0.7, 3), 4)
    0.2216
    """
    visible, covered = bounds.share("visible", visible), bounds.share("covered", covered)
    return (1.0 - visible) + visible * (1.0 - covered) ** bounds.count("tests", tests, 0, TESTS)


def escape_beta(a: float, b: float, tests: int) -> float:
    """P(a fault passes `tests` tests) when its detectability is Beta(a, b): B(a, b + k) / B(a, b).

    Raises ValueError if a or b is not positive or tests < 0.
    Source: beta-binomial law, Skellam 1948.

    >>> round(escape_beta(0.5, 1, 10), 6), round(escape_beta(2, 2, 3), 6)
    (0.27026, 0.2)
    """
    a, b = bounds.positive("a", a, "it shapes a Beta"), bounds.positive("b", b, "it shapes a Beta")
    passed = 1.0
    for test in range(bounds.count("tests", tests, 0, TESTS)):
        passed *= (b + test) / (a + b + test)
    return passed


def faulty_after_pass(faulty: float, missed: float, false_alarm: float = 0.0) -> float:
    """P(a change that passed its tests is faulty), by Bayes; missed is the escape.

    faulty: share of changes that are. false_alarm: chance that a test stops a healthy one. Raises
    ValueError if a chance is not in [0, 1] or nothing can pass. Source: Bayes' theorem.

    >>> round(faulty_after_pass(0.15, 0.44, 0.02), 6)
    0.073415
    """
    bad = bounds.share("faulty", faulty) * bounds.share("missed", missed)
    passed = bad + (1.0 - faulty) * (1.0 - bounds.share("false_alarm", false_alarm))
    if passed == 0.0:
        raise ValueError(
            f"false_alarm(={false_alarm!r}) must be below 1 if missed(={missed!r}) is 0: else none"
        )
    return bad / passed


def unseen_in_test(
    visible: float, covered: float, servers: int, rate: float, test_s: float, chance: float,
    onset_s: float = 0.0,
) -> float:
    """P(a fault passes one test of rate * servers requests a second for test_s seconds).

    chance: that a request shows it (fails, is slow or is corrupted) once its onset is past.
    onset_s: the same on every test server; at or after the test's end nothing shows. Requests are
    Poisson. Raises ValueError if a chance is not in [0, 1] or another number is negative.
    Source: 1 - f c (1 - exp(-rate servers p (T - onset))), Poisson thinning; derived here.

    >>> round(unseen_in_test(0.6, 1.0, 2, 10, 600, 0.001), 6)
    0.400004
    """
    servers = bounds.count("servers", servers, 0, "it is a number of test servers")
    test_s, onset_s = bounds.not_negative("test_s", test_s), bounds.not_negative("onset_s", onset_s)
    showing = bounds.not_negative("rate", rate, RATE) * bounds.share("chance", chance)
    caught = -math.expm1(-servers * showing * max(0.0, test_s - onset_s))
    return 1.0 - bounds.share("visible", visible) * bounds.share("covered", covered) * caught


def unseen_in_test_onsets(
    visible: float, covered: float, servers: int, rate: float, test_s: float, chance: float,
    onset_by: Callable[[float], float],
) -> float:
    """As `unseen_in_test`, with an onset drawn for each test server: onset_by(s) = P(onset <= s).

    The integral over the onset is numerical, to about 1e-10 for a smooth distribution (for one
    fixed onset use `unseen_in_test`). Errors as there.
    Source: E exp(-a (T - X)+) = 1 - integral of a exp(-a (T - x)) F(x) over [0, T], by parts.

    >>> leak = lognormal_by(median_s=1800, p95_s=3600)
    >>> round(unseen_in_test_onsets(1.0, 1.0, 2, 10, 600, 0.2, leak), 6)
    0.99094
    """
    servers = bounds.count("servers", servers, 0, "it is a number of test servers")
    test_s = bounds.not_negative("test_s", test_s)
    failing = bounds.not_negative("rate", rate, RATE) * bounds.share("chance", chance)
    quiet = (1.0 - _shown(failing, test_s, onset_by)) ** servers
    return 1.0 - bounds.share("visible", visible) * bounds.share("covered", covered) * (1.0 - quiet)


def _shown(failing: float, test_s: float, onset_by: Callable[[float], float]) -> float:
    """Integral of exp(-y) F(T - y / failing) over y in [0, failing * T]: P(one server shows it)."""
    whole = min(failing * test_s, 50.0)             # beyond y = 50 the weight is below 1e-21
    if whole == 0.0:
        return 0.0
    total, panels = 0.0, 200
    for panel in range(panels):
        for node, weight in _gauss_legendre():
            y = whole * (panel + 0.5 + 0.5 * node) / panels
            total += weight * math.exp(-y) * onset_by(test_s - y / failing)
    return total * 0.5 * whole / panels


@lru_cache(maxsize=1)
def _gauss_legendre() -> tuple[tuple[float, float], ...]:
    from numpy.polynomial.legendre import leggauss

    nodes, weights = leggauss(8)
    return tuple(zip(nodes.tolist(), weights.tolist(), strict=True))


def lognormal_by(median_s: float, p95_s: float) -> Callable[[float], float]:
    """The cdf of a lognormal time with this median and 95 % point, as a function of seconds.

    Raises ValueError if median_s is not positive or p95_s is not above it.
    Source: definition; the 95 % point of the standard normal is 1.6449.

    >>> by = lognormal_by(1800, 3600)
    >>> round(by(1800), 6), round(by(3600), 6), by(0)
    (0.5, 0.95, 0.0)
    """
    median_s = bounds.positive("median_s", median_s, "a lognormal time is positive")
    if not median_s < p95_s < math.inf:
        raise ValueError(f"p95_s(={p95_s!r}) must be above median_s(={median_s!r}) and finite")
    normal = NormalDist()
    spread = math.log(p95_s / median_s) / normal.inv_cdf(0.95)
    return lambda s: normal.cdf(math.log(s / median_s) / spread) if s > 0.0 else 0.0
