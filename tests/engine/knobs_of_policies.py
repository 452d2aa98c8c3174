"""Knobs of watching, people, judges and strategies: the other half of `knobs.py`."""

from __future__ import annotations

from tests.engine.knobs import ALERT, CORRUPT, ERRORS, NO_GATE, PEOPLE, REPORTS, Knob, knob

OFFICE = (*ALERT, PEOPLE, "people.hours=09:00-17:00", "start=Mon 16:50", "horizon=24h", NO_GATE)
FEW = "errors, errors: 3%"
SHOWN = ("change.faults.0.in_test=100%",)
HARD = "errors, errors: 2%"


def judged(part: str, judge: str, fault: str | None = FEW, *base: str) -> Knob:
    """A canary whose judge says one thing more."""
    return other_judge(judge, f"{judge}, {part}", fault, *base)


def other_judge(was: str, now: str, fault: str | None = FEW, *base: str) -> Knob:
    """A canary whose judge says one thing otherwise."""
    policy = "policies.canary={{strategy: canary, canaries: 2, bake: 8m, batch: 4 every 1m, judge: {{{}}}}}"
    return knob(policy.format(now), base=(policy.format(was), *base), fault=fault)


def burning(row: str) -> str:
    return f"judge: burn_rate, rows: [{{{row}}}]"


def other_alert(was: str, now: str, errors: str = "30%") -> Knob:
    """Another row of an alert over the whole service, which knows what was before."""
    before, after = (f"watch.alerts=[{{{burning(row)}, then: undo}}]" for row in (was, now))
    return knob(after, base=(before,), fault=f"errors, errors: {errors}", policy="direct")


def shared(judge: str) -> dict[str, Knob]:
    """Fields that every judge has, for one that sees a fault of a few per cent when it looks at failures."""
    return {
        "of": judged("of: slow", judge, ERRORS),
        "min_requests": judged("min_requests: 1M", judge, None),
        "on": judged("on: whole", judge, FEW, "service.base_errors=0.2%"),
        "then": judged("then: page", judge, ERRORS, PEOPLE),
    }


def named(judge: str, knobs: dict[str, Knob]) -> dict[str, Knob]:
    return {f"{judge}.{field}": one for field, one in knobs.items()}


WATCHING = {
    "Watch.scrape": knob("watch.scrape=30s"),
    "Watch.missing": knob("watch.missing=60%"),
    "Fisher.against": judged("against: before", "judge: fisher, peeked: 10s", ERRORS),
    "Watch.alerts": knob(*ALERT, base=(NO_GATE,)),
    "Watch.reports": knob(*REPORTS, base=(NO_GATE,)),
    "Reports.chance": knob("watch.reports.chance=5%", base=(*REPORTS, NO_GATE)),
    "Reports.page": knob("watch.reports.page=60 in 5m", base=(*REPORTS, NO_GATE)),
    "Reports.then": knob("watch.reports.then=undo", base=(*REPORTS, NO_GATE)),
    "KInT.k": knob("watch.reports.page=60 in 5m", base=(*REPORTS, NO_GATE)),
    "KInT.within": knob("watch.reports.page=20 in 3s", base=(*REPORTS, NO_GATE)),
    "People.acknowledge": knob("people.acknowledge=1m", base=(*ALERT, NO_GATE)),
    "People.decide": knob("people.decide=1m", base=(*ALERT, NO_GATE)),
    "People.hours": knob("people.hours=always", base=OFFICE, fault="custom, errors: 30%, after: 20m"),
    "Hours.start": knob("people.hours=07:00-17:00", base=OFFICE, fault="custom, errors: 30%, after: 20m"),
    "Hours.until": knob("people.hours=09:00-19:00", base=OFFICE, fault="custom, errors: 30%, after: 20m"),
}

THRESHOLD = "judge: threshold, above: 2%"
JUDGES = (
    named("Threshold", shared(THRESHOLD))
    | named("KthFailure", shared("judge: kth_failure, failures: 15"))
    | named("BurnRate", shared(burning("long: 2m, short: 30s, factor: 10")))
    | {
        "Threshold.over": judged("over: 1m", THRESHOLD, HARD),
        "Threshold.above": judged("above: 3.5%", "judge: threshold, consecutive: 2"),
        "Threshold.consecutive": judged("consecutive: 4", THRESHOLD),
        "Threshold.cumulative": judged("cumulative: 4", THRESHOLD),
        "Threshold.total": judged("total: 4", THRESHOLD),
        "KthFailure.failures": judged("failures: 300", "judge: kth_failure"),
        "BurnRate.objective": judged("objective: 98%", burning("long: 2m, short: 30s, factor: 10")),
        "BurnRate.rows": judged("rows: [{long: 2m, short: 30s, factor: 99}]", "judge: burn_rate"),
        "Row.long": other_alert("long: 2m, short: 30s, factor: 20", "long: 9m, short: 30s, factor: 20"),
        "Row.short": other_alert("long: 2m, short: 10s, factor: 20", "long: 2m, short: 2m, factor: 20", "2.2%"),
        "Row.factor": other_alert("long: 2m, short: 30s, factor: 20", "long: 2m, short: 30s, factor: 90"),

    }
)


Base = tuple[str, ...]


def of_policy(strategy: str, part: str, was: str = "", *, fault: str | None = ERRORS, base: Base = ()) -> Knob:
    """A policy that says one thing more."""
    return other_policy(strategy, was, f"{was}, {part}" if was else part, fault=fault, base=base)


