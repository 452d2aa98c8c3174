"""For every field of the schema: a small scenario in which changing that field moves some outcome column.

A knob is settings over the shop of `rollouts.py`, and the one setting that is then changed. Fields that mean the same
in every class that has them (a fault's, a judge's) stand once, under the class that declares them.
"""

from __future__ import annotations

from dataclasses import dataclass

ERRORS = "errors, errors: 30%"


@dataclass(frozen=True)
class Knob:
    """`change` is one setting, or two where a field makes sense only beside another."""

    change: tuple[str, ...]
    base: tuple[str, ...]
    policy: str


def knob(*change: str, base: tuple[str, ...] = (), fault: str | None = ERRORS, policy: str = "canary") -> Knob:
    carried = () if fault is None else (f"change.faults=[{{fault: {fault}, in_test: 0%}}]",)
    return Knob(change, (*carried, *base), policy)


def of_fault(part: str, *base: str, was: str = ERRORS, policy: str = "canary") -> Knob:
    """A fault that says one thing more."""
    return other_fault(was, f"{was}, {part}", *base, policy=policy)


def other_fault(was: str, now: str, *base: str, policy: str = "canary") -> Knob:
    """A fault that says one thing otherwise."""
    before, after = (f"change.faults=[{{fault: {text}}}]" for text in (was, now))
    return Knob((after,), (before, *base), policy)


def after(median: str, p95: str) -> str:
    return f"after: {{median: {median}, p95: {p95}}}"


CHARGED = ("failed_request", "user_hit", "minute_down", "record_lost", "server_hour", "day_of_delay")
PRICES = tuple(f"service.cost.per_{what}=1" for what in CHARGED)
NO_GATE = "policies.canary={strategy: canary, canaries: 2, bake: 5m, batch: 4 every 1m}"
LATER = "custom, errors: 30%"
BLIPS = ("service.blips={every: 10m, length: 2m, errors: 5%}",)
ALERT = ("watch.alerts=[{judge: threshold, above: 3%, consecutive: 2}]",)
REPORTS = ("watch.reports={chance: 1%, page: 20 in 5m}",)
CORRUPT = "corruption, corrupt: 1%"
DOWN = "errors, errors: 80%"
PEOPLE = "people={acknowledge: {median: 5m, p95: 20m}, decide: {median: 5m, p95: 15m}}"
SLOW = "slow, slow: 2"

SERVICE = {
    "Scenario.start": knob("start=Tue 11:55", fault="dormant"),
    "Scenario.horizon": knob("horizon=30m", base=(NO_GATE,)),
    "Scenario.importance": knob("importance=3", base=PRICES),
    "Service.base_errors": knob("service.base_errors=1%", fault=None),
    "Service.slow_after": knob("service.slow_after=100ms", fault=SLOW),
    "Traffic.rate": knob("service.traffic.rate=500/s"),
    "Traffic.profile": knob('service.traffic.profile={"00:00": 100%, "10:05": 150%}', base=(NO_GATE,)),
    "Users.count": knob("service.users.count=300"),
    "Users.sticky": knob("service.users.sticky=version", base=("service.users.count=300",)),
    "Objective.availability": knob("service.objective.availability=99%"),
    "Objective.period": knob("service.objective.period=7d"),
    "Objective.slow_counts": knob("service.objective.slow_counts=true", fault="slow, slow: 6"),
    "Blips.every": knob("service.blips.every=30m", base=BLIPS, fault=None),
    "Blips.length": knob("service.blips.length=10m", base=BLIPS, fault=None),
    "Blips.errors": knob("service.blips.errors=1%", base=BLIPS, fault=None),
    "Cost.per_failed_request": knob("service.cost.per_failed_request=2", base=PRICES),
    "Cost.per_user_hit": knob("service.cost.per_user_hit=2", base=PRICES),
    "Cost.per_minute_down": knob("service.cost.per_minute_down=2", base=PRICES, fault=DOWN, policy="direct"),
    "Cost.per_record_lost": knob("service.cost.per_record_lost=2", base=PRICES, fault=CORRUPT),
    "Cost.per_server_hour": knob("service.cost.per_server_hour=2", base=PRICES, policy="swap"),
    "Cost.per_day_of_delay": knob("service.cost.per_day_of_delay=2", base=PRICES),
}

