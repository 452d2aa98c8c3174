"""Gates and alerts that cannot see a fault, or that see one where there is none."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from sim.intake.lint.finding import Finding
from sim.intake.lint.sizes import (
    Bake,
    about,
    at_once,
    bakes,
    failing,
    faults,
    many,
    percent,
    plans,
    rate_at,
    servers,
    touched,
    usual,
)
from sim.judges import KthFailure, Threshold
from sim.scenario import Scenario
from sim.theory import breach, counters, tails
from sim.units import say_seconds

SURPRISING = 0.01
"""Chance of a false alarm from which a rule speaks: one good change in a hundred."""

NEAR = 0.10
"""Two shares so near to each other, relative, are a coin flip for a judge."""

SOME = 5.0
"""Ill servers in a group from which their share is about what was said."""

PLENTY = 5.0
"""Bad requests at the limit in a scrape, above which a window that still fills is as good as a full one."""

ENOUGH = 3.0
"""Bad requests at the limit in a window, below which one more or less decides (a saw-tooth)."""


def judged(scenario: Scenario) -> Iterator[tuple[str, str, Bake, Any]]:
    """Policy, its judge's field, bake and judge, of each judged bake."""
    for name, _, plan in plans(scenario):
        for bake in bakes(plan, scenario):
            if bake.stage.gate.judge is not None:
                yield name, f"policies.{name}.judge", bake, bake.stage.gate.judge


def _window(scenario: Scenario, judge: Any) -> float:
    """Seconds that one look of a judge covers."""
    return float(judge.windows(scenario.watch.scrape) * scenario.watch.scrape)


def _seen(scenario: Scenario, judge: Any, bake: Bake) -> float:
    """Requests a second that a gate's judge looks at."""
    whole = 1.0 if judge.on == "whole" else bake.share
    return whole * rate_at(scenario, bake.begins_s)


def _needed(judge: Any) -> int:
    """Scrapes in which everything must fail before this judge can speak."""
    if isinstance(judge, Threshold):
        if judge.cumulative is not None:
            return judge.cumulative + 1                      # Flagger acts one check late
        return judge.total + 1 if judge.total is not None else judge.consecutive or 1
    return 1


def too_few_windows(scenario: Scenario) -> Iterator[Finding]:
    """A bake that ends before its judge could say anything."""
    for name, _, bake, judge in judged(scenario):
        windows, needed = int(bake.length_s / scenario.watch.scrape + 1e-9), _needed(judge)
        if windows < needed:
            scrapes = f"{windows} scrape{'s' if windows != 1 else ''}"
            yield Finding(
                f"policies.{name}.{bake.knob}",
                f"holds {scrapes}; its judge needs {needed} bad ones to roll back: it never will",
                f"it is {say_seconds(bake.length_s)} long, with a scrape every {say_seconds(scenario.watch.scrape)}",
                f"bake at least {say_seconds((needed + 1) * scenario.watch.scrape)}, or scrape more often",
            )


def one_failure_is_too_many(scenario: Scenario) -> Iterator[Finding]:
    """So few requests in a window that a single bad one is above the limit, whatever the limit says."""
    told = set()
    for name, field, bake, judge in judged(scenario):
        if not isinstance(judge, Threshold) or name in told:
            continue
        rate, window = _seen(scenario, judge, bake), _window(scenario, judge)
        requests = rate * window
        if requests * judge.above >= 1.0 or judge.above == 0 or rate == 0:
            continue
        told.add(name)
        longer = ENOUGH / (judge.above * rate)
        yield Finding(
            f"{field}.above",
            f"a window holds about {many(requests)} requests: one bad one is already above {percent(judge.above)}",
            f"{percent(judge.above)} of them is {many(requests * judge.above)} of a request, so chance decides",
            f"a window of {about(longer)} (`over: {about(longer)}`) that says nothing while it fills "
            f"(`min_requests: {_quiet(judge)}`), or more canaries",
        )


