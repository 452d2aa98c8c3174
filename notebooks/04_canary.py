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
# # 4. What do a few canaries buy?
#
# Notebook 3 ended with a question: why must everybody go to the new version at once?
#
# Miners took a canary with them: it falls ill before they do. Here the canaries are a few production servers that get
# the change first.
# Some users meet it there. A judge watches these servers, and only if nothing is wrong the others follow.

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

fleet = lab.load("web_fleet")
SEED, RUNS = 1, 600

canary = fleet.policies["canary"]
judge = canary.judge
print(f"Canaries: {canary.canaries} of {fleet.fleet.production.servers} servers, for {canary.bake / 60:.0f} minutes.")
print(f"The judge rolls back when {judge.consecutive} windows in a row have more than {judge.above:.0%} failures.")

# %% [markdown]
# ## Predict
#
# Both policies test first, for as long. What the test misses goes to all servers in batches, or to the canaries
# first.
#
# **By which share do canaries reduce the number of people hurt by a faulty change?** `0.5` is by half.

# %%
guess = 0.5

# %% [markdown]
# ## Run

# %%
lab.story(fleet, "canary", run=37, seed=SEED)

# %% [markdown]
# No operator was woken. A machine saw it, and what it had to undo was small.

# %%
study = lab.compare(fleet, runs=RUNS, seed=SEED, only="faulty")
study.picture()

# %% [markdown]
# Each row is a policy. On the left you see how many requests go to the faulty version, and for how long. On the right
# is every faulty change, a dot each.
# Most dots of `canary` lie far to the left. But a few lie where the others are. Which faults are these?

# %%
less = study.fewer("canary", "test_first", "users_hit")
lab.bars(
    f"Canaries hurt {less.said} fewer people than a test alone, but two kinds of fault fly past them",
    {
        "People hurt, test only": {
            fault: study.mean("test_first", "users_hit", fault=fault) for fault in study.faults
        },
        "People hurt, canaries": {
            fault: study.mean("canary", "users_hit", fault=fault) for fault in study.faults
        },
    },
)

# %% [markdown]
# ## The answer

# %%
print("Fewer people hurt than with a test alone:", less)
print("Fewer people hurt than by just pushing:", study.fewer("canary", "direct", "users_hit"))
print("The price: a good change is everywhere", lab.compare(fleet, ["test_first", "canary"], runs=40, seed=SEED)
      .difference("canary", "test_first", "lead_time_s", "healthy").said, "later.")
print(less.against(guess))

# %% [markdown]
# Canaries make the failure small, because few servers have it, and short, because a judge needs no sleep. Both are
# needed.
#
# **What this leaves open:** the `leak` came when the canaries had long passed. Watching longer should help. But how
# long? Notebook 5.
#
# ## Exercises
#
# 1. Take away the judge (`"policies.canary.judge=~"`) and leave everything else. What are canaries worth that nobody
#    watches?
# 2. Try 1, 5 and 20 canaries (`"policies.canary.canaries=20"`), and look at people hurt by the fault `errors`, and by
#    all faults. Why does it hardly matter for the second?
# 3. *Open.* Nobody finds `corruption`. Which watcher could? (Have a look at `watch.reports` in the scenario, or in
#    the reference.) Try your idea.

# %%
# Your own cells go here.
