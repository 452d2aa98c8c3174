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
# # 5. How long should canaries be watched?
#
# Notebook 4 ended with a leak: servers fall ill one by one, half an hour and more after their restart, when the
# canaries had passed.
#
# The time of watching is called the bake. A longer one sees more. It also makes every good change wait. So there
# should be a best length.

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

SEED, RUNS = 1, 150
BAKES = ("2m", "10m", "30m", "1h", "2h")
SETTINGS = (
    "horizon=6h", "policies.canary.watch_after=0s",
    # Only faulty changes, of three kinds, so that few runs say much.
    "change.one_of=[{fault: leak, chance: 40%, errors: 20%, after: {median: 30m, p95: 60m}},"
    " {fault: errors, chance: 40%, errors: 5%, in_test: 60%}, {fault: corruption, chance: 20%, corrupt: 0.1%}]",
)
fleets = {bake: lab.load("web_fleet", *SETTINGS, f"policies.canary.bake={bake}") for bake in BAKES}

leak = fleets["2m"].change.one_of[0]
times = f"within {leak.after.median / 60:.0f} minutes, 95 % within {leak.after.p95 / 60:.0f}"
print(f"Half of the servers with a leak fall ill {times}.")

# %% [markdown]
# ## Predict
#
# Only five servers are canaries, so in two minutes hardly one of them falls ill.
#
# **How long must the bake be, in minutes, until nearly all leaks are found by the canaries?** The judge needs to see
# *one* of the five.

# %%
guess = 60

# %% [markdown]
# ## Run
#
# The same faulty changes with five lengths of bake. This takes a little longer than the cells before.

# %%
studies = {bake: lab.compare(fleet, ["canary"], runs=RUNS, seed=SEED) for bake, fleet in fleets.items()}
good = {
    bake: lab.compare(
        lab.load("web_fleet", *SETTINGS[:2], f"policies.canary.bake={bake}"), ["canary"], runs=20, seed=SEED
    )
    for bake in BAKES
}

enough = next(bake for bake, study in studies.items() if study.caught("canary", "leak")["by a gate"].value > 0.9)
lab.curves(
    f"From {enough} on the canaries find the leak; after that only the waiting grows",
    "length of the bake",
    {
        "Found by the canaries": {
            fault: {bake: study.caught("canary", fault)["by a gate"] for bake, study in studies.items()}
            for fault in ("leak", "errors", "corruption")
        },
        "Hours until a good change is everywhere": {
            "any": {
                bake: lab.Answer(one.mean("canary", "lead_time_s", "healthy").value / 3600, None, None, "", 20)
                for bake, one in good.items()
            },
        },
    },
)

# %% [markdown]
# Three kinds of fault, three shapes:
#
# - `errors` show at once. The shortest bake is long enough, and every minute more is wasted on them. (The test found
#   the rest of them.)
# - `leak` needs its time. The first of five servers falls ill much sooner than the average one.
# - `corruption` never shows, because this judge counts failed requests. Watching longer with closed eyes helps
#   nothing.
#
# ## The answer

# %%
saved = lab.difference(studies[enough], studies["10m"], "canary", "users_hit")
after = lab.difference(studies["2h"], studies[enough], "canary", "users_hit")
print(f"Bake that finds nine leaks in ten: {enough}. You said {guess} minutes.")
print(f"People hurt by a faulty change with a bake of {enough}, more than with 10m:", saved)
print(f"And with one of 2h, more than with {enough}:", after)

# %% [markdown]
# A bake has to be longer than the fault needs to show. So ask what your last ten faults needed, not what others bake.
#
# **What this leaves open:** the judge. It was there all the time, and it decided everything: what it counts, how much
# it needs to see, how often it cries wolf. Notebook 6 lets several of them compete.
#
# ## Exercises
#
# 1. Twenty canaries instead of five (`"policies.canary.canaries=20"`): which bake finds nine leaks in ten now? Why?
# 2. What does waiting cost? Load `web_fleet` with its own changes again (leave out `change.one_of`). Give
#    `"service.cost.per_day_of_delay"` higher and higher values and find one at which a bake of 10m is cheaper than
#    one of 1h, over *all* changes. (Column `cost`, among `"all"`; use 300 runs.)
# 3. *Open.* A fault with another clock: set `"change.one_of.0.after={median: 3h, p95: 8h}"`. No bake of yours is long
#    enough. What else could you do?

# %%
# Your own cells go here.
