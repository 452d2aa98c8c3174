"""Exposed requests: the published tables, and the same by integrating over the alarm's instant."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate

from sim.theory import exposure
from tests.theory.printed import printed

quick = settings(max_examples=60)
seconds = st.floats(0, 5000)


@pytest.mark.parametrize(
    ("share", "bake", "mean", "latency", "undo", "missed", "exposed"),
    [
        (0.05, 1800, 600, 60, 120, ".05502", "86540.1"),
        (0.01, 3600, 1800, 120, 120, ".14467", "147821.1"),
        (0.1, 600, 900, 60, 300, ".54881", "554073.1"),
        (0.05, 86400, 7200, 0, 120, "6.1e-6", "366003.3"),
    ],
)
def test_the_table_of_canaries(share, bake, mean, latency, undo, missed, exposed):
    assert exposure.unseen(bake, 1 / mean, latency) == printed(missed)
    canary = exposure.canary_exposure(1000, share, bake, 1 / mean, latency, undo, 600, 300)
    assert canary == printed(exposed)
    assert exposure.direct_exposure(1000, 600, 300) == 900_000


@quick
@given(st.floats(0, 1), seconds, st.floats(1e-5, 0.1), seconds, seconds, seconds, seconds)
def test_a_canary_is_the_integral_over_its_alarm(share, bake, hazard, latency, undo, detect, back):
    def cost(alarm):
        return share * (alarm + undo) * hazard * math.exp(-hazard * (alarm - latency))

    seen, _ = integrate.quad(cost, latency, bake, epsrel=1e-10) if bake > latency else (0, 0)
    missed = math.exp(-hazard * max(0, bake - latency))
    direct = 1000 * (seen + missed * (share * bake + detect + back))
    found = exposure.canary_exposure(1000, share, bake, hazard, latency, undo, detect, back)
    assert found == pytest.approx(direct, rel=1e-6, abs=1e-6)


def test_without_latency_a_longer_bake_helps_exactly_when_the_canary_is_cheaper():
    def canary(share, bake):
        return exposure.canary_exposure(1000, share, bake, 1 / 600, 0, 120, 600, 300)

    assert canary(0.05, 600) > canary(0.05, 1200) > canary(0.05, 2400), "a = 36 s < B = 900 s"
    big = [exposure.canary_exposure(1, 1, bake, 1 / 6000, 0, 9, 60, 30) for bake in (60, 600)]
    assert big[0] < big[1], "a = 6009 s > B = 90 s: the canary loses"


@pytest.mark.parametrize(
    ("shares", "bakes", "before", "undoing"),
    [
        ((0.01, 0.1, 0.5, 1), (3600, 3600, 3600, 7200), "1981773", "175259"),
        ((0.05, 0.25, 1), (1800, 1800, 36000), "2000000", "244120"),
        ((1.0,), (11000,), "1991826", "298774"),
    ],
)
def test_the_table_of_waves(shares, bakes, before, undoing):
    waves = exposure.waves_exposure(1000, shares, bakes, 1 / 2000, 300)
    assert (waves.before_alarm, waves.while_undoing) == (printed(before), printed(undoing))
    assert waves.requests == waves.before_alarm + waves.while_undoing


@quick
@given(
    st.lists(st.tuples(st.floats(0, 1), seconds), min_size=1, max_size=4),
    st.floats(1e-6, 0.01), seconds,
)
def test_waves_are_stepped_through_the_alarm(waves, hazard, undo):
    shares, bakes = zip(*waves, strict=True)
    found = exposure.waves_exposure(1000, shares, bakes, hazard, undo)
    alive, so_far, before, undoing = 1.0, 0.0, 0.0, 0.0
    for share, bake in waves:
        rate = hazard * share

        def density(t, rate=rate, start=so_far, share=share):
            return (start + share * t) * rate * math.exp(-rate * t)

        before += alive * integrate.quad(density, 0, bake)[0]
        undoing += alive * (1 - math.exp(-rate * bake)) * share
        alive, so_far = alive * math.exp(-rate * bake), so_far + share * bake
    before += alive * so_far
    assert found.missed == pytest.approx(alive, rel=1e-9)
    assert found.before_alarm == pytest.approx(1000 * before, rel=1e-6, abs=1e-6)
    assert found.while_undoing == pytest.approx(1000 * undo * undoing, rel=1e-6, abs=1e-6)
    telescoped = 1000 / hazard * (1 - found.missed)
    assert found.before_alarm == pytest.approx(telescoped, rel=1e-6, abs=1e-4 / hazard * 1e-6)


def test_a_hazard_of_nothing_exposes_every_wave_whole():
    waves = exposure.waves_exposure(10, (0.1, 1), (100, 50), 0.0, 300)
    assert (waves.missed, waves.before_alarm, waves.while_undoing) == (1.0, 600.0, 0.0)


def test_reports_are_a_hazard_in_proportion_to_the_exposed():
    full = exposure.report_hazard(5000, 0.05, 0.001)
    assert full == pytest.approx(0.25, rel=1e-12)
    assert exposure.unseen(600, 0.05 * full) == pytest.approx(math.exp(-7.5))


@quick
@given(st.floats(0, 0.1), seconds, seconds)
def test_harm_to_the_horizon_is_the_area_of_still_harming(hazard, undo, until):
    def harming(t):
        return 1.0 if t < undo else math.exp(-hazard * (t - undo))

    points = [p for p in (undo, undo + 100, undo + 1000) if 0 < p < until]
    direct, _ = integrate.quad(harming, 0, until, points=points or None, limit=200)
    assert exposure.harmed_s(hazard, undo, until) == pytest.approx(direct, rel=1e-6, abs=1e-9)


def test_each_wave_needs_its_bake():
    with pytest.raises(ValueError, match=r"bakes_s\(=\[60\]\) must be as long as shares"):
        exposure.waves_exposure(10, (0.1, 1), (60,), 0.1, 0)
    with pytest.raises(ValueError, match=r"at least 1 long"):
        exposure.waves_exposure(10, (), (), 0.1, 0)