def false_alarms(scenario: Scenario) -> Iterator[Finding]:
    """Chance that a good change is rolled back, or people are woken, by the usual errors alone."""
    worst: dict[str, tuple[float, str]] = {}
    fills: dict[str, str] = {}
    for _, field, bake, judge in judged(scenario):
        later = _false(scenario, judge, _seen(scenario, judge, bake), bake.length_s)
        early = _filling(scenario, judge, bake)
        chance = later + (1.0 - later) * early
        if early > later:
            fills[field] = f"no verdict while the window fills (`min_requests: {_quiet(judge)}`), or a higher limit"
        worst[field] = max(worst.get(field, (0.0, "")), (chance, f"in the bake of {say_seconds(bake.length_s)}"))
    for i, alert in enumerate(scenario.watch.alerts):
        chance = _false(scenario, alert, rate_at(scenario), scenario.horizon)
        worst[f"watch.alerts.{i}"] = (chance, f"by the horizon, {say_seconds(scenario.horizon)}")
    for field, (chance, when) in worst.items():
        if chance > SURPRISING:
            yield Finding(
                field,
                f"alarms for nothing with a chance of {percent(chance)} {when}",
                f"the service's own errors ({percent(scenario.service.base_errors)}) are enough, by the Poisson law",
                fills.get(field)
                or "a higher limit, a longer window (`over`), or more bad windows in a row (`consecutive`)",
            )


def _quiet(judge: Threshold) -> int:
    """Requests from which one bad one, and one more, are not above the limit."""
    return math.ceil(2.0 / judge.above)


