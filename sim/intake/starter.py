"""What `coalmine new` writes: a scenario in which every field is explained, or a copy from the library."""

from __future__ import annotations

import re
from pathlib import Path

from sim.intake.library import find
from sim.intake.schema import FILE_NAME
from sim.intake.source import text_of

_MODELINE = re.compile(r"\A# yaml-language-server:.*\n")


def modeline() -> str:
    """The first line of a scenario file, by which editors find the schema beside it."""
    return f"# yaml-language-server: $schema={FILE_NAME}\n"


def starter(title: str) -> str:
    """The commented starter, under this title.

    >>> starter("Payments").splitlines()[0]
    '# yaml-language-server: $schema=scenario.schema.json'
    """
    return modeline() + STARTER.replace("{title}", _quoted(title))


def copied(name: str) -> str:
    """A scenario of the library (or any file) as it is, with the schema beside it. Raises InputError if unknown."""
    return modeline() + _MODELINE.sub("", text_of(find(name)))


def title_of(path: Path) -> str:
    """A title for a file: payment_api.yaml is 'Payment api'.

    >>> title_of(Path("a/payment_api.yaml"))
    'Payment api'
    """
    words = re.sub(r"[\W_]+", " ", path.stem).strip()
    return words[:1].upper() + words[1:] or "My service"


def _quoted(text: str) -> str:
    """Text that YAML reads as text: quoted where plain words would be something else."""
    return text if re.fullmatch(r"[A-Za-z][A-Za-z ]*[A-Za-z]", text) and text.lower() not in _WORDS else f'"{text}"'


_WORDS = ("true", "false", "null")

