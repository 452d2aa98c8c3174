"""Always-valid tests: looked at as often as one likes, wrong at most so often.

A test martingale starts at 1 and stays 1 on average as long as nothing is wrong, so it ever reaches 1/alpha with a
chance of at most alpha (Ville). Its reciprocal is a p-value at every moment.
"""

from __future__ import annotations

import math

from sim.theory import bounds

CONCENTRATION = "it is the weight of the prior, in events"


def beta_binomial(
    canary: int, events: int, share: float, concentration: float = 10.0, *, one_sided: bool = False
) -> float:
    """ln of the Bayes factor against "an event is the canary's with chance `share`", its part of the traffic.

    canary: events of the canary, of `events` in all. The prior on that chance is a Beta of mean `share`, or with
    `one_sided` its part above: more failures of the canary alone then count.
    Raises ValueError if share is not inside (0, 1), concentration <= 0, or canary > events.
    Source: Lindon and Malek, Anytime-Valid Inference for Multinomial Count Data, NeurIPS 2022.

    >>> round(beta_binomial(30, 330, 0.05, 100), 8), round(beta_binomial(30, 330, 0.05, 100, one_sided=True), 6)
    (2.81045792, 3.616679)
    """
    canary, events = bounds.count("canary", canary, 0, "events"), bounds.count("events", events, 0, "events")
    if canary > events:
        raise ValueError(f"canary(={canary}) must be at most events(={events})")
    share = bounds.between("share", share, "one side alone has no other to compare with")
    concentration = bounds.positive("concentration", concentration, CONCENTRATION)
    other = events - canary
    null = canary * math.log(share) + other * math.log1p(-share)
    marginal = ln_marginal(canary, other, share, concentration)
    return marginal - null + (ln_upper(canary, other, share, concentration) if one_sided else 0.0)


def ln_marginal(canary: int, other: int, share: float, concentration: float) -> float:
    """ln of the chance of this very sequence of events under the Beta prior."""
    a, b = concentration * share, concentration * (1 - share)
    return _ln_beta(a + canary, b + other) - _ln_beta(a, b)


def ln_upper(canary: int, other: int, share: float, concentration: float) -> float:
    """ln of P(chance > share | events) / P(chance > share): what cutting the prior at `share` adds."""
    from scipy import special

    a, b = concentration * share, concentration * (1 - share)
    after = float(special.betainc(b + other, a + canary, 1 - share))
    before = float(special.betainc(b, a, 1 - share))
    return math.log(after / before) if after > 0 else -math.inf


def ln_most_upper(share: float, concentration: float) -> float:
    """The most that `ln_upper` can be: -ln P(chance > share) under the prior."""
    from scipy import special

    return -math.log(float(special.betainc(concentration * (1 - share), concentration * share, 1 - share)))


def _ln_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def p_value(ln_factor: float) -> float:
    """The always-valid p-value of a Bayes factor.

    >>> round(p_value(beta_binomial(30, 330, 0.05, 100)), 8), p_value(-0.5)
    (0.06017743, 1.0)
    """
    return min(1.0, math.exp(-ln_factor)) if ln_factor > 0 else 1.0


def normal_mixture(pairs: int, mean: float, variance: float, prior: float) -> float:
    """ln of the mixture likelihood ratio of `pairs` differences with this mean against none.

    variance: of a difference (twice that of a value); prior: variance of the effect under the alternative.
    Source: Johari, Koomen, Pekelis and Walsh, Always Valid Inference, Operations Research 70, 2022.

    >>> round(normal_mixture(100, 0.3, 2, 0.09), 8), round(normal_mixture(1000, 0.1, 2, 0.01), 7)
    (0.98853504, 1.1874536)
    """
    spread = variance + pairs * prior
    return math.log(variance / spread) / 2 + pairs**2 * prior * mean**2 / (2 * variance * spread)
