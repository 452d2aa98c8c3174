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
# # 3. Is a standby worth its price? Solutions

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

SEED, RUNS = 1, 600
JUDGE = "policies.standby.judge={judge: threshold, above: 2%, consecutive: 2}"

# %% [markdown]
# ## Exercise 1
#
# The judge is as quick as before, but nobody hears it for up to the length of a lease. The undo has become slow
# again.
# It is not all bad: people move to the new version as slowly as they move back, so that fewer have arrived there when
# the judge speaks.

# %%
at_once = lab.compare(lab.load("web_fleet", JUDGE), ["standby"], runs=RUNS, seed=SEED, only="faulty")
slowly = lab.load("web_fleet", JUDGE, "policies.standby.lease=10m", "policies.standby.bake=20m")
leased = lab.compare(slowly, ["standby"], runs=RUNS, seed=SEED, only="faulty")
print("From the first harm to the last, without a lease:", at_once.mean("standby", "time_to_restore_s", fault="errors"))
print("With a lease of ten minutes:", leased.mean("standby", "time_to_restore_s", fault="errors"))
quick, late = (one.mean("standby", "time_to_restore_s", fault="errors") for one in (at_once, leased))
assert late.low > 5 * quick.high

# %% [markdown]
# ## Exercise 2
#
# On one machine every change is an outage for as long as the restart takes, and a standby saves that, every time. For
# an ordinary service it pays. For one that hardly matters it does not, though it hurts as many people.

# %%
website = lab.compare(lab.load("website"), ["test_first", "test_and_standby"], runs=400, seed=SEED)
unloved = lab.compare(lab.load("website", "importance=0.05"), ["test_first", "test_and_standby"], runs=400, seed=SEED)
pays, wastes = (one.difference("test_and_standby", "test_first", "cost", "all") for one in (website, unloved))
print("The standby costs more, a change:", pays, "and where nobody cares:", wastes)
assert pays.high < 0 < wastes.low

# %% [markdown]
# ## Exercise 3
#
# A way back ends the harm. It does not repair what has happened: a corrupted record stays corrupted, and where nobody
# notices there is no way back at all.
# Against such faults help backups, checks of the records themselves, and a new version that leaves the old data
# alone.

# %%
study = lab.compare(lab.load("web_fleet", JUDGE), ["test_first", "standby"], runs=RUNS, seed=SEED, only="faulty")
for policy in study.policies:
    print(policy, "records lost:", study.mean(policy, "records_lost", fault="corruption"),
          "noticed:", study.caught(policy, "corruption")["later"])
assert study.mean("standby", "records_lost", fault="corruption").value > 0
assert study.caught("standby", "corruption")["by a gate"].value == 0