STARTER = """\
# A scenario: one service, one change that may be faulty, and the ways you could roll it out.
# Change the numbers to your own, then:
#   coalmine check FILE      is it right, and what will hurt?
#   coalmine run FILE        the story of one rollout
#   coalmine compare FILE    many of them, every policy side by side
# Durations need a unit (90s, 10m, 1h30m), shares a percent sign (5%, 99.95%), rates a time (400/s).
# Lines that begin with `# ` and a field are optional parts: take the `# ` away to use them.
schema_version: 1                 # version of this vocabulary
name: {title}
about: Ten web servers behind a load balancer.   # a sentence for people; it changes no result

# ---- What users call ----
service:
  traffic:
    rate: 400/s                   # requests of all users together
    profile: flat                 # or shares of the rate by clock time: {"00:00": 40%, "08:00": 100%}
  users:
    count: 20k                    # different people behind these requests
    sticky: none                  # none: any server; version: a person stays on one version; server: on one server
  base_errors: 0.1%               # share of requests that fail anyway
  slow_after: 500ms               # a response is slow when it takes longer
  objective:
    availability: 99.9%           # the promise: share of good requests
    period: 30d                   # ... over so long
    slow_counts: false            # whether a slow request is a bad one
  # blips:                        # trouble that is nobody's fault
  #   every: 7d                   # on average one in so long
  #   length: 2m                  # how long each lasts
  #   errors: 1%                  # share of requests that fail meanwhile
  cost:                           # in one currency; leave out what you do not want to count
    per_failed_request: 0.01      # a request that failed because of the rollout
    per_user_hit: 0.05            # a person with at least one of them
    per_minute_down: 50           # a minute in which at least half of the requests fail
    per_record_lost: 1            # a record that cannot be recovered
    per_server_hour: 0.10         # a standby or test server, for an hour
    per_day_of_delay: 200         # a good change that comes a day later

# ---- Servers by role ----
fleet:
  production:                     # they serve
    servers: 10
    workers: 4                    # requests that one server works on at the same time
    service_time: 50ms            # mean time for one: 4 / 50 ms = 80/s a server
    # zones: [north, south]       # server 1 stands in the first zone, server 2 in the second, and so on
    # differ: 30%                 # servers that are not alike: spread of their error chances
    # kinds: {old: 20%, new: 80%} # kinds of server, for faults that only one of them has
  test: {servers: 1}              # same configuration, no users
  # standby: {servers: 10}        # identical and warm, no traffic: for standby_swap
  balancer:                       # health checks; without a balancer nothing is probed
    probe_every: 5s
    fall: 3                       # failed probes in a row until a server is ejected
    rise: 2                       # passed probes in a row until it is back
    max_ejected: 50%              # at most so many are ejected at the same time
    panic: 50%                    # with fewer healthy ones than this, all get requests again

# ---- What is rolled out, and what may be wrong with it ----
change:
  kind: software                  # software, config, os_update, new_service, shutdown_service
  install:                        # of one server; what you leave out is usual for the kind
    drain: 10s                    # old requests may finish
    restart: 30s                  # the server is down
    ready_within: 2m              # not back by then: its install has failed
    max_failed_installs: 0        # more than this, and the rollout is undone
  per_month: 30                   # rollouts like this one; they share the test and standby servers
  # missed: 1                     # so many servers silently keep the old version
  # deleted_after: 5d             # shutdown_service only: later it cannot be started again
  one_of:                         # exactly one of these; or `faults:`, a list in which each may be there or not
    - {fault: none, chance: 85%}                                # nothing is wrong
    - {fault: errors, chance: 9%, errors: 10%, in_test: 60%}    # in_test: chance that a test can show it at all
    - {fault: crash_at_start, chance: 3%, in_test: 90%}
    - {fault: slow, chance: 3%, slow: 3, in_test: 50%}          # factor on the service time
    # More: `coalmine list faults`. Any of these parts may be said of any fault:
    #   name: two faults of one sort need different names
    #   errors: 10%, slow: 3, crash: true, corrupt: 0.1%    what it does to requests (corrupt: damage that stays)
    #   side: new, old or both                               which version shows it
    #   after: {median: 30m, p95: 60m}                       it shows so long after the restart
    #   at: 18:00-22:00                                      it acts at these hours
    #   above_load: 70%, above_share: 50%, while_mixed: true it needs load, many changed servers, or both versions
    #   servers: 10%, zone: north, on_kind: old, users: 5%   who can have it
    #   heals: undo, restart or repair; repaired_after: 2h   what ends it
    #   in_test: 60%, in_health_check: 100%, in_metrics: 50% who can see it
    #   blinds: 30%                                          scrapes fail while it acts

# ---- Who would notice ----
watch:
  scrape: 10s                     # the monitor counts in windows of this length
  # missing: 2%                   # scrapes that fail
  alerts:                         # judges over the whole service
    - judge: threshold            # also kth_failure, burn_rate ...: `coalmine list judges`
      above: 3%                   # bad share of a window
      consecutive: 3              # ... so often in a row (or `cumulative:` as Flagger, `total:` as Argo Rollouts)
      # of: slow                  # counts failed requests unless you say this
      # over: 1m                  # window; one scrape unless given
      # min_requests: 10          # fewer in a window are no evidence
      # on: whole                 # whole service, or only the `new` version
      # then: undo                # alerts page the operator unless you say this
    # - judge: burn_rate          # error budget that burns too fast
    #   objective: 99.9%          # the service's own unless given
    #   rows: [{long: 1h, short: 5m, factor: 14.4}]   # both windows burn faster than `factor`
    # - {judge: kth_failure, failures: 100}           # at the hundredth bad request
  reports:                        # users who complain
    chance: 0.1%                  # that a failed request is reported
    page: 20 in 10m               # so many in so long wake the operator
    # then: undo
people:                           # the operator
  acknowledge: {median: 5m, p95: 20m}   # from the page to an answer
  decide: {median: 5m, p95: 15m}        # from there to the undo
  hours: always                   # or office, or like 08:00-18:00

start: Mon 10:00                  # weekday and clock time of the rollout
horizon: 4h                       # harm is counted to here; longer than the slowest policy
importance: 1                     # multiplies the prices of an outage

# ---- The ways to roll it out that are compared ----
policies:
  direct:                         # push it
    strategy: direct
    batch: 2 every 1m             # n at once, every so often; `all` restarts everything at once
  test_first:                     # test servers first, then all in batches
    strategy: test_first
    test: {for: 10m, rate: 10/s, coverage: 100%}   # so long, requests a second, share of what could be seen
    batch: 2 every 1m
  canary:                         # a small group first
    strategy: canary
    # about: a sentence for people
    # counterfactual: true        # nobody did this: the replay of an incident, had it been rolled out otherwise
    canaries: 20%                 # share or number of servers
    # weight: 5%                  # exact share of the requests, if your router can do that
    # mirror: 10m                 # first on copies of requests, whose answers nobody gets
    # control: true               # compare with an equal group that is changed last
    # kind: old                   # canaries of this kind of server only
    bake: 10m                     # wait and watch
    judge: {judge: threshold, above: 2%, consecutive: 2}   # asked at every scrape of the bake
    # early: true                 # go on at the first good window
    # give_up: 10m                # how much longer to wait for a verdict, and then:
    # on_give_up: roll_back       # or promote
    # Other judges in its place; the last five compare (against: control, whole or before). `coalmine list judges`
    #   * {judge: sprt, p0: 0.1%, p1: 2%, alpha: 1%, beta: 5%}      Wald: which share is likelier; may accept
    #   * {judge: cusum, p0: 0.1%, p1: 2%, limit: 5, head_start: 50%}   bad ones above a reference, summed up
    #   * {judge: dashboard, over: 5m, times: 2, visible: 1%}       a person who looks at a graph
    #   * {judge: always_valid, alpha: 1%, concentration: 10, one_sided: true}   may be looked at at any time
    #   * {judge: fisher, alpha: 5%, at: 5m, peeked: 1m}            once; `peeked` is the classic mistake
    #   * {judge: vote, signals: [failed, slow], sigma: 3, needed: 2, half_life: 10m}   votes that decay
    #   * {judge: kayenta, every: 5m, begin_after: 0s, lookback: 0s, tolerance: 0.25, confidence: 98%,
    #     .. direction: increase, effect_size: meanRatio, allowed_increase: 1, allowed_decrease: 1,
    #     .. nan_strategy: remove, outliers: keep, outlier_factor: 3, must_have_data: false, classifier: mann_whitney}
    batch: 2 every 1m             # the rest
    watch_after: 10m              # a bake at the end
    # undo: 5 every 1m            # pace of taking it back
    # min_in_rotation: 6          # an undo leaves at least so many serving
  # standby:                      # change the idle machines, make them the primary ones (needs fleet.standby)
  #   strategy: standby_swap
  #   smoke: {for: 2m}            # requests to the changed standby before the swap
  #   lease: 1m                   # how long clients keep the old address
  #   bake: 10m
  # waves:                        # one server, then growing groups
  #   strategy: waves
  #   first: 1
  #   first_bake: 30m
  #   by: size                    # or zone
  #   growth: 3
  #   bake: 30m
  #   batch: 33% every 1m
  # rolling: {strategy: rolling, batch: 2 every 1m}

# ---- Published numbers that the runs must meet ----
# expect:
#   - of: direct                  # a policy
#     column: failed_requests     # a column of the outcome
#     statistic: p50              # or mean, share
#     value: 1000                 # in the column's own unit
#     within: 200
#     role: predicted             # or input: what was put in must come out
#     among: faulty               # or healthy, all
#     published: what the source says
#     source: where it says it
#   - of: canary
#     column: detected_by         # a column of words:
#     word: gate                  # how often this one
#     statistic: share
#     value: 0.5
#     within: 0.1
#     role: beyond                # nothing fails when it is not met,
#     why: retries are left out   # because the model leaves out what made it
#     published: what the source says
#     source: where it says it
"""
