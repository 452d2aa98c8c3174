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
# # 7. How much room does an update need? Solutions

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

SEED, RUNS = 1, 10
GOOD = "change={kind: os_update, per_month: 1, one_of: [{fault: none, chance: 100%}]}"
DAY = 'service.traffic.profile={"00:00": 40%, "08:00": 100%, "22:00": 60%}'
UPDATE = "policies={{update: {{strategy: rolling, batch: {batch} every 0s}}}}"

# %% [markdown]
# ## Exercise 1
#
# At night far more may be out. But the update must be through before the morning: a small batch that begins at one is
# still running when the day begins.

# %%
night = {
    batch: lab.compare(lab.load("web_fleet", GOOD, DAY, "start=Mon 01:00", "horizon=8h", UPDATE.format(batch=batch)),
                       ["update"], runs=RUNS, seed=SEED)
    for batch in (30, 50, 70, 75, 80)
}
failed = {batch: study.mean("update", "failed_requests", "healthy").value for batch, study in night.items()}
print(failed)
most = max(batch for batch, many in failed.items() if many == 0)
print("At night", most, "may be out; done after", night[most].mean("update", "lead_time_s", "healthy"))
assert most == 75
assert failed[80] > 0

# %% [markdown]
# ## Exercise 2
#
# Twenty spare servers are twenty more that may be out. They stand all month for an hour of work, and that is what
# they cost.

# %%
spares = {
    batch: lab.compare(lab.load("web_fleet", GOOD, DAY, "fleet.production.servers=120", "horizon=8h",
                                UPDATE.format(batch=batch)), ["update"], runs=RUNS, seed=SEED)
    for batch in (37, 38, 57, 58)
}
failed = {batch: study.mean("update", "failed_requests", "healthy").value for batch, study in spares.items()}
price = lab.load("web_fleet").service.cost.per_server_hour
print(failed, f"and the spares cost {20 * price * 24 * 30:,.0f} a month")
assert failed[57] == 0 < failed[58]

# %% [markdown]
# ## Exercise 3
#
# Slow requests grow long before anything fails. So the promise, and not the capacity, decides.

# %%
strict = {
    batch: lab.compare(lab.load("web_fleet", GOOD, DAY, "service.objective.slow_counts=true", "horizon=8h",
                                UPDATE.format(batch=batch)), ["update"], runs=RUNS, seed=SEED)
    for batch in (10, 20, 25, 30, 35)
}
spent = {batch: study.mean("update", "budget_spent", "healthy") for batch, study in strict.items()}
for batch, share in spent.items():
    print(batch, share)
fits = max(batch for batch, share in spent.items() if share.high < 0.001)
print("Largest batch that keeps the promise:", fits)
assert fits < 37, "the promise is stricter than the capacity"
assert spent[35].low > 0.001
