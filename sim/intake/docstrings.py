"""What the dataclasses say of their fields, so that editors and `coalmine list` say the same.

A docstring is a summary, then lines `field   what it is` or `field: what it is`, continued by deeper lines;
a line may go on to other fields with "; `other` what that is".
"""

from __future__ import annotations

import inspect
import re
from dataclasses import fields
from functools import cache

_LINE = re.compile(r"(?P<name>[a-z_0-9]+)(?::|(?=\s))\s*(?P<text>\S.*)")
_LISTED = re.compile(r"(; `[a-z_0-9]+`(, `[a-z_0-9]+`)*)+$")
_NEXT = re.compile(r"; `(?P<name>[a-z_0-9]+)` ")


@cache
def summary(noun: type) -> str:
    """The first paragraph of a noun's docstring, on one line.

    >>> from sim.model.fleet import Reserve
    >>> summary(Reserve)
    'Servers that stand by without users: standby (identical, warm) or test (same configuration).'
    """
    text = inspect.cleandoc(noun.__doc__ or "")
    return " ".join(text.split("\n\n")[0].split())


@cache
def explained(noun: type) -> dict[str, str]:
    """Field -> what it is, from the docstrings of the noun and its bases; fields nobody explains are absent.

    >>> from sim.model.change import Fault
    >>> explained(Fault)["slow"], explained(Fault)["while_mixed"]
    ('factor on service time', 'while both versions serve')
    """
    found: dict[str, str] = {}
    for base in reversed(noun.__mro__):
        if "__dataclass_fields__" in vars(base):
            known = {item.name for item in fields(base)} | {"for"}
            found.update(_table(inspect.cleandoc(base.__doc__ or ""), known))
    return found


def _table(text: str, known: set[str]) -> dict[str, str]:
    entries: list[tuple[str, str]] = []
    for line in text.split("\n\n", 1)[-1].splitlines():
        match = _LINE.match(line)
        if match and match["name"] in known:
            entries.append((match["name"], match["text"]))
        elif entries and line.startswith(" "):
            entries[-1] = (entries[-1][0], f"{entries[-1][1]} {line.strip()}")
        else:
            entries.append(("", ""))                     # a sentence of its own belongs to no field
    said: dict[str, str] = {}
    for name, words in entries:
        parts = _NEXT.split(words)
        said[name] = parts[0]
        # split() alternates: text, name, text, name, text ...
        for other, more in zip(parts[1::2], parts[2::2], strict=True):
            if other in known:
                said.setdefault(other, more)
            else:
                said[name] += f"; `{other}` {more}"
    said.pop("", None)
    # "...; `zone`, `on_kind`; `users`" only lists what belongs to the same part.
    return {name: _LISTED.sub("", words) for name, words in said.items()}


def field_text(noun: type, key: str, name: str) -> str:
    """What a field is: its docstring's words, else those of `MORE`, else nothing."""
    said = explained(noun)
    kinds = [base.__name__ for base in noun.__mro__]
    return said.get(key) or said.get(name) or next(
        (MORE[f"{kind}.{key}"] for kind in kinds if f"{kind}.{key}" in MORE), MORE.get(key, "")
    )


MORE = {
    "about": "a sentence for people; it changes no result",
    "above": "the bad share of a window that is too much",
    "acknowledge": "from the page until somebody answers it",
    "among": "over all runs, or those whose change was faulty or healthy",
    "availability": "share of requests that must be good",
    "BurnRate.objective": "the promised share of good requests, if not the service's own",
    "Blips.errors": "share of requests that fail meanwhile",
    "Reports.chance": "that somebody reports a failed or corrupted request",
    "WholeFleet.production": "the servers that serve",
    "WholeFleet.standby": "identical and warm, without traffic",
    "WholeFleet.test": "same configuration, without users",
    "bake": "how long to wait and watch before the next stage",
    "balancer": "the load balancer and its health checks; without it nothing is probed",
    "base_errors": "share of requests that fail anyway",
    "batch": "how many servers at once, and how often: all, 5 every 1m, 10% every 2m",
    "column": "a column of the outcome, such as time_to_restore_s",
    "consecutive": "as Prometheus: so many bad windows in a row",
    "count": "how many people use the service",
    "coverage": "share of what could be seen that this test exercises",
    "cumulative": "as Flagger: so many bad windows in all, acting one check late",
    "decide": "from the answer until the undo begins",
    "drain": "how long a server finishes old requests before it stops",
    "every": "on average one in so long",
    "expect": "published numbers that the runs must meet",
    "factor": "times the pace that would just use up the budget",
    "failures": "roll back at this many bad requests",
    "fall": "failed probes in a row until a server is ejected",
    "fault": "which archetype",
    "faults": "what may be wrong, each with a chance of its own",
    "first_bake": "the bake after the first group, where it differs",
    "for": "how long",
    "growth": "each wave is so many times the one before",
    "hours": "always, office (Mon-Fri 09:00-17:00), or like 08:00-18:00",
    "judge": "which judge",
    "kind": "what sort of change: it decides the usual install times",
    "length": "how long each lasts",
    "long": "the window that decides how much of the budget is at stake",
    "max_ejected": "share of the servers that may be ejected at the same time",
    "max_failed_installs": "so many may fail before the rollout is undone",
    "name": "what it is called",
    "Fault.name": "tells two faults of one archetype apart",
    "on_give_up": "what to do when a bake still has no verdict after `give_up`",
    "on_kind": "only servers of this kind",
    "one_of": "what may be wrong, exactly one of these; chances add up to 100%",
    "page": "how many reports in how long wake somebody: 20 in 10m",
    "panic": "with fewer healthy servers than this share all get requests",
    "per_day_of_delay": "price of a day that a good change comes later",
    "per_failed_request": "price of a request that failed because of the rollout",
    "per_minute_down": "price of a minute in which at least half of the requests fail",
    "per_month": "rollouts like this one a month; standby and test servers are shared by them",
    "per_record_lost": "price of a record that cannot be recovered",
    "per_server_hour": "price of a server for an hour",
    "per_user_hit": "price of a person with at least one failed request",
    "period": "over which the promise is kept",
    "policies": "ways to roll the change out, by name",
    "probe_every": "time between two probes of a server",
    "published": "what the source says, in its words",
    "rate": "requests a second",
    "Trial.rate": "requests a second to each test server",
    "ready_within": "an install has failed when the server does not pass its probes by then",
    "repaired_after": "how long after the undo the harm stays",
    "restart": "how long a server is down",
    "rise": "passed probes in a row until a server is back",
    "rows": "pairs of windows; any row that burns in both alarms",
    "schema_version": "version of this vocabulary",
    "servers": "how many",
    "service_time": "mean time that one worker spends on a request",
    "short": "the window that ends the alarm soon after the trouble",
    "slow_after": "a response is slow when it takes longer",
    "slow_counts": "whether a slow request is a bad one",
    "source": "where it was published",
    "statistic": "which number of the runs is compared",
    "strategy": "which way of rolling out",
    "then": "page the operator, or undo at once",
    "total": "as Argo Rollouts: more bad windows than this in all",
    "users": "how many people, and whether they stay on a server",
    "Fault.users": "share of the people who can meet it",
    "value": "the published number, in the unit of its column",
    "watch_after": "a bake over everything at the end",
    "why": "what the model leaves out that made this number",
    "within": "how far the runs may be from it",
    "workers": "requests that one server works on at the same time",
    "zone": "only servers of this zone",
    "profile": "flat, or the share of the rate from each clock time on",
}
"""Fields whose docstring says nothing of them, by name, or by noun and name where the noun matters."""
