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
# # 8. Which policy does a service need?
#
# Notebook 7 ended with a full tool box: test environment, standby, canaries, bakes, judges, batches. Each tool costs
# something, and not every service needs all of them.
#
# Which ones you need depends on two things: how **big** the service is, and how **important** it is that it stays up.

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
SCENARIO = "any_size"
SIZES, IMPORTANCES = ("1", "3", "10", "30", "100"), ("0.01", "0.1", "1", "10", "100")

site = lab.load(SCENARIO)
print(site.about)
for name, policy in site.policies.items():
    print(f"  {name:11} {policy.about}")

# %% [markdown]
# Size is the number of servers, and with it the traffic, the users, and what an hour of outage costs all of them
# together.
# Importance multiplies the prices of an outage: 1 is a website as we know it, 0.01 is one that nobody misses, 100 is
# one that people depend on.
#
# ## Predict
#
# The cheapest policy is the one with the least cost of everything together: people hurt, minutes down, spare servers,
# and waiting.
#
# **For a service of ten servers and importance 1: which of the four policies costs least?** And do you think that the
# same one is best on a single machine?

# %%
guess = "test_first"

# %% [markdown]
# ## Run
#
# Twenty-five services, and four policies for each. A point is decided only where the differences are clear; the
# others are called undecided. This takes a while.

# %%
found = lab.winners(SCENARIO, f"size={','.join(SIZES)}", f"importance={','.join(IMPORTANCES)}", runs=RUNS, seed=SEED)
found

# %%
found.picture()

# %% [markdown]
# Read the map in three steps:
#
# - *From bottom to top.* What does nobody miss, and what does that mean for the effort?
# - *From left to right.* One machine has no small group: a canary of one server is everybody. So what makes a failure
#   small in a big fleet does not exist in a small one.
# - *The pale fields.* There the policies cost nearly the same. It does not matter much which one you take, and that
#   is an answer too.
#
# ## The answer

# %%
print(found.said)
fleet = lab.load(SCENARIO, "size=10")
study = lab.compare(fleet, runs=RUNS, seed=SEED)
best = min(study.policies, key=lambda name: study.mean(name, "cost", "all").value)
print(f"Ten servers, importance 1: {best}. A change costs",
      study.difference(best, guess, "cost", "all") if best != guess else "nothing", f"more than with {guess}.")
print(f"You said {guess}; the map says {found.at('10', '1')}.")

# %% [markdown]
# No policy is best. A standby fits what is small and must stay up. Canaries fit what is big. And what nobody misses
# may just be pushed.
#
# **What this leaves open:** all these services were made up. Does any of it hold for what really happened? Notebook 9
# replays real incidents.
#
# ## Exercises
#
# 1. Where does the standby stop being the best? Make a map with the sizes 1, 2, 3, 5 and importance 1 and 10.
# 2. Servers for nothing: `"service.cost.per_server_hour=0"`. Does the standby win in a fleet of a hundred servers
#    now? Why, or why not?
# 3. *Open.* Change the prices until they are those of a service that you know. Where does it lie on the map, and does
#    its team do what the map says?

# %%
# Your own cells go here.
