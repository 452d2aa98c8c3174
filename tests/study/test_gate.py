"""The evidence at a gate is the engine's own: the same judge rolls the same run back at the same scrape."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sim.engine.run import simulate
from sim.intake.scenario_file import parse
from sim.judges import AlwaysValid, BurnRate, Cusum, Dashboard, Fisher, Kayenta, KthFailure, Sprt, Threshold, Vote
from sim.model.evidence import Setting, Verdict
from sim.model.plan import Gate
from sim.scenario import Scenario
from sim.study.effects import effect
from sim.study.gate import NoGate, Seen, first_judged, rolled_back_at, rule, watchpost
from sim.theory.breach import breach_thinned
from sim.theory.counters import consecutive_cdf
from sim.theory.kth_failure import scraped_alarm_by
from tests.doors.command import SMALL
from tests.judges.watching import EVERY_JUDGE, Window, block, seen, short

JUDGES = (
    Threshold(above=0.02, consecutive=2), Threshold(above=0.01, over=60.0, cumulative=3), Threshold(above=0.1, total=2),
    KthFailure(), Sprt(), Sprt(p0=0.001, p1=0.002), Cusum(), BurnRate(), AlwaysValid(), Kayenta(every=60.0),
    Fisher(), Fisher(peeked=60.0), Vote(), Dashboard(), Threshold(above=0.001, on="whole", consecutive=3),
    AlwaysValid(against="before"), Fisher(against="whole", peeked=60.0, alpha=0.2),
)
SETTINGS = {
    "as it is": "",
    "a control": "policies.canary.control=true",
    "early": "policies.canary.early=true",
    "gives up": "policies.canary.give_up=95s policies.canary.on_give_up=promote service.traffic.rate=31/s",
    "off the grid": "policies.canary.bake=127s watch.scrape=7s",
    "many blips": "service.blips.every=10m service.blips.errors=5%",
    "mirrored": "policies.canary.mirror=3m",
    "scrapes that fail": "watch.missing=30%",
    "weighted": "policies.canary.weight=2%",
    "servers that differ": "fleet.production.differ=80%",
}
QUICK = ("as it is", "scrapes that fail", "servers that differ")
"""Settings of which a few runs are compared every time."""


def small(sets: str = "", **policy: Any) -> Scenario:
    text = SMALL.replace("  base_errors: 0.1%", "  base_errors: 0.1%\n  blips: {every: 7d, errors: 1%}")
    said = parse(text, set=tuple(sets.split()))
    canary: Any = replace(said.policies["canary"], **policy)
    return replace(said, policies={"canary": canary}, horizon=7200.0)


def both(said: Scenario, size: str | None, run: int, seed: int = 3) -> tuple[float | None, float | None]:
    """When the gate rolls this run back, by the curve's evidence and in a whole rollout."""
    post = watchpost(said).with_fault(None if size is None else effect(size).fault())
    gate = said.plan("canary").stages[post.at].gate
    shown = post.look(seed, run)
    whole = replace(said, change=post.scenario.change, watch=post.scenario.watch)
    plan = whole.plan("canary")
    story = simulate(replace(plan, stages=plan.stages[: post.at + 1]), whole, seed, run).story
    there = None if story.alarmed_at is None else story.alarmed_at * 1e-6 - shown.begins_s
    return rolled_back_at(gate.judge, gate, shown)[0], there


def agree(sets: str, judge: Any, sizes: tuple[str | None, ...], runs: range) -> int:
    """Check that both say the same of every run; how many were rolled back."""
    said, alarms = small(sets, judge=judge), 0
    for size in sizes:
        for run in runs:
            here, there = both(said, size, run)
            assert here == (there if there is None else pytest.approx(there, abs=1e-5)), f"{size}, run {run}"
            alarms += here is not None
    return alarms


@pytest.mark.parametrize("sets", [SETTINGS[name] for name in QUICK], ids=QUICK)
def test_a_run_is_rolled_back_at_the_scrape_at_which_a_whole_rollout_is(sets: str) -> None:
    alarms = [agree(sets, judge, ("5%",), range(1, 3)) for judge in JUDGES[::5]]
    assert sum(alarms) > 0, "nothing was rolled back: the comparison would prove nothing"


@pytest.mark.slow
@pytest.mark.parametrize("sets", SETTINGS.values(), ids=SETTINGS)
def test_every_judge_agrees_with_whole_rollouts_in_every_setting(sets: str) -> None:
    alarms = [agree(sets, judge, (None, "2%", "10%"), range(3)) for judge in JUDGES]
    assert sum(alarms) > 0, "nothing was rolled back: the comparison would prove nothing"


# --- closed forms, where the gate sees whole windows

ALIGNED = "change.kind=config change.install.drain=0s change.install.restart=0s service.blips.every=366d"


