"""Always-valid tests: published factors, the martingale itself, and how often a healthy canary is blamed."""

import math

import numpy as np
import pytest

from sim.theory import sequential


@pytest.mark.parametrize(
    ("canary", "events", "share", "ln_factor", "p", "one_sided"),
    [
        (30, 330, 0.05, 2.81045792, 0.06017743, 3.616679),
        (8, 40, 0.05, 1.72003708, 0.17905951, 2.506992),
        (5, 20, 0.1, 0.19779486, 0.82053816, 0.730322),
        (20, 320, 0.05, -0.43407182, 1.0, 0.140738),
    ],
)
def test_factors_of_two_count_streams(canary, events, share, ln_factor, p, one_sided):
    """As the packages savvi 0.3.1 and seqabpy 0.3.1 compute them, weight 100."""
    found = sequential.beta_binomial(canary, events, share, 100)
    assert found == pytest.approx(ln_factor, abs=1e-8)
    assert sequential.p_value(found) == pytest.approx(p, abs=1e-8)
    assert sequential.beta_binomial(canary, events, share, 100, one_sided=True) == pytest.approx(one_sided, abs=1e-6)


@pytest.mark.parametrize("one_sided", [True, False])
@pytest.mark.parametrize("share", [0.05, 0.5])
def test_the_factor_is_a_martingale_without_a_difference(share, one_sided):
    """Its mean after n events is 1, whatever n: summed over all outcomes, no Monte Carlo."""
    for n in (1, 7, 60):
        mean = math.fsum(
            math.comb(n, x) * share**x * (1 - share) ** (n - x)
            * math.exp(sequential.beta_binomial(x, n, share, 10, one_sided=one_sided))
            for x in range(n + 1)
        )  # fmt: skip
        assert mean == pytest.approx(1.0, abs=1e-9)


def ever_rejects(share, ratio, *, runs=1500, events=2000, alpha=0.05):
    """The event at which each run rejects (0: never), one-sided, weight 10."""
    from scipy import special

    chance = share * ratio / (share * ratio + 1 - share)
    canary = (np.random.default_rng(6).random((runs, events)) < chance).cumsum(axis=1)
    n, a, b = np.arange(1, events + 1), 10 * share, 10 * (1 - share)
    other = n - canary
    factor = special.betaln(a + canary, b + other) - special.betaln(a, b)
    factor -= canary * math.log(share) + other * math.log1p(-share)
    factor += np.log(special.betainc(b + other, a + canary, 1 - share) / special.betainc(b, a, 1 - share))
    over = factor >= -math.log(alpha)
    return np.where(over.any(axis=1), over.argmax(axis=1) + 1, 0)


@pytest.mark.slow
def test_a_healthy_canary_is_blamed_less_often_than_alpha():
    """Measured .034 at alpha .05, share .1; within four standard errors, and below alpha."""
    share = (ever_rejects(0.1, 1.0) > 0).mean()
    assert abs(share - 0.034) < 4 * math.sqrt(0.034 * 0.966 / 1500)


@pytest.mark.parametrize(
    ("ratio", "events"), [(10, 10), *(pytest.param(*row, marks=pytest.mark.slow) for row in ((2, 121), (5, 20)))]
)
def test_a_few_failures_of_the_canary_are_enough(ratio, events):
    when = ever_rejects(0.1, ratio, events=1500)
    assert (when > 0).all()
    assert when.mean() == pytest.approx(events, rel=0.05, abs=0.6)


def test_normal_mixture():
    assert sequential.normal_mixture(100, 0.3, 2, 0.09) == pytest.approx(0.98853504, abs=5e-9)
    assert sequential.normal_mixture(1000, 0.1, 2, 0.01) == pytest.approx(1.1874536, abs=5e-8)


def test_what_the_upper_part_can_add_is_a_bound():
    for canary, other in ((0, 0), (3, 1), (50, 10), (400, 100)):
        assert sequential.ln_upper(canary, other, 0.1, 10) <= sequential.ln_most_upper(0.1, 10) + 1e-12


@pytest.mark.parametrize(
    ("words", "said"),
    [((3, 2, 0.5), "at most events"), ((1, 2, 0.0), "no other to compare"), ((1, 2, 0.5, 0.0), "concentration")],
)
def test_what_no_stream_can_be_is_refused(words, said):
    with pytest.raises(ValueError, match=said):
        sequential.beta_binomial(*words)


@pytest.mark.parametrize(
    ("delta", "power", "pairs", "slack"), [(0.0, 0.029, None, 0.0), (0.1, 0.989, 1702, 0.04), (0.2, 1.0, 509, 0.04)]
)
def test_the_normal_mixture_finds_a_shift_as_often_and_as_soon_as_was_measured(delta, power, pairs, slack):
    """sigma = 1 a value, so 2 a difference; alpha 5 %, tau2 0.01, up to 5,000 pairs."""
    runs, most, variance, prior = 600, 5000, 2.0, 0.01
    n = np.arange(1, most + 1)
    mean = np.random.default_rng(12).normal(delta, variance**0.5, (runs, most)).cumsum(axis=1) / n
    spread = variance + n * prior
    factor = np.log(variance / spread) / 2 + n**2 * prior * mean**2 / (2 * variance * spread)
    assert factor[0, 99] == pytest.approx(sequential.normal_mixture(100, float(mean[0, 99]), variance, prior))
    over = factor >= -math.log(0.05)
    found = over.any(axis=1)
    assert abs(found.mean() - power) < 4 * math.sqrt(max(power * (1 - power), 1e-3) / runs)
    if pairs is not None:
        assert (over.argmax(axis=1) + 1)[found].mean() == pytest.approx(pairs, rel=slack + 4 * 0.5 / math.sqrt(runs))