def _false(scenario: Scenario, judge: Any, rate: float, length_s: float) -> float:
    """P(this judge rolls a good change back within so long); 0 for judges whose law is not written here."""
    bad = usual(scenario, judge.of, rate_at(scenario))
    if isinstance(judge, KthFailure):
        return tails.poisson_at_least(rate * length_s * bad, judge.failures)
    if not isinstance(judge, Threshold):
        return 0.0
    window = _window(scenario, judge)
    # Sliding windows share their requests: as many looks as fit side by side, with rows of as many scrapes.
    slide = judge.windows(scenario.watch.scrape)
    looks, row = int(length_s / window + 1e-9), -(-_needed(judge) // slide)
    if looks < 1 or rate * window < judge.min_requests:
        return 0.0
    one = breach.breach_thinned(rate * window, bad, judge.above)
    if judge.consecutive is not None or _needed(judge) == 1:
        return counters.consecutive_by(one, row, looks)
    return counters.cumulative_by(one, row, looks)


def _filling(scenario: Scenario, judge: Any, bake: Bake) -> float:
    """P(a good change is rolled back while a window of several scrapes, empty at first, still fills).

    A bad request stays in such a window, so the breach lasts until enough good ones dilute it: the
    alarm comes if at some look there are more bad ones than the limit allows at the last of the looks
    that the counter needs. Requests count by their mean, bad ones are a Poisson process that must not
    cross that boundary.
    """
    scrape = scenario.watch.scrape
    if not isinstance(judge, Threshold) or judge.on == "whole" or judge.windows(scrape) == 1:
        return 0.0
    each, bad = _seen(scenario, judge, bake) * scrape, usual(scenario, judge.of, rate_at(scenario))
    looks = min(judge.windows(scrape), int(bake.length_s / scrape + 1e-9))
    if each * judge.above > PLENTY:
        return 0.0
    most = tails.largest_calm(each * looks, judge.above)
    reach = [tails.poisson_at_least(each * bad, more) for more in range(most + 3)]
    calm, crossed = [1.0] + [0.0] * most, 0.0          # calm[n]: n bad ones so far and no alarm
    for look in range(1, looks - _needed(judge) + 2):
        grown = [
            sum(calm[before] * (reach[now - before] - reach[now - before + 1]) for before in range(now + 1))
            for now in range(most + 1)
        ]
        lost = sum(calm) - sum(grown)                  # past every boundary still to come
        limit = tails.largest_calm(each * (look + _needed(judge) - 1), judge.above)
        if each * look >= judge.min_requests:
            lost += sum(grown[limit + 1 :])
            grown[limit + 1 :] = [0.0] * (most - limit)
        calm, crossed = grown, crossed + lost
    return max(0.0, crossed)


def coin_flips(scenario: Scenario) -> Iterator[Finding]:
    """A limit so near to the size of a fault that chance decides whether it is caught."""
    limits: dict[str, tuple[float, int]] = {}
    for name, _, plan in plans(scenario):
        for bake in bakes(plan, scenario):
            judge = bake.stage.gate.judge
            if isinstance(judge, Threshold) and judge.of == "failed" and judge.on != "whole":
                limits.setdefault(f"policies.{name}.judge.above", (judge.above, bake.servers))
    for i, alert in enumerate(scenario.watch.alerts):
        if isinstance(alert, Threshold) and alert.of == "failed":
            limits[f"watch.alerts.{i}.above"] = (alert.above, scenario.fleet.production.servers)
    for field, (above, size) in limits.items():
        near = [fault.key for _, fault in faults(scenario) if _as_large(scenario, fault, above, size)]
        if near:
            keys = " and ".join(repr(key) for key in near)
            yield Finding(
                field,
                f"is about the size of the fault {keys}: whether it is caught is a coin flip",
                f"it makes about {percent(above)} of the requests to changed servers fail, which is the limit",
                f"a limit of {percent(above / 2)}, or know that this fault is left to chance",
            )


def _as_large(scenario: Scenario, fault: Any, above: float, servers: int) -> bool:
    base, ill = scenario.service.base_errors, touched(scenario, fault)
    if fault.side == "old" or above == 0:
        return False
    # Few servers with a coin each hold none or some, hardly ever their share: see `canaries_without_it`.
    if fault.servers is not None and servers * ill < SOME:
        return False
    size = base + (1.0 - base) * failing(scenario, fault, rate_at(scenario))
    return abs(size - above) < NEAR * above


def canaries_without_it(scenario: Scenario) -> Iterator[Finding]:
    """So few canaries that mostly none of them can have a fault of some servers."""
    for name, _, plan in plans(scenario):
        first = next(iter(bakes(plan, scenario)), None)
        if first is None or first.share > 0.5:
            continue
        for place, fault in faults(scenario):
            ill = touched(scenario, fault)
            none = (1.0 - ill) ** first.servers
            if none > 0.5 and fault.servers is not None:
                enough = math.ceil(math.log(0.05) / math.log1p(-ill))
                larger = f"{enough} of them would hold one in 95%"
                none_is = "no group of this fleet is large enough: try every kind of server in the test"
                yield Finding(
                    f"policies.{name}.{'first' if first.knob == 'first_bake' else 'canaries'}",
                    f"hold no server that can have {fault.key!r} in {percent(none)} of the rollouts",
                    f"{servers(first.servers)} changed first; {percent(ill)} of all can have it ({place})",
                    larger if enough < scenario.fleet.production.servers else none_is,
                )
                break


def blind_bakes(scenario: Scenario) -> Iterator[Finding]:
    """Canaries that only the whole service's alerts watch, in which their fault is diluted."""
    for name, _, plan in plans(scenario):
        for bake in bakes(plan, scenario):
            judge: Any = bake.stage.gate.judge
            alone = judge is not None and judge.on != "whole"
            watchers = [judge] if judge else [alert for alert in scenario.watch.alerts if alert.of == "failed"]
            limits = [watcher.above for watcher in watchers if isinstance(watcher, Threshold)]
            if bake.share > 0.5 or alone or not limits or len(limits) < len(watchers):
                continue
            size, key = _largest(scenario, bake.share)
            if key and size <= min(limits):
                who = "its judge" if judge else "an alert"
                rest = " (reports may)" if scenario.watch.reports else ""
                yield Finding(
                    f"policies.{name}.judge.on" if judge else f"policies.{name}.{bake.knob}",
                    f"{who} over the whole service cannot see what {percent(bake.share)} of it does{rest}",
                    f"even {key!r} makes only {percent(size)} of the service fail; the limit is {percent(min(limits))}",
                    "leave `on` out" if judge else "give the policy a judge: it looks at the changed servers alone",
                )
                break


def _largest(scenario: Scenario, share: float) -> tuple[float, str]:
    """Failed share of the whole service under the worst fault that shows at once, and its name."""
    base, rate = scenario.service.base_errors, rate_at(scenario)
    sizes = [(failing(scenario, fault, rate), fault.key) for _, fault in faults(scenario) if at_once(fault)]
    size, key = max(sizes, default=(0.0, ""))
    return base + (1.0 - base) * share * size, key if size else ""


def nobody_watches(scenario: Scenario) -> Iterator[Finding]:
    """A bake without a judge, in a scenario without alerts and reports: a wait and nothing else."""
    if scenario.watch.alerts or scenario.watch.reports:
        return
    for name, _, plan in plans(scenario):
        blind = [bake for bake in bakes(plan, scenario) if bake.stage.gate.judge is None]
        if blind:
            yield Finding(
                f"policies.{name}.{blind[0].knob}",
                "is only a wait: nobody looks at what it shows",
                "the policy has no judge, and watch has neither alerts nor reports",
                "give the policy a judge, or the scenario an alert",
            )