def other_policy(strategy: str, was: str, now: str, *, fault: str | None = ERRORS, base: Base = ()) -> Knob:
    """A policy that says one thing otherwise."""
    before, after = (f"policies={{it: {{strategy: {strategy}, {text}}}}}" for text in (was, now))
    return knob(after, base=(*ALERT, before, *base), fault=fault, policy="it")


def common(strategy: str, was: str, *, undo_fault: str = "custom, errors: 30%, after: 20m") -> dict[str, Knob]:
    """Fields of every policy; the undo is of a fault found when all have it."""
    return {
        "test": of_policy(strategy, "test: {for: 6m}", was),
        "undo": of_policy(strategy, "undo: 1 every 2m", was, fault=undo_fault),
        "min_in_rotation": of_policy(strategy, "min_in_rotation: 9", was, fault=undo_fault),
    }


def without(knobs: dict[str, Knob], *fields: str) -> dict[str, Knob]:
    return {field: one for field, one in knobs.items() if field not in fields}


def gated(strategy: str, was: str, *, early: str | None = None) -> dict[str, Knob]:
    """Fields of every judged policy. give_up: of a judge that never has enough requests."""
    mute = f"{was}, judge: {{judge: threshold, above: 2%, min_requests: 1M}}"
    return {
        "judge": of_policy(strategy, "judge: {judge: threshold, above: 2%}", was),
        "early": of_policy(strategy, "early: true", f"{was}, judge: {{judge: threshold, above: 60%}}", fault=None),
        "give_up": of_policy(strategy, "give_up: 1m", mute, fault=None),
        "on_give_up": of_policy(strategy, "on_give_up: promote", mute, fault=None),
    }


ROLL = "batch: 2 every 1m, watch_after: 10m"
CANARY = "canaries: 2, bake: 6m, batch: 4 every 1m"
WAVE = "first: 1, growth: 2, bake: 5m, by: size"
SWAP = "bake: 6m"

STRATEGIES = (
    named("Direct", without(common("direct", "batch: 5 every 1m"), "min_in_rotation"))
    | named("Rolling", common("rolling", ROLL) | gated("rolling", ROLL))
    | named("TestFirst", common("test_first", ROLL) | gated("test_first", ROLL))
    | named("StandbySwap", without(common("standby_swap", SWAP), "undo", "min_in_rotation"))
    | named("StandbySwap", gated("standby_swap", SWAP))
    | named("Canary", common("canary", CANARY) | gated("canary", CANARY))
    | named("Waves", common("waves", WAVE) | gated("waves", WAVE))
    | {
        "Direct.batch": of_policy("direct", "batch: 5 every 3m"),
        "Rolling.batch": of_policy("rolling", "batch: 5 every 3m"),
        "Rolling.watch_after": of_policy("rolling", "watch_after: 4m", "batch: all", fault=None),
        "TestFirst.test": of_policy("test_first", "test: {for: 6m, rate: 0.001/s}"),
        "TestFirst.batch": of_policy("test_first", "batch: 5 every 3m"),
        "TestFirst.watch_after": of_policy("test_first", "watch_after: 4m", "batch: all", fault=None),
        "StandbySwap.smoke": of_policy("standby_swap", "smoke: {for: 5m}", base=SHOWN),
        "StandbySwap.lease": of_policy("standby_swap", "lease: 5m"),
        "StandbySwap.bake": of_policy("standby_swap", "bake: 5m", fault=None),
        "Canary.canaries": of_policy("canary", "canaries: 4", "bake: 6m"),
        "Canary.weight": of_policy("canary", "weight: 2%", CANARY),
        "Canary.mirror": of_policy("canary", "mirror: 3m", CANARY),
        "Canary.control": of_policy("canary", "control: true", f"{CANARY}, judge: {{judge: threshold, above: 60%}}"),
        "Canary.kind": of_policy("canary", "kind: x", CANARY, fault="errors, on_kind: x",
                                 base=("fleet.production.kinds={x: 40%, y: 60%}",)),
        "Canary.bake": of_policy("canary", "bake: 4m", fault=None),
        "Canary.batch": of_policy("canary", "batch: 1 every 2m", "bake: 4m", fault=None),
        "Canary.watch_after": of_policy("canary", "watch_after: 4m", "bake: 4m", fault=None),
        "Waves.by": other_policy("waves", "by: size, bake: 5m", "by: zone, bake: 5m", fault=None,
                                 base=("fleet.production.zones=[a, b]",)),
        "Waves.first": of_policy("waves", "first: 3", "bake: 5m"),
        "Waves.growth": of_policy("waves", "growth: 1.5", "bake: 5m", fault=None),
        "Waves.bake": other_policy("waves", "bake: 5m", "bake: 7m", fault=None),
        "Waves.first_bake": of_policy("waves", "first_bake: 9m", "bake: 5m", fault=None),
        "Waves.batch": of_policy("waves", "batch: 1 every 3m", "bake: 5m", fault=None),
        "Trial.length": of_policy("test_first", "test: {for: 9m}", "batch: all", fault=None),
        "Trial.rate": of_policy("test_first", "test: {for: 5m, rate: 0.01/s}", "batch: all", base=SHOWN),
        "Trial.coverage": of_policy("test_first", "test: {for: 10m, coverage: 0%}", "batch: all", base=SHOWN),
        "Batch.size": of_policy("rolling", "batch: 2 every 1m", fault=CORRUPT),
        "Batch.every": of_policy("rolling", "batch: 10% every 2m", fault=CORRUPT),
    }
)