FLEET = {
    "Servers.servers": knob("fleet.production.servers=12"),
    "Servers.workers": knob("fleet.production.workers=3"),
    "Servers.service_time": knob("fleet.production.service_time=70ms"),
    "Servers.zones": knob("fleet.production.zones=[c, d, a, b]", base=("fleet.production.zones=[a, b, c]", NO_GATE),
                          fault="errors, zone: a"),
    "Servers.kinds": knob("fleet.production.kinds={x: 70%, y: 30%}", base=("fleet.production.kinds={x: 20%, y: 80%}",),
                          fault="errors, on_kind: x"),
    "Servers.differ": knob("fleet.production.differ=80%"),
    "Reserve.servers": knob("fleet.standby.servers=14", policy="swap"),
    "Balancer.probe_every": knob("fleet.balancer.probe_every=7s"),
    "Balancer.fall": knob("fleet.balancer.fall=9", fault="custom, crash: true, after: 10m", policy="direct"),
    "Balancer.rise": knob("fleet.balancer.rise=9"),
    "Balancer.max_ejected": knob("fleet.balancer.max_ejected=10%", fault="custom, crash: true, after: 10m, servers: 4",
                                 policy="direct"),
    "Balancer.panic": knob("fleet.balancer.panic=90%", fault="custom, crash: true, after: 10m, servers: 4",
                           policy="direct"),
}

CHANGE = {
    "Carried.kind": knob("change.kind=new_service"),
    "Carried.per_month": knob("change.per_month=1", policy="swap"),
    "Carried.missed": knob("change.missed=1", base=(NO_GATE,)),
    "Carried.deleted_after": knob("change.deleted_after=1m", base=("change.kind=shutdown_service", *ALERT, NO_GATE)),
    "Install.drain": knob("change.install.drain=40s"),
    "Install.restart": knob("change.install.restart=90s"),
    "Install.ready_within": knob("change.install.ready_within=20m", fault="crash_at_start"),
    "Install.max_failed_installs": knob("change.install.max_failed_installs=5", fault="crash_at_start"),
    "Fault.name": of_fault("name: other", was="errors, servers: 50%"),
    "Fault.chance": of_fault("chance: 50%"),
    "Fault.errors": of_fault("errors: 30%", was="custom, in_test: 0%, corrupt: 1%"),
    "Fault.slow": of_fault("slow: 4"),
    "Fault.crash": of_fault("crash: true"),
    "Fault.corrupt": of_fault("corrupt: 3%"),
    "Fault.side": of_fault("side: old"),
    "Fault.after": of_fault("after: 4m"),
    "Fault.at": of_fault('at: "10:05-10:20"', NO_GATE),
    "Fault.above_load": of_fault("above_load: 90%"),
    "Fault.above_share": of_fault("above_share: 60%", NO_GATE),
    "Fault.while_mixed": of_fault("while_mixed: true", NO_GATE),
    "Fault.servers": of_fault("servers: 1"),
    "Fault.zone": of_fault("zone: b", "fleet.production.zones=[a, b]", NO_GATE),
    "Fault.on_kind": of_fault("on_kind: x", "fleet.production.kinds={x: 50%, y: 50%}", NO_GATE),
    "Fault.users": of_fault("users: 5%"),
    "Fault.heals": of_fault("heals: repair, repaired_after: 5m"),
    "Fault.repaired_after": other_fault(
        "errors, heals: repair, repaired_after: 5m", "errors, heals: repair, repaired_after: 9m"
    ),
    "Fault.in_test": of_fault("in_test: 0%", "policies.canary.test={for: 10m}"),
    "Fault.in_health_check": of_fault("in_health_check: 90%"),
    "Fault.in_metrics": of_fault("in_metrics: 0%"),
    "Fault.blinds": of_fault("blinds: 100%"),
    "Delay.median": other_fault(f"{LATER}, {after('5m', '20m')}", f"{LATER}, {after('9m', '20m')}", NO_GATE),
    "Delay.p95": other_fault(f"{LATER}, {after('5m', '20m')}", f"{LATER}, {after('5m', '9m')}", NO_GATE),
    "ClockWindow.start": other_fault(f'{LATER}, at: "10:10-10:30"', f'{LATER}, at: "10:15-10:30"', NO_GATE),
    "ClockWindow.until": other_fault(f'{LATER}, at: "10:10-10:30"', f'{LATER}, at: "10:10-10:20"', NO_GATE),
    "Portion.share": other_fault(f"{LATER}, servers: 20%", f"{LATER}, servers: 80%", NO_GATE),
    "Portion.count": other_fault(f"{LATER}, servers: 2", f"{LATER}, servers: 8", NO_GATE),
}
