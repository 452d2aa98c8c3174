"""A run in numbers: the columns that every table, interval and figure is made of."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal, get_args

Ended = Literal["promoted", "rolled_back", "stopped", "unfinished"]
DetectedBy = Literal["test", "smoke", "gate", "alert", "health_check", "reports", "none"]


@dataclass(slots=True)
class Outcome:
    """One run. None means: has no value in this run (never zero in its place).

    faulty              at least one fault with an effect came with the change
    ended               promoted (last gate passed), rolled_back, stopped (undo impossible), unfinished at the horizon
    detected_by         who raised the first alarm, whoever undid the change in the end; `none` if nobody did
    caught_before_users faulty, detected by a true alarm, and no request was ever harmed
    failed_requests     requests: that failed and would not have, had the rollout not started
    slow_requests       requests: slow that would not have been (counted apart from failed ones)
    users_hit           users: distinct people with at least one harmed request
    servers_hit         servers: served a second or more with an active fault, or crashed
    budget_spent        share of the objective's error budget of one period, by harmed requests only; may pass 1
    records_lost        records: corrupted beyond recovery
    peak_failed_share   share of requests failed in the worst sliding minute, by the conditions of the run
    time_to_detect_s    s: first harm -> first true alarm; None unless harmed, then detected
    time_to_restore_s   s: first harm -> end of the last harmful condition (at most the horizon)
    lead_time_s         s: start -> last gate of a promoted plan passed
    false_rollback      undone though no fault was active when the alarm's window began and nobody was harmed
    peak_utilisation    offered load / capacity of the busiest group of servers in rotation, highest of the run
    overload_s          s: with some group above its capacity
    peak_servers        servers that the policy needs standing, reserves included
    extra_server_seconds server-seconds: reserves standing for this change's share of the month
    outage_cost         money: outage prices x quantities, before importance: what users' trouble would cost at 1
    cost                money: importance x outage_cost, plus the servers of the reserves and the delay
    requests            requests that arrived until the horizon (for conservation checks and shares)
    """

    faulty: bool
    ended: Ended
    detected_by: DetectedBy
    caught_before_users: bool
    failed_requests: int
    slow_requests: int
    users_hit: int
    servers_hit: int
    budget_spent: float
    records_lost: int
    peak_failed_share: float
    time_to_detect_s: float | None
    time_to_restore_s: float | None
    lead_time_s: float | None
    false_rollback: bool
    peak_utilisation: float
    overload_s: float
    peak_servers: int
    extra_server_seconds: float
    outage_cost: float
    cost: float
    requests: int


COLUMNS: tuple[str, ...] = tuple(f.name for f in fields(Outcome))
UNITS: dict[str, str] = {
    "faulty": "share",
    "ended": "share by value",
    "detected_by": "share by value",
    "caught_before_users": "share",
    "failed_requests": "requests",
    "slow_requests": "requests",
    "users_hit": "users",
    "servers_hit": "servers",
    "budget_spent": "share of budget",
    "records_lost": "records",
    "peak_failed_share": "share",
    "time_to_detect_s": "s",
    "time_to_restore_s": "s",
    "lead_time_s": "s",
    "false_rollback": "share",
    "peak_utilisation": "ratio",
    "overload_s": "s",
    "peak_servers": "servers",
    "extra_server_seconds": "server-seconds",
    "outage_cost": "money",
    "cost": "money",
    "requests": "requests",
}
WORDS: tuple[str, ...] = ("ended", "detected_by")
VALUES: dict[str, tuple[str, ...]] = {"ended": get_args(Ended), "detected_by": get_args(DetectedBy)}
"""All that a column of words may hold, seen or not."""
FLAGS: tuple[str, ...] = ("faulty", "caught_before_users", "false_rollback")
