"""The matrix: small scenarios that differ from one another in one or two rules each.

A cell is the base scenario with some paths set, one policy, and, where the size of its fault is to
be seen in the numbers, the same path with a fault one tenth larger (`larger`): the comparison that
finds engine and oracle equal must find *that* different.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from sim.scenario import Scenario

READ = TypeAdapter(Scenario)

BASE: dict[str, Any] = {
    "name": "cell",
    "service": {
        "traffic": {"rate": "100/s"},
        "users": {"count": 3000},
        "base_errors": "0.2%",
        "slow_after": "400ms",
    },
    "fleet": {
        "production": {"servers": 12, "workers": 4, "service_time": "50ms"},
        "standby": {"servers": 10},
        "test": {"servers": 2},
        "balancer": {"probe_every": "5s", "fall": 3, "rise": 2},
    },
    "change": {
        "install": {"drain": "5s", "restart": "15s", "ready_within": "1m"},
        "faults": [],
    },
    "watch": {"scrape": "10s", "alerts": []},
    "people": {"acknowledge": "1m", "decide": "50s"},
    "start": "Mon 10:00",
    "horizon": "20m",
}

ALERT: dict[str, Any] = {"judge": "threshold", "above": "3%", "consecutive": 3}
VARIED: dict[str, Any] = {
    "acknowledge": {"median": "1m", "p95": "3m"},
    "decide": {"median": "50s", "p95": "2m"},
}
DIRECT: dict[str, Any] = {"strategy": "direct", "batch": "4 every 1m"}
ROLLING: dict[str, Any] = {"strategy": "rolling", "batch": "2 every 30s"}
CANARY: dict[str, Any] = {"strategy": "canary", "canaries": 3, "bake": "4m", "batch": "3 every 45s"}
STANDBY: dict[str, Any] = {"strategy": "standby_swap", "bake": "4m"}
GATE: dict[str, Any] = {"judge": "threshold", "above": "4%", "consecutive": 2}


@dataclass(frozen=True)
class Cell:
    """One comparison.

    larger    path -> value: the same fault, a tenth larger; or servers that do not differ
    disputed  engine and oracle are known to differ here: what about, and what DESIGN says
    """

    name: str
    policy: dict[str, Any]
    sets: dict[str, Any]
    larger: dict[str, Any] | None = None
    disputed: str | None = None

    def scenario(self, **more: Any) -> Scenario:
        """The scenario, with its one policy under the name `it`."""
        return build(self.policy, self.sets | more)


def build(policy: dict[str, Any], sets: dict[str, Any]) -> Scenario:
    """The base scenario with this policy and these paths ('change.faults.0.errors') set."""
    data = copy.deepcopy(BASE) | {"policies": {"it": policy}}
    for path, value in sets.items():
        *way, last = path.split(".")
        there: Any = data
        for step in way:
            there = there[int(step)] if isinstance(there, list) else there.setdefault(step, {})
        if isinstance(there, list):
            there[int(last)] = copy.deepcopy(value)
        else:
            there[last] = copy.deepcopy(value)
    return READ.validate_python(data)


def _cell(
    name: str, policy: dict[str, Any], fault: dict[str, Any] | None, *,
    larger: dict[str, Any] | None = None, otherwise: dict[str, Any] | None = None,
    disputed: str | None = None, **sets: Any,
) -> Cell:
    """Keyword a__b is the path a.b; `larger` names fields of the fault, `otherwise` paths."""
    paths = {path.replace("__", "."): value for path, value in sets.items()}
    if fault is not None:
        paths = {"change.faults": [fault], **paths}
    more = {f"change.faults.0.{part}": value for part, value in (larger or {}).items()}
    return Cell(name, policy, paths, more | (otherwise or {}) or None, disputed)


ERRORS: dict[str, Any] = {"fault": "errors", "errors": "10%"}
FEW: dict[str, Any] = {"fault": "errors", "errors": "3%"}
TENTH_MORE = {"errors": "11%"}
ALIKE = {"fleet.production.differ": 0}

CELLS = (
    # Direct, and everything that pages.
    _cell("direct, alert", DIRECT, ERRORS, larger=TENTH_MORE, watch__alerts=[ALERT]),
    _cell("direct, alert, sleepy people", DIRECT, ERRORS, watch__alerts=[ALERT], people=VARIED),
    _cell("direct, nobody watches", DIRECT, ERRORS, larger=TENTH_MORE),
    _cell("direct, all at once, healthy", {"strategy": "direct"}, None, watch__alerts=[ALERT]),
    _cell(
        "direct, burn rate over a profile", DIRECT, ERRORS, larger=TENTH_MORE,
        watch__alerts=[
            {"judge": "burn_rate", "rows": [{"long": "3m", "short": "30s", "factor": 14.4}]}
        ],
        service__traffic__profile={"00:00": "50%", "10:05": "100%", "10:12": "150%"},
    ),
    _cell(
        "direct, reports", DIRECT, ERRORS, larger=TENTH_MORE,
        watch__reports={"chance": "2%", "page": "10 in 3m"},
    ),
    _cell(
        "direct, corruption, reports undo at once", DIRECT,
        {"fault": "corruption", "corrupt": "2%"}, larger={"corrupt": "2.2%"},
        watch__reports={"chance": "12%", "page": "80 in 10m", "then": "undo"},
    ),
    _cell(
        "direct, leak that crashes, ejections", DIRECT,
        {"fault": "leak", "errors": 0, "crash": True, "after": {"median": "6m", "p95": "12m"}},
        larger={"after": {"median": "5m24s", "p95": "10m48s"}},
    ),
    _cell(
        "direct, leak that crashes, no health checks", DIRECT,
        {"fault": "leak", "errors": 0, "crash": True, "after": {"median": "6m", "p95": "12m"}},
        fleet__balancer=None, watch__alerts=[ALERT | {"above": "50%"}],
    ),
    _cell(
        "direct, some users", DIRECT, {"fault": "some_users", "errors": "50%", "users": "10%"},
        larger={"errors": "55%"}, watch__alerts=[ALERT],
    ),
    _cell(
        "direct, full fleet", DIRECT, ERRORS, larger=TENTH_MORE,
        service__traffic__rate="400/s", fleet__production__workers=2, horizon="10m",
        watch__alerts=[ALERT],
    ),
    # In batches, with and without a test.
    _cell("rolling, watched", ROLLING | {"judge": GATE}, FEW | {"errors": "5%"}),
    _cell(
        "rolling, alert, undo leaves little room",
        ROLLING | {"batch": "1 every 25s", "min_in_rotation": 10}, ERRORS, larger=TENTH_MORE,
        watch__alerts=[ALERT],
    ),
    _cell(
        "rolling, given undo", ROLLING | {"undo": "2 every 40s"}, ERRORS, larger=TENTH_MORE,
        watch__alerts=[ALERT],
    ),
    _cell(
        "test first, half visible",
        {"strategy": "test_first", "test": {"for": "2m", "coverage": "80%"}, "batch": "4 every 1m"},
        ERRORS | {"in_test": "60%"}, watch__alerts=[ALERT],
    ),
    _cell(
        "test first, leak",
        {"strategy": "test_first", "test": {"for": "3m", "rate": "1/s"}, "batch": "4 every 1m"},
        {"fault": "leak", "errors": "20%", "after": {"median": "4m", "p95": "8m"}},
        watch__alerts=[ALERT],
    ),
    # Canaries, and each judge.
    _cell("canary, consecutive", CANARY | {"judge": GATE}, FEW, larger={"errors": "3.3%"}),
    _cell(
        "canary, cumulative",
        CANARY | {"judge": {"judge": "threshold", "above": "4%", "cumulative": 4}},
        FEW, larger={"errors": "3.3%"},
    ),
    _cell(
        "canary, total",
        CANARY | {"judge": {"judge": "threshold", "above": "4%", "total": 4}},
        FEW, larger={"errors": "3.3%"},
    ),
    _cell(
        "canary, over two scrapes, gives up",
        CANARY
        | {"judge": {"judge": "threshold", "above": "3%", "over": "20s", "cumulative": 20}}
        | {"give_up": "40s"},
        FEW,
    ),
    _cell(
        "canary, k-th failure",
        CANARY | {"judge": {"judge": "kth_failure", "failures": 100}}, FEW,
        larger={"errors": "3.3%"}, watch__scrape="2s",
    ),
    _cell(
        "canary, k-th failure, people",
        CANARY | {"judge": {"judge": "kth_failure", "failures": 60, "then": "page"}},
        FEW, larger={"errors": "3.3%"},
    ),
    _cell(
        "canary, healthy, jumpy judge",
        CANARY | {"judge": {"judge": "threshold", "above": "1.5%"}, "watch_after": "2m"}, None,
    ),
    _cell(
        "canary, healthy, restart harms nobody",
        CANARY | {"judge": GATE, "watch_after": "2m"}, None, watch__alerts=[ALERT],
    ),
    _cell(
        "canary, slow, judged by slowness",
        CANARY | {"judge": {"judge": "threshold", "of": "slow", "above": "4.5%", "consecutive": 2}},
        {"fault": "slow", "slow": 2.4}, larger={"slow": 2.64},
        service__objective__slow_counts=True,
    ),
    _cell("canary, crash at start", CANARY | {"judge": GATE}, {"fault": "crash_at_start"}),
    _cell(
        "canary, crash at start on two servers, one forgiven", CANARY | {"judge": GATE},
        {"fault": "some_servers", "errors": 0, "crash": True, "servers": 2},
        change__install__max_failed_installs=1,
    ),
    _cell(
        "canary, crash without restart", CANARY | {"judge": GATE}, {"fault": "crash_at_start"},
        change__install={"drain": 0, "restart": 0, "ready_within": "1m"},
    ),
    _cell(
        "canary, leak", CANARY | {"judge": GATE, "watch_after": "5m"},
        {"fault": "leak", "errors": "20%", "after": {"median": "6m", "p95": "12m"}},
    ),
    _cell(
        "canary, leak that crashes", CANARY | {"judge": GATE, "watch_after": "5m"},
        {"fault": "leak", "errors": 0, "crash": True, "after": {"median": "6m", "p95": "12m"}},
    ),
    _cell(
        "canary, some servers", CANARY | {"judge": GATE},
        {"fault": "some_servers", "errors": "20%", "servers": "30%"}, watch__alerts=[ALERT],
    ),
    _cell("canary, router weight", CANARY | {"judge": GATE, "weight": "10%"}, FEW),
    _cell(
        "canary, router weight, nobody judges", CANARY | {"bake": "15m", "weight": "10%"}, ERRORS,
        larger=TENTH_MORE,
    ),
    _cell(
        "canary, users stick to the version",
        CANARY | {"bake": "15m"}, ERRORS, larger=TENTH_MORE, service__users__sticky="version",
    ),
    _cell(
        "canary, users stick to the server", CANARY | {"bake": "15m"}, ERRORS, larger=TENTH_MORE,
        service__users__sticky="server", change__install__drain=0,
    ),
    _cell(
        "canary, two faults", CANARY | {"judge": GATE}, None,
        change__faults=[
            FEW | {"chance": "50%"},
            {"fault": "corruption", "corrupt": "0.5%", "chance": "50%"},
        ],
        watch__reports={"chance": "5%", "page": "8 in 5m"},
    ),
    _cell(
        "canary, one of several, early, blips",
        CANARY | {"judge": {"judge": "threshold", "above": "5%", "total": 3}, "early": True}, None,
        change={
            "install": BASE["change"]["install"],
            "one_of": [
                {"fault": "none", "chance": "40%"},
                ERRORS | {"chance": "20%"},
                {"fault": "crash_at_start", "chance": "20%"},
                {"fault": "corruption", "chance": "20%", "corrupt": "1%"},
            ],
        },
        watch__alerts=[ALERT], service__blips={"every": "30m", "length": "1m", "errors": "5%"},
    ),
    _cell(
        "canary, whole fleet busy, five withdrawn", CANARY | {"judge": GATE, "canaries": 5}, ERRORS,
        service__traffic__rate="400/s", fleet__production__workers=2, horizon="6m",
    ),
    _cell(
        "canary, control, other grids", CANARY | {"judge": GATE, "control": True}, FEW,
        fleet__balancer={"probe_every": "7s", "fall": 2, "rise": 3}, watch__scrape="11s",
        horizon="12m",
    ),
    _cell(
        "canary, the gate undoes before the people who were paged",
        CANARY | {"judge": {"judge": "kth_failure", "failures": 60}}, ERRORS, horizon="8m",
        watch__reports={"chance": "5%", "page": "3 in 5m"},
    ),
    _cell(
        "canary, too few requests to say",
        CANARY | {"judge": GATE | {"min_requests": 250}, "bake": "2m", "on_give_up": "promote"},
        FEW, horizon="12m",
    ),
    _cell(
        "rolling, cumulative: no check before the group exists",
        ROLLING | {"judge": {"judge": "threshold", "above": "5%", "cumulative": 6}},
        ERRORS | {"errors": "6%"}, horizon="8m",
    ),
    # Servers that differ.
    _cell(
        "canary, servers differ", CANARY | {"judge": GATE}, FEW, otherwise=ALIKE,
        fleet__production__differ="50%", service__base_errors="1%", horizon="12m",
    ),
    _cell(
        "direct, servers differ, some past certainty", DIRECT, ERRORS | {"errors": "70%"},
        otherwise=ALIKE, fleet__production__differ="60%", horizon="8m",
        watch__alerts=[ALERT | {"above": "60%"}],
    ),
    _cell(
        "canary, a leak on servers that differ, against the control",
        CANARY | {"control": True, "bake": "9m"}
        | {"judge": {"judge": "fisher", "peeked": "20s", "alpha": "0.5%"}},
        {"fault": "leak", "errors": "8%", "after": {"median": "4m", "p95": "9m"}}, otherwise=ALIKE,
        fleet__production__differ="80%", service__base_errors="1%", horizon="15m",
    ),
    # What a monitor misses, and what judges compare.
    _cell(
        "canary, every fifth scrape is missing, each is a failed check",
        CANARY | {"judge": {"judge": "threshold", "above": "4%", "cumulative": 4}}, FEW,
        larger={"errors": "3.3%"}, watch__missing="20%", horizon="12m",
    ),
    _cell(
        "canary, a monitor that shares the fault, errors in a row",
        CANARY | {"judge": {"judge": "threshold", "above": "5%", "total": 4}},
        FEW | {"blinds": "80%"}, larger={"errors": "3.3%", "blinds": "88%"}, watch__missing="5%",
        horizon="12m",
    ),
    _cell(
        "canary, a monitor that shares a leak", CANARY | {"judge": GATE, "bake": "12m"},
        {"fault": "leak", "errors": "20%", "after": {"median": "6m", "p95": "12m"}, "blinds": "70%"},
        horizon="18m",
    ),
    _cell(
        "canary against the whole service, scrapes missing",
        CANARY | {"bake": "6m"}
        | {"judge": {"judge": "always_valid", "against": "whole", "alpha": "0.1%", "concentration": 10}},
        FEW, watch__missing="10%", horizon="12m",
    ),
    _cell(
        "canary against what was before",
        CANARY | {"bake": "6m"}
        | {"judge": {"judge": "fisher", "against": "before", "peeked": "20s", "alpha": "0.1%"}},
        {"fault": "errors", "errors": "1.5%"}, horizon="12m",
        service__traffic__profile={"00:00": "100%", "09:58": "40%", "10:00": "100%"},
    ),
    _cell("waves", {"strategy": "waves", "by": "size", "bake": "2m", "judge": GATE}, FEW),
    # Effects together.
    _cell(
        "direct, overlapping batches in a full fleet",
        {"strategy": "direct", "batch": "3 every 10s"}, ERRORS,
        service__traffic__rate="400/s", fleet__production__workers=2, horizon="6m",
        watch__alerts=[ALERT | {"then": "undo"}],
    ),
    _cell(
        "direct, errors, slowness and corruption", DIRECT,
        {"fault": "custom", "errors": "40%", "slow": 3, "corrupt": "20%"},
        larger={"errors": "44%"}, horizon="6m",
    ),
    _cell(
        "direct, errors and corruption for some users", DIRECT,
        {"fault": "custom", "errors": "40%", "corrupt": "20%", "users": "30%"}, horizon="6m",
    ),
    # Two machines.
    _cell("standby, at once", STANDBY | {"judge": GATE}, FEW, larger={"errors": "3.3%"}),
    _cell(
        "standby, lease", STANDBY | {"judge": GATE | {"then": "page"}, "lease": "100s"}, ERRORS,
        larger=TENTH_MORE,
    ),
    _cell(
        "standby, back inside the lease", STANDBY | {"judge": GATE, "lease": "5m"},
        FEW | {"errors": "6%"}, larger={"errors": "6.6%"}, horizon="15m",
    ),
    _cell(
        "standby, back inside the lease, users stick to the version",
        STANDBY | {"judge": GATE, "lease": "5m"}, FEW | {"errors": "6%"},
        larger={"errors": "6.6%"}, horizon="15m", service__users__sticky="version",
    ),
    _cell(
        "standby, smoke", STANDBY | {"smoke": {"for": "1m", "rate": "1/s"}},
        ERRORS | {"errors": "0.5%"}, watch__reports={"chance": "20%", "page": "30 in 1m"},
    ),
    _cell(
        "standby, leak, both machines changed", STANDBY | {"bake": "2m", "lease": "40s"},
        {"fault": "leak", "errors": "20%", "after": {"median": "6m", "p95": "8m"}},
        larger={"errors": "22%"}, watch__alerts=[ALERT],
    ),
    _cell("standby, crash at start", STANDBY, {"fault": "crash_at_start"}),
    _cell(
        "standby, users stick to the server", STANDBY | {"judge": GATE},
        ERRORS | {"errors": "20%"}, service__users__sticky="server", horizon="6m",
    ),
    _cell(
        "standby, leak that crashes, a bake without a judge", STANDBY | {"bake": "6m"},
        {"fault": "leak", "errors": 0, "crash": True, "after": {"median": "6m", "p95": "9m"}},
        watch__alerts=[ALERT], horizon="15m",
    ),
)
