# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 10. Your own service. Solutions
#
# With the shop of the notebook; yours will differ.

# %%
# Set-up. Where Coalmine is missing it is installed from the checkout around this notebook. In Colab there is none:
# put the address of your copy here, as pip takes it ("git+https://...").
COPY = ""
try:
    from sim import lab
except ImportError:
    import subprocess
    import sys
    from pathlib import Path

    here = Path.cwd().resolve()
    found = [str(folder) for folder in (here, *here.parents) if (folder / "sim" / "lab").is_dir()]
    assert COPY or found, "no checkout of Coalmine around this notebook: say in COPY where yours is"
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", COPY or found[0]], check=True)
    from sim import lab

SEED, RUNS = 1, 300
TEXT = """
schema_version: 1
name: My shop
service:
  traffic: {rate: 300/s}
  users: {count: 20k}
  base_errors: 0.1%
  slow_after: 1s
  objective: {availability: 99.9%, period: 30d}
  cost: {per_failed_request: 0.02, per_user_hit: 0.1, per_minute_down: 50, per_server_hour: 0.1, per_day_of_delay: 100}
fleet:
  production: {servers: 8, workers: 4, service_time: 60ms}
  standby: {servers: 8}
  test: {servers: 1}
  balancer: {probe_every: 5s, fall: 3, rise: 2}
change:
  kind: software
  install: {drain: 10s, restart: 30s, ready_within: 2m}
  per_month: 20
  one_of:
    - {fault: none, chance: 86%}
    - {fault: errors, chance: 6%, errors: 10%, in_test: 60%}
    - {fault: crash_at_start, chance: 3%, in_test: 90%}
    - {fault: slow, chance: 3%, slow: 4, in_test: 40%}
    - {fault: leak, chance: 2%, errors: 30%, after: {median: 40m, p95: 2h}}
watch:
  scrape: 15s
  alerts: [{judge: threshold, above: 3%, consecutive: 3}]
people: {acknowledge: {median: 5m, p95: 20m}, decide: {median: 10m, p95: 30m}, hours: always}
horizon: 6h
policies:
  direct: {strategy: direct, batch: 2 every 1m}
  test_first: {strategy: test_first, test: {for: 20m}, batch: 2 every 1m}
  standby: {strategy: standby_swap, test: {for: 20m}, bake: 30m}
  canary: {strategy: canary, test: {for: 20m}, canaries: 1, bake: 30m, batch: 2 every 1m, watch_after: 1h,
           judge: {judge: threshold, above: 3%, consecutive: 2}}
"""

# %% [markdown]
# ## Exercise 1
#
# One canary of eight gets few requests now, and a window of fifteen seconds holds a handful: a single failure is
# already above the limit, and chance decides.
# A longer window that says nothing while it fills helps, or a judge that adds up what it sees.

# %%
warnings = lab.check(lab.written(TEXT, "service.traffic.rate=2/s"))
print("\n".join(warnings))
assert any("policies.canary.judge" in warning for warning in warnings)
judge = "policies.canary.judge={judge: sprt, p0: 0.5%, p1: 10%}"
mended = lab.check(lab.written(TEXT, "service.traffic.rate=2/s", judge))
assert not any("policies.canary.judge" in warning for warning in mended)

# %% [markdown]
# ## Exercise 2
#
# The shop's order holds where faults are rarer or more frequent, and where tests show less: canaries stay clearly
# ahead of pushing.

# %%
guesses = {
    "as it is": (), "half as many faults": ("fault_chance=7%",), "twice as many": ("fault_chance=28%",),
    "tests show less": ("in_test=20%",), "slower people": ("reaction=1h",),
}
tried = {name: lab.compare(lab.written(TEXT, *settings), ["direct", "canary"], runs=RUNS, seed=SEED)
         for name, settings in guesses.items()}
for name, study in tried.items():
    print(f"{name:20} canary instead of direct costs", study.difference("canary", "direct", "cost", "all"), "more")
assert all(study.difference("canary", "direct", "cost", "all").high < 0 for study in tried.values())

# %% [markdown]
# ## Exercise 3
#
# This one only you can answer. The catalogue is a start: if nothing fits, `custom` takes any combination of its
# parts.
# As a check that a fault is set up as you meant it, play it alone and read its story.

# %%
alone = lab.written(TEXT, "change.one_of=[{fault: custom, chance: 100%, slow: 2, corrupt: 0.1%, in_test: 0%}]")
lab.story(alone, "canary", run=0, seed=SEED)
assert lab.compare(alone, ["canary"], runs=20, seed=SEED).mean("canary", "records_lost").low > 0