def alarms_by(judge: Any, size: str, runs: int, bake_s: float) -> tuple[np.ndarray[Any, Any], float]:
    """Windows in which each run is rolled back (NaN: none), and the requests a window that the judge sees."""
    said = small(ALIGNED, judge=judge, bake=bake_s, test=None)
    post = watchpost(said).with_fault(effect(size).fault())
    gate = said.plan("canary").stages[post.at].gate
    found = [rolled_back_at(judge, gate, post.look(11, run))[0] for run in range(runs)]
    return np.array([np.nan if one is None else one / 10 for one in found]), post.rate_s() * 10


@pytest.mark.parametrize(
    ("size", "runs"), [("6%", 250), *(pytest.param(size, 1000, marks=pytest.mark.slow) for size in ("1%", "3%", "6%"))]
)
def test_chance_and_time_are_those_of_the_chain_of_breaches(size: str, runs: int) -> None:
    judge = Threshold(above=0.06, consecutive=2)
    windows, requests = alarms_by(judge, size, runs, 200.0)
    failing = 1 - (1 - 0.001) * (1 - effect(size).size)
    exact = consecutive_cdf(breach_thinned(requests, failing, 0.06), 2, 20)
    for check in (5, 20):
        share = np.mean(windows <= check)
        error = np.sqrt(exact[check] * (1 - exact[check]) / runs)
        assert abs(share - exact[check]) < 4 * error + 1e-12, f"by check {check}"


def test_chance_and_time_are_those_of_the_kth_failure() -> None:
    windows, requests = alarms_by(KthFailure(failures=10), "5%", 250, 200.0)
    rate = requests / 10 * (1 - (1 - 0.001) * (1 - 0.05))
    exact = scraped_alarm_by(10, rate, 10.0, 20)
    for check in (1, 2, 3):
        error = np.sqrt(exact[check] * (1 - exact[check]) / 250)
        assert abs(np.mean(windows <= check) - exact[check]) < 4 * error


# --- the walk through the windows


@pytest.mark.parametrize("judge", EVERY_JUDGE, ids=short)
def test_scans_and_looks_say_what_looks_alone_say(judge: Any) -> None:
    rng = np.random.Generator(np.random.Philox(5))
    for trial in range(4):
        chances = (0.02, 0.1, 0.3) if trial % 2 else (0.3, 0.02, 0.6)
        windows = [
            Window(n := int(rng.integers(0, 200)) * int(rng.random() > 0.15), int(rng.binomial(n, chances[at // 14])),
                   int(rng.binomial(n, chances[at // 14] / 2)))
            for at in range(40)
        ]
        marks = (0, 3, 9, 20, 33)
        given = Setting(10.0, 0.999)
        state, plain = judge.start(given), []
        for number, window in enumerate(windows):
            state, said = judge.look(state, seen(window, number))
            plain.append(said)
        alarm = next((at for at, said in enumerate(plain) if said is Verdict.ROLL_BACK), None)
        ruling = rule(judge, Seen(block(windows), given, 0.0, 330.0, 400.0), marks)
        if alarm is not None and alarm < marks[-1]:
            assert ruling.alarm == alarm
        for k, mark in enumerate(marks):
            if alarm is not None and alarm < mark:
                continue
            assert ruling.said[k] == (plain[mark - 1] if mark else Verdict.HOLD)
            if ruling.said[k] is Verdict.HOLD:
                settled = next((at for at in range(mark, 40) if plain[at] is not Verdict.HOLD), None)
                assert ruling.settled[k] == settled


def test_a_gate_that_is_still_on_hold_gives_up_in_the_way_it_was_told() -> None:
    undecided = AlwaysValid()                                      # nobody has a control: it holds for ever
    shown = Seen(block([Window(10, 0, 0, None)._replace(control=seen(Window(0, 0)).judged)] * 6), Setting(10.0, 0.999),
                 0.0, 30.0, 60.0)
    assert rolled_back_at(undecided, Gate(), shown) == (60.0, True)
    assert rolled_back_at(undecided, Gate(on_give_up="promote"), shown) == (None, False)


# --- which gate


STANDBY = ("fleet.standby.servers=10",)


def test_the_first_judged_bake_is_asked_about_and_a_policy_without_a_bake_is_refused() -> None:
    said = parse(SMALL, set=STANDBY)
    assert first_judged(said) == "canary"
    assert watchpost(said, "standby").bake_s == 300.0
    with pytest.raises(NoGate, match="policy 'direct' has no bake"):
        watchpost(said, "direct")
    unjudged = replace(said, policies={name: said.policies[name] for name in ("direct", "standby")})
    with pytest.raises(NoGate, match=r"has a bake with a judge.*--policy standby"):
        watchpost(unjudged)
    with pytest.raises(NoGate, match="a bake of 5s is shorter than one scrape of 10s"):
        watchpost(parse(SMALL, set=("policies.canary.bake=5s",)))


def test_a_control_is_kept_where_it_is_asked_for_and_there_is_room() -> None:
    said = parse(SMALL, set=STANDBY)
    assert (watchpost(said).plan.control, watchpost(said, control=True).plan.control) == (0, 1)
    assert watchpost(said, "standby", control=True).plan.control == 0, "a swap leaves nobody on the old version"
    wide = parse(SMALL, set=("policies.canary.canaries=80%",))
    assert watchpost(wide, control=True).plan.control == 2
