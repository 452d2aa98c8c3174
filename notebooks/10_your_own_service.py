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
# # 10. Your own service
#
# Notebook 9 ended with other people's incidents. Now it is your turn: the same questions, for a service that you
# know.
#
# Below is a small shop. **Change its numbers into yours.** If you do not know one, guess, and remember that you
# guessed. `coalmine new` writes a file in which every field is explained, and the documentation has a reference of
# them all.

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

SEED, RUNS = 1, 400
TEXT = """
schema_version: 1
name: My shop
service:
  traffic: {rate: 300/s}                        # requests a second, all users together
  users: {count: 20k}
  base_errors: 0.1%                             # what fails anyway
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
  per_month: 20                                 # how often do you change it?
  one_of:                                       # your last fifty changes: what was wrong with them?
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
service = lab.written(TEXT)
print(f"{service.name}: {', '.join(service.policies)}")

# %% [markdown]
# A mistake in the text is named with its line, its field and what should stand there. Try one.
#
# ## Predict
#
# **Which policy costs least for your service, all things together?** And what do you do today?

# %%
guess = "canary"

# %% [markdown]
# ## What will hurt
#
# Before anything is simulated, some things can be worked out. No line below means that nothing was found.

# %%
for warning in lab.check(service):
    print(warning)

# %% [markdown]
# ## Run

# %%
study = lab.compare(service, runs=RUNS, seed=SEED)
study

# %%
study.picture()

# %% [markdown]
# Look at the worst one of pushing before you trust a mean. Would your colleagues believe this story?

# %%
lab.story(service, "direct", run=study.worst("direct"), seed=SEED)

# %% [markdown]
# ## The answer

# %%
costs = {name: study.mean(name, "cost", "all") for name in study.policies}
best, second = sorted(costs, key=lambda name: costs[name].value)[:2]
lead = study.difference(second, best, "cost", "all")
print("Cheapest:", best, "at", costs[best], "a change")
print(f"{second} costs more by", lead, "- decided" if lead.decided else "- not decided: take either")
if best != "direct":
    print("Fewer people hurt by a faulty change than by pushing:", study.fewer(best, "direct"))
print("You said", guess)

# %% [markdown]
# Take the order of the policies home, not the money: the numbers are as good as your guesses. A result that turns
# round when a guess is a little different is not a result yet, and exercise 2 is how to find out.
#
# What the model does not know (retries, caches, services that depend on each other) is on the documentation's page
# *The model*. If your last incident lived from one of these, this notebook will call it too harmless.
#
# ## Exercises
#
# 1. `lab.check` warns of something when the shop becomes small: set `"service.traffic.rate=2/s"` with
#    `lab.written(TEXT, ...)`. What does it say about the judge, and how would you mend it?
# 2. Vary what you guessed: half and double the chances of faults, tests that show less, people who are slower. Does
#    the order of the policies hold?
# 3. *Open.* Look at your last ten changes that went wrong. Which fault of the catalogue (`coalmine list faults`) was
#    each? Put them in, and bring the result to the next planning meeting.

# %%
# Your own cells go here.
